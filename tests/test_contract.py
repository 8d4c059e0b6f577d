"""The contract as files: they are what the code writes, valid by their specifications, and true of what comes out."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from streams import contract, samples, topics
from streams.articles import decode_article, decode_json
from streams.nlp.classifying import MEDTOP
from streams.records import Emit
from tests.contract_documents import (
    SCHEMAS,
    asyncapi,
    message_of,
    problems_of_headers,
    problems_of_value,
    schema,
)
from tests.stages import NAMES, STAGES, outcomes_of_samples, run_all

SCHEMA_FILES = [contract.file_of(value) for value in contract.VALUES]
ASYNCAPI_SCHEMA = Path(__file__).parent / "data" / "asyncapi-3.0.0.json"
SAMPLES = [value for _, value in samples.articles()]


def test_the_files_are_those_the_code_writes() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.iterdir()}
    assert written == contract.documents()


@pytest.mark.parametrize("name", SCHEMA_FILES)
def test_every_schema_is_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_the_asyncapi_document_is_valid_with_its_kafka_bindings() -> None:
    errors = Draft7Validator(json.loads(ASYNCAPI_SCHEMA.read_bytes())).iter_errors(asyncapi())
    assert [f"{error.json_path}: {error.message[:300]}" for error in errors] == []


def test_every_reference_in_the_documents_leads_somewhere() -> None:
    documents = {"asyncapi.yaml": asyncapi(), **{name: schema(name) for name in SCHEMA_FILES}}
    for name, document in documents.items():
        for reference in references(document):
            file, _, pointer = reference.partition("#")
            target: Any = documents[file.removeprefix("./") or name]
            for part in pointer.strip("/").split("/") if pointer else ():
                target = target[part]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def test_every_topic_is_a_channel_and_has_an_operation() -> None:
    channels = {channel["address"]: name for name, channel in asyncapi()["channels"].items()}
    operated = [operation["channel"]["$ref"] for operation in asyncapi()["operations"].values()]

    settings = contract.load_defaults()
    assert set(channels) == {topic.name(settings) for topic in topics.ALL} | {"news.topics.{topic}"}
    assert sorted(operated) == sorted(f"#/channels/{name}" for name in channels.values())


def test_kabar_receives_what_publishers_write_and_sends_the_rest() -> None:
    received = [
        op["channel"]["$ref"] for op in asyncapi()["operations"].values() if op["action"] == "receive"
    ]
    assert received == ["#/channels/articles-raw"]


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_the_headers_declared_for_a_value_are_those_its_stage_writes(stage: Any) -> None:
    name = contract.name_of(stage.writes[0].value)
    declared = asyncapi()["components"]["messages"][name]["headers"]["properties"]

    assert declared["ce_type"]["const"] == stage.emits.type
    assert declared["ce_source"]["const"] == stage.emits.source
    assert declared["ce_dataschema"]["const"] == stage.emits.schema == schema(f"{slug(stage)}.json")["$id"]


def slug(stage: Any) -> str:
    return str(stage.writes[0].value.schema_name())


@pytest.mark.parametrize("line", range(1, len(SAMPLES) + 1))
def test_every_sample_is_an_article_as_publishers_should_send_it(line: int) -> None:
    assert message_of(topics.RAW, SAMPLES[line - 1]) == "Article"


def emitted_for_samples(stage_name: str) -> list[Emit]:
    return [outcome for outcome in outcomes_of_samples()[stage_name] if isinstance(outcome, Emit)]


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_every_value_and_its_headers_are_as_declared(stage: Any) -> None:
    emitted = emitted_for_samples(stage.name)

    assert len(emitted) == len(SAMPLES)
    for outcome in emitted:
        for topic in outcome.topics:
            message = message_of(topic, outcome.value)
            assert message == contract.name_of(topic.value)
            assert problems_of_headers(message, outcome.headers) == []


def test_a_deletion_is_a_tombstone_on_every_topic_it_goes_to() -> None:
    for emitted in run_all([None], key=b"dihapus").values():
        for outcome in emitted:
            assert isinstance(outcome, Emit)
            assert {message_of(topic, outcome.value) for topic in outcome.topics} == {"Tombstone"}
            assert problems_of_headers("Tombstone", outcome.headers) == []


def test_a_structured_cloudevent_is_a_message_of_its_own() -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/redaksi", "type": "terbit"}
    article = {"body": "Isi."}

    assert message_of(topics.RAW, orjson.dumps({**event, "data": article})) == "ArticleCloudEvent"
    assert problems_of_value("ArticleCloudEvent", orjson.dumps(event)) != []
    assert problems_of_value("ArticleCloudEvent", orjson.dumps({**event, "data": {"body": 1}})) != []


def test_the_subject_codes_of_the_topics_are_those_of_the_contract() -> None:
    codes = {
        topic["id"]: topic["medtop"]
        for outcome in emitted_for_samples("classify")
        for topic in orjson.loads(outcome.value or b"")["topics"]
    }
    assert codes == MEDTOP == {"diplomacy": "medtop:20000639", "terrorism": "medtop:20000103"}


ENRICHED: dict[str, Any] = {
    "id": "a-1",
    "url": None,
    "title": "Menlu Rusia ke Jakarta",
    "source": None,
    "published_at": "2017-01-28T10:00:00+07:00",
    "language": "id",
    "metadata": {},
    "text": "Menlu Rusia tiba di Jakarta.",
    "dateline": None,
    "related": [],
    "credits": [],
    "entities": [
        {
            "id": "http://www.wikidata.org/entity/Q159",
            "type": "GPE",
            "name": "Rusia",
            "iso3166": "RU",
            "salience": 1.0,
            "mentions": [{"field": "title", "start": 6, "end": 11, "text": "Rusia"}],
        }
    ],
    "topics": [
        {
            "id": "diplomacy",
            "medtop": "medtop:20000639",
            "score": 0.97,
            "assigned": True,
            "evidence": [{"field": "text", "start": 0, "end": 11, "text": "Menlu Rusia", "weight": 1.0}],
        },
        {"id": "terrorism", "medtop": "medtop:20000103", "score": 0.01, "assigned": False, "evidence": []},
    ],
    "pipeline": {"version": "0.1.0", "model": "kabar-id 0.1.0"},
}
BREACHES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no id": lambda event: event.pop("id"),
    "empty id": lambda event: event.update(id=""),
    "no language": lambda event: event.update(language=None),
    "no BCP 47 tag": lambda event: event.update(language="bahasa Indonesia"),
    "no date": lambda event: event.update(published_at="kemarin"),
    "no text": lambda event: event.pop("text"),
    "dateline without place": lambda event: event.update(dateline={"publisher": "WARTA"}),
    "unknown entity type": lambda event: event["entities"][0].update(type="GPE2"),
    "no Wikidata URI": lambda event: event["entities"][0].update(id="Q159"),
    "country in three letters": lambda event: event["entities"][0].update(iso3166="RUS"),
    "salience above one": lambda event: event["entities"][0].update(salience=1.1),
    "entity without mention": lambda event: event["entities"][0].update(mentions=[]),
    "mention in an unknown field": lambda event: event["entities"][0]["mentions"][0].update(field="body"),
    "mention of nothing": lambda event: event["entities"][0]["mentions"][0].update(start=0, end=0, text=""),
    "offset before the start": lambda event: event["entities"][0]["mentions"][0].update(start=-1),
    "topic left out": lambda event: event["topics"].pop(),
    "topic twice": lambda event: event["topics"].append(event["topics"][0]),
    "unknown topic": lambda event: event["topics"][0].update(id="sports"),
    "no media topic": lambda event: event["topics"][0].update(medtop="20000639"),
    "score above one": lambda event: event["topics"][0].update(score=1.01),
    "assigned without evidence": lambda event: event["topics"][0].update(evidence=[]),
    "evidence without weight": lambda event: event["topics"][0]["evidence"][0].pop("weight"),
    "no stamp": lambda event: event.pop("pipeline"),
}


def test_an_event_that_keeps_every_promise_is_valid_also_with_fields_of_a_later_version() -> None:
    assert problems_of_value("EnrichedArticle", orjson.dumps({**ENRICHED, "sentiment": 0.2})) == []


@pytest.mark.parametrize("breach", BREACHES)
def test_the_schema_refuses_an_event_that_breaks_a_promise(breach: str) -> None:
    event = copy.deepcopy(ENRICHED)
    BREACHES[breach](event)
    assert problems_of_value("EnrichedArticle", orjson.dumps(event)) != []


optional_text = st.none() | st.text()
articles = st.fixed_dictionaries(
    {"body": st.text() | st.sampled_from(["Isi.", " \n", ""])},
    optional={
        "id": optional_text | st.from_regex(r"\A[\x00-\xff]{0,3}\Z"),
        "url": optional_text,
        "title": optional_text,
        "source": optional_text,
        "published_at": st.none()
        | st.text()
        | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
        | st.sampled_from(["2017-01-28T10:00:00Z", "2017-01-28t10:00:00z", "2017-01-28", "28-01-2017"]),
        "language": st.none() | st.text() | st.sampled_from(["id", "en-GB", "zh-Hans-CN", "bahasa", "id_ID"]),
        "metadata": st.none() | st.dictionaries(st.text(), st.integers(-(2**63), 2**64 - 1) | st.text()),
        "rubrik": st.text(),
    },
)


@given(articles)
def test_an_article_that_is_valid_by_its_schema_is_never_refused_by_the_code(article: dict[str, Any]) -> None:
    value = orjson.dumps(article)
    if problems_of_value("Article", value) == []:
        assert decode_article(decode_json(value), max_body_chars=1_000_000).body == article["body"]
