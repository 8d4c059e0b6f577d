"""`kabar dead list`, `show` and `replay` on letters written as a worker writes them."""

from __future__ import annotations

import asyncio
import os
import pty
import struct
import subprocess
import uuid
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from streams import admin, dead_letters, topics
from streams.records import Headers, Record, Reject
from streams.settings import load
from streams.snapshot import snapshot
from tests.cli.command import KABAR, environment, kabar

pytestmark = pytest.mark.broker

HOSTILE = "\x1b]0;judul\x07\x1b[31mmerah\u202ekanan\u2066\u200b\x9b2J\u061c\r".encode()
EVERY_BYTE = bytes(range(256))


@dataclass
class Desk:
    """Dead letters of our own, two partitions of them, and no worker."""

    address: str
    prefix: str

    def __post_init__(self) -> None:
        self.settings = load(brokers=self.address, prefix=self.prefix, partitions=2)
        asyncio.run(admin.create_topics(self.settings))

    def run(self, *arguments: str) -> Any:
        return kabar("dead", *arguments, KABAR_BROKERS=self.address, KABAR_PREFIX=self.prefix)

    def rows(self, *arguments: str) -> list[Any]:
        result = self.run("list", *arguments)
        assert (result.returncode, result.stderr) == (0, b"")
        return [orjson.loads(line) for line in result.stdout.splitlines()]

    def write(self, *letters: Letter) -> None:
        asyncio.run(self._write(letters))

    async def _write(self, letters: Sequence[Letter]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.address) as producer:
            for number, letter in enumerate(letters):
                await producer.send_and_wait(
                    topics.DEAD.name(self.settings),
                    letter.value,
                    key=letter.key,
                    headers=list(letter.headers_on(self.prefix, number)),
                    partition=letter.partition,
                    timestamp_ms=letter.timestamp_ms,
                )

    def on(self, topic: topics.Topic) -> list[Record]:
        """All that lies on a topic."""

        async def read() -> list[Record]:
            async with snapshot(topic, self.settings) as there, aclosing(there.records()) as records:
                return [record async for record in records]

        return asyncio.run(read())


@dataclass(frozen=True)
class Letter:
    """A dead letter to write."""

    value: bytes | None = b"bukan JSON"
    key: bytes | None = None
    headers: Headers = ()
    partition: int = 0
    timestamp_ms: int = 1_700_000_000_000
    reason: str = "the value is not JSON"
    exception: str = "streams.errors.UndecodableValue"
    stage: str = "clean"
    topic: str = "articles.raw"
    offset: int | None = None

    def headers_on(self, prefix: str, number: int) -> Headers:
        failed = Record(
            topic=f"{prefix}.{self.topic}",
            partition=0,
            offset=number if self.offset is None else self.offset,
            timestamp_ms=self.timestamp_ms,
            key=self.key,
            value=self.value,
            headers=self.headers,
        )
        reject = Reject(self.exception, self.reason, "Traceback (most recent call last):\n  ...")
        return dead_letters.headers_of(failed, reject, stage=self.stage, version="0.1.0")


@pytest.fixture
def desk(broker_address: str) -> Desk:
    return Desk(broker_address, f"dead-{uuid.uuid4().hex[:8]}")


def test_the_list_tells_when_where_and_why(desk: Desk) -> None:
    desk.write(Letter(b'{"judul": 1}', key=b"a-1", reason="body is missing", exception="x.InvalidArticle"))
    [row] = desk.rows()

    assert row == {
        "letter": "0@0",
        "when": "2023-11-14T22:13:20.000Z",
        "partition": 0,
        "offset": 0,
        "key": "a-1",
        "stage": "clean",
        "reason": "body is missing",
        "exception": "x.InvalidArticle",
        "attempts": 1,
        "from": {"topic": f"{desk.prefix}.articles.raw", "partition": "0", "offset": "0"},
        "size": 12,
        "begins": '{"judul": 1}',
        "replayed": None,
    }


def test_the_list_has_all_that_lies_there_and_then_ends(desk: Desk) -> None:
    desk.write(*(Letter(partition=number % 2) for number in range(600)))
    assert [row["letter"] for row in desk.rows()] == [f"{p}@{o}" for p in (0, 1) for o in range(300)]


