"""`kabar watch`."""

from __future__ import annotations

import asyncio
import base64
import sys
from contextlib import aclosing
from typing import Any

import orjson
from aiokafka import ConsumerRecord
from rich.text import Text

from streams import admin, dead_letters
from streams.cli.console import err, out, printable
from streams.cli.follow import follow
from streams.cli.render import ENTITY_STYLES
from streams.envelope import rfc3339
from streams.events import EnrichedArticle
from streams.records import last_header
from streams.settings import Settings
from streams.topics import DEAD, DIPLOMACY, ENRICHED, TERRORISM

_TOPICS = {"enriched": ENRICHED, "diplomacy": DIPLOMACY, "terrorism": TERRORISM, "dead": DEAD}


def run(
    what: str,
    settings: Settings,
    *,
    as_json: bool,
    limit: int | None,
    timeout: float | None,
    from_beginning: bool,
) -> int:
    """Prints records as they come; the exit code, 1 if the time was up before `limit` records came."""
    seen = asyncio.run(_watch(what, settings, as_json, limit, timeout, from_beginning=from_beginning))
    return 1 if limit is not None and seen < limit else 0


async def _watch(
    what: str,
    settings: Settings,
    as_json: bool,
    limit: int | None,
    timeout: float | None,
    *,
    from_beginning: bool,
) -> int:
    await admin.wait_for_broker(settings)
    await admin.create_topics(settings)
    topic = _TOPICS[what].name(settings)
    if err.is_terminal:
        err.print(f"Watching {topic} on {settings.bootstrap}; Ctrl-C stops.", style="dim")
    seen = 0
    try:
        async with (
            asyncio.timeout(timeout),
            aclosing(follow([topic], settings, from_beginning=from_beginning)) as records,
        ):
            async for record in records:
                _print(what, record, as_json=as_json)
                seen += 1
                if limit is not None and seen >= limit:
                    break
    except TimeoutError:
        pass
    return seen


def _print(what: str, record: ConsumerRecord[bytes, bytes], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(_json_line(what, record) + b"\n")
        sys.stdout.buffer.flush()
    elif what == "dead":
        out.print(_dead_line(record), soft_wrap=True)
    elif record.value is None:
        out.print(Text(f"{printable(_key(record))} deleted", style="dim"))
    else:
        out.print(_article_line(EnrichedArticle.decode(record.value)), soft_wrap=True)


def _json_line(what: str, record: ConsumerRecord[bytes, bytes]) -> bytes:
    if what == "dead":
        return orjson.dumps(dead_letter(record))
    if record.value is None:
        return orjson.dumps({"id": _key(record), "deleted": True})
    return bytes(record.value)


def dead_letter(record: ConsumerRecord[bytes, bytes]) -> dict[str, Any]:
    """A dead letter as JSON: what is text as text, the untouched value also in base64."""
    value = record.value
    return {
        "when": rfc3339(record.timestamp),
        "partition": record.partition,
        "offset": record.offset,
        "key": None if record.key is None else _key(record),
        "stage": last_header(record.headers, dead_letters.STAGE),
        "reason": last_header(record.headers, dead_letters.MESSAGE),
        "exception": last_header(record.headers, dead_letters.EXCEPTION),
        "from": {
            "topic": last_header(record.headers, dead_letters.TOPIC),
            "partition": last_header(record.headers, dead_letters.PARTITION),
            "offset": last_header(record.headers, dead_letters.OFFSET),
        },
        "size": len(value or b""),
        "value": None if value is None else value.decode("utf-8", errors="replace"),
        "value_base64": None if value is None else base64.b64encode(value).decode(),
    }


def _dead_line(record: ConsumerRecord[bytes, bytes]) -> Text:
    letter = dead_letter(record)
    start = printable((letter["value"] or "")[:60])
    return Text.assemble(
        (f"{letter['when']} ", "dim"),
        (f"{letter['stage']} ", "bold red"),
        printable(str(letter["reason"])),
        (f"  {letter['size']:,} bytes: {start}", "dim"),
    )


def _article_line(article: EnrichedArticle) -> Text:
    topics = ", ".join(f"{topic.id} {topic.score:.2f}" for topic in article.topics if topic.assigned) or "-"
    line = Text.assemble(
        (printable(article.title or article.text[:80]), "bold"), "  ", (f"[{topics}]", "magenta")
    )
    for entity in article.entities[:8]:
        line.append(f"  {printable(entity.name)}", style=ENTITY_STYLES[entity.type])
    return line


def _key(record: ConsumerRecord[bytes, bytes]) -> str:
    return (record.key or b"").decode("utf-8", errors="replace")
