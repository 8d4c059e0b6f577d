"""`kabar demo`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka import ConsumerRecord

from streams import admin, dead_letters, samples
from streams.articles import decode_article, decode_json
from streams.broker import EmbeddedBroker
from streams.cli import local, render
from streams.cli.console import err, out, progress
from streams.cli.follow import follow
from streams.cli.publish import Sent, publish
from streams.cli.sources import Source
from streams.errors import InvalidRecord, SetupError
from streams.events import EnrichedArticle
from streams.records import last_header
from streams.settings import Settings, load
from streams.topics import DEAD, ENRICHED

TIMEOUT_SECONDS = 120.0


@dataclass(slots=True)
class Results:
    """What came out, each once: a worker may write a record again after a fault, with the same `ce_id`."""

    articles: dict[str, EnrichedArticle] = field(default_factory=dict)
    dead: dict[tuple[str, ...], tuple[str, str, bytes]] = field(default_factory=dict)

    def add(self, record: ConsumerRecord[bytes, bytes], *, is_dead: bool) -> bool:
        """Whether the record was new."""
        before = len(self.articles) + len(self.dead)
        headers = tuple(record.headers)
        if is_dead:
            names = (dead_letters.TOPIC, dead_letters.PARTITION, dead_letters.OFFSET)
            place = tuple(last_header(headers, name) or "" for name in names)
            stage = last_header(headers, dead_letters.STAGE) or ""
            reason = last_header(headers, dead_letters.MESSAGE) or ""
            self.dead[place] = (stage, reason, record.value or b"")
        else:
            self.articles[last_header(headers, "ce_id") or ""] = EnrichedArticle.decode(record.value or b"")
        return len(self.articles) + len(self.dead) > before


def run() -> int:
    """Runs the whole path on the bundled samples and prints what came out; the exit code.

    Raises:
        SetupError: something did not start, or not every sample came out; the message says what.
    """
    _forget_settings()
    sources = [Source(place, value) for place, value in (*samples.articles(), *samples.broken())]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kabar-demo-")))
        broker = EmbeddedBroker(log_path=folder / "broker.log")
        stack.enter_context(broker)
        err.print(f"Embedded broker on {broker.address}")
        settings = load(brokers=broker.address, prefix="news", web_port=0, data_dir=folder)
        asyncio.run(admin.create_topics(settings))
        log = stack.enter_context((folder / "worker.log").open("wb"))
        environment = _environment(settings, folder)
        process = stack.enter_context(local.worker(environment, output=log))
        err.print("Worker started")
        results = asyncio.run(_publish_and_collect(sources, settings, process, folder / "worker.log"))
    _print(results, sources, settings)
    return 0


def _forget_settings() -> None:
    """The user's own KABAR_ settings are meant for their cluster, not for the demo's."""
    for name in list(os.environ):
        if name.startswith("KABAR_") and name != "KABAR_NLP_PROCESSES":
            del os.environ[name]


def _environment(settings: Settings, folder: Path) -> dict[str, str]:
    ours = {"KABAR_WEB_PORT": "0", "KABAR_DATA_DIR": str(folder)}
    return {**local.worker_environment(settings.bootstrap), **ours}


async def _publish_and_collect(
    sources: list[Source], settings: Settings, worker: subprocess.Popen[bytes], log: Path
) -> Results:
    with progress("Publishing ", total=len(sources)) as advance:

        async def tell(_source: Source, _sent: Sent | None) -> None:
            advance(1)

        counts = await publish(sources, settings, on_delivery=tell)
    err.print(f"Published {counts.sent} records")
    results = Results()
    with progress("Processing ", total=counts.sent) as advance:
        collecting = asyncio.ensure_future(_collect(counts.sent, settings, results, advance))
        ended = asyncio.ensure_future(asyncio.to_thread(worker.wait))
        await asyncio.wait({collecting, ended}, timeout=TIMEOUT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        try:
            if not collecting.done():
                came = len(results.articles) + len(results.dead)
                why = f"the worker ended with code {worker.poll()}" if ended.done() else "the time was up"
                raise SetupError(f"{came} of {counts.sent} records came out, then {why}:\n{_tail(log)}")
            await collecting
        finally:
            collecting.cancel()
            local.stop(worker)
            await ended
    return results


async def _collect(
    expected: int, settings: Settings, results: Results, advance: Callable[[int], None]
) -> None:
    dead = DEAD.name(settings)
    async with aclosing(follow([ENRICHED.name(settings), dead], settings, from_beginning=True)) as records:
        async for record in records:
            if results.add(record, is_dead=record.topic == dead):
                advance(1)
            if len(results.articles) + len(results.dead) == expected:
                break


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _print(results: Results, sources: list[Source], settings: Settings) -> None:
    """In the order of publishing, so that two runs print the same."""
    order = {_id_or_value(source.value, settings): index for index, source in enumerate(sources)}
    articles = sorted(results.articles.values(), key=lambda article: order[article.id])
    dead = sorted(results.dead.values(), key=lambda letter: order[_id_or_value(letter[2], settings)])
    out.print(render.summary_table(articles, title=f"{len(articles)} enriched articles"))
    out.print(render.dead_letter_table(dead))


def _id_or_value(value: bytes, settings: Settings) -> str | bytes:
    try:
        return decode_article(decode_json(value), max_body_chars=settings.max_body_chars).id
    except InvalidRecord:
        return value
