"""Cleaning stays linear: text made to be slow is not."""

import time

import pytest

from streams.errors import EmptyText
from streams.events import Article
from streams.text.cleaning import clean

LENGTH = 100_000
# Seconds on a slow and busy machine; what is quadratic takes minutes at this length.
LIMIT = 4.0

UNITS = [
    "a",
    "A ",
    "Aa ",
    "(",
    "[(",
    "Baca: ",
    "Baca juga: Ab ",
    "(baca: ",
    "(*)",
    "\n(*)",
    "(abc/def)",
    "Jakarta - ",
    "KOMPAS.com - ",
    "Laporan Wartawan ",
    "Penulis: A\n",
    "Baca juga: Judul Satu Dua Tiga\n",
    "&amp;",
    "&#38;",
    "&a&#109;p;",
    "<",
    "<b",
    "<div>",
    "<p>",
    "<b>",
    "<a href=x>",
    "<ul><li>",
    "<table><tr><td>",
    "<!--",
    "</div>",
    ",",
    ".,",
    ',"A',
    "\\n",
    "\\u0041",
    "â€",
    "ÃÂ",
    "‚Äú",
    "\u0301",
    "-",
    "- ",
    "—",
    "---\n",
    "1 ",
    "[Gambas:",
    "googletag.cmd.push(function() {",
    ". Advertisement ",
    "\nA B",
    "X\nBaca Juga\nSatu Dua Tiga Empat\n",
    "Artikel ini telah tayang di ",
    "A | ",
    'Simak video "',
]


@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_repetition_is_cleaned_in_linear_time(unit: str) -> None:
    body = "Kata menteri. " + unit * (LENGTH // len(unit)) + " selesai."
    before = time.process_time()
    try:
        clean(Article(id="a", body=body, language="id"))
    except EmptyText:
        pytest.fail("the words around the repetition are lost")
    assert time.process_time() - before < LIMIT


def test_a_hundred_thousand_levels_of_nesting_keep_their_text() -> None:
    body = "<div>" * 100_000 + "Menteri tiba di Jenewa." + "</div>" * 100_000
    assert clean(Article(id="a", body=body, language="id")).text == "Menteri tiba di Jenewa."


def test_a_million_characters_are_cleaned() -> None:
    sentence = "Menteri luar negeri kedua negara bertemu lagi di ibu kota untuk membahas perbatasan. "
    body = "\n".join([sentence * 5] * (1_000_000 // (5 * len(sentence))))
    result = clean(Article(id="a", body=body, language="id"))
    assert result.text.split() == body.split()
