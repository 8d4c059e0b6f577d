"""The bundled samples: what they must hold for the demo to show the whole path."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import ftfy
import pytest

from streams import errors, samples
from streams.articles import decode_article, decode_json
from streams.events import Article
from streams.text.cleaning import clean

MAX_BODY_CHARS = 1_000_000
EXPECTED: dict[str, list[dict[str, Any]]] = json.loads((files(samples) / "expected.json").read_bytes())
VALUES = [value for _, value in samples.articles()]


def read(value: bytes) -> Article:
    return decode_article(decode_json(value), max_body_chars=MAX_BODY_CHARS)


def test_the_answer_key_names_every_article_by_line_and_id() -> None:
    ids = [json.loads(value).get("id") for value in VALUES]
    assert [(entry["line"], entry["id"]) for entry in EXPECTED["articles"]] == list(enumerate(ids, start=1))


@pytest.mark.parametrize("line", range(1, len(VALUES) + 1))
def test_every_article_can_be_read_and_cleaned(line: int) -> None:
    article = clean(read(VALUES[line - 1]))
    assert len(article.text.split()) >= 30
    assert "Baca" not in article.text


def test_each_kind_of_topic_has_its_third() -> None:
    kinds = Counter(
        "terrorism" if "terrorism" in entry["topics"] else "diplomacy" if entry["topics"] else "neither"
        for entry in EXPECTED["articles"]
    )
    assert set(kinds) == {"diplomacy", "terrorism", "neither"}
    assert all(0.25 <= number / len(VALUES) <= 0.42 for number in kinds.values()), kinds


def test_several_articles_are_about_both_topics() -> None:
    assert sum(len(entry["topics"]) == 2 for entry in EXPECTED["articles"]) >= 3


def test_they_show_the_damage_that_real_feeds_have() -> None:
    bodies = [json.loads(value)["body"] for value in VALUES]
    assert sum("â€" in body and "â€" not in ftfy.fix_text(body) for body in bodies) >= 3
    assert any(body.startswith("<!DOCTYPE html>") for body in bodies)
    assert any("\u200b" in body and "\u00a0" in body for body in bodies)


def test_one_article_comes_in_two_versions() -> None:
    articles = [read(value) for value in VALUES]
    bodies = {article.body for article in articles}
    assert len(bodies) == len(articles)
    repeated = [id_ for id_, times in Counter(article.id for article in articles).items() if times > 1]
    assert repeated == ["mdk-banjir-demak"]


def test_languages_other_than_indonesian_are_among_them() -> None:
    languages = Counter(clean(read(value)).language for value in VALUES)
    assert languages["id"] >= 30
    assert {"en", "ms", "jv"} <= set(languages)


def test_no_address_leads_to_a_real_site() -> None:
    urls = [article.url for article in map(read, VALUES) if article.url]
    assert {urlsplit(url).hostname for url in urls} == {"contoh.example"}


@pytest.mark.parametrize("entry", EXPECTED["broken"], ids=lambda entry: entry["file"])
def test_a_broken_record_fails_for_the_reason_it_was_made_for(entry: dict[str, str]) -> None:
    values = {f"broken/{name}": value for name, value in samples.broken()}
    with pytest.raises(getattr(errors, entry["error"])):
        clean(read(values[entry["file"]]))


def test_the_answer_key_names_every_broken_record() -> None:
    assert {entry["file"] for entry in EXPECTED["broken"]} == {
        f"broken/{name}" for name, _ in samples.broken()
    }
