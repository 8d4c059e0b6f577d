"""Records made to do harm, each known by a seed and a number: `record(seed, number)` makes the same one again."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.broker.pipeline import Raw
from tests.hostile import texts

SEED = 20_170_128
NUMBER = "uji.nomor"
"""The header that tells the number of a record, also on what came of it."""

Maker = Callable[[Random], Raw]


def records(count: int, seed: int = SEED) -> Iterator[Raw]:
    """The first records of a seed."""
    return (record(seed, number) for number in range(count))


def record(seed: int, number: int) -> Raw:
    """The record with this number."""
    chosen = Random(f"{seed}-{number}")  # noqa: S311 - the same again, not a secret
    make = chosen.choices(list(_MAKERS), weights=list(_MAKERS.values()))[0]
    raw = make(chosen)
    return Raw(
        raw.value,
        key=raw.key,
        headers=(*raw.headers, (NUMBER, str(number).encode())),
        timestamp_ms=chosen.choice([1_700_000_000_000, 1_485_561_600_123, 1, 0]),
    )


def describe(seed: int, number: int) -> str:
    """A record for the message of a failed test: how to make it again, and its bytes."""
    raw = record(seed, number)
    value = raw.value or b""
    shown = base64.b64encode(value[:3_000]).decode()
    return (
        f"tests.hostile.corpus.record({seed}, {number}): key {raw.key!r}, headers {raw.headers!r},"
        f" {len(value)} bytes, value in base64{' (its start)' if len(value) > 3_000 else ''}:\n{shown}"
    )


def _json(chosen: Random, value: Any) -> bytes:
    """JSON as publishers write it: with or without escapes. Lone surrogates can be sent as escapes only."""
    text = json.dumps(value, ensure_ascii=chosen.random() < 0.3)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def _article(chosen: Random) -> dict[str, Any]:
    fields: dict[str, Any] = {"body": texts.body(chosen)}
    for name, values in _FIELDS.items():
        if chosen.random() < 0.25:
            value = chosen.choice(values)
            fields[name] = value(chosen) if callable(value) else value
    if chosen.random() < 0.5:
        fields["id"] = f"berita-{chosen.getrandbits(40)}"
    return fields


def _well_formed(chosen: Random) -> Raw:
    return Raw(_json(chosen, _article(chosen)), key=chosen.choice(_KEYS), headers=_headers(chosen))


def _mutated(chosen: Random) -> Raw:
    value = bytearray(_json(chosen, _article(chosen)))
    for _ in range(chosen.randint(1, 6)):
        at = chosen.randrange(len(value) + 1)
        match chosen.randrange(5):
            case 0:
                value[at:at] = chosen.randbytes(chosen.randint(1, 4))
            case 1:
                del value[at : at + chosen.randint(1, 8)]
            case 2:
                value[at : at + 1] = bytes([chosen.randrange(256)])
            case 3:
                value[at:at] = value[at : at + 40]
            case _:
                value[at:at] = chosen.choice(
                    [b'"', b"{", b"}", b"\\", b"\x00", b"\xff\xfe", b"\\ud800", b"\r\n"]
                )
    return Raw(bytes(value), key=chosen.choice(_KEYS))


def _foreign(chosen: Random) -> Raw:
    made: list[Callable[[], bytes]] = [
        lambda: chosen.randbytes(chosen.randint(0, 200)),
        lambda: gzip.compress(_json(chosen, _article(chosen)), mtime=0),
        lambda: b"",
        lambda: b" \n\t",
        lambda: b"\xef\xbb\xbf" + _json(chosen, _article(chosen)),
        lambda: texts.prose(chosen).encode("utf-16", "surrogatepass"),
        lambda: texts.prose(chosen).encode("utf-8", "surrogatepass"),
        lambda: b"\x00\x00\x00\x00\x01" + _json(chosen, _article(chosen)),
        lambda: b"<?xml version='1.0'?><artikel>" + texts.prose(chosen).encode("utf-8", "replace"),
    ]
    return Raw(chosen.choice(made)(), key=chosen.choice(_KEYS), headers=_headers(chosen))


def _odd_json(chosen: Random) -> Raw:
    depth = chosen.choice([10, 200, 254, 255, 1_000, 1_023, 1_025, 5_000])
    nested = chosen.choice(["[{}]", '{{"a":{}}}'])
    opening, closing = nested.split("{}") if nested[0] == "[" else ('{"a":', "}")
    values = [
        "null", "true", "0", '""', "[]", "{}", "NaN", "Infinity", "-Infinity", "[[[",
        '{"body": NaN}', '"\\ud800"',
        '{"body": "x", "metadata": {"n": 1e999}}',
        '{"body": "Kata menteri.", "metadata": {"n": 1e308, "m": -0.0, "k": 1E-400}}',
        '{"body": "Kata menteri.", "metadata": {"n": ' + "9" * chosen.choice([19, 20, 400, 5_000]) + "}}",
        '{"body": "Kata menteri.", "id": ' + "9" * chosen.choice([3, 19, 20, 400]) + "}",
        '{"body": "Kata menteri.", "id": -0.5}',
        '{"body": "satu", "body": "Kata menteri dua."}',
        '{"body": "Kata menteri.", "": 1, "metadata": {"": 2}}',
        '{"body": "Kata menteri.", "' + "k" * 20_000 + '": {"' + "l" * 20_000 + '": null}}',
        '{"body": "Kata menteri.", "metadata": {"article.a": 1, "a": 2}, "a": 3}',
        '{"body": "Kata menteri.", "metadata": ' + opening * depth + "1" + closing * depth + "}",
        '{"body": "Kata menteri.", "lain": ' + opening * depth + "1" + closing * depth + "}",
        opening * depth + "1" + closing * depth,
        '{"body": "Kata \\u0000\\u0007\\u001b[31m menteri."}',
        '{"body": "Kata menteri.", "\\u001b[31m\\r\\nX-Injected: 1": "\\u0000"}',
        '{"__proto__": {}, "__class__": "x", "model_config": {}, "body": "Kata menteri.", "model_fields": 1}',
        '{"body": "Kata menteri.", "encode": 1, "self": 2, "cls": 3, "data": {}, "entities": [], "text": "x"}',
    ]  # fmt: skip
    return Raw(chosen.choice(values).encode(), key=chosen.choice(_KEYS), headers=_headers(chosen))


def _structured(chosen: Random) -> Raw:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"peristiwa-{chosen.getrandbits(40)}",
        "source": "/redaksi",
        "type": "terbit",
        "data": _article(chosen),
    }
    for _ in range(chosen.randint(0, 3)):
        match chosen.randrange(8):
            case 0:
                event.pop(chosen.choice(list(event)))
            case 1:
                event[chosen.choice(["specversion", "id", "source", "type"])] = chosen.choice(
                    ["", 7, None, "0.3", [], "\x00", "a\r\nX: 1", "\ud800", "é" * 500]
                )
            case 2:
                event["data"] = chosen.choice([None, [], "teks", 7, {}, {"body": None}])
            case 3:
                event.pop("data", None)
                event["data_base64"] = chosen.choice(
                    [
                        base64.b64encode(_json(chosen, _article(chosen))).decode(),
                        "%%%",
                        7,
                        "",
                        "é",
                        "YQ",
                        "bnVsbA==",
                    ]
                )
            case 4:
                event[texts.line(chosen)] = texts.line(chosen)
            case 5:
                name = chosen.choice(
                    ["edisi", "traceparent", "tracestate", "correlationid", "Éd", "a b", "", "\n"]
                )
                event[name] = chosen.choice(["malam", 7, True, None, 1.5, {}, "a\r\nb: c", "\x00", "\ud800"])
            case 6:
                event["datacontenttype"] = chosen.choice(["text/plain", 7, "application/json", ""])
            case _:
                event["time"] = chosen.choice(["kemarin", "2017-01-28T10:00:00Z", 7])
    content_type = chosen.choice(
        [
            b"application/cloudevents+json",
            b"application/cloudevents+json; charset=utf-8",
            b" APPLICATION/CloudEvents+JSON ;x",
            b"application/cloudevents-batch+json",
        ]
    )
    headers = (("content-type", content_type), *(_headers(chosen) if chosen.random() < 0.2 else ()))
    return Raw(_json(chosen, event), key=chosen.choice(_KEYS), headers=headers)


def _headers(chosen: Random) -> tuple[tuple[str, bytes | None], ...]:
    headers: list[tuple[str, bytes | None]] = []
    if chosen.random() < 0.3:
        names = [("ce_specversion", b"1.0"), ("ce_source", b"/redaksi"), ("ce_type", b"terbit")]
        headers += [(name, value) for name, value in names if chosen.random() < 0.9]
        headers.append(
            ("ce_id", f"peristiwa-{chosen.getrandbits(40)}".encode() + chosen.choice(_HEADER_VALUES)[:60])
        )
    for _ in range(chosen.choice([0, 0, 1, 2, 8])):
        value = None if chosen.random() < 0.1 else chosen.choice(_HEADER_VALUES)
        headers.append((chosen.choice(_HEADER_NAMES), value))
    return tuple(headers)


def _tombstone(chosen: Random) -> Raw:
    key = chosen.choice([key for key in _KEYS if key is not None])
    return Raw(None, key=key, headers=_headers(chosen))


def _huge(chosen: Random) -> Raw:
    bodies: list[Callable[[], str]] = [
        lambda: "Ya. " * 250_000,
        lambda: "a" * 1_000_000,
        lambda: "<p>Kata menteri.</p>" * 50_000,
        lambda: "<div>" * 200_000,
        lambda: "&amp;" * 200_000,
        lambda: "Kata menteri. " * 5_000,
        lambda: "e\u0301\u0323" * 50_000,
        lambda: "東京で会談した。" * 6_000,
        lambda: "\u202e\u200b" * 500_000,
        lambda: "kata " * 1_000_001,
    ]
    fields: dict[str, Any] = {"body": chosen.choice(bodies)()}
    match chosen.randrange(4):
        case 0:
            fields = {"body": "Kata menteri.", "metadata": {"a": list(range(chosen.choice([10, 300_000])))}}
        case 1:
            fields = {"body": "Kata menteri.", "url": "http://contoh.example/" + "a" * 1_000_000}
        case 2:
            fields["title"] = "Judul " * 1_500
        case _:
            pass
    return Raw(_json(chosen, fields))


_KEYS = [
    None, None, b"", b"kunci", b"\x00", b"\xff\xfe", b"a\r\nb: c", "\u202eterbalik".encode(), b"k" * 3_000,
    b"\x1b]52;c;cm0gLXJm\x07", b"[bold]x[/bold]",
]  # fmt: skip
_HEADER_NAMES = [
    "", " ", "ce_id", "ce_source", "ce_time", "ce_subject", "ce_correlationid", "CE_ID", "ce_", "ce_edisi",
    "content-type", "Content-Type", "traceparent", "tracestate", "a\r\nb", "\x00", "\x1b[31m", "é",
    "名前", "n" * 2_000,
    "__streams.errors.message", "__streams.errors.offset", "kabar.errors.stage", "kabar.errors.trimmed-from",
    "kabar.version", "redaksi",
]  # fmt: skip
_HEADER_VALUES = [
    b"", b"1.0", b"\x00", b"\xff\xfe", b"malam", b"a\r\nX-Injected: 1", b"\x1b[31mmerah",
    "é\u202e".encode(), b"v" * 5_000,
    b"application/json", b"application/cloudevents+json", b"text/html", b"%00%0a", b'"a\\b"', b"[bold]x[/bold]",
    b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"\xed\xa0\x80",
]  # fmt: skip
_FIELDS: dict[str, list[Any]] = {
    "id": [
        "", " ", None, 7, -1, 2**63, 2**64, 1.5, True, [], {}, "a\nb", "a\x00b", "a\x85b", "\u202ea",
        "\ud800", "é" * 2_048,
        "x" * 2_049, "[bold]a[/bold]", "\x1b[31m", "../../etc", "\u2028", "%0a", "a b", "\U0010ffff",
        texts.line,
    ],
    "url": [
        None, "", 7, "http://contoh.example/1", "javascript:alert(1)", "a\r\nb", "\x00", "\ud800",
        "x" * 30_000, texts.line,
    ],
    "title": [None, "", 7, "Judul", "<b>Judul</b>", "x" * 10_000, "x" * 10_001, "\ud800", texts.line,
    texts.prose],
    "source": [None, "", 7, [], "Redaksi", "\x1b]8;;http://x\x07Redaksi", texts.line],
    "published_at": [
        None, "", 7, "kemarin", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60+23:59",
        "9999-12-31T23:59:59-23:59", "2017-02-30T00:00:00Z", "2017-01-28 10:00:00+07:00",
        "99999-01-01T00:00:00Z",
        "２０１７-01-28T10:00:00Z", "2017-01-28T24:00:00Z", "2017-01-28T10:00:00.1234567890Z",
        "2017-01-28T10:00:00Z\n",
    ],
    "language": [None, "", 7, "id", "ID-id", "id_ID", "bahasa", "x" * 300, "i-klingon", "id\n", "иd",
    "zh-Hans-CN", " ", texts.line],
    "metadata": [
        None, {}, [], 7, {"": ""}, {"a": None, "b": [1, 2.5, "x", {}]}, {"\ud800": 1},
        {"a": "\ud800"}, {"k" * 5_000: 1},
        {"\x00\x1b[31m": "\r\n"}, {"n": 2**63}, {"n": 2**64}, {"n": -(2**63) - 1}, {"n": 1e308},
    ],
    "rubrik": [None, 7, "olahraga", {"a": []}, texts.line],
}  # fmt: skip
_MAKERS: dict[Maker, float] = {
    _well_formed: 50,
    _mutated: 15,
    _structured: 12,
    _odd_json: 10,
    _foreign: 8,
    _tombstone: 3,
    _huge: 0.2,
}
