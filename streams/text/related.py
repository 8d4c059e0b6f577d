"""Titles of other articles that interrupt a story: "Baca juga: ...", on a line of their own or run into it."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from streams.text import rules

# No title of the 1,100 bodies read is longer.
_LONGEST = 180
_FEWEST_WORDS = 3
_LIST = 6

_OPENING, _CLOSING = r"[\[(*•>»-]{0,3} ?", r" ?[\])*]{0,3}[.,]? ?"
_END = re.compile(r"[.!?…] [A-Z\"“‘']")
_GLUE = re.compile(r"(?<=[a-z0-9%)?!])(?=[A-Z][a-z]+,? [a-z])")
_QUOTE = re.compile(r"[ ]?[\"“](?=[A-Z][\w'’-]* [a-z])")
_WORD = re.compile(r"[\w'’/-]+")
_SMALL = frozenset(
    "di ke dan dari yang untuk dengan pada atau oleh bagi dalam tak jadi soal vs karena ini itu the of".split()
)


class Found(NamedTuple):
    """What stood in a line beside the story.

    Attributes:
        rest: the line without it.
        titles: the titles, in order.
        heads_list: whether titles are expected on the lines that follow.
    """

    rest: str
    titles: list[str]
    heads_list: bool


class _Patterns(NamedTuple):
    line: re.Pattern[str]
    quoted: re.Pattern[str]
    head: re.Pattern[str]
    bracket: re.Pattern[str]
    inline: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    tables = rules.load()

    def any_of(words: tuple[str, ...]) -> str:
        return "|".join(sorted(map(re.escape, words), key=len, reverse=True))

    label = rf"(?:{any_of(tables.related_labels)})(?: (?:{any_of(tables.related_suffixes)}))?"
    verbs = r"(?:baca|simak|lihat|tonton|saksikan)"
    return _Patterns(
        line=re.compile(rf"{_OPENING}{label} ?: ?(?P<title>[^\n]{{3,{_LONGEST}}}?){_CLOSING}", re.IGNORECASE),
        quoted=re.compile(
            rf"{verbs} (?:juga )?(?:video )[^\n]{{0,20}}?[\"“'‘](?P<title>[^\n\"“”]{{3,{_LONGEST}}})[\"”'’]{{1,2}}"
            r"(?: (?:di sini|berikut(?: ini)?|di bawah(?: ini)?))? ?[:.]?",
            re.IGNORECASE,
        ),
        head=re.compile(rf"{_OPENING}{label} ?(?P<colon>:?)[, ]{{0,4}}{_CLOSING}", re.IGNORECASE),
        bracket=re.compile(
            rf"[,.]?[ ]?[\[(] ?{verbs}(?: juga| pula)? ?: ?\(?(?P<title>[^\[\]()\n]{{0,{_LONGEST}}}(?:\([^()\n]{{1,30}}\)[^\[\]()\n]{{0,60}})?)\)?[\])]",
            re.IGNORECASE,
        ),
        inline=re.compile(
            r"(?:^|(?<=[.!?\"”')])) {0,3}(?:(?:Baca|BACA|Simak|SIMAK|Lihat|LIHAT|Tonton|TONTON) ?(?:[Jj]uga|JUGA|[Vv]ideo|[Jj]uga [Vv]ideo)? ?:) ?"
        ),
    )


def _title(text: str) -> str:
    return text.strip(" \t-–•*:()[],").strip()


def _words(text: str) -> int:
    return len(_WORD.findall(text))


def looks_like_title(line: str) -> bool:
    """Whether `line` reads as a headline: no end of sentence, most words capitalised."""
    line = line.removeprefix("- ")
    if len(line) > _LONGEST or re.search(r"[.,:;\"”]$", line) or line[:1] in "\"“'":
        return False
    words = _WORD.findall(line)
    long = [word for word in words if word.casefold() not in _SMALL]
    return len(words) > _FEWEST_WORDS and sum(not word[0].islower() for word in long) >= 0.75 * len(long)


def _boundary(text: str) -> int | None:
    """Where the title at the start of `text` ends and the story goes on, or nothing if that cannot be told."""
    window = text[: _LONGEST + 40]
    if len(text) <= _LONGEST and looks_like_title(text.strip(" ,")):
        return len(text)
    ends = [match.start() + 1 for match in [re.search(r"[?!…](?= ?[A-Z\"“])", window)] if match]
    ends += [match.start() for match in (_GLUE.search(window), _QUOTE.search(window)) if match]
    openers = rules.load().related_openers
    for match in re.finditer(r"(?<=[\w%)'’\"”]) ([A-Z][a-z]+)(?=,? [a-z])", window):
        if match[1] in openers:
            ends.append(match.start())
            break
    end = min(ends, default=None)
    if end is None or re.search(r"[.] ", text[:end]) or _words(text[:end]) < _FEWEST_WORDS:
        return None
    return end


def in_line(line: str) -> Found:
    """The story in `line`, and the titles of other articles that stood there.

    A title that is run into the story is taken out only where its end is certain; otherwise the line stays whole.
    """
    patterns = _patterns()
    if head := patterns.head.fullmatch(line):
        return Found("", [], heads_list=bool(head) and _words(line) <= 5)  # noqa: PLR2004
    if quoted := patterns.quoted.fullmatch(line):
        return Found("", [_title(quoted["title"])], heads_list=False)
    whole = patterns.line.fullmatch(line)
    if whole and not _END.search(whole["title"]) and _certain(whole["title"]):
        return Found("", [_title(whole["title"])], heads_list=False)
    return _within(line)


def _certain(title: str) -> bool:
    """Whether a whole line after a label is a title only, not a title with the story run on."""
    return _boundary(title + "\n") is None or looks_like_title(title) or len(title) < 90  # noqa: PLR2004


def _within(line: str) -> Found:
    patterns = _patterns()
    titles: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        title = _title(match["title"])
        # "(baca: polisi)" explains a word of the story; a title has more words, or was lost with its link.
        if title and _words(title) < _FEWEST_WORDS:
            return match[0]
        if title:
            titles.append(title)
        return match[0][0] if match[0][0] in ",." else ""

    if "aca" in line or "ACA" in line or "imak" in line or "ihat" in line:
        line = patterns.bracket.sub(bracket, line)
    kept, at = [], 0
    while match := patterns.inline.search(line, at):
        end = _boundary(line[match.end() : match.end() + 2 * _LONGEST])
        if end is None:
            kept.append(line[at : match.end()])
            at = match.end()
            continue
        titles.append(_title(line[match.end() : match.end() + end]))
        kept.append(line[at : match.start()] + " ")
        at = match.end() + end
    return Found("".join([*kept, line[at:]]), titles, heads_list=False)


def follow(lines: list[str], number: int) -> list[str]:
    """The titles listed on the lines after line `number`, which is a label without one."""
    titles: list[str] = []
    for line in lines[number + 1 :]:
        if not line:
            continue
        if len(titles) == _LIST or not looks_like_title(line):
            break
        titles.append(line)
    return titles
