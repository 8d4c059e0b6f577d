"""Topics that take smaller records than the settings say: somebody changed them on the running cluster."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from streams import dead_letters, topics
from streams.records import last_header
from streams.settings import Settings
from tests.broker.articles import FOOTBALL, article
from tests.broker.pipeline import Pipeline, Raw
from tests.chaos import corpus
from tests.chaos.audit import audit, read
from tests.chaos.tally import Tally

pytestmark = [pytest.mark.kafka, pytest.mark.chaos]

LIMIT = 4_000
"""Bytes of a compressed batch. One article fits, some ten that the producer sends as one batch do not."""

SMALL, LARGE = 600, 10_000
"""Random bytes in an article, which do not compress."""

EVERY_NTH_LARGE = 30
ADMIN_S = 30.0


@pytest.fixture(params=["false", "true"], ids=["at-once", "apart"])
def pipeline(request: pytest.FixtureRequest, broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    environment = {"KABAR_NLP_PROCESSES": "1", "KABAR_STAGES_APART": request.param}
    with Pipeline(broker_address, tmp_path, **environment) as pipeline:
        yield pipeline


@pytest.mark.parametrize("dead_refuses_too", [False, True], ids=["enriched", "enriched-and-dead"])
async def test_only_the_records_too_large_by_themselves_become_dead_letters(
    pipeline: Pipeline, is_full: bool, chance: random.Random, dead_refuses_too: bool
) -> None:
    number = 3_000 if is_full else 120
    for topic in [topics.ENRICHED, *[topics.DEAD] * dead_refuses_too]:
        await asyncio.to_thread(set_limit, topic, pipeline.settings)
    await corpus.publish((an_article(place, chance) for place in range(number)), pipeline.settings)
    async with Tally(pipeline) as tally:
        await tally.reach(number)
    assert pipeline.worker is not None
    assert pipeline.worker.poll() is None
    await asyncio.to_thread(pipeline.stop)

    found = await audit(pipeline.settings)
    found.assert_conserved()
    assert found.raw == number
    assert found.dead == number // EVERY_NTH_LARGE
    read_from = {topic.name(pipeline.settings): topic for topic in (topics.RAW, topics.TAGGED)}
    values = {
        (name, record.key): record.value
        for name, topic in read_from.items()
        for record in await read(topic, pipeline.settings)
    }
    for dead in await read(topics.DEAD, pipeline.settings):
        trimmed_from = last_header(tuple(dead.headers), dead_letters.TRIMMED_FROM)
        original = values[last_header(tuple(dead.headers), dead_letters.TOPIC), dead.key]
        assert trimmed_from == (str(len(original)) if dead_refuses_too else None)
        assert original.startswith(dead.value)
        assert (dead.value != original) is dead_refuses_too
    print(f"{found.repeats} of {number} written again")  # noqa: T201 - allowed, and worth knowing


def an_article(place: int, chance: random.Random) -> Raw:
    size = LARGE if place % EVERY_NTH_LARGE == EVERY_NTH_LARGE - 1 else SMALL
    name = f"besar-{place}"
    return Raw(article(FOOTBALL, id=name, metadata={"acak": chance.randbytes(size).hex()}), name.encode())


def set_limit(topic: topics.Topic, settings: Settings) -> None:
    """Lets a topic take no more than `LIMIT`, and returns when the cluster says so."""
    admin = AdminClient({"bootstrap.servers": settings.bootstrap})
    limit = ConfigEntry("max.message.bytes", str(LIMIT), incremental_operation=AlterConfigOpType.SET)
    name = topic.name(settings)
    changed = admin.incremental_alter_configs(
        [ConfigResource(ResourceType.TOPIC, name, incremental_configs=[limit])]
    )
    for result in changed.values():
        result.result(ADMIN_S)
    while True:
        described = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name)])
        [config] = [result.result(ADMIN_S) for result in described.values()]
        if config["max.message.bytes"].value == str(LIMIT):
            return