def test_a_list_of_nothing_is_nothing(desk: Desk) -> None:
    assert desk.rows() == []


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--reason", "BODY IS"), ["0@1"]),
        (("--reason", "invalidarticle"), ["0@1"]),
        (("--stage", "tag"), ["0@2"]),
        (("--since", "2024-01-01"), ["0@3"]),
        (("--until", "2024-01-01T00:00:00Z", "--stage", "clean"), ["0@0", "0@1"]),
        (("--max", "2"), ["0@0", "0@1"]),
    ],
)
def test_the_list_can_be_narrowed(broker_address: str, arguments: tuple[str, ...], found: list[str]) -> None:
    desk = Desk(broker_address, f"narrow-{uuid.uuid4().hex[:8]}")
    desk.write(
        Letter(),
        Letter(reason="body is missing", exception="streams.errors.InvalidArticle"),
        Letter(stage="tag", reason="not a CleanArticle: text: Field required", topic="articles.clean"),
        Letter(timestamp_ms=1_735_689_600_000),
    )
    assert [row["letter"] for row in desk.rows(*arguments)] == found


def test_a_letter_is_shown_with_nothing_that_could_steer_a_terminal(desk: Desk) -> None:
    name = HOSTILE.decode()
    desk.write(
        Letter(
            HOSTILE + b"\nreason     palsu", HOSTILE, ((name, HOSTILE), ("biner", b"\xff\x00")), reason=name
        )
    )
    result = desk.run("show", "0@0")
    text = result.stdout.decode()

    assert result.returncode == 0
    assert all(char.isprintable() or char == "\n" for char in text)
    shown = r"\x1b]0;judul\x07\x1b[31mmerah\u202ekanan\u2066\u200b\x9b2J\u061c\r"
    assert text.count(shown) == 5
    assert r"  biner: \xff\x00" in text.splitlines()
    assert "  reason     palsu" in text.splitlines()
    assert f"failed on  {desk.prefix}.articles.raw 0@0" in text
    assert "Traceback (most recent call last):" in text


def on_a_terminal(desk: Desk, *arguments: str) -> tuple[int, bytes]:
    """The exit code of a command and what it writes to its terminal."""
    ours, its = pty.openpty()
    variables = {
        "KABAR_BROKERS": desk.address,
        "KABAR_PREFIX": desk.prefix,
        "COLUMNS": "300",
        "TERM": "xterm",
    }
    process = subprocess.Popen(
        [*KABAR, "dead", *arguments], stdin=its, stdout=its, stderr=its, env=environment(**variables)
    )
    os.close(its)
    written = b""
    try:
        while more := os.read(ours, 65_536):
            written += more
    except OSError:  # it has ended, and its side of the terminal with it
        pass
    os.close(ours)
    return process.wait(), written


