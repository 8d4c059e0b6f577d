"""The stretches of an article that carry a decision, chosen from what each word adds to it."""

from __future__ import annotations

from collections.abc import Sequence

from streams.events import CleanArticle, Evidence
from streams.nlp.topics import Reading

_MOST = 5
_LONGEST = 6
# A span much weaker than the strongest explains nothing to a reader.
_WEAKEST = 0.15


def evidence(article: CleanArticle, reading: Reading, shares: Sequence[float]) -> list[Evidence]:
    """One to five spans of whole words that add most to the decision, title first, then in reading order.

    `shares` holds what each word of `reading` adds (log-odds). Words side by side that all add are one span, of
    at most six words. A span's weight is its sum relative to the strongest span's. If no word adds anything (the
    article is assigned for what it lacks), the least unfavourable word stands alone.
    """
    if not shares:
        return []
    runs = _runs(shares, reading)
    if not runs:
        best = max(range(len(shares)), key=lambda place: shares[place])
        runs = [(1.0, best, best + 1)]
    strongest = max(run[0] for run in runs)
    chosen: list[tuple[float, int, int]] = []
    for run in sorted(runs, key=lambda run: (-run[0], run[1])):
        repeated = reading.forms[run[1] : run[2]] in [reading.forms[start:end] for _, start, end in chosen]
        if run[0] >= _WEAKEST * strongest and not repeated:
            chosen.append(run)
        if len(chosen) == _MOST:
            break
    return [_span(article, reading, run, strongest) for run in sorted(chosen, key=lambda run: run[1])]


def _runs(shares: Sequence[float], reading: Reading) -> list[tuple[float, int, int]]:
    """Stretches of words that add, each with its sum, start and end; none crosses a punctuation mark."""
    floor = 0.2 * max(shares)
    runs: list[tuple[float, int, int]] = []
    start: int | None = None
    for place in range(len(shares) + 1):
        adds = place < len(shares) and shares[place] > 0 and shares[place] >= floor
        ends = not adds or not reading.touches_next(place - 1) if start is not None else False
        if start is not None and (ends or place - start == _LONGEST):
            runs.append((sum(shares[start:place]), start, place))
            start = None
        if adds and start is None:
            start = place
    return runs


def _span(article: CleanArticle, reading: Reading, run: tuple[float, int, int], strongest: float) -> Evidence:
    field, start, _ = reading.place(run[1])
    _, _, end = reading.place(run[2] - 1)
    text = (article.title or "") if field == "title" else article.text
    return Evidence(
        field=field, start=start, end=end, text=text[start:end], weight=round(run[0] / strongest, 4)
    )
