"""The line that opens a report: "TRIBUNNEWS.COM, WASHINGTON -", "Jakarta (ANTARA) -", "JAKARTA, KOMPAS.com -"."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from streams.events import Dateline
from streams.text import rules

_DOMAIN = (
    r"[A-Za-z][A-Za-z0-9-]{1,30} ?\. ?(?i:co ?\. ?id|go ?\. ?id|com|co|net|org|tv|id|news|info)"
    r"(?![\w.])"
)
_WORD = r"[A-Z0-9][\w.'’/-]{0,24}"
_PLACE = rf"{_WORD}(?: (?:{_WORD}|de|el|es|dan|di)){{0,4}}"
_DASH = r" ?(?:-{1,3}|[–—]{1,2}|\u2212)(?![\w-]{0,3}$) ?"
# A publisher writes its dateline within this many lines, after a title, a caption or a summary.
_LINES = 10
_REPORTER = re.compile(r"Laporan (?:Wartawan|Reporter|Kontributor|Jurnalis|Koresponden)[ :]{1,3}")
_REPORTER_NAME = 110


class Opening(NamedTuple):
    """A dateline found at the start of a line.

    Attributes:
        dateline: what it says.
        end: where the story goes on in that line.
        credit: the reporter named before it, or nothing.
    """

    dateline: Dateline
    end: int
    credit: str


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    names = "|".join(sorted(map(re.escape, rules.load().publishers), key=len, reverse=True))
    publisher = rf"(?P<publisher>{_DOMAIN}|(?i:{names})(?!\w))"
    place = rf"(?P<place>{_PLACE}(?: ?, ?{_PLACE})?)"
    forms = (
        rf"{publisher}(?:(?: ?, ?| ){place})?{_DASH}(?:(?P<later>[A-Z]{{3,20}}(?: [A-Z]{{3,20}}){{0,2}})\. )?",
        rf"{place} ?, ?{publisher} ?,?{_DASH}",
        rf"{place} ?,? ?\( ?{publisher} ?\) ?,?{_DASH}",
        rf"{publisher} ?\( ?{place} ?\) ?{_DASH}",
    )
    return tuple(re.compile(form) for form in forms)


_ALONE = re.compile(rf"(?P<place>{_PLACE}(?: ?, ?{_PLACE})?) ?(?:-{{1,3}}|[–—]{{1,2}}) ?(?=[A-Z0-9\"“'‘(])")


def _tidy(text: str | None) -> str | None:
    if not text:
        return None
    text = re.sub(
        r" ?\. ?(?=(?:co|com|id|go|net|tv|org|news|info)\b)", ".", text.strip(" ,"), flags=re.IGNORECASE
    )
    return re.sub(r" ?, ?", ", ", text) or None


def _with_publisher(line: str, start: int) -> tuple[Dateline, int] | None:
    for pattern in _patterns():
        match = pattern.match(line, start)
        if match and match.end() < len(line):
            groups = match.groupdict()
            place = groups["place"] or groups.get("later")
            return Dateline(publisher=_tidy(groups["publisher"]), place=_tidy(place)), match.end()
    return None


def opening(line: str, *, first: bool) -> Opening | None:
    """The dateline that `line` starts with, if any.

    Args:
        line: one line of the text.
        first: whether it opens the text; only there does a place without a publisher count, and only a known one.
    """
    if found := _with_publisher(line, 0):
        return Opening(*found, credit="")
    if reporter := _REPORTER.match(line):
        for word in re.finditer(r"(?<= )\S", line[: reporter.end() + _REPORTER_NAME]):
            if word.start() > reporter.end() and (found := _with_publisher(line, word.start())):
                return Opening(*found, credit=line[: word.start()].strip(" ,"))
    if first and (match := _ALONE.match(line)):
        places = rules.load().places
        if match["place"].split(",")[0].strip().casefold() in places:
            return Opening(Dateline(publisher=None, place=_tidy(match["place"])), match.end(), "")
    return None


def find(lines: list[str]) -> tuple[int, Opening] | None:
    """The number of the line that has the dateline, and what was found there."""
    seen = 0
    for number, line in enumerate(lines):
        if not line:
            continue
        if found := opening(line, first=seen == 0):
            return number, found
        seen += 1
        if seen == _LINES:
            break
    return None