@pytest.mark.parametrize(
    "arguments", [("list",), ("list", "--json"), ("show", "0@0"), ("replay", "--dry-run")]
)
def test_nothing_of_a_letter_steers_a_terminal(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.write(Letter(HOSTILE, HOSTILE, reason=HOSTILE.decode()))
    code, written = on_a_terminal(desk, *arguments)

    text = written.decode()
    assert code == 0
    assert "merah" in text
    assert "\x1b]0;" not in text
    assert "\x1b[31mmerah" not in text
    assert not {"\x07", "\x9b", "\u202e", "\u2066", "\u061c"} & set(text)


def test_raw_bytes_are_not_written_to_a_terminal(desk: Desk) -> None:
    code, written = on_a_terminal(desk, "show", "0@0", "--raw")
    assert code == 2
    assert written.startswith(b"--raw is for a file or another program: ")


def test_a_value_that_is_no_text_is_shown_as_a_dump(desk: Desk) -> None:
    desk.write(Letter(EVERY_BYTE))
    lines = desk.run("show", "0@0").stdout.decode().splitlines()
    assert f"value      {len(EVERY_BYTE)} bytes" in lines
    assert "  00000030  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  |0123456789:;<=>?|" in lines


def test_a_long_value_is_shown_in_part_and_says_how_to_have_all_of_it(desk: Desk) -> None:
    desk.write(Letter(b"kata " * 10_000))
    assert b"... and 30,000 characters more: --raw writes all of it." in desk.run("show", "0@0").stdout


@pytest.mark.parametrize("value", [EVERY_BYTE * 1000, b"", b"\r\n", HOSTILE])
def test_raw_is_the_value_to_the_byte(desk: Desk, value: bytes) -> None:
    desk.write(Letter(value, key=b"kunci"))
    result = desk.run("show", "0@0", "--raw")
    assert (result.returncode, result.stdout, result.stderr) == (0, value, b"")


def test_a_letter_as_json_has_everything_and_whether_it_was_sent_back(desk: Desk) -> None:
    desk.write(Letter(b"\xff", key=None, headers=(("redaksi", None), ("redaksi", b"\xfe"))))
    before = orjson.loads(desk.run("show", "0@0", "--json").stdout)
    desk.run("replay")
    after = orjson.loads(desk.run("show", "0@0", "--json").stdout)

    assert (before["key"], before["value"], before["value_base64"]) == (None, "\ufffd", "/w==")
    assert before["headers"] == [
        {"name": "redaksi", "value": None, "value_base64": None},
        {"name": "redaksi", "value": "\ufffd", "value_base64": "/g=="},
    ]
    assert before["replayed"] is None
    assert after["replayed"]["topic"] == f"{desk.prefix}.articles.raw"


def test_an_offset_alone_is_enough_where_one_partition_has_it(desk: Desk) -> None:
    desk.write(Letter(b"satu"), Letter(b"dua"), Letter(b"tiga", partition=1))
    one, two = desk.run("show", "1", "--raw"), desk.run("show", "0", "--raw")

    assert (one.returncode, one.stdout) == (0, b"dua")
    assert two.returncode == 2
    assert two.stderr.decode() == (
        f"2 partitions of {desk.prefix}.articles.dead have an offset 0: say 0@0, 1@0.\n"
    )


@pytest.mark.parametrize("name", ["0@7", "7", "9@0"])
def test_an_offset_that_is_not_there_is_told(desk: Desk, name: str) -> None:
    desk.write(Letter())
    for command in ("show", "replay"):
        result = desk.run(command, name)
        assert result.returncode == 2
        assert result.stderr.decode() == (
            f"There is no dead letter {name} on {desk.prefix}.articles.dead: `kabar dead list` has them all.\n"
        )
    assert desk.on(topics.RAW) == []


def test_what_is_no_place_is_told(desk: Desk) -> None:
    result = desk.run("show", "nol@satu")
    assert (result.returncode, result.stderr) == (2, b"'nol@satu' is not PARTITION@OFFSET, as in 0@17.\n")


def test_a_letter_goes_back_with_its_bytes_and_is_noted(desk: Desk) -> None:
    headers = (("redaksi", b"\x00\xff"), ("redaksi", None), (dead_letters.MESSAGE, b"sebab lama"))
    desk.write(Letter(EVERY_BYTE, b"\xff\x00", headers))
    result = desk.run("replay")
    [record] = desk.on(topics.RAW)
    [note] = desk.on(topics.REPLAYED)

    assert (result.returncode, result.stdout) == (0, b"")
    assert result.stderr.decode() == f"1 dead letter sent back (1 to {desk.prefix}.articles.raw).\n"
    assert (record.key, record.value) == (b"\xff\x00", EVERY_BYTE)
    assert record.headers == (
        *headers,
        ("kabar.replay.attempts", b"1"),
        ("kabar.replay.of", f"{desk.prefix}.articles.dead/0@0".encode()),
    )
    assert note.key == b"0@0"
    assert orjson.loads(note.value or b"")["sent"] == {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
    }
    # Retention counts from the timestamp: an old one could be gone before it is read.
    assert record.timestamp_ms > 1_700_000_000_000


def test_a_letter_goes_back_once_unless_it_is_asked_for_again(desk: Desk) -> None:
    desk.write(Letter(), Letter())
    desk.run("replay")
    desk.write(Letter(offset=2))
    second, third = desk.run("replay"), desk.run("replay", "0@0")
    once = len(desk.on(topics.RAW))
    again = desk.run("replay", "--again", "0@0")

    left_out = "left out that were sent back before (--again sends them too)"
    assert [result.returncode for result in (second, third, again)] == [0, 0, 0]
    assert second.stderr.decode() == (
        f"1 dead letter sent back (1 to {desk.prefix}.articles.raw), 2 {left_out}.\n"
    )
    assert third.stderr.decode() == f"0 dead letters sent back, 1 {left_out}.\n"
    assert once == 3
    assert again.stderr.decode().startswith("1 dead letter sent back ")
    assert len(desk.on(topics.RAW)) == 4
    assert all(row["replayed"] for row in desk.rows())


def test_two_letters_of_one_record_send_it_back_once(desk: Desk) -> None:
    desk.write(Letter(offset=5), Letter(offset=5))
    desk.run("replay")
    assert len(desk.on(topics.RAW)) == 1
    assert all(row["replayed"] for row in desk.rows())


def test_a_dry_run_tells_what_would_be_done_and_sends_nothing(desk: Desk) -> None:
    desk.write(Letter(), Letter(topic="articles.enriched"), Letter(stage="tag", topic="articles.clean"))
    result = desk.run("replay", "--dry-run")

    raw, enriched, clean = (orjson.loads(line) for line in result.stdout.splitlines())
    assert raw == {
        "letter": "0@0",
        "to": f"{desk.prefix}.articles.raw",
        "stays": None,
        "reason": "the value is not JSON",
    }
    assert enriched["to"] is None
    assert enriched["stays"].startswith(f"failed on {desk.prefix}.articles.enriched, which ")
    assert clean["to"] == f"{desk.prefix}.articles.clean"
    assert result.stderr.decode() == "2 dead letters would be sent back, 1 cannot be.\n"
    assert result.returncode == 1
    assert [desk.on(topic) for topic in (topics.RAW, topics.CLEAN, topics.REPLAYED)] == [[], [], []]


def test_what_cannot_go_back_is_told_and_the_rest_goes(desk: Desk) -> None:
    cut = ((dead_letters.TRIMMED_FROM, b"9000"),)
    desk.write(Letter(b"bukan", headers=cut), Letter(), Letter(topic="keuangan.raw"))
    result = desk.run("replay")

    assert result.returncode == 1
    assert result.stderr.decode().splitlines() == [
        "0@0 was cut short: 5 of its 9000 bytes are left",
        f"0@2 failed on {desk.prefix}.keuangan.raw, which Kabar with this prefix does not read",
        f"1 dead letter sent back (1 to {desk.prefix}.articles.raw), 2 cannot be.",
    ]
    assert len(desk.on(topics.RAW)) == 1


def test_only_the_letters_that_are_meant_go_back(desk: Desk) -> None:
    desk.write(*(Letter(str(n).encode(), reason=f"sebab {n % 2}") for n in range(8)))
    desk.run("replay", "0@7", "0@2")
    desk.run("replay", "--reason", "SEBAB 0", "--max", "2")
    assert sorted(record.value or b"" for record in desk.on(topics.RAW)) == [b"0", b"2", b"4", b"7"]


def test_letters_of_one_key_go_back_in_their_order(desk: Desk) -> None:
    desk.write(*(Letter(str(n).encode(), key=b"versi") for n in range(250)))
    desk.run("replay")
    assert [int(record.value or b"") for record in desk.on(topics.RAW)] == list(range(250))


def test_a_null_value_is_listed_shown_and_sent_back_as_null(desk: Desk) -> None:
    desk.write(Letter(None, key=b"dihapus"))
    [row] = desk.rows()
    shown, raw = desk.run("show", "0@0"), desk.run("show", "0@0", "--raw")
    desk.run("replay")
    [record] = desk.on(topics.RAW)

    assert (row["size"], row["begins"]) == (0, None)
    assert b"value      null" in shown.stdout
    assert (raw.returncode, raw.stdout) == (0, b"")
    assert (record.key, record.value) == (b"dihapus", None)


def write_patched(desk: Desk, old: bytes, new: bytes) -> None:
    """A batch of two records, with something in its bytes that no client would write."""

    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=desk.address) as producer:
            batch = producer.create_batch()
            batch.append(key=None, value=b"sebelum", timestamp=None)
            batch.append(key=None, value=b"rusak", timestamp=None, headers=[("NAMA", b"\xff")])
            patched = bytearray(batch._build()).replace(old, new)
            struct.pack_into(">I", patched, 17, calc_crc32c(bytes(patched[21:])))
            batch._buffer = patched
            await (await producer.send_batch(batch, topics.DEAD.name(desk.settings), partition=0))

    desk.write(Letter())
    asyncio.run(write())
    desk.write(Letter())


