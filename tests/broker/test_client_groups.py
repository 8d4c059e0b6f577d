"""Consumers with `streams.client` that share a group."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from streams import client
from streams.settings import Settings
from tests.broker.client_reading import STALL_S, articles, connected, ids, ids_of, read_all, texts_of
from tests.broker.enriched_records import committed, enriched, write, write_ends

pytestmark = pytest.mark.broker


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
