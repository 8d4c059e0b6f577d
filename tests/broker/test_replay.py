"""Dead letters sent back to a running worker: what was mended comes out, what was not says how often it was tried."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams import dead_letters, topics
from streams.cli.follow import follow
from streams.dead_letters import DeadLetter
from streams.records import CARRIED_ON, Record, Reject, last_header
from streams.replayer import replays
from streams.snapshot import record_of
from tests.broker.articles import SUMMIT, article
from tests.broker.pipeline import TIMEOUT_S, Pipeline, Raw
from tests.cli.command import kabar
from tests.contract_documents import message_of, problems_of_headers

pytestmark = pytest.mark.broker

LONG = article(SUMMIT, id="panjang")


@pytest.fixture
def short_of_room(broker_address: str, tmp_path: Path) -> Iterator[Pipeline]:
    """A worker that takes shorter articles only."""
    with Pipeline(broker_address, tmp_path, KABAR_MAX_BODY_CHARS="100", KABAR_NLP_PROCESSES="1") as pipeline:
        yield pipeline


def replay(pipeline: Pipeline, letter: ConsumerRecord[bytes, bytes], *options: str) -> None:
    result = kabar(
        *("dead", "replay", f"{letter.partition}@{letter.offset}", *options),
        KABAR_BROKERS=pipeline.settings.bootstrap,
        KABAR_PREFIX=pipeline.prefix,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith(b"1 dead letter sent back ")


async def sent_again(pipeline: Pipeline, letter: ConsumerRecord[bytes, bytes]) -> Record:
    """The record that was made of a letter."""
    failure = DeadLetter.of(record_of(letter)).failure
    assert failure is not None
    sent = (await replays(pipeline.settings))[failure].sent
    async with aclosing(follow([sent.topic], pipeline.settings, from_beginning=True)) as records:
        async for record in records:
            if (record.partition, record.offset) == (sent.partition, sent.offset):
                return record_of(record)
    raise AssertionError


async def test_what_was_mended_comes_out_enriched_and_nothing_is_left_over(short_of_room: Pipeline) -> None:
    [failed] = await short_of_room.process([Raw(LONG, key=b"panjang", headers=(("redaksi", b"malam"),))])
    assert "KABAR_MAX_BODY_CHARS" in (failed.reason or "")
    await asyncio.to_thread(short_of_room.stop)
    short_of_room.start_another(KABAR_MAX_BODY_CHARS="1000")
    letter = failed.on(topics.DEAD)
    replay(short_of_room, letter, "--reason", "kabar_max_body_chars")
    back = await sent_again(short_of_room, letter)
    [mended] = await short_of_room.outcomes([back])

    assert mended.enriched["id"] == "panjang"
    assert mended.on(topics.ENRICHED).key == b"panjang"
    headers = mended.on(topics.ENRICHED).headers
    assert last_header(headers, "redaksi") == "malam"
    assert not {name for name, _ in headers} & dead_letters.OF_A_REPLAY
    # Both records of the raw topic are accounted for: one on `dead`, one on `enriched`.
    await asyncio.to_thread(short_of_room.stop)
    before, after = await short_of_room.all_written([failed.record, back])
    assert before.topics == {topics.DEAD.suffix}
    assert topics.DEAD.suffix not in after.topics
    assert len(after.by_topic[topics.ENRICHED.suffix]) == 1


async def test_attempts_add_up_and_what_the_publisher_sent_stays_as_it_was(pipeline: Pipeline) -> None:
    headers = (("redaksi", b"\xff"), (dead_letters.MESSAGE, b"sebab lama"))
    [failed] = await pipeline.process([Raw(b"bukan JSON", key=b"kunci", headers=headers)])
    letter = failed.on(topics.DEAD)
    for attempts in (2, 3):
        replay(pipeline, letter)
        back = await sent_again(pipeline, letter)
        letter = await pipeline.dead_letter_of(back)
        again = DeadLetter.of(record_of(letter))

        assert (letter.key, letter.value) == (b"kunci", b"bukan JSON")
        assert again.attempts == attempts
        assert last_header(letter.headers, dead_letters.ATTEMPTS) == str(attempts)
        assert last_header(back.headers, dead_letters.REPLAY_ATTEMPTS) == str(attempts - 1)
        kept = tuple(header for header in again.headers if header[0] not in dead_letters.OF_A_REPLAY)
        assert kept == headers
        assert len(again.headers) == len(headers) + 2
        assert problems_of_headers("DeadLetter", tuple(letter.headers)) == []


async def test_an_inner_event_sent_back_gives_the_event_that_it_would_have_given(pipeline: Pipeline) -> None:
    [outcome] = await pipeline.process([Raw(article(SUMMIT, id="dalam"), key=b"dalam")])
    clean = unmarked(record_of(outcome.on(topics.CLEAN)))
    reject = Reject("aiokafka.errors.KafkaError", "refused for a while", "Traceback ...")
    letter = await write_letter(pipeline, replace(clean, offset=clean.offset + 1_000_000), reject)
    replay(pipeline, letter)
    [tagged, again] = await copies(pipeline, topics.TAGGED, last_header(clean.headers, "ce_correlationid"))

    assert (again.key, again.value) == (tagged.key, tagged.value)
    assert record_of(again).headers == unmarked(record_of(tagged)).headers


def unmarked(record: Record) -> Record:
    """As it would lie there had it not been through the later stages when it was written."""
    return replace(record, headers=tuple(header for header in record.headers if header != CARRIED_ON))


async def write_letter(pipeline: Pipeline, record: Record, reject: Reject) -> ConsumerRecord[bytes, bytes]:
    """A dead letter of the tag stage, as it writes them."""
    headers = dead_letters.headers_of(record, reject, stage="tag", version="0.1.0")
    name = topics.DEAD.name(pipeline.settings)
    async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.bootstrap) as producer:
        await producer.send_and_wait(name, record.value, key=record.key, headers=list(headers))
    return await pipeline.dead_letter_of(record)


async def copies(
    pipeline: Pipeline, topic: topics.Topic, correlation: str | None
) -> list[ConsumerRecord[bytes, bytes]]:
    """Waits for the first two records that came of a raw one."""
    found = []
    name = topic.name(pipeline.settings)
    async with (
        asyncio.timeout(TIMEOUT_S),
        aclosing(follow([name], pipeline.settings, from_beginning=True)) as records,
    ):
        async for record in records:
            if last_header(record.headers, "ce_correlationid") == correlation:
                found.append(record)
            if len(found) == 2:
                break
    return found


async def test_a_deletion_that_was_sent_back_is_one_downstream(pipeline: Pipeline) -> None:
    place = Record(topics.RAW.name(pipeline.settings), 0, 1_000_000, 1_700_000_000_000, b"hapus-ulang", None)
    letter = await write_letter(pipeline, place, Reject("x.Error", "refused for a while", "Traceback ..."))
    replay(pipeline, letter)
    [deleted] = await pipeline.outcomes([await sent_again(pipeline, letter)])

    assert (deleted.on(topics.ENRICHED).key, deleted.on(topics.ENRICHED).value) == (b"hapus-ulang", None)


async def test_a_note_and_the_record_sent_back_are_as_declared(pipeline: Pipeline) -> None:
    [failed] = await pipeline.process([Raw(b"bukan JSON", key=b"tercatat")])
    letter = failed.on(topics.DEAD)
    replay(pipeline, letter)
    back = await sent_again(pipeline, letter)
    name = topics.REPLAYED.name(pipeline.settings)
    key = f"{letter.partition}@{letter.offset}".encode()
    async with aclosing(follow([name], pipeline.settings, from_beginning=True)) as notes:
        async for note in notes:
            if note.key == key:
                break

    assert message_of(topics.REPLAYED, note.value) == "Replay"
    assert problems_of_headers("Replay", tuple(note.headers)) == []
    assert orjson.loads(note.value)["sent"]["offset"] == back.offset
    assert problems_of_headers("Article", back.headers) == []
