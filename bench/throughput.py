"""Articles a second and processor time of each contestant, in turn, on the same articles."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from bench import contestants, material
from bench.arrivals import SELDOM_MS, Arrivals, StandstillError
from bench.brokers import KAFKA, Broker, Brokers
from bench.contestants import Contestant, EndedError, Running
from bench.lag import Offsets
from bench.telling import Step, Tell
from bench.yardstick import Yardstick
from streams import admin, topics
from streams.settings import Settings, load
from tests.broker.pipeline import Raw
from tests.chaos import corpus

BARE = "bare"
A_LITTLE = 16
TAKE_PART_S = 60.0
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """One contestant, once."""

    contestant: str
    broker: str | None
    """None for `bare`."""
    round: int
    load_average: float
    """Of the machine over a minute, when it ended: others may have used it too."""
    articles: int = 0
    """Measured; those of the warm-up are not."""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    broker_cpu_seconds: float = 0.0
    pss_mb: float | None = None
    yardstick_seconds: float | None = None
    """Processor time that the yardstick's article took meanwhile, where there was one."""
    repeats: int = 0
    all_took_part: bool = True
    """Whether, while it was measured, each of its processes had its share."""
    fault: str | None = None
    """Why there are no figures."""

    @property
    def per_second(self) -> float:
        """Articles."""
        return self.articles / self.seconds

    @property
    def cpu_per_article(self) -> float:
        """Seconds."""
        return self.cpu_seconds / self.articles


def new_prefix() -> str:
    """For topics and a group that nobody has used in this run."""
    return f"speed-{os.getpid()}-{next(_numbers)}"


def measure(
    contestant: Contestant,
    broker: Broker,
    articles: Sequence[Raw],
    *,
    warm_up: int,
    folder: Path,
    round_: int = 0,
    tell: Tell,
    yardstick: Yardstick | None = None,
    **others: object,
) -> Measured:
    """One contestant on a broker that is awake.

    Args:
        contestant: who.
        broker: where.
        articles: what it has to do.
        warm_up: how many of them it does before it is measured. When all of these are out it is held (SIGSTOP) until
            the others lie on the topic: so none of them is begun when the time begins, and none is missing.
        folder: for its files.
        round_: what to call this.
        tell: told how far it is.
        yardstick: what to compare its processor time with.
        others: settings of Kabar.
    """
    settings = broker.settings(new_prefix(), **others)
    try:
        found = asyncio.run(
            _measured(contestant, broker, articles, warm_up, settings, folder, round_, tell, yardstick)
        )
    except (EndedError, StandstillError, KafkaError) as error:
        found = Measured(contestant.name, broker.name, round_, os.getloadavg()[0], fault=str(error))
    return found


async def _measured(
    contestant: Contestant,
    broker: Broker,
    articles: Sequence[Raw],
    warm_up: int,
    settings: Settings,
    folder: Path,
    round_: int,
    tell: Tell,
    yardstick: Yardstick | None,
) -> Measured:
    await admin.wait_for_topics(settings)
    await corpus.publish(articles[:warm_up], settings)
    async with Arrivals.on(settings, fetch_wait_ms=SELDOM_MS) as arrivals:
        with Running.of(contestant, settings, folder) as running:
            await arrivals.reach(warm_up, check=running.check)
            took_part = await _until_all_take_part(running, broker, settings, arrivals)
            before, last = arrivals.count, arrivals.count + len(articles) - warm_up

            def check() -> None:
                tell(arrivals.count - before, last - before)
                running.check()

            with running.held():
                await corpus.publish(articles[warm_up:], settings)
                cpu, broker_cpu = running.cpu_seconds(), contestants.cpu_seconds(broker.pid)
                began = time.perf_counter()
            await arrivals.reach(last, check=check)
            cpu = running.cpu_seconds() - cpu
            broker_cpu = contestants.cpu_seconds(broker.pid) - broker_cpu
            beside = yardstick and yardstick.cpu_seconds(began, time.perf_counter())
            pss = running.pss_mb()
    await _delete_topics(settings, broker)
    return Measured(
        contestant.name,
        broker.name,
        round_,
        os.getloadavg()[0],
        articles=last - before,
        seconds=max(arrivals.at.values()) - began,
        cpu_seconds=cpu,
        broker_cpu_seconds=broker_cpu,
        pss_mb=pss,
        yardstick_seconds=beside,
        repeats=arrivals.repeats,
        all_took_part=took_part,
    )


