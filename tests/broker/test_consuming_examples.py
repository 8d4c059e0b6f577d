"""The scripts of docs/consuming.md, run as they are against a broker with a running worker."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams import __version__, topics
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw

pytestmark = pytest.mark.broker

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LINE_TIMEOUT_S = 60.0


class Script:
    """A running example and what it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        self._process = process
        self._stdout = process.stdout
        self.printed: list[str] = []

    async def line(self, fits: Callable[[str], bool]) -> str:
        """Waits for a line that fits."""
        try:
            async with asyncio.timeout(LINE_TIMEOUT_S):
                async for line in self._stdout:
                    self.printed.append(line.decode().rstrip("\n"))
                    if fits(self.printed[-1]):
                        return self.printed[-1]
        except TimeoutError:
            pass
        raise AssertionError("\n".join(self.printed))

    async def rest(self) -> tuple[int, str]:
        """Waits for its end; the exit code and all it printed."""
        async with asyncio.timeout(LINE_TIMEOUT_S):
            self.printed += (await self._stdout.read()).decode().splitlines()
            return await self._process.wait(), "\n".join(self.printed)

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(self._process.wait(), 15)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


Run = Callable[..., AbstractAsyncContextManager[Script]]


@pytest.fixture
def run(pipeline: Pipeline, tmp_path: Path) -> Run:
    """Starts an example in an empty folder, with the broker and prefix of the pipeline."""

    @asynccontextmanager
    async def started(name: str, *arguments: str, stdin: bytes | None = None) -> AsyncIterator[Script]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(EXAMPLES / name), *arguments),
            cwd=tmp_path,
            env={**os.environ, "KABAR_BROKERS": pipeline.settings.bootstrap, "KABAR_PREFIX": pipeline.prefix},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdin is not None
        process.stdin.write(stdin or b"")
        process.stdin.close()
        script = Script(process)
        try:
            yield script
        finally:
            await script.stop()

    return started


async def test_an_article_published_with_aiokafka_is_consumed_with_aiokafka(run: Run) -> None:
    async with run("aiokafka_publish.py") as publisher, run("aiokafka_consume.py") as consumer:
        code, printed = await publisher.rest()
        line = await consumer.line(lambda line: line.startswith("warta-2024-0117:"))

    assert code == 0
    assert "published warta-2024-0117 to" in printed
    assert "['diplomacy']" in line
    assert "Sergey Lavrov" in line


async def test_an_article_published_with_the_client_is_consumed_with_it_and_not_again_after_a_restart(
    pipeline: Pipeline, run: Run
) -> None:
    async with run("client_service.py") as service:
        line = await service.line(lambda line: line.startswith("warta-2024-0119:"))
    assert any(line.startswith("published warta-2024-0119 to") for line in service.printed)
    assert "because of ['" in line

    async with run("client_service.py") as service:
        await service.line(lambda line: line.startswith("warta-2024-0119:"))
        await pipeline.publish([Raw(None, key=b"warta-2024-0119")])
        await service.line(lambda line: line == "warta-2024-0119 is deleted")
    # That of the first run was acknowledged by then.
    assert sum(line.startswith("warta-2024-0119:") for line in service.printed) == 1


