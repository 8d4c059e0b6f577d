"""What every stage keeps, whatever it is given: deterministic, tolerant, one outcome per record, true offsets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import own_topics
from streams.agents import classify
from streams.events import CleanArticle, EntityType, TaggedArticle
from streams.records import Emit, Outcome, Record, Reject
from streams.settings import load
from tests.stages import NAMES, STAGES, outcomes_of_samples, records

# What real articles are made of, with what is hard about them, so that entities, topics and rules are met.
PIECES = [
    "Presiden Joko Widodo bertemu Presiden Rusia Vladimir Putin di Istana Bogor.",
    "Kementerian Luar Negeri memanggil duta besar Australia di Jakarta.",
    "Densus 88 Antiteror menangkap terduga teroris jaringan ISIS di Bekasi.",
    "Harga cabai di Pasar Senen naik.",
    "Peretas mencuri data pribadi nasabah lewat tautan phishing.",
    "Badan Nasional Penanggulangan Terorisme (BNPT)",
    "TRIBUNNEWS.COM, WASHINGTON -",
    "Jakarta, CNN Indonesia --",
    "Baca: Harga Beras Naik Lagi",
    "(fjp/asp)",
    "<p>Jokowi</p>",
    "<b",
    "&amp;lt;br&gt;",
    "\n\n",
    "\r\n \t",
    "JoKoWi-nya",
    "Menlu\u00a0RI",
    "Ja\u200bkar\u00adta",
    "e\u0301te\u0301 \u0130stanbul \ufb01nal \u1e9e",
    "👩‍👩‍👧‍👦🇮🇩",
    "\u202eatrakaJ\u202c",
    "â€œJakartaâ€\x9d",
    "東京で会談した。",
    "\x00\x07\ufffe",
    "\ud83d",
    "\\u0041\\n",
]
anything = st.text(st.characters(exclude_categories=()), max_size=40)
prose = st.lists(st.sampled_from(PIECES) | anything, max_size=8).map(" ".join)
unicode_prose = prose.map(lambda text: text.encode("utf-8", "ignore").decode())

raw_articles = st.fixed_dictionaries({"body": prose}, optional={"title": prose, "id": anything})
clean_articles = st.builds(
    CleanArticle,
    id=st.text(min_size=1, max_size=5),
    url=st.none(),
    title=st.none() | unicode_prose,
    source=st.none(),
    published_at=st.none(),
    language=st.sampled_from(["id", "en", "und", "zh-Hans"]),
    metadata=st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=1),
    text=unicode_prose,
    dateline=st.none(),
    related=st.just([]),
    credits=st.just([]),
)
VALUES: dict[str, st.SearchStrategy[bytes]] = {
    # ASCII with escapes, so that lone surrogates can be sent at all.
    "clean": raw_articles.map(lambda article: json.dumps(article).encode()),
    "tag": clean_articles.map(CleanArticle.encode),
    "classify": clean_articles.map(lambda article: TaggedArticle(**dict(article), entities=[]).encode()),
}
fewer = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
OWN = "classify with a topic of one's own"


@pytest.fixture(scope="module", params=[*NAMES, OWN])
def stage(request: pytest.FixtureRequest) -> Any:
    if request.param != OWN:
        return STAGES[NAMES.index(request.param)]
    folder = request.getfixturevalue("cyber")
    return classify.stage(own_topics.of(load(own_topics=str(folder))))


def batches(stage: Any) -> st.SearchStrategy[list[Record]]:
    """Batches of what the stage reads, with some records among them that it cannot."""
    broken = st.sampled_from([None, b"", b"null", b"{}", b"\xff", b'{"body": "', b"[" * 5000])
    values = st.lists(VALUES[stage.name] | VALUES[stage.name] | broken, min_size=1, max_size=4)
    return values.map(lambda given: records(stage, given))


def spans(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that points into the article's title or text."""
    for entity in event.get("entities", ()):
        yield from entity["mentions"]
    for topic in (*event.get("topics", ()), *event.get("own_topics", ())):
        yield from topic["evidence"]


