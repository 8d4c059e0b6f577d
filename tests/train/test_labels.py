"""Which labelled articles can be learned from."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from streams.errors import BadConfiguration
from streams.settings import load
from streams.train.labels import Labels, Question, read
from tests.broker.articles import SUMMIT

CYBER = [Question("cyber")]


def read_rows(*rows: dict[str, Any] | bytes, questions: list[Question] | None = None) -> Labels:
    values = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
    records = [(f"labels.jsonl:{number}", value) for number, value in enumerate(values, start=1)]
    return read(records, questions or CYBER, load())


@pytest.mark.parametrize(("label", "belongs"), [(True, True), (1, True), (False, False), (0, False)])
def test_a_field_says_whether_an_article_belongs_to_the_topic(label: object, belongs: bool) -> None:
    [article] = read_rows({"text": "Peretas mencuri data.", "cyber": label}).articles
    assert article.belongs is belongs


@pytest.mark.parametrize(
    ("field", "belongs"),
    [("04", True), ("11", False), (["11", "04"], True), ([], False), (4, False), ({"04": 1}, False)],
)
def test_a_field_has_a_value_or_a_list_with_it(field: object, belongs: bool) -> None:
    row = {"text": "Harga emas turun.", "iptc_top": field}
    [article] = read_rows(row, questions=[Question.of("iptc_top=04")]).articles
    assert article.belongs is belongs


def test_of_several_questions_any_may_be_answered_with_yes() -> None:
    questions = [Question.of("iptc_top=02"), Question.of("iptc_top=16")]
    rows = [{"text": f"Berita {code}.", "iptc_top": code} for code in ("02", "04", "16")]
    assert [article.belongs for article in read_rows(*rows, questions=questions).articles] == [
        True,
        False,
        True,
    ]


def test_a_field_that_is_not_there_says_nothing_as_long_as_another_is() -> None:
    questions = [Question.of("iptc_top=02"), Question.of("tags=hukum")]
    rows = [
        {"text": "Berita satu.", "iptc_top": "02"},
        {"text": "Berita dua.", "tags": []},
        {"text": "Tiga."},
    ]
    labels = read_rows(*rows, questions=questions)
    assert [article.belongs for article in labels.articles] == [True, False]
    assert len(labels.left_out) == 1


@pytest.mark.parametrize("where", ["iptc_top", "=04", ""])
def test_a_question_without_field_or_value_is_refused(where: str) -> None:
    with pytest.raises(BadConfiguration, match=r"^--where is FIELD=VALUE"):
        Question.of(where)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"{", "the value is not JSON"),
        (b"[1]", "it is an array and not an object"),
        ({"text": "Isi."}, "the field 'cyber' is missing, so it is not labelled"),
        ({"text": "Isi.", "cyber": None}, "the field 'cyber' is missing, so it is not labelled"),
        ({"text": "Isi.", "cyber": "ya"}, "the field 'cyber' is neither true nor false, neither 1 nor 0"),
        ({"title": "Judul", "cyber": 1}, "it has neither text nor body"),
        ({"text": 7, "cyber": 1}, "body"),
        ({"body": "<p> </p>", "cyber": 1}, "no readable text is left"),
        ({"text": "kata " * 10_001, "cyber": 1}, "10,001 words"),
    ],
)
def test_a_line_that_cannot_be_learned_from_is_named_with_the_reason(row: Any, reason: str) -> None:
    labels = read_rows({"text": "Peretas mencuri data.", "cyber": 1}, row)
    [line] = labels.left_out
    assert line.startswith("labels.jsonl:2: ")
    assert reason in line
    assert len(labels.articles) == 1


def test_an_article_is_cleaned_as_the_pipeline_cleans_it() -> None:
    [published] = read_rows({"body": SUMMIT, "cyber": 0}).articles
    [cleaned] = read_rows({"text": published.text, "cyber": 0}).articles
    assert published.text.startswith("Menteri Luar Negeri Retno Marsudi bertemu")
    assert "Baca:" not in published.text
    assert cleaned.text == published.text


def test_a_text_that_stands_there_twice_counts_once_whatever_its_title() -> None:
    row = {"title": "Judul", "text": "Peretas mencuri data.", "cyber": 1}
    labels = read_rows(row, {**row, "body": "lain"}, {**row, "title": "Judul lain"})
    assert (len(labels.articles), labels.repeated) == (1, 2)


def test_an_article_that_is_labelled_both_ways_is_left_out() -> None:
    row = {"text": "Peretas mencuri data."}
    labels = read_rows({**row, "cyber": 1}, {**row, "cyber": 0}, {**row, "cyber": 1})
    assert labels.articles == []
    assert labels.left_out == ["labels.jsonl:1, labels.jsonl:2: the same text, once labelled yes and once no"]


def test_the_values_that_there_are_can_be_told() -> None:
    rows = [{"text": f"Berita {number}.", "iptc_top": code} for number, code in enumerate(["11", "04", "11"])]
    assert read_rows(*rows, questions=[Question.of("iptc_top=99")]).told() == "11 (2), 04 (1)"
