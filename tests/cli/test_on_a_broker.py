"""The commands that speak to a broker."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from streams import topics
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw
from tests.cli.command import kabar, running

pytestmark = pytest.mark.broker


@pytest.fixture
def on_pipeline(pipeline: Pipeline) -> dict[str, str]:
    return {"KABAR_BROKERS": pipeline.settings.bootstrap, "KABAR_PREFIX": pipeline.prefix}


def test_what_is_published_is_seen_by_watch(on_pipeline: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(
        b"\n".join(article(body, id=f"cli-{n}") for n, body in enumerate((SUMMIT, ATTACK, FOOTBALL)))
    )

    published = kabar("publish", str(path), **on_pipeline)
    watched = kabar("watch", "--json", "--from-beginning", "--timeout", "20", **on_pipeline)

    assert published.returncode == 0
    assert published.stderr.decode().startswith("3 articles published to ")
    ids = [orjson.loads(line)["id"] for line in watched.stdout.splitlines()]
    assert {"cli-0", "cli-1", "cli-2"} <= set(ids)


def test_watch_ends_after_so_many_records(on_pipeline: dict[str, str]) -> None:
    kabar("publish", "-", stdin=article(ATTACK, id="satu"), **on_pipeline)
    arguments = ("--topic", "terrorism", "--from-beginning", "--max", "1", "--timeout", "60", "--json")
    result = kabar("watch", *arguments, **on_pipeline)
    assert result.returncode == 0
    # Other tests have deletions on that topic as well.
    [event] = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert all(topic["assigned"] for topic in event.get("topics", []) if topic["id"] == "terrorism")


def test_watch_shows_only_what_comes_after_it_began(pipeline: Pipeline, on_pipeline: dict[str, str]) -> None:
    asyncio.run(pipeline.process([Raw(article(FOOTBALL, id="lama"))] * 20))
    with running("watch", "--json", "--timeout", "60", **on_pipeline) as watching:
        assert watching.stdout is not None
        # It does not say when it has begun, so one is published again until one is seen.
        seen = threading.Event()
        line: list[bytes] = []
        reader = threading.Thread(target=lambda: (line.append(watching.stdout.readline()), seen.set()))
        reader.start()
        while not seen.wait(1.0):
            kabar("publish", "-", stdin=article(FOOTBALL, id="baru"), **on_pipeline)
        reader.join()
    assert orjson.loads(line[0])["id"] == "baru"


def test_watch_ends_with_1_if_the_time_is_up_first(on_pipeline: dict[str, str]) -> None:
    result = kabar("watch", "--max", "1000000", "--timeout", "1", **on_pipeline)
    assert result.returncode == 1


def test_a_dead_letter_is_watched_with_its_reason_and_bytes(
    on_pipeline: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "rusak.jsonl"
    path.write_bytes(b'{"judul": "tanpa isi, dengan \x1b[31m warna"}\n')
    kabar("publish", str(path), **on_pipeline)
    arguments = ("--topic", "dead", "--from-beginning", "--max", "1", "--timeout", "60")
    as_json = kabar("watch", *arguments, "--json", **on_pipeline)
    readable = kabar("watch", *arguments, **on_pipeline)

    assert orjson.loads(as_json.stdout)["reason"]
    assert as_json.returncode == readable.returncode == 0
    assert b"\x1b[31m" not in readable.stdout


def test_watch_ends_when_nobody_reads_its_output_any_more(on_pipeline: dict[str, str]) -> None:
    kabar("publish", "-", stdin=article(FOOTBALL), **on_pipeline)
    with running("watch", "--json", "--from-beginning", **on_pipeline) as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        watching.stdout.close()
        assert watching.wait(30) == 0
        watching.stdout = None


def test_a_foreign_record_does_not_end_watch(broker_address: str) -> None:
    variables = {"KABAR_BROKERS": broker_address, "KABAR_PREFIX": "asing", "KABAR_PARTITIONS": "1"}
    kabar("topics", **variables)
    asyncio.run(write(broker_address, "asing.articles.enriched", [b'{"future": 1}', b"\x00\xff"]))
    result = kabar("watch", "--from-beginning", "--max", "2", "--timeout", "30", **variables)
    assert result.returncode == 0
    assert result.stdout.decode().splitlines() == ["unreadable record at 0@0", "unreadable record at 0@1"]


async def write(address: str, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


def test_a_topic_that_is_not_there_is_not_created_by_looking_at_it(broker_address: str) -> None:
    variables = {"KABAR_BROKERS": broker_address, "KABAR_PREFIX": "salah-ketik"}
    result = kabar("watch", "--timeout", "20", **variables)
    assert result.returncode == 2
    assert result.stderr.decode().startswith("There is no topic salah-ketik.articles.enriched on ")
    assert kabar("topics", "--check", **variables).stdout.decode().count("missing") == len(topics.ALL)


def test_topics_are_created_once_and_checked(broker_address: str) -> None:
    variables = {"KABAR_BROKERS": broker_address, "KABAR_PREFIX": "cek", "KABAR_PARTITIONS": "2"}
    before = kabar("topics", "--check", **variables)
    created = kabar("topics", **variables)
    again = kabar("topics", **variables)
    after = kabar("topics", "--check", **variables)
    differs = kabar("topics", "--check", **{**variables, "KABAR_PARTITIONS": "3"})

    names = [topic.suffix for topic in topics.ALL]
    assert (before.returncode, created.returncode, again.returncode, after.returncode) == (1, 0, 0, 0)
    assert created.stderr.decode().splitlines() == [f"created cek.{name}" for name in names]
    assert again.stderr == b""
    assert [line.split("\t")[:2] for line in after.stdout.decode().splitlines()] == [
        [f"cek.{n}", "2"] for n in names
    ]
    assert after.stderr.decode() == f"All {len(names)} topics are as they should be.\n"
    assert differs.returncode == 1
    assert b"cek.articles.raw has 2 partitions, KABAR_PARTITIONS is 3" in differs.stderr
