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
# A hyphen without a space joins two words ("Reuters-Ipsos"); a dash never does.
_DASH = r"(?: (?:-{1,3}|[–—]{1,2}|\u2212) ?| ?(?:-{1,3}|\u2212)(?= )| ?(?:--|[–—]{1,2}) ?) ?"
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


def _any_of(names: tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    tables = rules.load()
    alone = rf"(?P<publisher>{_DOMAIN}|(?:{_any_of(tables.publishers)})(?!\w))"
    placed = (
        rf"(?P<publisher>{_DOMAIN}|(?:{_any_of(tables.publishers + tables.publishers_with_place)})(?!\w))"
    )
    place = rf"(?P<place>{_PLACE}(?: ?, ?{_PLACE})?)"
    capitals = r"(?P<later>[A-Z]{3,20}(?: [A-Z]{3,20}){0,2})"
    forms = (
        rf"{alone}{_DASH}(?:{capitals}\. )?(?=\S)",
        rf"{placed}(?: ?, ?| ){place}{_DASH}(?=\S)",
        rf"{place} ?, ?{placed} ?,?{_DASH}(?=\S)",
        rf"{place} ?,? ?\( ?{placed} ?\) ?,?{_DASH}(?=\S)",
        rf"{placed} ?\( ?{place} ?\) ?{_DASH}(?=\S)",
    )
    return tuple(re.compile(form) for form in forms)


_ALONE = re.compile(rf"(?P<place>{_PLACE}(?: ?, ?{_PLACE})?){_DASH}(?=[A-Z0-9\"“'‘(])(?P<next>{_PLACE})?")


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
            place = groups.get("place") or groups.get("later")
            return Dateline(publisher=_tidy(groups["publisher"]), place=_tidy(place)), match.end()
    return None


def opening(line: str, start: int, *, first: bool) -> Opening | None:
    """The dateline that stands in `line` at `start`, if any.

    Args:
        line: one line of the text.
        start: offset in `line`, in code points.
        first: whether it opens the text; only there does a place without a publisher count, and only a known one.
    """
    if found := _with_publisher(line, start):
        return Opening(*found, credit="")
    if reporter := _REPORTER.match(line, start):
        name = reporter.end()
        for word in re.finditer(r"(?<= )\S", line[: name + _REPORTER_NAME]):
            if word.start() > name and (found := _with_publisher(line, word.start())):
                return Opening(*found, credit=line[start : word.start()].strip(" ,"))
    if first and (match := _ALONE.match(line, start)) and _is_place(match["place"]) and not _is_route(match):
        end = match.end() if match["next"] is None else match.start("next")
        return Opening(Dateline(publisher=None, place=_tidy(match["place"])), end, "")
    return None


def _is_place(name: str) -> bool:
    return name.partition(",")[0].strip().casefold() in rules.load().places


def _is_route(match: re.Match[str]) -> bool:
    """Whether two places stand on both sides of the dash, as in "Jakarta - Surabaya", written alike."""
    place, following = match["place"], match["next"]
    if not following or place.isupper() != following.split()[0].isupper():
        return False
    return any(_is_place(" ".join(following.split()[:count])) for count in (1, 2, 3))


def find(lines: list[str]) -> tuple[int, list[Opening]] | None:
    """The number of the line that opens with a dateline, and all that follow each other there."""
    seen = 0
    for number, line in enumerate(lines):
        if not line:
            continue
        found: list[Opening] = []
        while more := opening(line, found[-1].end if found else 0, first=seen == 0):
            found.append(more)
        if found:
            return number, found
        seen += 1
        if seen == _LINES:
            break
    return None
