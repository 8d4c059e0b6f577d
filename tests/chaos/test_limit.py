"""A topic full of records that cannot be processed does not end in the dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams import topics
from tests.broker.articles import article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos.audit import audit, read
from tests.chaos.tally import Tally

pytestmark = [pytest.mark.broker, pytest.mark.chaos]

LIMIT = 20
RECORDS = [Raw(b"bukan JSON", key=b"one partition") for _ in range(100)]
BATCH = 8


@pytest.fixture
def pipeline(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(
        broker_address, tmp_path, KABAR_DEAD_IN_A_ROW=str(LIMIT), KABAR_BATCH_SIZE=str(BATCH)
    ) as pipeline:
        yield pipeline


async def test_past_the_limit_the_worker_stops_with_a_plain_sentence_and_the_next_one_loses_nothing(
    pipeline: Pipeline,
) -> None:
    worker = pipeline.worker
    assert worker is not None
    await pipeline.publish([*RECORDS, Raw(article(id="good"), key=b"one partition")])
    assert await asyncio.to_thread(worker.wait, 60) == 2

    [sentence] = [line for line in pipeline.log.read_text().splitlines() if "in a row" in line]
    assert sentence.startswith(f"{LIMIT + 1} records in a row of {pipeline.prefix}.articles.raw/")
    assert "Traceback" not in pipeline.log.read_text()
    written = len(await read(topics.DEAD, pipeline.settings))
    assert LIMIT - BATCH < written <= LIMIT

    async with Tally(pipeline) as tally:
        pipeline.start_another(KABAR_DEAD_IN_A_ROW="0")
        await tally.reach(len(RECORDS) + 1)
    await asyncio.to_thread(pipeline.stop)
    (await audit(pipeline.settings)).assert_conserved()
