"""Who wrote, edited or supplied a story: lines of their own, and what stands after its last sentence."""

from __future__ import annotations

import re

from streams.text import rules
from streams.text.rules import Rule

# Longest credit at the end of a line; it bounds every search from the end.
_TAIL = 320
_SENTENCE_END = re.compile(r"(?<!Tbk)[.!?…][\"”’')]?[ ,.]{0,4}\Z")
_SENTENCE_ENDS = tuple('.!?"”')
_START = re.compile(r"[\[(]|(?<=[.!?\"”,… ])(?=[A-Z])")
_NEXT_LABEL = re.compile(
    r"(?<=\S)[ ,|/\\]{1,4}(?=(?:Penulis|Editor|Reporter|Pewarta|Penyunting|Redaktur|Sumber|Kontributor)\s?:)",
    re.IGNORECASE,
)


def split(credit: str) -> list[str]:
    """The single credits in `credit`: "Penulis: X Editor: Y" are two."""
    parts = (part.strip(" ,|/\\") for part in _NEXT_LABEL.split(credit))
    return [re.sub(r" ?: ?", ": ", part, count=1) if ":" in part[:24] else part for part in parts if part]


def whole_line(line: str) -> tuple[Rule, str] | None:
    """The rule by which `line` is a credit, and its credit, which may be empty."""
    rule = rules.load().credit_line.matching(line)
    if rule is None or (rule.no_sentence and line.endswith(_SENTENCE_ENDS)):
        return None
    match = rule.pattern.fullmatch(line)
    return rule, (match.groupdict().get("credit") or "") if match else ""


def tail(line: str, end: int) -> tuple[Rule, int, str] | None:
    """The rule by which `line` up to `end` closes with a credit, where that credit starts, and what it says."""
    table = rules.load().credit_tail
    window = max(0, end - _TAIL)
    starts = [match.start() for match in _START.finditer(line, window, end)]
    if bracket := max(line.rfind("(", window, end), line.rfind("[", window, end)) + 1:
        starts.insert(0, bracket - 1)
    for start in starts:
        if not table.matches(line, start, end):
            continue
        ended = bool(_SENTENCE_END.search(line[max(0, start - 8) : start]))
        for rule in table:
            found = rule.pattern.fullmatch(line, start, end) if ended or not rule.after_sentence else None
            if found:
                return rule, start, found["credit"]
    return None
