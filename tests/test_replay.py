"""Dead letters read and made into records again: which goes back, and as what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams import dead_letters, topics
from streams.dead_letters import DeadLetter
from streams.errors import BrokerUnreachable
from streams.events import Replay
from streams.records import Headers, Place, Record, Reject
from streams.replay import AlreadyReplayed, Refused, Resend, Selection, decide, note_of, noted
from streams.replayer import BATCH_LETTERS, Replayer, decided
from streams.settings import load
from tests.broker.articles import article
from tests.stages import STAGES

SETTINGS = load()
FAILED = Record(
    "news.articles.raw", 2, 17, 1_700_000_000_000, b"kunci", b"bukan JSON", (("redaksi", b"\xff"),)
)
REJECT = Reject(
    "streams.errors.UndecodableValue", "the value is not JSON: unexpected character", "Traceback ..."
)

NAMES = st.sampled_from([dead_letters.MESSAGE, dead_letters.TOPIC, dead_letters.ATTEMPTS, "redaksi", "ce_id"])
HEADERS = st.lists(st.tuples(NAMES | st.text(max_size=3), st.none() | st.binary(max_size=5)), max_size=8)


def letter_of(
    record: Record, *, offset: int = 0, reject: Reject = REJECT, stage: str = "clean"
) -> DeadLetter:
    """The letter that a worker would write of `record`."""
    headers = dead_letters.headers_of(record, reject, stage=stage, version="0.1.0")
    return DeadLetter.of(
        replace(record, topic="news.articles.dead", partition=0, offset=offset, headers=headers)
    )


def resend(letter: DeadLetter) -> Resend:
    decision = decide(letter, SETTINGS, done=())
    assert isinstance(decision, Resend)
    return decision


def test_a_letter_goes_back_to_where_it_failed_as_it_was_but_for_two_headers() -> None:
    letter = letter_of(FAILED, offset=3)
    assert letter.failure is not None
    sent = resend(letter)

    assert (sent.failure.topic, sent.key, sent.value) == ("news.articles.raw", b"kunci", b"bukan JSON")
    assert sent.headers == (
        ("redaksi", b"\xff"),
        ("kabar.replay.attempts", b"1"),
        ("kabar.replay.of", b"news.articles.dead/0@3"),
    )


@given(HEADERS)
def test_the_headers_of_before_the_failure_come_back_whatever_they_are(headers: list[Any]) -> None:
    record = replace(FAILED, headers=tuple(headers))
    assert letter_of(record).headers == record.headers


@given(HEADERS)
def test_any_record_can_be_read_as_a_dead_letter(headers: list[Any]) -> None:
    letter = DeadLetter.of(replace(FAILED, headers=tuple(headers)))
    assert letter.attempts >= 1
    assert isinstance(decide(letter, SETTINGS, done=()), Resend | Refused)


def test_attempts_add_up_and_the_headers_of_a_replay_are_those_of_the_last() -> None:
    first = letter_of(FAILED, reject=replace(REJECT, attempts=2))
    back = Record(
        "news.articles.raw", 2, 18, 1_700_000_009_000, b"kunci", b"bukan JSON", resend(first).headers
    )
    second = letter_of(back, offset=1)

    assert (first.attempts, second.attempts) == (2, 3)
    assert resend(second).headers == (
        ("redaksi", b"\xff"),
        ("kabar.replay.attempts", b"3"),
        ("kabar.replay.of", b"news.articles.dead/0@1"),
    )


@pytest.mark.parametrize("number", [b"", b"-1", b"1e3", b"\xff", "٣".encode(), b"9" * 4300])
def test_a_number_of_attempts_that_is_none_counts_for_nothing(number: bytes) -> None:
    letter = letter_of(replace(FAILED, headers=((dead_letters.REPLAY_ATTEMPTS, number),)))
    assert letter.attempts == 1


@pytest.mark.parametrize(
    "topic", ["news.articles.enriched", "news.articles.dead", "other.articles.raw", "__consumer_offsets"]
)
def test_a_letter_of_a_topic_that_kabar_does_not_read_stays(topic: str) -> None:
    decision = decide(letter_of(replace(FAILED, topic=topic)), SETTINGS, done=())
    assert decision == Refused(f"failed on {topic}, which Kabar with this prefix does not read")


def test_a_letter_that_was_cut_short_stays() -> None:
    cut = replace(FAILED, headers=((dead_letters.TRIMMED_FROM, b"9000000"),))
    assert decide(letter_of(cut), SETTINGS, done=()) == Refused(
        "was cut short: 10 of its 9000000 bytes are left"
    )


def test_a_letter_that_does_not_say_where_it_failed_stays() -> None:
    assert decide(DeadLetter.of(FAILED), SETTINGS, done=()) == Refused("does not say where it failed")


def test_a_letter_without_key_and_value_stays() -> None:
    nothing = replace(FAILED, key=None, value=None)
    assert decide(letter_of(nothing), SETTINGS, done=()) == Refused("has neither key nor value")


def test_a_copy_of_a_letter_that_was_sent_back_stays() -> None:
    letter, copy = letter_of(FAILED, offset=0), letter_of(FAILED, offset=1)
    assert letter.failure is not None
    assert decide(copy, SETTINGS, done={letter.failure}) == AlreadyReplayed()


def test_a_letter_at_the_place_of_one_that_was_sent_back_from_a_topic_since_made_anew_goes_back() -> None:
    before, since = letter_of(FAILED), letter_of(replace(FAILED, timestamp_ms=FAILED.timestamp_ms + 1))
    assert before.place == since.place
    assert before.failure is not None
    assert isinstance(decide(since, SETTINGS, done={before.failure}), Resend)


def test_a_note_tells_what_was_sent_back() -> None:
    letter = letter_of(FAILED, offset=3)
    assert letter.failure is not None
    note = note_of(letter, letter.failure, partition=2, offset=99, now_ms=1_700_000_000_123)
    read = noted(Record("news.articles.replayed", 0, 0, 0, b"0@3", note.encode()))

    assert read == (letter.failure, note)
    assert note.when == "2023-11-14T22:13:20.123Z"


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"[]", b'{"when": 1}'])
def test_a_note_that_is_none_is_passed_over(value: bytes | None) -> None:
    assert noted(Record("news.articles.replayed", 0, 0, 0, b"0@3", value)) is None


@pytest.mark.parametrize(
    ("selection", "is_meant"),
    [
        (Selection(), True),
        (Selection(reason="NOT json"), True),
        (Selection(reason="undecodable"), True),
        (Selection(reason="body is missing"), False),
        (Selection(stage="clean"), True),
        (Selection(stage="tag"), False),
        (Selection(reason="not JSON", stage="tag"), False),
        (Selection(since_ms=FAILED.timestamp_ms), True),
        (Selection(since_ms=FAILED.timestamp_ms + 1), False),
        (Selection(until_ms=FAILED.timestamp_ms), False),
        (Selection(until_ms=FAILED.timestamp_ms + 1), True),
    ],
)
def test_a_selection_means_the_letters_that_all_of_it_holds_for(selection: Selection, is_meant: bool) -> None:
    assert selection.holds(letter_of(FAILED)) is is_meant


@dataclass
class Producer:
    """Takes everything but what `refuse` names, by topic, with an error for it."""

    refuse: dict[str, Exception] = field(default_factory=dict)
    taken: list[tuple[str, bytes | None]] = field(default_factory=list)

    async def send(
        self, topic: str, value: bytes | None, *, key: bytes | None, headers: list[Any]
    ) -> asyncio.Future[RecordMetadata]:
        delivery: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        if topic in self.refuse:
            delivery.set_exception(self.refuse[topic])
        else:
            self.taken.append((topic, value))
            offset = len(self.taken) - 1
            delivery.set_result(RecordMetadata(topic, 0, TopicPartition(topic, 0), offset, 0, 0, 0))
        return delivery


LETTERS = [letter_of(replace(FAILED, offset=n), offset=n) for n in range(3)]


async def replay(producer: Producer, letters: list[DeadLetter]) -> Replayer:
    replayer = Replayer(cast("AIOKafkaProducer", producer), SETTINGS)
    for letter in letters:
        await replayer.take(letter, resend(letter))
    await replayer.flush()
    return replayer


async def test_a_letter_is_noted_after_it_was_sent() -> None:
    producer = Producer()
    replayer = await replay(producer, LETTERS[:1])

    assert [topic for topic, _ in producer.taken] == ["news.articles.raw", "news.articles.replayed"]
    assert Replay.decode(producer.taken[1][1] or b"").sent.offset == 0
    assert replayer.sent == {"news.articles.raw": 1}


async def test_a_letter_that_was_sent_but_not_noted_is_not_counted_as_sent() -> None:
    producer = Producer(refuse={"news.articles.replayed": KafkaTimeoutError()})
    with pytest.raises(BrokerUnreachable, match="the next replay sends them again"):
        await replay(producer, LETTERS)


async def test_what_the_broker_took_before_it_went_away_is_noted() -> None:
    producer = Producer(refuse={"news.articles.clean": KafkaTimeoutError()})
    other = letter_of(replace(FAILED, topic="news.articles.clean"), offset=9)
    with pytest.raises(BrokerUnreachable, match="The broker took 1 dead letters, then no more"):
        await replay(producer, [LETTERS[0], other])
    assert [topic for topic, _ in producer.taken] == ["news.articles.raw", "news.articles.replayed"]


async def test_a_letter_that_the_broker_refuses_is_told_and_its_neighbours_are_sent() -> None:
    producer = Producer(refuse={"news.articles.clean": MessageSizeTooLargeError("too large")})
    other = letter_of(replace(FAILED, topic="news.articles.clean"), offset=9)
    replayer = await replay(producer, [LETTERS[0], other, LETTERS[1]])

    assert replayer.sent.total() == 2
    assert [(letter.place, reason) for letter, reason in replayer.refused] == [
        (Place(0, 9), "is refused by the broker: [Error 10] MessageSizeTooLargeError: too large")
    ]


async def test_no_more_than_a_batch_is_sent_before_it_is_noted() -> None:
    producer = Producer()
    many = [letter_of(replace(FAILED, offset=n), offset=n) for n in range(BATCH_LETTERS + 1)]
    await replay(producer, many)
    first_note = [topic for topic, _ in producer.taken].index("news.articles.replayed")
    assert first_note == BATCH_LETTERS


async def test_a_replay_that_is_cancelled_notes_what_it_has_sent() -> None:
    sent, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Producer):
        async def send(self, topic: str, *arguments: Any, **options: Any) -> asyncio.Future[RecordMetadata]:
            if topic == topics.REPLAYED.name(SETTINGS):
                sent.set()
                await go_on.wait()
            return await super().send(topic, *arguments, **options)

    producer = Slow()
    task = asyncio.ensure_future(replay(producer, LETTERS))
    await sent.wait()
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [topic for topic, _ in producer.taken].count("news.articles.replayed") == len(LETTERS)


async def test_letters_are_decided_until_enough_are_to_be_sent() -> None:
    async def letters() -> AsyncIterator[DeadLetter]:
        for letter in (LETTERS[0], LETTERS[0], LETTERS[1], LETTERS[2]):
            yield letter

    decisions = [decision async for _, decision in decided(letters(), SETTINGS, done=(), limit=2)]
    assert [type(decision) for decision in decisions] == [Resend, AlreadyReplayed, Resend]


def test_headers_of_a_replay_are_not_carried_on_to_what_is_made_of_it() -> None:
    headers: Headers = (
        (dead_letters.REPLAY_ATTEMPTS, b"1"),
        ("redaksi", b"malam"),
        (dead_letters.REPLAY_OF, b"x"),
    )
    [outcome] = STAGES[0].outcomes([replace(FAILED, value=article(), headers=headers)])
    names = {name for name, _ in outcome.headers}  # type: ignore[union-attr]
    assert "redaksi" in names
    assert not names & dead_letters.OF_A_REPLAY
