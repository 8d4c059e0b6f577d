"""How far the workers are behind, as the broker knows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from streams import topics
from streams.errors import SetupError
from streams.lag import PartitionLag, lag
from streams.settings import Settings, load
from tests.broker.articles import FOOTBALL, article
from tests.broker.pipeline import TIMEOUT_S, Pipeline, Raw
from tests.cli.command import kabar

pytestmark = pytest.mark.broker

LONG_AGO_MS = 1_700_000_000_123


async def waiting(settings: Settings) -> dict[str, int]:
    return {of_topic.topic.suffix: of_topic.waiting for of_topic in await lag(settings)}


@pytest.fixture
def behind(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    """Four articles are through, and five wait while no worker runs."""
    waiting = [Raw(article(FOOTBALL, id=f"tunggu-{n}"), timestamp_ms=LONG_AGO_MS + n) for n in range(5)]
    with Pipeline(broker_address, tmp_path) as pipeline:
        asyncio.run(pipeline.process([Raw(article(FOOTBALL, id=f"selesai-{n}")) for n in range(4)]))
        pipeline.stop()
        asyncio.run(pipeline.publish(waiting))
        yield pipeline


async def test_what_no_worker_has_read_waits_until_one_has(behind: Pipeline) -> None:
    settings = load(
        brokers=behind.settings.bootstrap, prefix=behind.prefix, group=behind.prefix, partitions=3
    )
    raw, *_ = await lag(settings)
    assert (raw.waiting, raw.oldest_ms, raw.is_new) == (5, LONG_AGO_MS, False)
    assert [partition.partition for partition in raw.partitions] == [0, 1, 2]

    behind.start_another()
    # Nothing tells when a worker commits, which it does twice a second.
    deadline = time.monotonic() + TIMEOUT_S
    while any((found := await waiting(settings)).values()) and time.monotonic() < deadline:
        pass
    assert found == {"articles.raw": 0, "articles.clean": 0, "articles.tagged": 0}


async def test_of_a_group_that_never_read_everything_waits(behind: Pipeline) -> None:
    settings = load(brokers=behind.settings.bootstrap, prefix=behind.prefix, group="nobody", partitions=3)
    raw, clean, _tagged = await lag(settings)
    assert raw.is_new
    assert (raw.waiting, clean.waiting) == (9, 4)


async def test_a_missing_topic_is_said_plainly(broker_address: str) -> None:
    with pytest.raises(SetupError, match=r"There is no topic nowhere\.articles\.raw"):
        await lag(load(brokers=broker_address, prefix="nowhere"))


async def test_the_command_counts_what_waits_and_its_exit_code_tells_of_too_much(behind: Pipeline) -> None:
    on = {
        "KABAR_BROKERS": behind.settings.bootstrap,
        "KABAR_PREFIX": behind.prefix,
        "KABAR_GROUP": behind.prefix,
    }
    fine, too_much = kabar("lag", "--above", "5", **on), kabar("lag", "--above", "4", **on)
    assert (fine.returncode, too_much.returncode) == (0, 1)
    raw, *_ = [orjson.loads(line) for line in fine.stdout.splitlines()]
    assert (raw["topic"], raw["waiting"]) == (topics.RAW.name(behind.settings), 5)
    assert raw["oldest"] == "2023-11-14T22:13:20.123+00:00"


def test_offsets_that_the_broker_deleted_before_they_were_read_are_counted_apart() -> None:
    cut = PartitionLag(partition=0, beginning=50, committed=20, end=60)
    assert (cut.waiting, cut.deleted_unread) == (10, 30)
    assert PartitionLag(partition=0, beginning=50, committed=None, end=60).deleted_unread == 0
