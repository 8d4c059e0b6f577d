"""A broker that goes away is told of and waited for."""

from __future__ import annotations

import asyncio

import pytest

from streams.broker import EmbeddedBroker
from tests.web.client import FROM_THE_PAGE, events, served, state_when
from tests.web.cluster import Cluster, report

pytestmark = pytest.mark.broker


async def test_a_broker_that_goes_away_is_told_of_and_what_comes_after_it_is_seen() -> None:
    with EmbeddedBroker() as first:
        before = await Cluster.made(first.address)
        async with served(before.settings) as client, events(client) as coming:
            await before.enrich(report("sebelum"))
            await coming.article("sebelum")

            await asyncio.to_thread(first.kill)
            told = await state_when(client, lambda told: told["broker"]["problem"] is not None)
            assert first.address in told["broker"]["problem"]
            async with client.post("/api/articles", data="Teks.", headers=FROM_THE_PAGE) as answer:
                assert answer.status == 503
                assert (await answer.json())["error"] == told["broker"]["problem"]

            port = int(first.address.rpartition(":")[2])
            with EmbeddedBroker(port):
                # It has forgotten everything: what is there now is new, at the places of what was there before.
                after = await Cluster.made(first.address, prefix=before.settings.prefix)
                await after.enrich(report("sesudah"))
                await coming.article("sesudah")
                await state_when(client, lambda told: told["broker"]["problem"] is None)
