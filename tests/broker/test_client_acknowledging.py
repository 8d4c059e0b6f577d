"""What a loop over `streams.client` has acknowledged does not come again, and all else does, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from streams import client
from streams.settings import Settings
from tests.broker import client_script
from tests.broker.client_reading import (
    STALL_S,
    articles,
    connected,
    drain,
    ids,
    ids_of,
    read_all,
    something_is_committed,
    texts_of,
)
from tests.broker.enriched_records import committed, enriched, write, write_ends

pytestmark = pytest.mark.broker


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


class Flaw(Exception):
    """What a body raises."""


def fail_if(is_wrong: bool) -> None:
    if is_wrong:
        raise Flaw


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
