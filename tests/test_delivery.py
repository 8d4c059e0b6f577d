"""Delivery: nothing is done with before the broker has it. The producer here is one that fails as it is told to."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)

from streams import dead_letters, delivery, topics
from streams.agents import clean
from streams.chain import Chain
from streams.delivery import Delivery
from streams.errors import SetupError
from streams.records import Headers, Record, is_carried_on, last_header
from streams.settings import load
from streams.stage import Work
from tests.broker.articles import article

RECORDS = [Record("news.articles.raw", 0, n, 1_700_000_000_000, None, article(id=f"a-{n}")) for n in range(5)]


@dataclass
class Producer:
    """Delivers what `verdicts`, asked in turn, does not refuse."""

    refuse_at_send: Iterator[Exception | None] = field(default_factory=lambda: iter(()))
    refuse_at_delivery: Iterator[Exception | None] = field(default_factory=lambda: iter(()))
    limit: int = 10**9
    delivered: list[tuple[str, bytes | None, bytes | None, Headers]] = field(default_factory=list)

    async def send(
        self,
        topic: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        timestamp_ms: int | None,
    ) -> Awaitable[Any]:
        failure = next(self.refuse_at_send, None)
        if failure is not None:
            raise failure
        delivery = asyncio.get_running_loop().create_future()
        failure = next(self.refuse_at_delivery, None)
        if failure is None and len(value or b"") > self.limit:
            failure = MessageSizeTooLargeError()
        if failure is not None:
            delivery.set_exception(failure)
        else:
            self.delivered.append((topic, key, value, headers))
            delivery.set_result(None)
        return delivery


@pytest.fixture(autouse=True)
def _retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RETRY_INITIAL_SECONDS", 0.0)
    monkeypatch.setattr(delivery, "RETRY_MAX_SECONDS", 0.0)


async def deliver(producer: Producer, records: Sequence[Record], *, work: Work | None = None) -> None:
    """What the clean stage, or other work, makes of the records."""
    work = work or clean.stage(load())
    await Delivery(work.name, send=producer.send, settings=load()).deliver(records, work.outcomes(records))


def keys(producer: Producer) -> list[str]:
    return [(key or b"").decode() for _, key, _, _ in producer.delivered]


async def test_results_are_sent_in_the_order_of_their_records() -> None:
    producer = Producer()
    await deliver(producer, RECORDS)
    assert keys(producer) == ["a-0", "a-1", "a-2", "a-3", "a-4"]


async def test_after_a_failed_delivery_all_that_follows_is_sent_again_in_order() -> None:
    producer = Producer(refuse_at_delivery=iter([None, None, KafkaTimeoutError()]))
    await deliver(producer, RECORDS)
    assert keys(producer) == ["a-0", "a-1", "a-3", "a-4", "a-2", "a-3", "a-4"]


async def test_a_producer_that_refuses_for_a_while_is_asked_until_it_takes_everything() -> None:
    producer = Producer(refuse_at_send=iter([KafkaTimeoutError()] * 12))
    await deliver(producer, RECORDS)
    assert keys(producer)[-5:] == ["a-0", "a-1", "a-2", "a-3", "a-4"]


async def test_a_result_too_large_for_the_broker_becomes_a_dead_letter_and_its_neighbours_come_out() -> None:
    large = Record("news.articles.raw", 0, 9, 0, b"besar", article("kata " * 500, id="besar"))
    # The result is larger than the record it came from: only the result is refused.
    producer = Producer(limit=len(large.value or b"") + 10)
    await deliver(producer, [RECORDS[0], large, RECORDS[1]])

    dead = [(value, headers) for topic, _, value, headers in producer.delivered if topic.endswith(".dead")]
    assert [value for value, _ in dead] == [large.value]
    assert last_header(dead[0][1], dead_letters.EXCEPTION) == "streams.errors.RecordTooLarge"
    assert {"a-0", "a-1"} <= set(keys(producer))


async def test_results_refused_as_too_large_together_are_sent_one_by_one_before_any_is_judged() -> None:
    producer = Producer(refuse_at_delivery=iter([MessageSizeTooLargeError()] * len(RECORDS)))
    await deliver(producer, RECORDS)
    assert [topic for topic, _, _, _ in producer.delivered] == ["news.articles.clean"] * len(RECORDS)
    assert keys(producer) == ["a-0", "a-1", "a-2", "a-3", "a-4"]


async def test_a_result_the_producer_cannot_encode_becomes_a_dead_letter() -> None:
    producer = Producer(refuse_at_send=iter([TypeError("headers must be bytes")]))
    await deliver(producer, RECORDS[:2])
    topics_of = {key: topic for topic, key, _, _ in producer.delivered}
    assert topics_of[b"a-1"] == topics.CLEAN.name(load())
    [reason] = [
        last_header(headers, dead_letters.MESSAGE)
        for topic, _, _, headers in producer.delivered
        if topic.endswith(".dead")
    ]
    assert reason == "TypeError: headers must be bytes"


async def test_a_record_too_large_even_for_the_dead_letters_is_cut_short_and_says_so() -> None:
    large = Record("news.articles.raw", 0, 9, 0, b"besar", b"bukan JSON " * 100)
    producer = Producer(limit=300)
    await deliver(producer, [large])

    [(topic, key, value, headers)] = producer.delivered
    assert (topic, key) == (topics.DEAD.name(load()), b"besar")
    assert (large.value or b"").startswith(value or b"-")
    assert last_header(headers, dead_letters.TRIMMED_FROM) == "1100"


async def test_a_record_refused_by_one_topic_is_a_dead_letter_and_not_on_the_last_topic_too() -> None:
    several = replace(
        clean.stage(load()), writes=(topics.DIPLOMACY, topics.TERRORISM, topics.ENRICHED), destinations=None
    )
    producer = Producer(refuse_at_delivery=iter([None, MessageSizeTooLargeError()]))
    await deliver(producer, RECORDS[:1], work=several)
    assert [topic for topic, _, _, _ in producer.delivered] == ["news.topics.diplomacy", "news.articles.dead"]


async def test_a_dead_letter_refused_for_its_timestamp_goes_without_it() -> None:
    producer = Producer(refuse_at_send=iter([OverflowError("timestamp")]))
    await deliver(producer, [replace(RECORDS[0], value=b"bukan JSON")])
    [(topic, _, value, _)] = producer.delivered
    assert (topic, value) == (topics.DEAD.name(load()), b"bukan JSON")


async def test_a_dead_letter_refused_with_its_batch_for_the_timestamp_of_another_keeps_its_publishers_headers() -> (
    None
):
    dead = [replace(record, value=b"bukan JSON", headers=(("redaksi", b"malam"),)) for record in RECORDS[:2]]
    in_a_batch, alone = [InvalidTimestampError(), InvalidTimestampError()], [InvalidTimestampError(), None]
    producer = Producer(refuse_at_delivery=iter([*in_a_batch, *alone]))
    await deliver(producer, dead)
    assert [last_header(headers, "redaksi") for _, _, _, headers in producer.delivered] == [None, "malam"]


async def test_a_dead_letter_without_its_publishers_headers_still_counts_the_attempts_before() -> None:
    producer = Producer(refuse_at_send=iter([OverflowError("timestamp")]))
    headers = ((dead_letters.REPLAY_ATTEMPTS, b"4"), ("redaksi", b"malam"))
    await deliver(producer, [replace(RECORDS[0], value=b"bukan JSON", headers=headers)])
    [(_, _, _, written)] = producer.delivered
    assert last_header(written, "redaksi") is None
    assert last_header(written, dead_letters.ATTEMPTS) == "5"


async def test_a_dead_letter_cut_short_still_says_so_when_it_goes_without_the_publishers_headers() -> None:
    large = Record("news.articles.raw", 0, 9, 0, b"besar", b"bukan JSON " * 100, (("redaksi", b"malam"),))
    producer = Producer(limit=600, refuse_at_delivery=iter([None, InvalidTimestampError()]))
    await deliver(producer, [large])
    [(_, _, value, headers)] = producer.delivered
    assert len(value or b"") < 1100
    assert last_header(headers, dead_letters.TRIMMED_FROM) == "1100"
    assert last_header(headers, "redaksi") is None


async def test_a_dead_letter_that_can_never_be_written_stops_the_worker_instead_of_trying_for_ever() -> None:
    producer = Producer(refuse_at_send=itertools.repeat(OverflowError("timestamp")))
    with pytest.raises(SetupError, match=r"No dead letter can be written for news.articles.raw/0@0"):
        await deliver(producer, [replace(RECORDS[0], value=b"bukan JSON")])


async def test_not_being_allowed_to_write_stops_the_worker() -> None:
    producer = Producer(refuse_at_send=itertools.repeat(TopicAuthorizationFailedError()))
    with pytest.raises(SetupError, match="does not let Kabar write"):
        await deliver(producer, RECORDS)


async def test_an_article_that_is_through_all_stages_is_on_every_topic_and_enriched_comes_last() -> None:
    producer = Producer()
    await deliver(producer, RECORDS[:1], work=Chain.of(load()))
    written = [topic.removeprefix("news.") for topic, _, _, _ in producer.delivered]
    assert written[:2] == ["articles.clean", "articles.tagged"]
    assert written[-1] == "articles.enriched"


async def test_what_is_between_the_stages_already_says_that_it_is_no_work() -> None:
    producer = Producer()
    await deliver(producer, RECORDS[:1], work=Chain.of(load()))
    assert {
        topic: is_carried_on(headers) for topic, _, _, headers in producer.delivered if "articles" in topic
    } == {
        "news.articles.clean": True,
        "news.articles.tagged": True,
        "news.articles.enriched": False,
    }


async def test_a_result_refused_on_the_way_is_a_dead_letter_of_the_raw_record_and_names_the_stage() -> None:
    producer = Producer(refuse_at_delivery=iter([None, MessageSizeTooLargeError()]))
    await deliver(producer, RECORDS[:1], work=Chain.of(load()))
    topic, _, value, headers = producer.delivered[-1]
    assert (topic, value) == ("news.articles.dead", RECORDS[0].value)
    assert last_header(headers, dead_letters.STAGE) == "tag"
    assert "news.articles.enriched" not in [topic for topic, _, _, _ in producer.delivered]
