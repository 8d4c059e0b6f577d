"""How many dead letters stop a worker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import InvalidArticle, TookTooLong, TooManyDead
from streams.limits import DeadLetterLimit
from streams.records import Emit, Outcome, Record
from streams.settings import Settings, load
from streams.stage import rejection

RECORD = Record("news.articles.raw", 3, 7, 0, None, b"{}")
GOOD = Emit((), None, b"{}", ())
INVALID = rejection(InvalidArticle("body is missing"))
BUG = rejection(KeyError("entities"))
TOO_LONG = rejection(TookTooLong("working on this record alone took more than 1 s"))


def limits(**overrides: object) -> Settings:
    return load(**{"dead_in_a_row": 0, "faults_in_a_row": 0, "dead_share": 1.0, **overrides})


def count(settings: Settings, *outcomes: Outcome) -> None:
    DeadLetterLimit(settings).count([(RECORD, outcome) for outcome in outcomes])


def test_as_many_dead_letters_in_a_row_as_the_limit_are_written() -> None:
    count(limits(dead_in_a_row=3), INVALID, INVALID, INVALID, GOOD, INVALID, INVALID, INVALID)


def test_one_more_in_a_row_stops_the_worker_with_the_place_and_the_last_reason() -> None:
    with pytest.raises(
        TooManyDead,
        match=r"4 records in a row of news\.articles\.raw/3 .* offset 7, the last because: body is missing",
    ):
        count(limits(dead_in_a_row=3), GOOD, *[INVALID] * 4)


def test_what_no_rule_foresees_has_a_limit_of_its_own() -> None:
    count(limits(faults_in_a_row=2), *[INVALID] * 50)
    for fault in (BUG, TOO_LONG):
        with pytest.raises(TooManyDead, match="3 records in a row, for no reason that Kabar knows,"):
            count(limits(faults_in_a_row=2), *[fault] * 3)


def test_too_large_a_share_of_the_window_stops_the_worker() -> None:
    with pytest.raises(TooManyDead, match=r"3 of the last 4 records of news\.articles\.raw/3"):
        count(limits(dead_share=0.5, dead_window=4), GOOD, INVALID, INVALID, GOOD, INVALID, INVALID, INVALID)


def test_no_share_is_too_large_before_the_window_is_full() -> None:
    count(limits(dead_share=0.1, dead_window=4), INVALID, INVALID, INVALID)


def test_a_limit_of_nought_is_none() -> None:
    count(limits(), *[INVALID, BUG] * 20_000)


def test_each_partition_has_its_own_count() -> None:
    limit = DeadLetterLimit(limits(dead_in_a_row=3))
    others = [replace(RECORD, partition=partition) for partition in range(5)]
    limit.count([(record, INVALID) for _ in range(3) for record in others])


def test_the_count_goes_on_from_batch_to_batch() -> None:
    limit = DeadLetterLimit(limits(dead_in_a_row=3))
    for _ in range(3):
        limit.count([(RECORD, INVALID)])
    with pytest.raises(TooManyDead):
        limit.count([(RECORD, INVALID)])


@given(
    outcomes=st.lists(st.sampled_from([GOOD, INVALID, BUG]), max_size=60),
    window=st.integers(1, 10),
    share=st.floats(0.05, 1),
)
def test_the_share_is_that_of_the_last_records(outcomes: list[Outcome], window: int, share: float) -> None:
    stops_at = next(
        (
            end
            for end in range(window, len(outcomes) + 1)
            if (dead := [outcome is not GOOD for outcome in outcomes[end - window : end]])[-1]
            and sum(dead) > share * window
        ),
        None,
    )
    limit = DeadLetterLimit(limits(dead_share=share, dead_window=window))
    for end, outcome in enumerate(outcomes, start=1):
        if end == stops_at:
            with pytest.raises(TooManyDead):
                limit.count([(RECORD, outcome)])
            return
        limit.count([(RECORD, outcome)])
