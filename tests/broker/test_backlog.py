"""A backlog of one stage does not keep the next one from working."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest

from streams import topics
from tests.broker.articles import FOOTBALL, article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos.audit import read

pytestmark = pytest.mark.broker

BATCH = 8
RECORDS = [Raw(article(f"{FOOTBALL} {number}.", id=f"b-{number}")) for number in range(30 * BATCH)]


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    environment = {"KABAR_BATCH_SIZE": str(BATCH), "KABAR_NLP_PROCESSES": "1", "KABAR_STAGES_APART": "true"}
    with Pipeline(broker_address, tmp_path, **environment) as pipeline:
        yield pipeline


async def test_what_is_tagged_is_soon_classified_while_many_wait_to_be_tagged(pipeline: Pipeline) -> None:
    published = await pipeline.publish(RECORDS)
    await pipeline.outcomes(published)
    await asyncio.to_thread(pipeline.stop)

    tagged, enriched = [await read(topic, pipeline.settings) for topic in (topics.TAGGED, topics.ENRICHED)]
    moments = sorted(
        [(record.timestamp, 1) for record in tagged] + [(record.timestamp, -1) for record in enriched]
    )
    waiting = accumulate(step for _, step in moments)
    assert max(waiting) <= 8 * BATCH
