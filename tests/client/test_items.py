"""What a record is to a consumer, whatever is in it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import client
from streams.client.items import item_of
from streams.errors import BadConfiguration
from streams.records import Headers, Record
from tests.broker.enriched_records import enriched

CE_ID: Headers = (("ce_id", b"e-1"),)


def record(value: bytes | None, *, key: bytes | None = b"a-1", headers: Headers = CE_ID) -> Record:
    return Record("news.articles.enriched", 0, 7, 0, key, value, headers)


def test_an_enriched_article_comes_with_its_id_and_its_record() -> None:
    read = record(enriched("a-1").encode())
    assert item_of(read) == client.Enriched(enriched("a-1"), "e-1", read)


def test_fields_of_a_later_version_are_ignored() -> None:
    value = orjson.dumps({**orjson.loads(enriched("a-1").encode()), "sentiment": 0.4})
    assert isinstance(item_of(record(value)), client.Enriched)


def test_a_tombstone_deletes_the_article_of_its_key() -> None:
    read = record(None)
    assert item_of(read) == client.Deleted("a-1", "e-1", read)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": b"bukan JSON"}, "not JSON"),
        ({"value": b""}, "not JSON"),
        ({"value": b'{"id": "a-1"}'}, "not a EnrichedArticle: url"),
        ({"value": b"[]"}, "not a EnrichedArticle"),
        ({"value": None, "key": None}, "key is null"),
        ({"value": None, "key": b"\xff"}, "not UTF-8"),
        ({"value": enriched("a-1").encode(), "headers": ()}, "no ce_id"),
        ({"value": enriched("a-1").encode(), "headers": (("ce_id", None),)}, "no ce_id"),
    ],
)
def test_what_is_neither_is_unreadable_and_says_why(fields: dict[str, Any], reason: str) -> None:
    read = record(**fields)
    item = item_of(read)

    assert isinstance(item, client.Unreadable)
    assert reason in item.reason
    assert item.record is read


@given(
    value=st.none() | st.binary(),
    key=st.none() | st.binary(),
    headers=st.lists(st.tuples(st.sampled_from(["ce_id", "other"]), st.none() | st.binary())).map(tuple),
)
def test_no_record_raises(value: bytes | None, key: bytes | None, headers: Headers) -> None:
    assert item_of(record(value, key=key, headers=headers)).record.value == value


def test_importing_the_client_loads_no_language_model_and_no_faust() -> None:
    code = "import sys, streams.client; print([name for name in ('spacy', 'faust', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def test_reading_needs_a_group_and_not_that_of_the_workers() -> None:
    async with client.connect() as kabar:
        with pytest.raises(BadConfiguration, match="consumer group"):
            kabar.enriched()
    with pytest.raises(BadConfiguration, match="workers"):
        async with client.connect(group="kabar"):
            pass


async def test_a_topic_that_could_not_exist_is_refused() -> None:
    async with client.connect(group="my-desk") as kabar:
        with pytest.raises(BadConfiguration, match=r"'Sports!'.*diplomacy, terrorism, one of your own"):
            kabar.enriched("Sports!")
