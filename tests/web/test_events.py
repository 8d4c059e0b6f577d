"""What the server tells of articles: from the topics of a real broker to a stream of events."""

from __future__ import annotations

from typing import Any

import pytest

from streams import topics
from streams.web.hub import Hub
from tests.broker.articles import SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw
from tests.web.client import events, served, state_when
from tests.web.cluster import Cluster, report

pytestmark = pytest.mark.broker


@pytest.fixture
async def cluster(broker_address: str) -> Cluster:
    return await Cluster.made(broker_address)


async def test_an_article_that_is_published_appears_with_offsets_in_code_points(pipeline: Pipeline) -> None:
    title = "🕊️🤝 Retno Marsudi bertemu Sergey Lavrov di Jakarta"
    async with served(pipeline.settings) as client, events(client) as coming:
        await pipeline.publish([Raw(article(SUMMIT, id="halaman-emoji", title=title))])
        found = await coming.article("halaman-emoji")

    mentions = [mention for entity in found["entities"] for mention in entity["mentions"]]
    assert {mention["field"] for mention in mentions} == {"title", "text"}
    assert [found[one["field"]][one["start"] : one["end"]] for one in mentions] == [
        one["text"] for one in mentions
    ]


async def test_what_was_there_already_comes_first_and_in_order_of_time(cluster: Cluster) -> None:
    for number in range(5):
        await cluster.enrich(report(f"lama-{number}"))
    async with served(cluster.settings) as client, events(client) as coming:
        await cluster.enrich(report("baru"))
        await coming.article("baru")

    told = [event.data["article"]["id"] for event in coming.seen if event.name == "article"]
    assert told == [*(f"lama-{number}" for number in range(5)), "baru"]


async def test_each_article_has_the_place_of_its_record_as_its_id(cluster: Cluster) -> None:
    await cluster.enrich(report("tempat"))
    [record] = await cluster.on(topics.ENRICHED)
    async with served(cluster.settings) as client, events(client) as coming:
        event = await coming.until("article")
    assert event.id == event.data["place"] == f"{record.topic}/{record.partition}/{record.offset}"


async def test_who_comes_back_gets_only_what_came_since(cluster: Cluster) -> None:
    await cluster.enrich(report("pertama"))
    async with served(cluster.settings) as client:
        async with events(client) as coming:
            seen = await coming.until("article")
        await cluster.enrich(report("kedua"))
        async with events(client, Last_Event_ID=seen.id or "") as again:
            await again.article("kedua")
    assert [event.data["article"]["id"] for event in again.seen if event.name == "article"] == ["kedua"]


async def test_markup_in_an_article_is_sent_as_the_text_it_is(cluster: Cluster) -> None:
    title = "</script><script>alert(1)</script>\r\n\r\ndata: palsu"
    await cluster.enrich(report("skrip", title=title, names={"<script>": "ORG"}))
    async with served(cluster.settings) as client, events(client) as coming:
        found = await coming.article("skrip")
        assert found["title"] == title
        assert coming.response.content_type == "text/event-stream"


async def test_a_deletion_and_a_record_that_is_no_article_are_told(cluster: Cluster) -> None:
    async with served(cluster.settings) as client, events(client) as coming:
        await cluster.write(topics.ENRICHED, None, key=b"hapus")
        assert (await coming.until("deleted")).data["id"] == "hapus"
        await cluster.write(topics.ENRICHED, b'{"future": 1}')
        await coming.until("unreadable")


async def test_who_does_not_read_is_dropped_and_nobody_else(cluster: Cluster) -> None:
    hub = Hub(queue=3)
    async with served(cluster.settings, hub=hub) as client, events(client) as coming:
        with hub.viewer(last_id=None) as slow:
            for number in range(4):
                await cluster.enrich(report(f"banyak-{number}"))
                await coming.article(f"banyak-{number}")
            assert slow.is_dropped
            assert await slow.next() is None


async def test_the_state_counts_what_lies_on_the_topics_and_how_long_articles_took(
    pipeline: Pipeline,
) -> None:
    async with served(pipeline.settings) as client, events(client) as coming:
        await pipeline.publish([Raw(article(SUMMIT, id="dihitung"))])
        await coming.article("dihitung")
        told = await state_when(
            client, lambda told: bool(told["lag"]["stages"] and _counts(told)["articles.enriched"])
        )
        counts = _counts(told)
    assert counts["articles.raw"] >= counts["articles.enriched"] > 0
    assert 0 < told["latency"]["p50_ms"] <= told["latency"]["p99_ms"]
    assert [stage["stage"] for stage in told["lag"]["stages"]] == ["clean", "tag", "classify"]
    assert told["lag"]["group"] == pipeline.settings.group


def _counts(told: Any) -> dict[str, int]:
    return {topic["topic"]: topic["records"] or 0 for topic in told["topics"]}
