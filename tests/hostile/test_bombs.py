"""Small articles made to cost a great deal: each takes its share of time and memory, and no more."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from itertools import count
from string import ascii_lowercase

import pytest

from streams.errors import EmptyText, InvalidArticle
from streams.events import Article, CleanArticle
from streams.settings import load
from streams.text import limits, tags
from streams.text.cleaning import clean
from tests.broker.articles import article
from tests.stages import run_all

LENGTH = 100_000
# Seconds of one core, also of a busy one; what these bombs did before took minutes or gigabytes.
LIMIT = 2.0


def numbered(unit: str, length: int = LENGTH) -> str:
    """`unit` again and again, each time with another number in it."""
    parts: list[str] = []
    size = 0
    for number in count():
        parts.append(unit.format(number))
        size += len(parts[-1])
        if size >= length:
            return "".join(parts)
    raise AssertionError


def repeated(unit: str) -> str:
    return unit * (LENGTH // len(unit))


BOMBS = {
    "attributes by the ten thousand": "<p>x</p><p " + numbered('a{0}="1" ') + ">Kata menteri.",
    "formatting never closed": "<p>Kata menteri." + numbered("<p><b id={0}></p></i>"),
    "formatting closed where it does not count": "<p>Kata menteri."
    + numbered("<p><b id={0}><table><td></b></table></p>"),
    "nesting that looks closed": "<p>Kata menteri." + repeated("<div></span>"),
    "nesting closed where it does not count": "<p>Kata menteri." + repeated("<div><object></div></object>"),
    "nesting of unknown elements": "<p>Kata menteri." + repeated("<zzz>"),
    "nesting behind a quoted bracket": "<p>Kata menteri." + repeated("<div a='<'>"),
    "crossed formatting": "<p>Kata menteri." + repeated("<b><i></b></i>"),
    "crossed links": "<p>Kata menteri." + repeated("<a><div></a></div>"),
    "a list of options": "<p>Kata menteri.<select>" + repeated("<option>a"),
    "tables in tables": "<p>Kata menteri." + repeated("<table><tr><td></i></b>"),
    "a table of small cells": "<p>Kata menteri.<table>" + repeated("<tr><td>a<td>b"),
    "comments never closed": "<p>Kata menteri." + repeated("<!--"),
    "scripts never closed": "<p>Kata menteri." + repeated("<script>"),
    "marks out of order": "<p>Kata menteri. a" + repeated("\u0301\u0323\u0315"),
    "marks out of order as entities": "<p>Kata menteri. a" + repeated("&#x301;&#x323;&#x315;"),
    "marks that comments part": "<p>Kata menteri. a" + repeated("\u0301<!---->\u0323"),
    "entities in entities": "<p>Kata menteri. " + repeated("&amp;amp;lt;p&amp;gt;"),
}


@pytest.mark.parametrize("page", ["", "<html><body>"], ids=["fragment", "page"])
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_cleaned_without_a_stall(kind: str, page: str) -> None:
    before = time.process_time()
    with suppress(EmptyText):
        clean(Article(id="a", body=page + BOMBS[kind], language="id"))
    assert time.process_time() - before < LIMIT


def test_what_stands_beside_a_bomb_is_kept() -> None:
    body = "<div>Kata menteri.</div><p " + numbered('a{0}="1" ') + ">Selesai.</p>"
    assert clean(Article(id="a", body=body, language="id")).text == "Kata menteri.\n\nSelesai."


def test_formatting_that_is_taken_out_leaves_its_text() -> None:
    body = "<p>Menteri" + numbered("<b id={0}>", 30_000) + " tiba" + "</b>" * 3_000 + " di <i>Jenewa</i>.</p>"
    assert clean(Article(id="a", body=body, language="id")).text == "Menteri tiba di Jenewa."


def test_a_letter_keeps_as_many_marks_as_any_language_needs() -> None:
    text = clean(
        Article(id="a", body="Kata " + "\u0301a\u0323" * 5_000 + "\u0301\u0323" * 5_000, language="id")
    ).text
    assert 10_000 < len(text) < 15_050


@pytest.mark.parametrize(
    ("body", "tag_count"),
    [
        ("<p>a</p>", 2),
        ("<p title='<b>'>a", 1),
        ('<p title="a>b" hidden>a', 1),
        ("5 < 7 dan <3", 0),
        ("<p a=b>c<", 1),
        ('<p a="tak ditutup', 1),
    ],
)
def test_tags_are_counted_as_a_parser_sees_them(body: str, tag_count: int) -> None:
    assert tags.shape(body).tags == tag_count


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>a</p>b", "\na\nb"),
        ("a<!-- x -->b", "a b"),
        ("a<!-->b", "a b"),
        ("a<!-- b", "a "),
        ("<p>a<style>p {}</style>b", "\na\n\nb"),
        ("a<script>b", "a"),
        ("5 < 7 <x>", "5 < 7 <x>"),
    ],
)
def test_text_is_told_from_markup_without_a_parser(body: str, text: str) -> None:
    assert tags.without_tags(body) == text


MAX_WORDS = 100


def checked(body: str, title: str | None = None) -> CleanArticle:
    given = limits.worth_cleaning(Article(id="a", title=title, body=body, language="id"), MAX_WORDS)
    return limits.checked(clean(given), MAX_WORDS)


def test_an_article_of_just_as_many_words_is_taken() -> None:
    assert checked("kata " * 98 + "akhir.").text.endswith("akhir.")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("kata " * 101, None),
        ("kata!" * 51, None),
        ("kata " * 98, "tiga kata saja"),
        ("<p>kata</p>" * 101, None),
    ],
)
def test_an_article_of_more_words_is_refused_with_the_setting_to_change(body: str, title: str | None) -> None:
    with pytest.raises(InvalidArticle, match=r"KABAR_MAX_WORDS"):
        checked(body, title)


def test_markup_does_not_count_as_text() -> None:
    page = (
        "<html><head><script>" + "var a = 1;" * 5_000 + "</script></head><body><p>Kata menteri di Jenewa.</p>"
    )
    assert checked(page).text == "Kata menteri di Jenewa."


def test_text_far_too_long_is_refused_before_it_is_cleaned() -> None:
    before = time.process_time()
    with pytest.raises(InvalidArticle, match=r"about 1,000,000 characters of text"):
        checked("kata" * 250_000)
    assert time.process_time() - before < LIMIT


def _words(length: int, seed: int) -> str:
    chosen = random.Random(seed)  # noqa: S311 - words, not keys
    most = load().max_words - 10
    return " ".join("".join(chosen.choices(ascii_lowercase, k=length)).capitalize() for _ in range(most))


ADMISSIBLE = {
    "words never met before": _words(14, seed=1),
    "names without end": ". ".join(_words(7, seed=2).split(" ")[:4_900]),
    "one family": " Widodo. ".join(_words(7, seed=3).split(" ")[:3_300]),
    "marks": "Ya " + "!? " * 4_990,
    "small words": "a " * 9_990,
    "a rare word in capitals": "PRESIDEN JOKO WIDODO. " * 2_400,
}


@pytest.mark.parametrize("kind", ADMISSIBLE)
def test_the_longest_article_allowed_goes_through_all_stages_without_a_stall(kind: str) -> None:
    run_all([article("Presiden tiba di Jakarta.")])
    before = time.process_time()
    outcomes = run_all([article(ADMISSIBLE[kind])])
    assert time.process_time() - before < 2 * LIMIT
    assert outcomes["classify"]
