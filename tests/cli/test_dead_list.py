"""`kabar dead list` on letters written as a worker writes them."""

from __future__ import annotations

import asyncio
import struct
import uuid

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from streams import topics
from tests.cli.command import kabar
from tests.cli.desk import Desk, Letter

pytestmark = pytest.mark.broker


def test_the_list_tells_when_where_and_why(desk: Desk) -> None:
    desk.write(Letter(b'{"judul": 1}', key=b"a-1", reason="body is missing", exception="x.InvalidArticle"))
    [row] = desk.rows()

    assert row == {
        "letter": "0@0",
        "when": "2023-11-14T22:13:20.000Z",
        "partition": 0,
        "offset": 0,
        "key": "a-1",
        "stage": "clean",
        "reason": "body is missing",
        "exception": "x.InvalidArticle",
        "attempts": 1,
        "from": {"topic": f"{desk.prefix}.articles.raw", "partition": "0", "offset": "0"},
        "size": 12,
        "begins": '{"judul": 1}',
        "replayed": None,
    }


def test_the_list_has_all_that_lies_there_and_then_ends(desk: Desk) -> None:
    desk.write(*(Letter(partition=number % 2) for number in range(600)))
    assert [row["letter"] for row in desk.rows()] == [f"{p}@{o}" for p in (0, 1) for o in range(300)]


def test_a_list_of_nothing_is_nothing(desk: Desk) -> None:
    assert desk.rows() == []


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--reason", "BODY IS"), ["0@1"]),
        (("--reason", "invalidarticle"), ["0@1"]),
        (("--stage", "tag"), ["0@2"]),
        (("--since", "2024-01-01"), ["0@3"]),
        (("--until", "2024-01-01T00:00:00Z", "--stage", "clean"), ["0@0", "0@1"]),
        (("--max", "2"), ["0@0", "0@1"]),
    ],
)
def test_the_list_can_be_narrowed(broker_address: str, arguments: tuple[str, ...], found: list[str]) -> None:
    desk = Desk(broker_address, f"narrow-{uuid.uuid4().hex[:8]}")
    desk.write(
        Letter(),
        Letter(reason="body is missing", exception="streams.errors.InvalidArticle"),
        Letter(stage="tag", reason="not a CleanArticle: text: Field required", topic="articles.clean"),
        Letter(timestamp_ms=1_735_689_600_000),
    )
    assert [row["letter"] for row in desk.rows(*arguments)] == found


def write_patched(desk: Desk, old: bytes, new: bytes) -> None:
    """A batch of two records, with something in its bytes that no client would write."""

    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=desk.address) as producer:
            batch = producer.create_batch()
            batch.append(key=None, value=b"sebelum", timestamp=None)
            batch.append(key=None, value=b"rusak", timestamp=None, headers=[("NAMA", b"\xff")])
            patched = bytearray(batch._build()).replace(old, new)
            struct.pack_into(">I", patched, 17, calc_crc32c(bytes(patched[21:])))
            batch._buffer = patched
            await (await producer.send_batch(batch, topics.DEAD.name(desk.settings), partition=0))

    desk.write(Letter())
    asyncio.run(write())
    desk.write(Letter())


def test_a_letter_with_a_header_whose_name_is_not_utf8_is_listed_like_any_other(desk: Desk) -> None:
    write_patched(desk, b"NAMA", b"\xff\xfe\xfd\xfc")
    result = desk.run("list")
    assert result.returncode == 0
    assert [orjson.loads(line)["letter"] for line in result.stdout.splitlines()] == [
        "0@0",
        "0@1",
        "0@2",
        "0@3",
    ]
    assert b"\\xff\\xfe\\xfd\\xfc" in desk.run("show", "0@2").stdout


def test_a_damaged_letter_hides_no_more_than_itself(desk: Desk, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--kafka"):
        pytest.skip("Apache Kafka looks at what it is sent, and refuses it")
    write_patched(desk, b"\x08NAMA", b"\x01NAMA")
    result = desk.run("list")
    assert result.returncode == 1
    assert [orjson.loads(line)["letter"] for line in result.stdout.splitlines()] == ["0@0", "0@1", "0@3"]
    assert result.stderr.decode().startswith("1 could not be read (0@2): ")


def test_without_the_topic_one_plain_sentence_says_what_to_do(broker_address: str) -> None:
    result = kabar("dead", "list", KABAR_BROKERS=broker_address, KABAR_PREFIX="tanpa-topik")
    assert result.returncode == 2
    assert result.stderr.decode().startswith("There is no topic tanpa-topik.articles.dead on ")
