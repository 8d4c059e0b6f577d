"""What `kabar publish` prints of the records that it has published."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import orjson
import pytest

from streams import admin, topics
from streams.cli.console import write_line
from streams.cli.publish import Sent, publish
from streams.cli.sources import Source
from streams.records import Record
from streams.settings import Settings, load
from streams.snapshot import snapshot
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.cli.command import KABAR, environment, kabar

STALL_S = 30.0


@pytest.fixture
def raw(broker_address: str) -> Settings:
    """Topics of this test alone, which no worker reads."""
    settings = load(brokers=broker_address, prefix=f"publish-{uuid.uuid4().hex[:8]}", partitions=2)
    asyncio.run(admin.create_topics(settings))
    return settings


def variables(settings: Settings) -> dict[str, str]:
    return {"KABAR_BROKERS": settings.bootstrap, "KABAR_PREFIX": settings.prefix}


async def on_the_topic(settings: Settings) -> dict[tuple[int, int], Record]:
    """All that lies on the raw topic, by where it is."""
    async with snapshot(topics.RAW, settings) as there, aclosing(there.records()) as records:
        return {(record.partition, record.offset): record async for record in records}


@pytest.mark.broker
def test_publish_tells_where_each_record_is(raw: Settings, tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    values = [article(SUMMIT, id="letak-1"), article(ATTACK), b"bukan JSON"]
    path.write_bytes(b"\n".join(values))

    result = kabar("publish", str(path), **variables(raw))
    told = [orjson.loads(line) for line in result.stdout.splitlines()]
    there = asyncio.run(on_the_topic(raw))
    found = [there[line["partition"], line["offset"]] for line in told]

    assert [(line["file"], line["topic"]) for line in told] == [
        (f"{path}:{number}", topics.RAW.name(raw)) for number in (1, 2, 3)
    ]
    assert [record.value for record in found] == values
    assert [line["id"] for line in told] == [record.key and record.key.decode() for record in found]
    assert (told[0]["id"], told[2]["id"]) == ("letak-1", None)


@pytest.mark.broker
def test_publish_goes_on_when_nobody_reads_what_it_prints(raw: Settings, tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(b"\n".join([article(FOOTBALL, id=f"tak-dibaca-{n}") for n in range(3)]))
    ours, its = os.pipe()
    os.close(ours)
    result = subprocess.run(
        [*KABAR, "publish", str(path)],
        stdout=its,
        stderr=subprocess.PIPE,
        env=environment(**variables(raw)),
        timeout=STALL_S,
        check=False,
    )
    os.close(its)
    assert result.returncode == 0
    assert result.stderr.decode().startswith("3 articles published to ")


@pytest.mark.broker
def test_what_the_broker_has_is_told_also_if_publishing_is_cancelled(raw: Settings) -> None:
    told: list[Sent] = []

    async def tell(_source: Source, sent: Sent | None) -> None:
        assert sent is not None
        told.append(sent)

    async def cancelled() -> dict[tuple[int, int], Record]:
        def sources() -> Iterator[Source]:
            for number in range(5):
                yield Source(f"{number}", article(FOOTBALL, id=f"batal-{number}"))
            publishing.cancel()

        publishing = asyncio.create_task(publish(sources(), raw, on_delivery=tell))
        await asyncio.wait([publishing], timeout=STALL_S)
        assert publishing.cancelled()
        return await on_the_topic(raw)

    there = asyncio.run(cancelled())
    assert len(there) == 5
    assert {(sent.partition, sent.offset) for sent in told} == there.keys()


async def test_a_reader_that_is_slow_does_not_keep_the_event_loop_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, its = os.pipe()
    with os.fdopen(ours, "rb") as reader, os.fdopen(its, "w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        lines = [b"%06d" % number + b"x" * 10_000 for number in range(50)]
        writing = asyncio.create_task(write_all(lines))
        # A pipe has room for less: it would never come back from writing.
        done, _ = await asyncio.wait([writing], timeout=0.2)
        assert not done

        async with asyncio.timeout(STALL_S):
            read = await asyncio.to_thread(lambda: [reader.readline() for _ in lines])
            await writing
        assert read == [line + b"\n" for line in lines]


async def write_all(lines: list[bytes]) -> None:
    for line in lines:
        await write_line(line)
