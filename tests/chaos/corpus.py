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
from tests.broker.pipeline import Raw

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "news" / "articles.jsonl.gz"

EVERY_NTH_BROKEN = 50
MOST_IN_FLIGHT = 500
BROKEN = b"bukan JSON \xff"


def articles(number: int) -> Iterator[Raw]:
    """So many records, keyed by article id; every fiftieth is no article at all. Ids are new in each round."""
    sources = _numbered()
    for place, (key, value) in enumerate(islice(sources, number)):
        yield Raw(BROKEN) if place % EVERY_NTH_BROKEN == EVERY_NTH_BROKEN - 1 else Raw(value, key)


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


def _numbered() -> Iterator[tuple[bytes, bytes]]:
    for round_ in count():
        for place, fields in enumerate(_corpus() if CORPUS.exists() else _samples()):
            article_id = f"chaos-{round_}-{place}"
            yield article_id.encode(), orjson.dumps({**fields, "id": article_id})


def _corpus() -> Iterator[dict[str, Any]]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = orjson.loads(line)
            yield {"title": article["title"], "body": article["text"]}


def _samples() -> Iterator[dict[str, Any]]:
    for _, value in samples.articles():
        yield {name: field for name, field in orjson.loads(value).items() if name != "url"}