async def test_articles_published_with_confluent_are_consumed_with_confluent(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_bytes(article(SUMMIT, id="cf-1") + b"\n" + article(FOOTBALL, url="https://warta.example/cf-2"))

    async with run("confluent_publish.py", str(file)) as publisher:
        code, printed = await publisher.rest()
    async with run("confluent_consume.py") as consumer:
        line = await consumer.line(lambda line: line.startswith("cf-1:"))

    assert code == 0
    # In whatever order the partitions answer.
    confirmed = sorted(line.partition(" to ")[0] for line in printed.splitlines())
    assert confirmed == ["published cf-1", "published no id"]
    assert "RU ['Rusia'" in line


async def test_every_client_puts_an_article_on_the_partition_of_its_id(
    pipeline: Pipeline, run: Run, tmp_path: Path
) -> None:
    ids = [f"partisi-{n}" for n in range(12)]
    published = await pipeline.publish([Raw(article(id=name), key=name.encode()) for name in ids])
    file = tmp_path / "articles.jsonl"
    file.write_bytes(b"\n".join(article(id=name) for name in ids))

    async with run("confluent_publish.py", str(file)) as publisher:
        _, printed = await publisher.rest()

    partitions = {line.split()[1]: int(line.split()[-1]) for line in printed.splitlines()}
    assert partitions == {name: record.partition for name, record in zip(ids, published, strict=True)}
    assert len(set(partitions.values())) > 1


async def test_a_faust_service_publishes_and_follows_one_topic(run: Run) -> None:
    async with run("faust_service.py", "worker", "--without-web") as service:
        # Faust writes what is printed to its log, with the time before it.
        line = await service.line(lambda line: " warta-2024-0118: " in line)

    assert any("published warta-2024-0118" in line for line in service.printed)
    assert "because of ['" in line


@pytest.mark.parametrize("name", ["aiokafka_consume.py", "confluent_consume.py"])
async def test_a_consumer_follows_one_topic_alone_and_sees_deletions(
    pipeline: Pipeline, run: Run, name: str
) -> None:
    stem = name.removesuffix(".py")
    await pipeline.process(
        [
            Raw(article(ATTACK, id=f"{stem}-teror"), key=f"{stem}-teror".encode()),
            Raw(article(FOOTBALL, id=f"{stem}-bola"), key=f"{stem}-bola".encode()),
            Raw(None, key=f"{stem}-teror".encode()),
        ]
    )
    async with run(name, "topics.terrorism") as consumer:
        await consumer.line(lambda line: line == f"{stem}-teror is deleted")

    assert any(line.startswith(f"{stem}-teror:") for line in consumer.printed)
    assert not any("bola" in line for line in consumer.printed)


@pytest.mark.parametrize("name", ["aiokafka_consume.py", "confluent_consume.py"])
async def test_a_consumer_drops_what_it_has_handled_before(
    pipeline: Pipeline, run: Run, tmp_path: Path, name: str
) -> None:
    stem = name.removesuffix(".py")
    ids = [f"{stem}-lama", f"{stem}-baru"]
    outcomes = await pipeline.process([Raw(article(SUMMIT, id=name), key=name.encode()) for name in ids])
    async with run(name, "topics.diplomacy") as consumer:
        unseen = set(ids)
        while unseen:
            unseen.discard((await consumer.line(lambda line: ":" in line)).partition(":")[0])

    # The second may have been interrupted before its transaction was complete, the first was not.
    [first] = [name for name in ids if consumer.printed[-1].partition(":")[0] != name]
    await write_again(pipeline, outcomes[ids.index(first)].by_topic[topics.DIPLOMACY.suffix][0])
    async with run(name, "topics.diplomacy") as consumer:
        await consumer.line(lambda line: line == f"{first} comes again, dropped")

    assert not any(line.startswith(f"{first}:") for line in consumer.printed)


async def write_again(pipeline: Pipeline, record: ConsumerRecord[bytes, bytes]) -> None:
    """As a worker does that was killed before it could commit."""
    async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.bootstrap) as producer:
        await producer.send_and_wait(record.topic, record.value, key=record.key, headers=list(record.headers))


async def test_dead_letters_are_shown_with_where_and_why(pipeline: Pipeline, run: Run) -> None:
    [outcome] = await pipeline.process([Raw(b"bukan JSON", key=b"kunci-mati")])
    place = f"{outcome.record.topic}/{outcome.record.partition}@{outcome.record.offset}"

    async with run("dead_letters.py") as script:
        line = await script.line(lambda line: line.startswith(f"{place} "))
        await script.line(lambda line: line == "    key b'kunci-mati', value b'bukan JSON'")

    assert f"failed in clean of Kabar {__version__} after 1 attempt(s): the value is not JSON" in line
    assert line.endswith("[streams.errors.UndecodableValue]")


async def test_events_are_validated_by_their_schema_file(pipeline: Pipeline, run: Run) -> None:
    outcomes = await pipeline.process([Raw(article(body)) for body in (SUMMIT, ATTACK, FOOTBALL)])
    events = [outcome.enriched for outcome in outcomes]
    schema = str(EXAMPLES.parents[1] / "schemas" / "enriched-article.json")

    async with run("validate.py", schema, stdin=b"\n".join(map(orjson.dumps, events))) as script:
        assert await script.rest() == (0, "3 of 3 events are valid")

    events[1]["topics"][0]["score"] = 7
    async with run("validate.py", schema, stdin=b"\n".join(map(orjson.dumps, events))) as script:
        code, printed = await script.rest()
    assert code == 1
    assert printed.splitlines()[0].startswith("line 2: $.topics[0].score: 7 is greater")
