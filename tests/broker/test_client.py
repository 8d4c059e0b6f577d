"""What services read and publish with `streams.client`, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from streams import client, topics
from streams.errors import BrokerUnreachable, RecordTooLarge, SetupError
from streams.records import last_header
from streams.settings import Settings
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.client_reading import articles, connected, ids, ids_of, read_all, texts_of, until_the_end
from tests.broker.enriched_records import enriched, write, write_ends
from tests.broker.pipeline import Pipeline, Raw

pytestmark = pytest.mark.broker


@pytest.fixture
def worker(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    """A worker that the test may stop."""
    with Pipeline(broker_address, tmp_path) as pipeline:
        yield pipeline


async def test_each_event_comes_once_although_every_one_was_written_twice(worker: Pipeline) -> None:
    bodies = [f"{body} {number}." for number in range(10) for body in (SUMMIT, ATTACK, FOOTBALL)]
    published = await worker.publish(
        Raw(article(body, id=f"dua-{number}")) for number, body in enumerate(bodies)
    )
    await worker.outcomes(published)
    await asyncio.to_thread(worker.stop)
    # A group of another name has committed nothing: it reads all topics from their beginning once more.
    worker.start_another(KABAR_GROUP=f"{worker.prefix}-again")
    await worker.outcomes(published, copies=2)
    await asyncio.to_thread(worker.stop)
    written = [outcome.by_topic[topics.ENRICHED.suffix] for outcome in await worker.all_written(published)]
    assert all(len(copies) >= 2 for copies in written)
    await write_ends(worker.settings)

    items = await read_all(worker.settings)

    assert sorted(ids_of(items)) == sorted(f"dua-{number}" for number in range(len(bodies)))
    assert {item.ce_id for item in items} == {last_header(copies[0].headers, "ce_id") for copies in written}


async def test_an_item_has_its_article_and_where_it_was_read(topic_settings: Settings) -> None:
    await write(topic_settings, [enriched("a-1")])
    await write_ends(topic_settings)

    [item] = await read_all(topic_settings)

    assert isinstance(item, client.Enriched)
    assert item.article == enriched("a-1")
    assert (item.record.topic, item.record.key, item.record.offset) == (
        topics.ENRICHED.name(topic_settings),
        b"a-1",
        0,
    )
    assert last_header(item.record.headers, "ce_id") == item.ce_id
    assert last_header(item.record.headers, "ce_subject") == "a-1"


async def test_a_deletion_comes_as_one(pipeline: Pipeline) -> None:
    await pipeline.process([Raw(article(SUMMIT, id="hapus-1"), key=b"hapus-1"), Raw(None, key=b"hapus-1")])
    seen = []
    async with connected(pipeline.settings) as kabar:
        async for item in kabar.enriched():
            if ids_of([item]) == ["hapus-1"]:
                seen.append(type(item))
                if isinstance(item, client.Deleted):
                    break

    assert seen == [client.Enriched, client.Deleted]


async def test_a_topic_alone_can_be_followed(topic_settings: Settings) -> None:
    for topic in (topics.ENRICHED, topics.DIPLOMACY, topics.TERRORISM):
        await write(topic_settings, articles(3, topic.suffix), topic=topic)
        await write_ends(topic_settings, topic=topic)
    async with connected(topic_settings) as kabar:
        items = await until_the_end(kabar.enriched(topic="terrorism"), topic_settings.partitions)

    assert sorted(ids_of(items)) == ids(3, "topics.terrorism")


async def test_an_article_about_both_comes_in_the_loop_of_each_topic(topic_settings: Settings) -> None:
    for topic in topics.BY_TOPIC_ID.values():
        await write(topic_settings, articles(1), topic=topic)
        await write_ends(topic_settings, topic=topic)
    async with connected(topic_settings) as kabar:
        loops = [
            until_the_end(kabar.enriched(topic), topic_settings.partitions) for topic in topics.BY_TOPIC_ID
        ]
        found = await asyncio.gather(*loops)

    assert [ids_of(items) for items in found] == [["a-0"], ["a-0"]]


@pytest.mark.parametrize(("is_kept", "repeats"), [(True, []), (False, ["a-0", "a-1", "a-2"])])
async def test_a_window_in_a_file_knows_after_a_restart_what_was_read_before(
    topic_settings: Settings, tmp_path: Path, is_kept: bool, repeats: list[str]
) -> None:
    options = {"window_path": tmp_path / "window.db"} if is_kept else {}
    for name in ("before", "after"):
        await write(topic_settings, articles(3))
        await write(topic_settings, [enriched(name)])
        await write_ends(topic_settings)

        items = await read_all(topic_settings, **options)

    assert sorted(ids_of(items)) == [*repeats, "after"]


async def test_what_is_older_than_the_window_comes_again(topic_settings: Settings, tmp_path: Path) -> None:
    for _ in range(2):
        await write(topic_settings, [enriched("a-1", f"Versi {number}.") for number in range(3)])
        await write_ends(topic_settings)

        items = await read_all(topic_settings, window_path=tmp_path / "window.db", window_size=2)

    assert texts_of(items) == ["Versi 0."]


async def test_foreign_records_come_out_unreadable_and_the_loop_goes_on(topic_settings: Settings) -> None:
    name = topics.ENRICHED.name(topic_settings)
    async with AIOKafkaProducer(bootstrap_servers=topic_settings.bootstrap) as producer:
        for value in (b"", b"\xff\xfe", b"{}", b"[1", b"null"):
            await producer.send_and_wait(name, value, key=b"a-0", headers=[("ce_id", value)])
    await write(topic_settings, articles(2))
    await write_ends(topic_settings)

    items = await read_all(topic_settings)

    foreign = [item for item in items if isinstance(item, client.Unreadable)]
    assert [item.record.value for item in foreign] == [b"", b"\xff\xfe", b"{}", b"[1", b"null"]
    assert all(item.reason for item in foreign)
    assert sorted(ids_of(items)) == ids(2)


async def test_without_topics_a_loop_says_what_to_do(broker_address: str) -> None:
    async with client.connect(brokers=broker_address, prefix="missing", group="desk") as kabar:
        with pytest.raises(SetupError, match="`kabar topics` creates it"):
            await anext(aiter(kabar.enriched()))


async def test_without_a_broker_a_loop_says_what_to_do() -> None:
    async with client.connect(brokers="127.0.0.1:1", group="desk", broker_wait_seconds=0) as kabar:
        with pytest.raises(BrokerUnreachable, match=r"127\.0\.0\.1:1"):
            await anext(aiter(kabar.enriched()))


async def test_what_is_published_comes_out_enriched_and_its_deletion_too(pipeline: Pipeline) -> None:
    async with connected(pipeline.settings, "round-trip") as kabar:
        sent = await kabar.publish(client.Article(id="kirim-1", body=SUMMIT, metadata={"meja": 3}))
        seen: dict[str, client.Item] = {}
        async for item in kabar.enriched():
            if last_header(item.record.headers, "ce_correlationid") == sent.ce_id:
                seen["enriched"] = item
                gone = await kabar.delete("kirim-1")
            elif isinstance(item, client.Deleted) and item.id == "kirim-1":
                seen["deleted"] = item
                break

    assert isinstance(seen["enriched"], client.Enriched)
    assert seen["enriched"].id == sent.id == "kirim-1"
    assert seen["enriched"].article.metadata == {"meja": 3}
    assert last_header(seen["deleted"].record.headers, "ce_correlationid") == gone.ce_id
    assert gone.partition == sent.partition


async def test_an_article_without_id_is_published_under_the_one_that_kabar_derives(
    pipeline: Pipeline,
) -> None:
    [outcome] = await pipeline.process([Raw(article(FOOTBALL, url="https://warta.example/turunan"))])
    async with connected(pipeline.settings) as kabar:
        sent = await kabar.publish(client.Article(body=SUMMIT, url="https://warta.example/turunan"))

    assert sent.id == outcome.enriched["id"]


async def test_an_article_that_no_record_has_room_for_is_told_so(topic_settings: Settings) -> None:
    async with connected(topic_settings, max_record_bytes=10_000) as kabar:
        with pytest.raises(RecordTooLarge, match="'a-1' has 20,"):
            await kabar.publish(client.Article(id="a-1", body="Isi. " * 4_000))
