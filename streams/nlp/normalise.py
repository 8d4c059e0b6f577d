"""Text as the model reads it, with the way back to the offsets of the original.

News reaches us with curly or straight quotes, doubled spaces, paragraphs wrapped anywhere and the odd
invisible character. None of that changes who is named, so the model never sees it: it reads one line with
single spaces and ASCII quotes, and what it finds is carried back to the text as it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

# UTF-8 quotes and spaces that were once read as Mac Roman or Windows-1252; common in scraped Indonesian news.
_MOJIBAKE = {
    "‚Äú": '"', "‚Äù": '"', "‚Äô": "'", "‚Äò": "'", "‚Äì": "-", "‚Äî": "-", "‚Äé": "", "‚Äã": "", "¬†": " ", "¬ ": " ",
    "â€œ": '"', "â€\x9d": '"', "â€™": "'", "â€˜": "'", "â€“": "-", "â€”": "-", "Â\xa0": " ",
}  # fmt: skip
_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u301d\u301e\uff02"
_SINGLE = "\u2018\u2019\u201a\u201b\u2032`\u00b4\u02bc\uff07"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_BLANK = f"(?:[\\s{_INVISIBLE}]|¬†|¬ |Â\xa0|‚Äé|‚Äã)"
_ODD = re.compile(
    f"(?P<blank>(?:(?<![\\s\\S])|(?! [^\\s{_INVISIBLE}¬Â‚])){_BLANK}+)"
    f"|(?P<moji>‚Ä[úùôòìî]|â€[œ\x9d™˜“”])"
    f"|(?P<double>[{_DOUBLE}]|''|``)"
    f"|(?P<single>[{_SINGLE}])"
    f"|(?P<dash>[{_DASHES}])"
    "|(?P<surrogate>[\ud800-\udfff])"
)
_REPLACEMENT = {"double": '"', "single": "'", "dash": "-", "surrogate": "\ufffd"}


@dataclass(frozen=True, slots=True)
class Normalised:
    """One line of text and, for each of its pieces, where the piece stood in the original."""

    text: str
    _pieces: list[int]  # where each piece starts in `text`
    _origins: list[int]  # where it starts in the original
    _ends: list[int]  # where it ends in the original

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original offsets (code points) of the non-empty stretch `[start, end)` of `text`."""
        first = bisect_right(self._pieces, start) - 1
        last = bisect_right(self._pieces, end - 1) - 1
        begin = self._origins[first] + start - self._pieces[first]
        length = (self._pieces[last + 1] if last + 1 < len(self._pieces) else len(self.text)) - self._pieces[
            last
        ]
        inside = end - self._pieces[last]
        return begin, self._ends[last] if inside == length else self._origins[last] + inside


def normalise(text: str) -> Normalised:
    """`text` on one line: single spaces, ASCII quotes and dashes, nothing invisible.

    Two texts that differ only in wrapping, doubled spaces or the style of their quotes come out the same.
    """
    out: list[str] = []
    pieces: list[int] = []
    origins: list[int] = []
    ends: list[int] = []
    length = done = 0

    def add(piece: str, start: int, end: int) -> None:
        nonlocal length
        if piece:
            pieces.append(length)
            origins.append(start)
            ends.append(end)
            out.append(piece)
            length += len(piece)

    for match in _ODD.finditer(text):
        start, end = match.span()
        add(text[done:start], done, start)
        kind = match.lastgroup or ""
        if kind == "blank":
            # Invisible characters alone join what they stand between; a space beside them still parts it.
            gap = " " if _has_space(match.group()) and length and not out[-1].endswith(" ") else ""
            add(gap, start, end)
        else:
            add(_MOJIBAKE.get(match.group(), _REPLACEMENT.get(kind, "")), start, end)
        done = end
    add(text[done:], done, len(text))
    return Normalised("".join(out), pieces, origins, ends)


def _has_space(blank: str) -> bool:
    return any(char.isspace() for char in blank) or "¬" in blank
