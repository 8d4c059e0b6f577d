"""Messages to those who look: nothing grows without bound."""

from __future__ import annotations

import asyncio

from streams.web import hub as hubs
from streams.web.hub import Hub, Message, Viewer


def message(number: int, *, data: str = "{}") -> Message:
    return Message("article", data, f"t/0/{number}")


async def taken(viewer: Viewer, number: int) -> list[str | None]:
    async with asyncio.timeout(10):
        return [found.id for found in [await viewer.next() for _ in range(number)] if found]


async def test_a_new_viewer_is_sent_the_last_ones_and_then_each_that_comes() -> None:
    hub = Hub(backlog=2)
    for number in range(4):
        hub.send(message(number))
    with hub.viewer(last_id=None) as viewer:
        hub.send(message(4))
        assert await taken(viewer, 3) == ["t/0/2", "t/0/3", "t/0/4"]


async def test_what_has_no_id_is_for_those_alone_who_look_now() -> None:
    hub = Hub()
    with hub.viewer(last_id=None) as before:
        hub.send(Message("stage", "{}"))
        hub.send(message(1))
        assert await taken(before, 2) == [None, "t/0/1"]
    with hub.viewer(last_id=None) as after:
        assert await taken(after, 1) == ["t/0/1"]


async def test_an_id_that_is_long_gone_gets_all_there_is() -> None:
    hub = Hub(backlog=2)
    for number in range(4):
        hub.send(message(number))
    with hub.viewer(last_id="t/0/0") as viewer:
        assert await taken(viewer, 2) == ["t/0/2", "t/0/3"]


async def test_a_viewer_that_takes_nothing_is_dropped_with_all_that_waits_for_it() -> None:
    hub = Hub(queue=3)
    with hub.viewer(last_id=None) as viewer:
        for number in range(4):
            hub.send(message(number))
        assert viewer.is_dropped
        assert await viewer.next() is None


async def test_what_is_kept_is_bounded_in_bytes_too() -> None:
    hub = Hub()
    large = "a" * (hubs.BACKLOG_BYTES // 3)
    for number in range(5):
        hub.send(message(number, data=large))
    with hub.viewer(last_id=None) as viewer:
        assert await taken(viewer, 3) == ["t/0/2", "t/0/3", "t/0/4"]


async def test_at_the_end_all_are_let_go() -> None:
    hub = Hub()
    with hub.viewer(last_id=None) as viewer:
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        hub.close()
        assert await waiting is None
    assert hub.viewers == 0
