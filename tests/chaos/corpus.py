"""Articles to break things with: real ones where the corpus lies beside the checkout, else the bundled samples."""

from __future__ import annotations

import asyncio
import gzip
from collections import deque
from collections.abc import Awaitable, Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from streams import samples, topics
from streams.settings import Settings
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Raw

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "news" / "articles.jsonl.gz"

EVERY_NTH_BROKEN = 50
MOST_IN_FLIGHT = 500
BROKEN = b"bukan JSON \xff"
_BODIES = (SUMMIT, ATTACK, FOOTBALL)


def articles(number: int) -> Iterator[Raw]:
    """So many records, keyed by article id; every fiftieth is no article at all. Ids are new in each round."""
    sources = numbered()
    for place, (key, value) in enumerate(islice(sources, number)):
        yield Raw(BROKEN) if place % EVERY_NTH_BROKEN == EVERY_NTH_BROKEN - 1 else Raw(value, key)


def numbered() -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of articles without end, all of them good; ids are new in each round."""
    for round_ in count():
        for place, fields in enumerate(_corpus() if CORPUS.exists() else _samples()):
            article_id = f"chaos-{round_}-{place}"
            yield article_id.encode(), orjson.dumps({**fields, "id": article_id})


def short_articles(number: int) -> Iterator[Raw]:
    """As `articles`, of a few sentences each: for faults that don't care what an article says, and cost the time."""
    for place in range(number):
        key = f"short-{place}"
        body = f"{_BODIES[place % len(_BODIES)]} Berita nomor {place}."
        is_broken = place % EVERY_NTH_BROKEN == EVERY_NTH_BROKEN - 1
        yield Raw(BROKEN) if is_broken else Raw(article(body, id=key), key.encode())


async def publish(records: Iterable[Raw], settings: Settings) -> int:
    """Publishes the records in order, many at a time; how many there were."""
    name, waiting, published = topics.RAW.name(settings), deque[Awaitable[object]](), 0
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap, compression_type="gzip") as producer:
        for record in records:
            waiting.append(await producer.send(name, record.value, key=record.key))
            published += 1
            if len(waiting) == MOST_IN_FLIGHT:
                await waiting.popleft()
        await asyncio.gather(*waiting)
    return published


def _corpus() -> Iterator[dict[str, Any]]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = orjson.loads(line)
            yield {"title": fields["title"], "body": fields["text"]}


def _samples() -> Iterator[dict[str, Any]]:
    for _, value in samples.articles():
        yield {name: field for name, field in orjson.loads(value).items() if name != "url"}
