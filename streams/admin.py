"""Waiting for a broker, creating the topics, and comparing them with a running cluster."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    for_code,
)

from streams import topics
from streams.connecting import reach
from streams.errors import BrokerUnreachable, SetupError
from streams.security import client_options
from streams.settings import Settings

_RETRY_SECONDS = 0.25
_VISIBLE_SECONDS = 30.0


async def wait_for_broker(settings: Settings, *, say: Callable[[str], None] | None = None) -> None:
    """Returns as soon as a broker answers.

    Args:
        settings: where, and for how long at most.
        say: told once, in a sentence, that there is something to wait for.

    Raises:
        BrokerUnreachable: none answered in time.
        BrokerRefuses: one is there, but does not talk to us; at once, since waiting does not mend that.
    """
    deadline = time.monotonic() + settings.broker_wait_seconds
    told = False
    while True:
        try:
            await reach(settings)
        except BrokerUnreachable:
            if time.monotonic() >= deadline:
                raise
            if say is not None and not told:
                say(f"Waiting for a Kafka broker at {settings.bootstrap} ...")
                told = True
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def wait_for_topics(settings: Settings, *, say: Callable[[str], None] | None = None) -> list[str]:
    """Waits for a broker and creates the topics that are missing; the names of those it created.

    A broker that goes away again, or is not ready for it yet, is waited for like one that is not there.

    Args:
        settings: where, and for how long at most.
        say: told, in a sentence, that there is something to wait for.

    Raises:
        BrokerUnreachable: none was ready in time.
        SetupError: the cluster refuses; the message says which topic and why.
    """
    deadline = time.monotonic() + settings.broker_wait_seconds
    while True:
        await wait_for_broker(settings, say=say)
        try:
            return await create_topics(settings)
        except (KafkaError, OSError) as error:
            if time.monotonic() >= deadline:
                raise BrokerUnreachable(
                    f"The broker at {settings.bootstrap} is not ready for the topics: {error!r}."
                ) from error
            await asyncio.sleep(_RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the contract beside what the cluster has."""

    topic: topics.Topic
    name: str
    partitions: int | None
    """On the cluster; None if the topic is not there."""
    differences: tuple[str, ...] = ()
    """What is not as Kabar would have created it, a sentence each."""


@contextlib.asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=20_000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def describe_topics(settings: Settings) -> list[TopicState]:
    """Every topic of the contract with its partitions on the cluster, and how it differs from the settings.

    Others whose names look like those of one's own are told of and not judged: they may be somebody else's.
    """
    ours = topics.known(settings)
    async with _admin(settings) as admin:
        states = await _states(admin, settings)
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, state.name) for state in states if state.partitions
        ]
        configs = await _configs(admin, resources) if resources else {}
        return [
            replace(state, differences=tuple(_differences(state, configs.get(state.name, {}), settings)))
            if state.topic in ours
            else state
            for state in states
        ]


async def require_topic(topic: topics.Topic, settings: Settings) -> None:
    """Returns if the topic is there.

    Raises:
        SetupError: it is not; the message says what may be the matter.
    """
    async with _admin(settings) as admin:
        existing = set(await admin.list_topics())
    if topic.name(settings) in existing:
        return
    problem = f"There is no topic {topic.name(settings)} on {settings.bootstrap}"
    there = [other.suffix for other in topics.known(settings, existing) if other.name(settings) in existing]
    if topic not in topics.ALL and there:
        raise SetupError(
            f"{problem}, but {', '.join(there)}: a worker whose KABAR_OWN_TOPICS has it creates it."
        )
    raise SetupError(f"{problem}: `kabar topics` creates it, if that prefix is meant.")


async def has_topic(topic: topics.Topic, settings: Settings) -> bool:
    """Whether the topic is there."""
    async with _admin(settings) as admin:
        return topic.name(settings) in await admin.list_topics()


async def create_topics(settings: Settings) -> list[str]:
    """Creates the topics that are missing; the names of those it created.

    Raises:
        SetupError: the cluster refuses; the message says which topic and why.
    """
    async with _admin(settings) as admin:
        missing = [state.topic for state in await _states(admin, settings) if state.partitions is None]
        created = [topic for topic in missing if await _create(admin, topic, settings)]
        await _until_visible(admin, settings)
        return [topic.name(settings) for topic in created]


async def _until_visible(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    """A cluster says "created" before each of its brokers knows the topic."""
    deadline = time.monotonic() + _VISIBLE_SECONDS
    while hidden := [state.name for state in await _states(admin, settings) if state.partitions is None]:
        if time.monotonic() > deadline:
            raise SetupError(
                f"The cluster says that {hidden[0]} is there, but does not show it:"
                " ask for the right to describe it."
            )
        await asyncio.sleep(_RETRY_SECONDS)


async def require_group(settings: Settings) -> None:
    """Returns if we may use the consumer group; without the right, Faust would wait for ever and say nothing.

    Raises:
        SetupError: we may not.
    """
    async with _admin(settings) as admin:
        try:
            await admin.find_coordinator(settings.group)
        except GroupAuthorizationFailedError as error:
            raise SetupError(
                f"The cluster does not let Kabar use the consumer group {settings.group}:"
                " ask for the right to read with it, or set KABAR_GROUP to one that it allows."
            ) from error
        except KafkaError:
            # For instance that a new cluster has no coordinator yet; the consumer waits for it.
            return


async def _states(admin: AIOKafkaAdminClient, settings: Settings) -> list[TopicState]:
    existing = set(await admin.list_topics())
    known = topics.known(settings, existing)
    names = [topic.name(settings) for topic in known]
    present = [name for name in names if name in existing]
    described = await admin.describe_topics(present) if present else []
    partitions = {found["topic"]: len(found["partitions"]) for found in described}
    return [
        TopicState(topic, name, partitions.get(name) or None)
        for topic, name in zip(known, names, strict=True)
    ]


async def _configs(admin: AIOKafkaAdminClient, resources: list[ConfigResource]) -> dict[str, dict[str, str]]:
    responses = await admin.describe_configs(resources)
    return {
        name: {key: value for key, value, *_ in entries}
        for response in responses
        for _code, _message, _kind, name, entries in response.resources
    }


def _differences(state: TopicState, config: dict[str, str], settings: Settings) -> Iterator[str]:
    if state.partitions is None:
        yield f"{state.name} is missing: run `kabar topics` to create it"
        return
    if state.partitions != settings.partitions:
        yield f"{state.name} has {state.partitions} partitions, KABAR_PARTITIONS is {settings.partitions}"
    for key, wanted in state.topic.config(settings).items():
        if config.get(key, wanted) != wanted:
            yield f"{state.name} has {key}={config[key]}, Kabar would set {wanted}"


async def _create(admin: AIOKafkaAdminClient, topic: topics.Topic, settings: Settings) -> bool:
    """Whether it was this call that created the topic; another worker may have been first."""
    name = topic.name(settings)
    new = NewTopic(name, settings.partitions, settings.replication, topic_configs=topic.config(settings))
    response = await admin.create_topics([new])
    for _, code, *rest in response.topic_errors:
        error = for_code(code)
        if error is TopicAlreadyExistsError:
            return False
        if error.retriable:
            raise error
        if code:
            detail = rest[0] if rest and rest[0] else error.description
            raise SetupError(
                f"The cluster does not create {name}: {detail}. Create it yourself, or ask for the right."
            )
    return True
