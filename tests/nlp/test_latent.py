"""The kernel machine over latent topics, on a small space made of random numbers."""

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.nlp.latent import Latent

DICE = np.random.default_rng(5)
SPACE = Latent(
    rows={10 * row: row for row in range(30)},
    words=DICE.normal(size=(30, 6)).astype(np.float32),
    supports=DICE.normal(size=(12, 6)) / 3,
    pulls=np.stack([DICE.normal(size=12), np.zeros(12)]),
    gamma=1.0,
)
TEXTS = st.dictionaries(st.integers(0, 300), st.floats(0.1, 30), max_size=20)


@given(TEXTS)
def test_the_worth_of_the_terms_makes_up_the_margin(raw: dict[int, float]) -> None:
    assert sum(SPACE.worth(raw, 0).values()) == pytest.approx(SPACE.margins(raw)[0], abs=1e-3)


@given(TEXTS)
def test_an_article_never_stands_further_out_than_one(raw: dict[int, float]) -> None:
    assert np.linalg.norm(SPACE.position(raw)) < 1 + 1e-6


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_words_changes_no_bit(raw: dict[int, float], dice: random.Random) -> None:
    items = list(raw.items())
    dice.shuffle(items)
    assert SPACE.margins(dict(items)) == SPACE.margins(raw)


@given(TEXTS)
def test_the_order_in_which_supports_are_added_up_shows_in_no_digit_that_is_written(
    raw: dict[int, float],
) -> None:
    backwards = dataclasses.replace(SPACE, supports=SPACE.supports[::-1], pulls=SPACE.pulls[:, ::-1])
    assert backwards.margins(raw)[0] == pytest.approx(SPACE.margins(raw)[0], abs=1e-12)
    assert backwards.worth(raw, 0) == pytest.approx(SPACE.worth(raw, 0), abs=1e-12)


def test_a_text_without_known_words_is_drawn_nowhere() -> None:
    assert SPACE.margins({7: 3.0}) == [0.0, 0.0]
    assert SPACE.worth({7: 3.0}, 0) == {}


def test_a_term_outside_the_space_is_worth_nothing() -> None:
    assert set(SPACE.worth({10: 1.0, 7: 3.0}, 0)) == {10}


def test_a_topic_without_pulls_gets_nothing() -> None:
    raw = {10: 4.0, 20: 5.0}
    assert SPACE.margins(raw)[1] == 0.0
    assert SPACE.worth(raw, 1) == {}


def test_a_word_that_leads_to_the_articles_of_a_topic_is_worth_more_than_one_that_leads_away() -> None:
    towards = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    space = dataclasses.replace(
        SPACE,
        rows={0: 0, 1: 1},
        words=towards * 5,
        supports=towards[:1].astype(np.float64),
        pulls=np.ones((1, 1)),
    )
    worth = space.worth({0: 3.0, 1: 1.0}, 0)
    assert worth[0] > 0 > worth[1]


def test_eight_bits_keep_the_margin() -> None:
    raw = {10 * row: float(row + 1) for row in range(10)}
    kept = Latent.from_arrays(SPACE.arrays())
    assert kept.margins(raw)[0] == pytest.approx(SPACE.margins(raw)[0], abs=0.02)
    assert kept.rows == SPACE.rows


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latent_terms", np.arange(3, dtype=np.int32)),
        ("latent_supports", np.zeros((11, 6), dtype=np.int8)),
        ("latent_supports", np.zeros((12, 5), dtype=np.int8)),
        ("latent_pulls", np.zeros((2, 13), dtype=np.float16)),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(name: str, value: np.ndarray[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"terms|supports|broadcast"):
        Latent.from_arrays(SPACE.arrays() | {name: value})


@settings(deadline=None, max_examples=20)
@given(TEXTS)
def test_each_share_is_the_sum_of_many_small_steps(raw: dict[int, float]) -> None:
    known = sorted(raw.keys() & SPACE.rows.keys())
    values = np.array([raw[term] for term in known], dtype=np.float64)
    vectors = SPACE.words[[SPACE.rows[term] for term in known]].astype(np.float64)
    steps = 4000
    shares = np.zeros(len(known))
    for step in range(steps if known else 0):
        sums = (step + 0.5) / steps * (values @ vectors)
        length = np.sqrt(sums @ sums + 10.0)
        place = sums / length
        apart = SPACE.supports - place
        slope = 2 * (SPACE.pulls[0] * np.exp(-(apart * apart).sum(axis=1))) @ apart
        shares += values * (vectors @ (slope - (slope @ place) * place)) / length / steps
    worth = SPACE.worth(raw, 0)
    assert [worth.get(term, 0.0) for term in known] == pytest.approx(shares.tolist(), abs=5e-3)
