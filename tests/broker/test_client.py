"""Services that read and publish with `streams.client`, on a real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from streams import admin, client, topics
from streams.broker import SESSION_TIMEOUT_SECONDS
from streams.client.consuming import Stream
from streams.errors import BrokerUnreachable, RecordTooLarge, SetupError
from streams.events import EnrichedArticle
from streams.records import last_header
from streams.settings import Settings, load
from tests.broker import client_script
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.enriched_records import END, committed, enriched, write, write_ends
from tests.broker.pipeline import Pipeline, Raw

pytestmark = pytest.mark.broker

STALL_S = 60.0
# The first member of a group does not leave the embedded broker before its session is over, so let that be soon.
SESSION_S = 3.0
KAFKA_SESSION_S = 6.0  # it allows no less


@pytest.fixture(scope="session")
def session_timeout(request: pytest.FixtureRequest) -> float:
    return KAFKA_SESSION_S if request.config.getoption("--kafka") else SESSION_S


@pytest.fixture
async def topic_settings(broker_address: str, session_timeout: float) -> Settings:
    """Topics of this test alone, which no worker reads."""
    settings = load(
        brokers=broker_address,
        prefix=f"test-{uuid.uuid4().hex[:8]}",
        partitions=2,
        session_timeout_seconds=session_timeout,
    )
    await admin.create_topics(settings)
    return settings


@asynccontextmanager
async def connected(settings: Settings, group: str = "desk", **options: Any) -> AsyncIterator[client.Client]:
    async with (
        asyncio.timeout(STALL_S),
        client.connect(
            brokers=settings.bootstrap,
            prefix=settings.prefix,
            group=f"{settings.prefix}-{group}",
            session_timeout_seconds=min(settings.session_timeout_seconds, SESSION_TIMEOUT_SECONDS),
            **options,
        ) as kabar,
    ):
        yield kabar


def articles(count: int, name: str = "a") -> list[EnrichedArticle]:
    return [enriched(f"{name}-{number}") for number in range(count)]


def ids(count: int, name: str = "a") -> list[str]:
    return [f"{name}-{number}" for number in range(count)]


async def until_the_end(stream: Stream, partitions: int) -> list[client.Item]:
    """Everything before the end of each partition; all of it is acknowledged."""
    items: list[client.Item] = []
    ends = 0
    async for item in stream:
        if item.record.value != END:
            items.append(item)
            continue
        ends += 1
        if ends == partitions:
            stream.acknowledge(item)
            break
    return items


async def read_all(settings: Settings, group: str = "desk", **options: Any) -> list[client.Item]:
    async with connected(settings, group, **options) as kabar:
        return await until_the_end(kabar.enriched(), settings.partitions)


def ids_of(items: list[client.Item]) -> list[str]:
    return [item.id for item in items if not isinstance(item, client.Unreadable)]


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


async def start_script(settings: Settings, group: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, client_script.__file__, group),
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "KABAR_BROKERS": settings.bootstrap,
            "KABAR_PREFIX": settings.prefix,
            "KABAR_SESSION_TIMEOUT_SECONDS": str(settings.session_timeout_seconds),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_successor_of_a_killed_consumer_misses_nothing(topic_settings: Settings) -> None:
    count = 2_000
    await write(topic_settings, articles(count))
    await write_ends(topic_settings)
    group = f"{topic_settings.prefix}-desk"
    process = await start_script(topic_settings, group)
    assert process.stdout is not None
    handled: list[str] = []
    try:
        async with asyncio.timeout(STALL_S):
            assert await process.stdout.readline() == b"connected\n"
            is_committed = asyncio.create_task(something_is_committed(topic_settings, group))
            while not is_committed.done():
                handled.append((await process.stdout.readline()).decode().strip())
    finally:
        process.kill()
    handled += (await process.stdout.read()).decode().split()
    await process.wait()
    assert len(handled) < count

    successor = ids_of(await read_all(topic_settings))

    assert set(handled) | set(successor) == set(ids(count))
    assert len(successor) < count


async def something_is_committed(settings: Settings, group: str) -> None:
    while not any(await committed(settings, group)):  # noqa: ASYNC110 - the broker tells it to nobody
        await asyncio.sleep(0.1)


class Flaw(Exception):
    """What a body raises."""


def fail_if(is_wrong: bool) -> None:
    if is_wrong:
        raise Flaw


def texts_of(items: list[client.Item]) -> list[str]:
    return [item.article.text for item in items if isinstance(item, client.Enriched)]


async def test_a_record_whose_body_raised_comes_again_and_those_before_do_not(
    topic_settings: Settings,
) -> None:
    await write(topic_settings, [enriched("a-1", f"Versi {number}.") for number in range(5)])
    seen = []

    async def service() -> None:
        async with connected(topic_settings) as kabar:
            async for item in kabar.enriched():
                assert isinstance(item, client.Enriched)
                fail_if(item.article.text == "Versi 2.")
                seen.append(item.article.text)

    with pytest.raises(Flaw):
        await service()

    await write_ends(topic_settings)
    again = texts_of(await read_all(topic_settings))
    assert (seen, again) == (["Versi 0.", "Versi 1."], ["Versi 2.", "Versi 3.", "Versi 4."])


async def test_a_second_loop_begins_with_the_record_that_the_first_was_left_with(
    topic_settings: Settings,
) -> None:
    await write(topic_settings, [enriched("a-1", f"Versi {number}.") for number in range(4)])
    seen = []
    async with connected(topic_settings) as kabar:
        for _ in range(3):
            try:
                async for item in kabar.enriched():
                    assert isinstance(item, client.Enriched)
                    seen.append(item.article.text)
                    fail_if(item.article.text == "Versi 1." and seen.count("Versi 1.") < 3)
                    if item.article.text == "Versi 3.":
                        break
            except Flaw:
                continue

    assert seen == ["Versi 0.", "Versi 1.", "Versi 1.", "Versi 1.", "Versi 2.", "Versi 3."]


@pytest.mark.parametrize(("says_so", "next_one"), [(False, "Versi 0."), (True, "Versi 1.")])
async def test_the_record_of_a_break_comes_again_unless_it_was_acknowledged(
    topic_settings: Settings, says_so: bool, next_one: str
) -> None:
    await write(topic_settings, [enriched("a-1", f"Versi {number}.") for number in range(2)])
    async with connected(topic_settings) as kabar:
        async for item in kabar.enriched():
            if says_so:
                kabar.acknowledge(item)
            break

    await write_ends(topic_settings)
    assert texts_of(await read_all(topic_settings))[0] == next_one


async def test_what_is_acknowledged_is_committed_while_nothing_more_comes(topic_settings: Settings) -> None:
    await write(topic_settings, [enriched("a-1")])
    async with connected(topic_settings) as kabar:
        waiting = asyncio.create_task(drain(kabar.enriched()))
        await something_is_committed(topic_settings, f"{topic_settings.prefix}-desk")
        waiting.cancel()
        await asyncio.wait([waiting])


async def drain(stream: Stream) -> None:
    async for _ in stream:
        pass


async def test_a_cancelled_loop_ends_at_once_and_commits_what_it_had_done(topic_settings: Settings) -> None:
    await write(topic_settings, articles(20))
    in_the_last = asyncio.Event()

    async def service() -> None:
        seen = 0
        async with connected(topic_settings) as kabar:
            async for _ in kabar.enriched():
                seen += 1
                if seen == 20:
                    in_the_last.set()
                    await asyncio.Event().wait()

    task = asyncio.create_task(service())
    await in_the_last.wait()
    began = time.monotonic()
    task.cancel()
    await asyncio.wait([task], timeout=STALL_S)

    assert task.cancelled()
    assert time.monotonic() - began < 5
    assert sum(await committed(topic_settings, f"{topic_settings.prefix}-desk")) == 19


async def test_a_loop_that_is_cancelled_while_it_joins_its_group_ends_soon(topic_settings: Settings) -> None:
    async def service() -> None:
        async with connected(topic_settings) as kabar:
            await drain(kabar.enriched())

    task = asyncio.create_task(service())
    await asyncio.sleep(0.5)  # nobody tells from outside that it has begun to join
    task.cancel()
    await asyncio.wait([task], timeout=STALL_S)

    assert task.cancelled()


async def test_ctrl_c_ends_a_service_quietly_but_for_its_interrupt(topic_settings: Settings) -> None:
    await write(topic_settings, articles(3))
    group = f"{topic_settings.prefix}-desk"
    process = await start_script(topic_settings, group)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STALL_S):
            for _ in range(4):
                await process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()

    assert errors.decode().splitlines()[-1] == "KeyboardInterrupt"
    assert b"never retrieved" not in errors
    assert b"Unclosed" not in errors
    assert sum(await committed(topic_settings, group)) == 3


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


async def test_two_consumers_of_a_group_share_everything_also_while_the_second_joins(
    topic_settings: Settings,
) -> None:
    count = 600
    await write(topic_settings, articles(count))
    await write_ends(topic_settings)
    seen: Counter[str] = Counter()
    by: Counter[str] = Counter()
    in_full_swing, all_seen = asyncio.Event(), asyncio.Event()

    async def service(name: str) -> None:
        async with connected(topic_settings) as kabar:
            async for item in kabar.enriched():
                await asyncio.sleep(0.02)
                if isinstance(item, client.Enriched):
                    seen[item.id] += 1
                    by[name] += 1
                if len(seen) >= 20:
                    in_full_swing.set()
                if len(seen) == count:
                    all_seen.set()

    first = asyncio.create_task(service("first"))
    await in_full_swing.wait()
    second = asyncio.create_task(service("second"))
    async with asyncio.timeout(STALL_S):
        await all_seen.wait()
    for task in (first, second):
        task.cancel()
    await asyncio.wait([first, second])

    assert sorted(seen) == sorted(ids(count))
    assert by["second"] > 0
    # Before a partition changes hands, the record in hand is finished and committed.
    assert [name for name, times in seen.items() if times > 1] == []


async def test_a_record_still_in_hand_after_a_rebalance_is_left_to_the_successor(
    topic_settings: Settings,
) -> None:
    await write(topic_settings, [enriched("a-1")])
    is_in_hand = asyncio.Event()

    async def never_done() -> None:
        async with connected(topic_settings) as kabar:
            async for _ in kabar.enriched():
                is_in_hand.set()
                await asyncio.Event().wait()

    first = asyncio.create_task(never_done())
    await is_in_hand.wait()
    async with connected(topic_settings) as kabar:
        stream = kabar.enriched()
        await stream._start()  # joins the group, for which the first has to give its partitions back
        assert await committed(topic_settings, f"{topic_settings.prefix}-desk") == [0, 0]
        first.cancel()
        assert ids_of([await anext(aiter(stream))]) == ["a-1"]
    await asyncio.wait([first])


async def test_a_record_of_a_lost_partition_is_not_committed_when_it_is_done_at_last(
    topic_settings: Settings,
) -> None:
    await write(topic_settings, [enriched("a-1", f"Versi {number}.") for number in range(3)])
    async with connected(topic_settings) as kabar:
        stream = kabar.enriched()
        loop = aiter(stream)
        item = await anext(loop)
        await stream.before_revocation()  # as a rebalance that does not wait any longer
        stream.acknowledge(item)
        await stream._flush()
        assert await committed(topic_settings, f"{topic_settings.prefix}-desk") == [0, 0]

    await write_ends(topic_settings)
    assert texts_of(await read_all(topic_settings)) == ["Versi 0.", "Versi 1.", "Versi 2."]


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


async def test_a_loop_that_another_has_followed_is_told_so(topic_settings: Settings) -> None:
    await write(topic_settings, articles(3))
    async with connected(topic_settings) as kabar:
        first = aiter(kabar.enriched())
        item = await anext(first)
        second = aiter(kabar.enriched())
        assert await anext(second) is item
        with pytest.raises(RuntimeError, match="another loop"):
            await anext(first)


async def test_a_loop_ends_when_its_stream_is_closed(topic_settings: Settings) -> None:
    await write(topic_settings, articles(1))
    async with connected(topic_settings) as kabar:
        stream = kabar.enriched()
        loop = aiter(stream)
        await anext(loop)
        waiting = asyncio.create_task(anext(loop, None))
        await something_is_committed(topic_settings, f"{topic_settings.prefix}-desk")
        await stream.aclose()
        assert await waiting is None
        with pytest.raises(RuntimeError, match="closed"):
            aiter(stream)


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
