"""What goes by on the cluster: read for as long as the page is served, counted, and handed to whoever looks."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, defaultdict
from typing import Any, TypeVar

import orjson
from aiokafka.errors import KafkaError

from streams import admin, topics
from streams.connecting import reach
from streams.dead_letters import DeadLetter, Failure
from streams.errors import BrokerUnreachable, SetupError
from streams.events import Replay
from streams.records import Place, Record
from streams.replay import noted
from streams.replayer import replays
from streams.settings import Settings
from streams.topics import Topic
from streams.web import messages
from streams.web.figures import Latencies, Rate
from streams.web.hub import BACKLOG_MESSAGES, Hub, Message
from streams.web.tail import Tail, tail

LETTERS = 500
"""Dead letters that the page shows: the last ones."""

_BACKLOG = {topics.ENRICHED: BACKLOG_MESSAGES, topics.DEAD: LETTERS}
_RETRY_SECONDS = 1.0
_WATCH_SECONDS = 3.0
_MEASURE_SECONDS = 1.0
_BEGINNINGS_SECONDS = 30.0
_MOST_TAKEN = 10_000
_MOST_FOLLOWED = 2_000

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Feed:
    """Reads the topics of the settings and tells the hub."""

    def __init__(self, settings: Settings, hub: Hub) -> None:
        self._settings = settings
        self._hub = hub
        self._topics = {topic.name(settings): topic for topic in topics.known(settings)}
        self._problem: str | None = f"Reading what lies on {settings.bootstrap} ..."
        self._counts: dict[str, int] = {}
        self._rates: defaultdict[str, Rate] = defaultdict(Rate)
        self._latencies = Latencies()
        self._letters: OrderedDict[Place, DeadLetter] = OrderedDict()
        self._notes: dict[Failure, Replay] = {}
        self._taken: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._marks: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._followed: OrderedDict[str, None] = OrderedDict()
        self._reading: asyncio.Task[None] | None = None

    @property
    def problem(self) -> str | None:
        """Why nothing is read at the moment, in a sentence; None if all is well."""
        return self._problem

    def state(self) -> dict[str, Any]:
        """Counts, rates and latency as they are now."""
        took = self._latencies.percentiles(now=time.monotonic())
        return {
            "now": time.time() * 1000,
            "broker": {"address": self._settings.bootstrap, "problem": self._problem},
            "topics": [
                {
                    "name": name,
                    "topic": topic.suffix,
                    "records": self._counts.get(name),
                    "per_second": round(self._rates[name].per_second, 3),
                }
                for name, topic in self._topics.items()
                if topic is not topics.REPLAYED
            ],
            "latency": took and {"articles": took.articles, "p50_ms": took.p50, "p99_ms": took.p99},
            "dead": {
                "letters": self._counts.get(topics.DEAD.name(self._settings)),
                "replayed": len(self._notes),
            },
            "viewers": self._hub.viewers,
        }

    def letters(self) -> list[dict[str, Any]]:
        """The last dead letters, the newest first."""
        return [self._letter(letter) for letter in reversed(self._letters.values())]

    def follow(self, ce_id: str) -> None:
        """Tells whoever looks of each stage that the article of this event comes to, and has come to already."""
        _put(self._followed, ce_id, None, most=_MOST_FOLLOWED)
        for mark in self._marks.get(ce_id, ()):
            self._tell_stage(ce_id, mark)

    def start(self) -> None:
        """Begins to read; a broker that goes away is waited for."""
        self._reading = asyncio.create_task(self._run())

    async def ended(self) -> None:
        """Returns when nothing is read any more; by itself that only ends by a fault of ours, which is raised."""
        if self._reading is not None:
            await self._reading

    async def aclose(self) -> None:
        """Reads no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _run(self) -> None:
        while True:
            try:
                await self._read()
            except asyncio.CancelledError:
                # aiokafka's clients may end so when they are stopped while the broker is away.
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

    async def _read(self) -> None:
        """Reads until something is the matter, and keeps what."""
        try:
            await self._session()
        except* (KafkaError, OSError, SetupError) as errors:
            self._problem = _sentence(errors)

    async def _session(self) -> None:
        """Reads until the broker is away."""
        await reach(self._settings)
        await admin.require_topic(topics.ENRICHED, self._settings)
        states = await admin.describe_topics(self._settings)
        self._topics = {state.name: state.topic for state in states}
        there = {state.topic for state in states if state.partitions}
        self._notes = await replays(self._settings)
        wanted = {name: _BACKLOG.get(topic, 0) for name, topic in self._topics.items() if topic in there}
        async with tail(wanted, self._settings) as tailing, asyncio.TaskGroup() as group:
            for record in await tailing.latest():
                self._take(record, is_new=False)
            self._problem = None
            group.create_task(self._measure(tailing))
            group.create_task(self._watch())
            while True:
                for record in await tailing.next():
                    self._take(record, is_new=True)
                # However much comes, those who look get their turn.
                await asyncio.sleep(0)

    async def _watch(self) -> None:
        """Raises when the broker does not answer: the consumer itself would wait and say nothing."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            await reach(self._settings)

    async def _measure(self, tailing: Tail) -> None:
        looked = time.monotonic()
        before: dict[str, int] = {}
        while True:
            now = time.monotonic()
            if now - looked > _BEGINNINGS_SECONDS:
                await tailing.look_at_beginnings()
                looked = now
            self._counts = tailing.counts()
            ends = tailing.ends()
            if any(ends.get(name, 0) < end for name, end in before.items()):
                raise BrokerUnreachable("The topics were made anew; what lies on them is read again.")
            before = ends
            for name, end in ends.items():
                self._rates[name].note(end, now=now)
            await asyncio.sleep(_MEASURE_SECONDS)

    def _take(self, record: Record, *, is_new: bool) -> None:
        """Hands a record on, once.

        Args:
            record: of any of the topics.
            is_new: whether it came while we were reading, and so tells how long it took.
        """
        # After the broker was away the last ones are read again; a new cluster may use the same place for another.
        place = (messages.place_of(record), record.timestamp_ms)
        if place in self._taken:
            return
        _put(self._taken, place, None, most=_MOST_TAKEN)
        topic = self._topics[record.topic]
        if topic is topics.ENRICHED:
            self._take_article(record, is_new=is_new)
        elif topic is topics.DEAD:
            self._take_letter(record)
        elif topic is topics.REPLAYED:
            self._take_note(record)
        if is_new and topic in messages.STAGES:
            self._take_stage(record, topic)

    def _take_article(self, record: Record, *, is_new: bool) -> None:
        took = messages.latency_ms(record, now_ms=time.time() * 1000) if is_new else None
        if took is not None:
            self._latencies.note(took, now=time.monotonic())
        self._hub.send(messages.article(record, latency_ms=took))

    def _take_letter(self, record: Record) -> None:
        letter = DeadLetter.of(record)
        _put(self._letters, letter.place, letter, most=LETTERS)
        self._tell_letter(letter)

    def _take_note(self, record: Record) -> None:
        note = noted(record)
        if note is None:
            return
        failure, replay = note
        self._notes[failure] = replay
        for letter in self._letters.values():
            if letter.failure == failure:
                self._tell_letter(letter)

    def _take_stage(self, record: Record, topic: Topic) -> None:
        ce_id = messages.correlation_of(record)
        if ce_id is None:
            return
        mark = messages.stage(record, messages.STAGES[topic])
        # It may come before `follow` is called: the broker has an article before its publisher hears of it.
        _put(self._marks, ce_id, [*self._marks.get(ce_id, ()), mark], most=_MOST_FOLLOWED)
        if ce_id in self._followed:
            self._tell_stage(ce_id, mark)

    def _letter(self, letter: DeadLetter) -> dict[str, Any]:
        return messages.letter(letter, self._notes.get(letter.failure) if letter.failure else None)

    def _tell_letter(self, letter: DeadLetter) -> None:
        self._hub.send(Message("dead", orjson.dumps(self._letter(letter)).decode()))

    def _tell_stage(self, ce_id: str, mark: dict[str, Any]) -> None:
        self._hub.send(Message("stage", orjson.dumps({"ce_id": ce_id, **mark}).decode()))


def _put(known: OrderedDict[_Key, _Value], key: _Key, value: _Value, *, most: int) -> None:
    known[key] = value
    if len(known) > most:
        known.popitem(last=False)


def _sentence(errors: BaseExceptionGroup[BaseException]) -> str:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    if isinstance(first, SetupError):
        return str(first)
    return f"The broker went away ({type(first).__name__}); it is waited for."
