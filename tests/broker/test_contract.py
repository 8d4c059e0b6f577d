"""What is on the real topics, held against the contract's files."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import orjson
import pytest

from streams import contract, samples, topics
from tests.broker.articles import ATTACK, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw
from tests.contract_documents import message_of, problems_of_headers

if TYPE_CHECKING:
    from tests.broker.pipeline import Outcome

pytestmark = pytest.mark.broker

BY_SUFFIX = {topic.suffix: topic for topic in topics.ALL}
NOT_WRITTEN_BY_AGENTS = {"articles.raw", "articles.replayed"}


def problems(outcome: Outcome, *, message: str | None = None) -> dict[str, list[str]]:
    """What is wrong with the records of an outcome, by topic: `message`, or what the topic holds by the contract."""
    found: dict[str, list[str]] = {}
    for suffix, records in outcome.by_topic.items():
        topic = BY_SUFFIX[suffix]
        for record in records:
            expected = message or contract.name_of(topic.value)
            actual = message_of(topic, record.value)
            wrong = [] if actual == expected else [f"is a {actual}, not a {expected}"]
            wrong += problems_of_headers(actual, tuple(record.headers))
            found.setdefault(suffix, []).extend(wrong)
    return found


async def test_every_record_of_every_sample_is_as_declared_on_every_topic(pipeline: Pipeline) -> None:
    values = [value for _, value in (*samples.articles(), *samples.broken())]
    outcomes = await pipeline.process([Raw(value) for value in values])

    assert {suffix for outcome in outcomes for suffix in outcome.topics} == set(
        BY_SUFFIX
    ) - NOT_WRITTEN_BY_AGENTS
    assert [wrong for outcome in outcomes for wrong in problems(outcome).values() if wrong] == []


async def test_a_cloudevent_leads_to_records_as_declared(pipeline: Pipeline) -> None:
    event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/redaksi", "type": "terbit"}
    value = orjson.dumps({**event, "data": orjson.loads(article(SUMMIT + ATTACK))})
    [outcome] = await pipeline.process(
        [Raw(value, headers=(("content-type", b"application/cloudevents+json"),))]
    )

    assert set(problems(outcome)) >= {"articles.clean", "articles.tagged", "articles.enriched"}
    assert [wrong for wrong in problems(outcome).values() if wrong] == []


async def test_a_deletion_is_a_tombstone_as_declared_on_every_topic(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(None, key=b"dihapus-menurut-kontrak")])

    assert set(outcome.topics) == set(BY_SUFFIX) - NOT_WRITTEN_BY_AGENTS - {"articles.dead"}
    assert [wrong for wrong in problems(outcome, message="Tombstone").values() if wrong] == []
