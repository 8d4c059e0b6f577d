"""`kabar watch`."""

from __future__ import annotations

import asyncio
import base64
import os
import select
import stat
import sys
from contextlib import aclosing
from dataclasses import dataclass

import orjson
from aiokafka import ConsumerRecord
from rich.text import Text

from streams import admin, dead_letter_json
from streams.cli.console import err, escaped, out, printable, say, until_reader_has_enough
from streams.cli.follow import follow
from streams.cli.render import ENTITY_STYLES
from streams.dead_letters import DeadLetter
from streams.events import EnrichedArticle
from streams.settings import Settings
from streams.snapshot import record_of
from streams.topics import DEAD, ENRICHED, Topic, of_id

_LOOK_FOR_READER_SECONDS = 0.2

_TOPICS = {"enriched": ENRICHED, "dead": DEAD}


@dataclass(frozen=True, slots=True)
class Watch:
    """What to follow, and until when."""

    what: str
    """`enriched`, `dead`, or the id of a topic."""
    settings: Settings
    as_json: bool
    limit: int | None
    """Ends after so many records."""
    timeout: float | None
    """Ends after so many seconds."""
    from_beginning: bool

    @property
    def topic(self) -> Topic:
        """Where the records are."""
        return _TOPICS.get(self.what) or of_id(self.what)

    def run(self) -> int:
        """Prints records as they come; the exit code, 1 if the time was up before `limit` records came."""
        with until_reader_has_enough():
            seen = asyncio.run(self._follow())
            return 1 if self.limit is not None and seen < self.limit else 0
        return 0

    async def _follow(self) -> int:
        name = self.topic.name(self.settings)
        seen = 0
        try:
            async with asyncio.timeout(self.timeout), asyncio.TaskGroup() as group:
                reader_gone = group.create_task(_end_with_reader())
                await admin.wait_for_broker(self.settings, say=say)
                await admin.require_topic(self.topic, self.settings)
                if err.is_terminal:
                    say(f"Watching {name} on {self.settings.bootstrap}; Ctrl-C stops.")
                async with aclosing(
                    follow([name], self.settings, from_beginning=self.from_beginning)
                ) as records:
                    async for record in records:
                        _print(self.what, record, as_json=self.as_json)
                        seen += 1
                        if self.limit is not None and seen >= self.limit:
                            break
                reader_gone.cancel()
        except TimeoutError:
            pass
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return seen


async def _end_with_reader() -> None:
    """Raises `BrokenPipeError` when nobody reads our output any more, also while there is nothing to write."""
    if not stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
        return
    poll = select.poll()
    poll.register(sys.stdout.fileno(), select.POLLERR)
    while not poll.poll(0):  # noqa: ASYNC110 - a closed pipe wakes no event loop that only writes
        await asyncio.sleep(_LOOK_FOR_READER_SECONDS)
    raise BrokenPipeError


def _print(what: str, record: ConsumerRecord[bytes, bytes], *, as_json: bool) -> None:
    if as_json:
        line = _json_line(what, record)
        sys.stdout.buffer.write(escaped(line) + b"\n")
        sys.stdout.buffer.flush()
    elif what == "dead":
        out.print(_dead_line(record), soft_wrap=True)
    elif record.value is None:
        out.print(Text(f"{printable(_key(record))} deleted", style="dim"), soft_wrap=True)
    else:
        try:
            line_of = _article_line(EnrichedArticle.decode(record.value))
        except ValueError:
            line_of = Text(f"unreadable record at {record.partition}@{record.offset}", style="red")
        out.print(line_of, soft_wrap=True)


def _json_line(what: str, record: ConsumerRecord[bytes, bytes]) -> bytes:
    if what == "dead":
        return orjson.dumps(dead_letter_json.whole(DeadLetter.of(record_of(record))))
    if record.value is None:
        return orjson.dumps({"id": _key(record), "deleted": True})
    try:
        orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return orjson.dumps({"unreadable": base64.b64encode(record.value).decode()})
    # In valid JSON these stand between values only.
    return bytes(record.value.translate(bytes.maketrans(b"\t\r\n", b"   ")))


def _dead_line(record: ConsumerRecord[bytes, bytes]) -> Text:
    letter = dead_letter_json.summary(DeadLetter.of(record_of(record)))
    start = printable(letter["begins"] or "")
    return Text.assemble(
        (f"{letter['when']} ", "dim"),
        (f"{printable(str(letter['stage']))} ", "bold red"),
        printable(str(letter["reason"])),
        (f"  {letter['size']:,} bytes: {start}", "dim"),
    )


def _article_line(article: EnrichedArticle) -> Text:
    assigned = [f"{topic.id} {topic.score:.2f}" for topic in article.every_topic if topic.assigned]
    topics = printable(", ".join(assigned)) or "-"
    line = Text.assemble(
        (printable(article.title or article.text[:80]), "bold"), "  ", (f"[{topics}]", "magenta")
    )
    for entity in article.entities[:8]:
        line.append(f"  {printable(entity.name)}", style=ENTITY_STYLES[entity.type])
    return line


def _key(record: ConsumerRecord[bytes, bytes]) -> str:
    return (record.key or b"").decode("utf-8", errors="replace")
