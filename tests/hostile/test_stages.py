"""Twenty thousand hostile records through the stages: one outcome each, always the same, by the contract."""

from __future__ import annotations

import re
import resource
import time
from dataclasses import replace

import orjson
import pytest

from streams import contract
from streams.records import Emit, Outcome, Record, Reject
from streams.stage import MAX_MESSAGE_CHARS, MAX_STACKTRACE_CHARS
from tests.broker.pipeline import Raw
from tests.contract_documents import problems_of_headers, problems_of_value
from tests.hostile import corpus
from tests.stages import STAGES, run_all

# Seconds of one core for one record in all stages, also of a busy core.
STALL = 4.0
MEMORY = 1 << 30
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


def on_raw(raw: Raw, number: int) -> Record:
    return Record("news.articles.raw", 0, number, raw.timestamp_ms or 0, raw.key, raw.value, raw.headers)


def through_the_stages(record: Record) -> list[Outcome]:
    """What each stage makes of it, up to the first that rejects it."""
    outcomes: list[Outcome] = []
    for stage in STAGES:
        [outcome] = stage.outcomes([record])
        outcomes.append(outcome)
        if isinstance(outcome, Reject):
            break
        topic = f"news.{stage.writes[0].suffix}"
        record = Record(topic, 0, 0, 1, outcome.key, outcome.value, outcome.headers)
    return outcomes


def faults(record: Record, outcomes: list[Outcome]) -> list[str]:
    """What is wrong with the outcomes of a record."""
    found: list[str] = []
    for stage, outcome in zip(STAGES, outcomes, strict=False):
        wrong = (
            _faults_of_reject(outcome) if isinstance(outcome, Reject) else _faults_of_emit(outcome, record)
        )
        found += [f"{stage.name}: {fault}" for fault in wrong]
    if isinstance(outcomes[-1], Reject) and len(outcomes) > 1:
        found.append(f"rejected by {STAGES[len(outcomes) - 1].name}, not by clean: {outcomes[-1].message}")
    return found


def _faults_of_reject(reject: Reject) -> list[str]:
    found: list[str] = []
    if not reject.exception.startswith("streams.errors."):
        found.append(f"rejected by chance: {reject.exception}\n{reject.stacktrace}")
    if not 0 < len(reject.message) <= MAX_MESSAGE_CHARS or not reject.message.isprintable():
        found.append(f"the reason is no readable line: {reject.message!r}")
    if len(reject.stacktrace) > MAX_STACKTRACE_CHARS:
        found.append("the stack trace has no bound")
    return found


def _faults_of_emit(emit: Emit, record: Record) -> list[str]:
    found: list[str] = []
    for message in {
        "Tombstone" if emit.value is None else contract.name_of(topic.value) for topic in emit.topics
    }:
        found += [*problems_of_value(message, emit.value), *problems_of_headers(message, emit.headers)]
    for name, value in [header for header in emit.headers if header not in record.headers]:
        if CONTROL.search(name) or CONTROL.search((value or b"").decode()):
            found.append(f"header {name!r}: {value!r}")
    if emit.value is None:
        return found
    event = orjson.loads(emit.value)
    if emit.key != event["id"].encode():
        found.append(f"key {emit.key!r} of {event['id']!r}")
    for span in [
        *(mention for entity in event.get("entities", ()) for mention in entity["mentions"]),
        *(evidence for topic in event.get("topics", ()) for evidence in topic["evidence"]),
    ]:
        if event[span["field"]][span["start"] : span["end"]] != span["text"]:
            found.append(f"not there: {span}")
    return found


@pytest.mark.parametrize("count", [1_000, pytest.param(20_000, marks=pytest.mark.full)])
def test_every_hostile_record_has_one_outcome_by_the_contract_without_a_stall(count: int) -> None:
    run_all([b'{"body": "Presiden Joko Widodo tiba di Jakarta."}'])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for number, raw in enumerate(corpus.records(count)):
        record = on_raw(raw, number)
        before = time.process_time()
        outcomes = through_the_stages(record)
        seconds = time.process_time() - before
        assert seconds < STALL, f"{seconds:.1f} s for {corpus.describe(corpus.SEED, number)}"
        assert faults(record, outcomes) == [], corpus.describe(corpus.SEED, number)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - memory < MEMORY


@pytest.mark.parametrize("depth", [251, 252, 253, 254, 255])
def test_metadata_that_no_event_can_hold_is_refused_with_that_reason(depth: int) -> None:
    value = b'{"body": "Kata menteri.", "metadata": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    record = Record("news.articles.raw", 0, 0, 1, None, value)
    assert faults(record, through_the_stages(record)) == []


def test_the_same_hostile_records_in_other_company_have_the_same_outcomes() -> None:
    given = [on_raw(raw, number) for number, raw in enumerate(corpus.records(300))]
    stage = STAGES[0]
    alone = [stage.outcomes([record])[0] for record in given]
    assert stage.outcomes([replace(record) for record in reversed(given)])[::-1] == alone


def test_a_record_is_made_again_by_its_number() -> None:
    assert list(corpus.records(50))[7] == corpus.record(corpus.SEED, 7)