async def _until_all_take_part(
    running: Running, broker: Broker, settings: Settings, arrivals: Arrivals
) -> bool:
    """Gives them a little more to do until each process has had something; whether that was so in time."""
    deadline = time.monotonic() + TAKE_PART_S
    for number in count():
        if await _all_take_part(running, broker, settings):
            return True
        if time.monotonic() > deadline:
            return False
        expected = arrivals.count + len(some := material.short_articles(A_LITTLE, name=f"more-{number}"))
        await corpus.publish(some, settings)
        await arrivals.reach(expected, check=running.check)
    raise AssertionError


async def _all_take_part(running: Running, broker: Broker, settings: Settings) -> bool:
    if running.contestant.works_loudly:
        return running.says_all_at_work()
    if running.contestant.processes == 1 or broker.name != KAFKA:
        return True
    async with Offsets.of(settings) as offsets:
        return await offsets.members() == running.contestant.processes


async def _delete_topics(settings: Settings, broker: Broker) -> None:
    """Apache Kafka is the same for all who follow."""
    if broker.name != KAFKA:
        return
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await client.start()
    try:
        await client.delete_topics([topic.name(settings) for topic in topics.ALL])
    finally:
        await client.close()


def measure_bare(articles: Sequence[Raw], *, warm_up: int, folder: Path, round_: int = 0) -> Measured:
    """The same functions on the same articles in processes of their own, while no broker is awake."""
    settings = load()
    own = folder / new_prefix()
    own.mkdir()
    (own / "articles").write_bytes(b"\n".join(map(material.line, articles)))
    arguments = (str(own / "articles"), str(warm_up), str(settings.nlp_processes))
    surroundings = contestants.environment(settings, own)
    with contestants.child("bench.bare", *arguments, environment=surroundings, log=own / "log") as process:
        process.wait()
    load_average = os.getloadavg()[0]
    if process.returncode:
        return Measured(BARE, None, round_, load_average, fault=contestants.last_words(own / "log"))
    found = json.loads((own / "log").read_text(encoding="utf-8").splitlines()[-1])
    if found["articles"] != len(articles) - warm_up:
        return Measured(BARE, None, round_, load_average, fault="some of the articles were rejected")
    return Measured(BARE, None, round_, load_average, **found)


def rounds(
    brokers: Brokers,
    names: Sequence[str],
    who: Sequence[Contestant | None],
    *,
    number: int,
    size: int,
    folder: Path,
    step: Step,
) -> Iterator[dict[str, Any]]:
    """Every contestant on every broker, in each round, in another order in each.

    Args:
        brokers: to wake.
        names: of the brokers.
        who: the contestants on a broker; None is `bare`, which is measured once for each broker.
        number: of rounds.
        size: articles of a round that are measured; the warm-up share comes on top.
        folder: for the files of all of them.
        step: told what comes next; its result is told how far that is.
    """
    turns = [(one, name) for name in names for one in who]
    warm_up = material.warm_up(size)
    for round_ in range(number):
        articles = material.articles(round_ * (size + warm_up), size + warm_up)
        shift = round_ * (len(turns) // number + 1) % len(turns)
        for one, name in (*turns[shift:], *turns[:shift]):
            of = f"round {round_ + 1} of {number}"
            if one is None:
                step(f"{of}: {BARE}")
                run = measure_bare(articles, warm_up=warm_up, folder=folder, round_=round_)
            else:
                tell = step(f"{of}: {one.name} on {name}")
                with brokers.awake(name) as broker:
                    run = measure(
                        one, broker, articles, warm_up=warm_up, folder=folder, round_=round_, tell=tell
                    )
            yield asdict(run)
