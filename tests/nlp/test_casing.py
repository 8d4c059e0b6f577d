"""Titles in ordinary case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.nlp.casing import Caser

CASER = Caser(
    lower=frozenset(
        ("tangkap", "tiga", "terduga", "penyokong", "usir", "dua", "bertemu", "bahas", "di", "dan")
    ),
    upper=frozenset(("bnpt", "as")),
    pairs=frozenset(("penny_wong", "tiga_raksa")),
)


@pytest.mark.parametrize(
    ("title", "calm"),
    [
        ("Densus 88 Tangkap Tiga Terduga Penyokong MIT", "Densus 88 tangkap tiga terduga penyokong MIT"),
        ("Retno Bertemu Penny Wong, Bahas Patroli", "Retno bertemu Penny Wong, bahas Patroli"),
        ("Bertemu Penny Wong, Retno Bahas Patroli", "Bertemu Penny Wong, Retno bahas Patroli"),
        ("BNPT DAN ESTONIA USIR DUA DIPLOMAT AS", "BNPT dan Estonia usir dua Diplomat AS"),
        (
            "Polisi menangkap tiga terduga di Bekasi dan Solo",
            "Polisi menangkap tiga terduga di Bekasi dan Solo",
        ),
        ("POLISI TANGKAP DUA DI TIGA RAKSA", "Polisi tangkap dua di Tiga Raksa"),
        ("Polisi Tangkap Dua Warga Tiga Raksa", "Polisi tangkap dua Warga Tiga Raksa"),
        ("Polisi Tangkap Tiga, Raksa Bertemu Warga", "Polisi tangkap tiga, Raksa bertemu Warga"),
        ("Bahas Dua", "Bahas Dua"),
    ],
)
def test_words_that_are_no_names_lose_their_capital(title: str, calm: str) -> None:
    assert CASER.calm(title) == calm


# Words as titles have them, with letters whose other case is longer, differs by place, or stands apart.
WORDS = st.sampled_from(
    [
        "Polisi",
        "TANGKAP",
        "Dua",
        "Di",
        "Tiga",
        "Raksa",
        "AS",
        "BNPT",
        "2019",
        "İSTANBUL",
        "STRAßE",
        "ΣΑΣ",
        "Ǆ",
        "e\u0301A",
        "'",
    ]
)


@given(words=st.lists(WORDS, min_size=4, max_size=12), gap=st.sampled_from([" ", "  ", "-", ". "]))
def test_every_character_stays_in_its_place(words: list[str], gap: str) -> None:
    text = gap.join(words)
    calm = CASER.calm(text)
    assert [char.casefold() for char in calm] == [char.casefold() for char in text]
