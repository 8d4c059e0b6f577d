"""`kabar enrich`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from streams import own_topics
from streams.chain import Chain
from streams.cli import sources
from streams.cli.console import err, escaped, out, printable, progress, until_reader_has_enough
from streams.cli.render import article_panel
from streams.cli.sources import Source
from streams.events import EnrichedArticle
from streams.pool import Pool
from streams.records import Emit, Outcome, Record
from streams.settings import Settings
from streams.topics import RAW


def run(files: Sequence[str], settings: Settings, *, as_json: bool) -> int:
    """Prints each article enriched, in input order; the exit code, 1 if one was rejected."""
    sources.check(files)
    as_json = as_json or not out.is_terminal
    rejected = 0
    with until_reader_has_enough():
        with progress("Enriching", total=sources.total_bytes(files), unit_is_bytes=True) as advance:
            for source, outcome in _enriched(sources.read(files), settings):
                advance(len(source.value) + 1)
                if not isinstance(outcome, Emit) or outcome.value is None:
                    reason = outcome.message if not isinstance(outcome, Emit) else "nothing came out"
                    err.print(printable(f"{source.place}: {reason}"), markup=False, soft_wrap=True)
                    rejected += 1
                elif as_json:
                    sys.stdout.buffer.write(escaped(outcome.value) + b"\n")
                else:
                    out.print(article_panel(EnrichedArticle.decode(outcome.value)))
        return 1 if rejected else 0
    return 0


def _enriched(records: Iterator[Source], settings: Settings) -> Iterator[tuple[Source, Outcome]]:
    """A few articles are quickest done here; more are worth starting the other processes for."""
    chain = Chain.of(settings)
    first = list(islice(records, settings.batch_size))
    rest = list(islice(records, settings.batch_size))
    if not rest:
        yield from zip(first, chain.outcomes(_as_records(first, settings)), strict=True)
        return
    pool = Pool(settings.nlp_processes, own_topics=own_topics.of(settings))
    pool.start()
    try:
        with asyncio.Runner() as loop:
            batch = first
            while batch:
                yield from zip(
                    batch, loop.run(_outcomes(pool, chain, _as_records(batch, settings))), strict=True
                )
                batch, rest = rest, list(islice(records, settings.batch_size))
    finally:
        pool.stop()


async def _outcomes(pool: Pool, chain: Chain, records: Sequence[Record]) -> list[Outcome]:
    """By all processes side by side."""
    share = -(-len(records) // pool.processes)
    shares = [records[start : start + share] for start in range(0, len(records), share)]
    done = await asyncio.gather(*(pool.outcomes(chain, some) for some in shares))
    return [outcome for outcomes in done for outcome in outcomes]


def _as_records(batch: Sequence[Source], settings: Settings) -> list[Record]:
    return [
        Record(topic=RAW.name(settings), partition=0, offset=0, timestamp_ms=0, key=None, value=source.value)
        for source in batch
    ]
