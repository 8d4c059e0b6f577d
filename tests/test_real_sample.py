"""The article the project started from. Its text is its publisher's, so it is read from beside the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.chain import Chain
from streams.records import Emit, Record
from streams.settings import load

SAMPLE = Path(__file__).parents[2] / "shared" / "data" / "samples" / "tribunnews-2017-01-28.txt"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLE.exists(), reason="the article is not beside this checkout"),
]


@pytest.fixture(scope="module")
def event() -> dict[str, Any]:
    value = orjson.dumps({"body": SAMPLE.read_text(encoding="utf-8")})
    [outcome] = Chain.of(load()).outcomes([Record("raw", 0, 0, 0, None, value)])
    assert isinstance(outcome, Emit)
    decoded: dict[str, Any] = orjson.loads(outcome.value or b"")
    return decoded


def entities(event: dict[str, Any], *types: str) -> dict[str, dict[str, Any]]:
    return {entity["name"]: entity for entity in event["entities"] if entity["type"] in types}


def test_it_is_about_diplomacy_and_terrorism(event: dict[str, Any]) -> None:
    assert [(topic["id"], topic["assigned"]) for topic in event["topics"]] == [
        ("diplomacy", True),
        ("terrorism", True),
    ]
    assert all(topic["evidence"] for topic in event["topics"])


def test_dateline_related_and_credits_are_taken_out(event: dict[str, Any]) -> None:
    assert event["dateline"] == {"publisher": "TRIBUNNEWS.COM", "place": "WASHINGTON"}
    assert len(event["related"]) == 2
    assert event["credits"] == ["LA Times"]
    assert "Baca:" not in event["text"]
    assert "LA Times" not in event["text"]


def test_its_people_are_found_and_joined(event: dict[str, Any]) -> None:
    people = entities(event, "PERSON")
    assert {"Donald Trump", "Vladimir Putin", "Reince Priebus", "Obama"} <= set(people)
    for full, short in (("Donald Trump", "Trump"), ("Vladimir Putin", "Putin")):
        assert short not in people
        assert {mention["text"] for mention in people[full]["mentions"]} == {full, short}


def test_its_bodies_are_found(event: dict[str, Any]) -> None:
    assert {"ISIS", "Kremlin", "Gedung Putih"} <= set(entities(event, "ORG", "FAC"))


def test_its_countries_have_their_codes(event: dict[str, Any]) -> None:
    codes = {name: entity["iso3166"] for name, entity in entities(event, "GPE").items()}
    assert {"AS": "US", "Rusia": "RU", "Ukraina": "UA", "Iran": "IR"}.items() <= codes.items()
