"""Sending one dead letter back, as `kabar dead replay PARTITION@OFFSET` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from streams import admin
from streams.cli.dead import named
from streams.dead_letters import DeadLetter
from streams.errors import BrokerUnreachable, InvalidRecord, SetupError
from streams.replay import AlreadyReplayed, Resend
from streams.replayer import decided, replayer, replays
from streams.settings import Settings
from streams.snapshot import Snapshot, snapshot
from streams.topics import DEAD, REPLAYED


class NotReplayed(InvalidRecord):
    """The letter cannot be sent back, or was before; the message says which."""


class Desk:
    """Sends letters back, one after the other, so that two clicks on a letter send it once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._one_by_one = asyncio.Lock()

    async def replay(self, name: str) -> str:
        """Sends the letter `partition@offset` back; the topic it went to.

        Raises:
            NotReplayed: it was sent back before, cannot be, or there is no such letter.
            SetupError: there is no broker, no topic, or no right.
        """
        async with self._one_by_one:
            await admin.require_topic(REPLAYED, self._settings)
            async with snapshot(DEAD, self._settings) as letters:
                letter = await _named(letters, name)
            done = await replays(self._settings)
            [(letter, decision)] = [
                pair async for pair in decided(_only(letter), self._settings, done=done, limit=None)
            ]
            if isinstance(decision, AlreadyReplayed):
                raise NotReplayed(f"{name} was sent back before.")
            if not isinstance(decision, Resend):
                raise NotReplayed(f"{name} {decision.reason}.")
            async with replayer(self._settings) as sender:
                await sender.take(letter, decision)
                await sender.flush()
            if sender.refused:
                raise NotReplayed(f"{name} {sender.refused[0][1]}.")
            return decision.failure.topic


async def _named(letters: Snapshot, name: str) -> DeadLetter:
    try:
        return await named(letters, name)
    except BrokerUnreachable:
        raise
    except SetupError as error:
        raise NotReplayed(str(error)) from error


async def _only(letter: DeadLetter) -> AsyncIterator[DeadLetter]:
    yield letter