def test_a_letter_with_a_header_whose_name_is_not_utf8_is_listed_like_any_other(desk: Desk) -> None:
    write_patched(desk, b"NAMA", b"\xff\xfe\xfd\xfc")
    result = desk.run("list")
    assert result.returncode == 0
    assert [orjson.loads(line)["letter"] for line in result.stdout.splitlines()] == [
        "0@0",
        "0@1",
        "0@2",
        "0@3",
    ]
    assert b"\\xff\\xfe\\xfd\\xfc" in desk.run("show", "0@2").stdout


def test_a_damaged_letter_hides_no_more_than_itself(desk: Desk, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--kafka"):
        pytest.skip("Apache Kafka looks at what it is sent, and refuses it")
    write_patched(desk, b"\x08NAMA", b"\x01NAMA")
    result = desk.run("list")
    assert result.returncode == 1
    assert [orjson.loads(line)["letter"] for line in result.stdout.splitlines()] == ["0@0", "0@1", "0@3"]
    assert result.stderr.decode().startswith("1 could not be read (0@2): ")


def test_without_the_topic_one_plain_sentence_says_what_to_do(broker_address: str) -> None:
    result = kabar("dead", "list", KABAR_BROKERS=broker_address, KABAR_PREFIX="tanpa-topik")
    assert result.returncode == 2
    assert result.stderr.decode().startswith("There is no topic tanpa-topik.articles.dead on ")