def events(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [orjson.loads(o.value) for o in outcomes if isinstance(o, Emit) and o.value is not None]


@given(data=st.data())
@fewer
def test_every_record_gets_one_outcome_and_nothing_is_raised(stage: Any, data: st.DataObject) -> None:
    batch = data.draw(batches(stage))
    outcomes = stage.outcomes(batch)

    assert len(outcomes) == len(batch)
    assert all(isinstance(outcome, Emit | Reject) for outcome in outcomes)


@given(
    value=st.binary()
    | st.text().map(str.encode)
    | st.recursive(st.none() | st.booleans(), st.lists).map(orjson.dumps)
)
@fewer
def test_bytes_that_are_no_event_are_rejected_with_a_reason_of_one_line(stage: Any, value: bytes) -> None:
    [outcome] = stage.outcomes(records(stage, [value]))

    assert isinstance(outcome, Reject)
    assert outcome.message.strip()
    assert "\n" not in outcome.message


@given(data=st.data())
@fewer
def test_a_record_delivered_again_has_the_same_outcome(stage: Any, data: st.DataObject) -> None:
    batch = data.draw(batches(stage))

    assert stage.outcomes(batch) == stage.outcomes([replace(record) for record in batch])


@given(data=st.data())
@fewer
def test_an_outcome_does_not_depend_on_the_neighbours_in_the_batch(stage: Any, data: st.DataObject) -> None:
    batch = data.draw(batches(stage))
    together = stage.outcomes(batch)

    assert stage.outcomes(batch[::-1])[::-1] == together
    assert [outcome for record in batch for outcome in stage.outcomes([record])] == together


@given(data=st.data())
@fewer
def test_every_span_is_exactly_what_its_offsets_say(stage: Any, data: st.DataObject) -> None:
    for event in events(stage.outcomes(data.draw(batches(stage)))):
        for span in spans(event):
            assert event[span["field"]][span["start"] : span["end"]] == span["text"] != ""


@given(data=st.data())
@fewer
def test_an_entity_has_a_type_of_the_contract_and_its_mentions_in_reading_order(
    stage: Any, data: st.DataObject
) -> None:
    for event in events(stage.outcomes(data.draw(batches(stage)))):
        for entity in event.get("entities", ()):
            places = [(span["field"] != "title", span["start"], span["end"]) for span in entity["mentions"]]
            assert entity["type"] in get_args(EntityType)
            assert places == sorted(set(places))


@given(data=st.data())
@fewer
def test_the_key_is_the_id_and_what_earlier_stages_found_is_kept(stage: Any, data: st.DataObject) -> None:
    batch = data.draw(batches(stage))
    for record, outcome in zip(batch, stage.outcomes(batch), strict=True):
        if isinstance(outcome, Emit) and outcome.value is not None:
            given, event = orjson.loads(record.value or b""), orjson.loads(outcome.value)
            assert outcome.key == event["id"].encode()
            if stage.name != "clean":
                assert {name: event[name] for name in given} == given


def test_the_samples_name_entities_and_give_evidence() -> None:
    """So that the properties above are not true for want of anything to hold of."""
    found = events(outcomes_of_samples()["classify"])

    assert sum(len(entity["mentions"]) for event in found for entity in event["entities"]) > 300
    assert sum(len(topic["evidence"]) for event in found for topic in event["topics"]) > 30
    for event in found:
        for span in spans(event):
            assert event[span["field"]][span["start"] : span["end"]] == span["text"]


HASH = """
import hashlib
from streams import samples
from tests.stages import run_all
outcomes = run_all([value for _, value in (*list(samples.articles())[:10], *samples.broken())])
print(hashlib.sha256(repr(outcomes).encode()).hexdigest())
"""


def test_another_process_gives_the_same_outcomes() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", HASH],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
