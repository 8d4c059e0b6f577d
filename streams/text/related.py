"""Titles of other articles that interrupt a story: "Baca juga: ...", on a line of their own or run into it."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from streams.text import rules

# No title of the 1,100 bodies read is longer.
_LONGEST = 180
_LONGEST_RUN_IN = 120
_FEWEST_WORDS = 3
_LIST = 6
# Share of capitalised words above which a run of words is a headline for certain.
_CERTAIN = 0.9

_OPENING, _CLOSING = r"[\[(*•>»-]{0,3} ?", r" ?[\])*]{0,3}[.,]? ?"
_END = re.compile(r"[.!?…] [A-Z\"“‘']")
_LABEL = re.compile(r"(?:baca|simak|lihat|tonton|saksikan)(?:[^:\n]{0,24}:| (?:juga )?video [\"“])")
_GLUE = re.compile(r"(?<=[a-z0-9%)?!])(?=[A-Z][a-z]+,? [a-z])")
_QUOTE = re.compile(r"[ ]?[\"“](?=[A-Z][\w'’-]* [a-z])")
_SHOUT = re.compile(r"(?<=[?!…])(?= ?[A-Z\"“])")
_NEXT = re.compile(
    r" (?=(?:Baca|BACA|Simak|Lihat)(?: [Jj]uga| JUGA)? ?:)|,(?=[A-Z])"
    r"| (?=(?:Simak|Lihat|Tonton) (?:[Jj]uga )?[Vv]ideo [\"“])"
)
_ENDS = (_QUOTE, _SHOUT, _NEXT)
_OPENER = re.compile(r"(?:(?<=[\w%)'’\"”]) |(?<=[a-z0-9%)?!]))([A-Z][a-z]+)(?=, |,? [a-z])")
_WORD = re.compile(r"[\w'’/-]+")
_SMALL = frozenset(
    [
        "di",
        "ke",
        "dan",
        "dari",
        "yang",
        "untuk",
        "dengan",
        "pada",
        "atau",
        "oleh",
        "bagi",
        "dalam",
        "tak",
        "jadi",
        "soal",
        "vs",
        "karena",
        "ini",
        "itu",
        "the",
        "of",
    ]
)


class Found(NamedTuple):
    """What stood in a line beside the story.

    Attributes:
        rest: the line without it.
        titles: the titles, in order.
        taken: what was taken out, as it stood there.
        heads_list: whether titles are expected on the lines that follow.
    """

    rest: str
    titles: list[str]
    taken: list[str]
    heads_list: bool = False


class _Patterns(NamedTuple):
    line: re.Pattern[str]
    quoted: re.Pattern[str]
    head: re.Pattern[str]
    bracket: re.Pattern[str]
    inline: re.Pattern[str]
    video: re.Pattern[str]


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
            rf"[,.]?[ ]?[\[(] ?{verbs}(?: juga| pula)? ?: ?\(?"
            rf"(?P<title>[^\[\]()\n]{{0,{_LONGEST}}}(?:\([^()\n]{{1,30}}\)[^\[\]()\n]{{0,60}})?)\)?[\])]",
            re.IGNORECASE,
        ),
        video=re.compile(
            r"(?:^|(?<=[.!?\"”')])) {0,3}(?:Simak|Lihat|Tonton|Saksikan) (?:[Jj]uga )?[Vv]ideo "
            rf"(?:\"(?P<title>[^\n\"“”]{{3,{_LONGEST}}})\"|“(?P<curly>[^\n\"“”]{{3,{_LONGEST}}})”) ?:?"
        ),
        inline=re.compile(
            r"(?:^|(?<=[.!?\"”')])) {0,3}(?:Baca|BACA|Simak|SIMAK|Lihat|LIHAT|Tonton|TONTON) ?"
            r"(?:[Jj]uga|JUGA|[Vv]ideo|[Jj]uga [Vv]ideo)? ?: ?"
        ),
    )


@cache
def _first_words() -> frozenset[str]:
    return frozenset(label.split()[0] for label in rules.load().related_labels)


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


def _capitalised(title: str) -> float:
    """The share of capitalised words in `title`, small words apart."""
    words = [word for word in _WORD.findall(title) if word.casefold() not in _SMALL]
    return sum(not word[0].islower() for word in words) / len(words) if words else 0.0


def _boundary(text: str) -> int | None:
    """Where the title at the start of `text` ends and the story goes on, or nothing if that cannot be told."""
    if len(text) <= _LONGEST and looks_like_title(text.strip(" ,")):
        return len(text)
    window = text[: _LONGEST + 40]
    ends = [match.start() for match in (pattern.search(window) for pattern in _ENDS) if match]
    ends += [at for at in (match.start() for match in _GLUE.finditer(window)) if not _in_brand(window, at)][
        :1
    ]
    openers = rules.load().related_openers
    for match in _OPENER.finditer(window):
        if match[1] in openers:
            ends.append(match.start())
            break
    end = min(ends, default=None)
    if (
        end is None
        or end > _LONGEST_RUN_IN
        or _words(text[:end]) < _FEWEST_WORDS
        or _capitalised(text[:end]) < _CERTAIN
    ):
        return None
    return None if re.search(r"[.] ", text[:end]) else end


def _in_brand(text: str, at: int) -> bool:
    """Whether the capital at `at` stands inside a name such as "TransJakarta", not after a lost break."""
    start = max(text.rfind(" ", 0, at), text.rfind("-", 0, at)) + 1
    word = _WORD.match(text, start)
    return word is not None and word[0] in rules.load().brands


def in_line(line: str) -> Found:
    """The story in `line`, and the titles of other articles that stood there.

    A title that is run into the story is taken out only where its end is certain; otherwise the line stays whole.
    """
    lowered = line.lower()
    if not any(word in lowered for word in _first_words()):
        return Found(line, [], [])
    patterns = _patterns()
    if patterns.head.fullmatch(line):
        return Found("", [], [line], heads_list=True)
    if quoted := patterns.quoted.fullmatch(line):
        return Found("", [_title(quoted["title"])], [line])
    whole = patterns.line.fullmatch(line)
    if whole and _is_only_title(whole["title"]):
        return Found("", [_title(whole["title"])], [line])
    return _within(line) if _LABEL.search(lowered) else Found(line, [], [])


def _is_only_title(title: str) -> bool:
    """Whether all that follows a label on its line is a title, and not the story as well."""
    if title.endswith(".") and not title.endswith("..."):
        return False
    if title[0] in ",." or _END.search(title):
        return False
    end = _boundary(title)
    return end is None or end >= len(title) - 1


def _within(line: str) -> Found:
    patterns = _patterns()
    titles: list[str] = []
    taken: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        title = _title(match["title"])
        # "(baca: polisi)" explains a word of the story; a title has more words, or was lost with its link.
        if title and _words(title) < _FEWEST_WORDS:
            return match[0]
        if title:
            titles.append(title)
        taken.append(match[0])
        return match[0][0] if match[0][0] in ",." else ""

    def video(match: re.Match[str]) -> str:
        titles.append(_title(match["title"] or match["curly"]))
        taken.append(match[0])
        return " "

    line = patterns.video.sub(video, patterns.bracket.sub(bracket, line))
    kept: list[str] = []
    at = 0
    while match := patterns.inline.search(line, at):
        end = _end_of_title(line, match.end())
        if end is None:
            kept.append(line[at : match.end()])
            at = match.end()
            continue
        if title := _title(line[match.end() : end]):
            titles.append(title)
        taken.append(line[match.start() : end])
        kept.append(line[at : match.start()] + " ")
        at = end
    return Found("".join([*kept, line[at:]]), titles, taken)


def _end_of_title(line: str, start: int) -> int | None:
    """Where the title that starts at `start` ends; there itself if the title was lost with its link."""
    if start == len(line) or line[start] == ",":
        return start
    end = _boundary(line[start : start + 2 * _LONGEST])
    return None if end is None else start + end


def follow(lines: list[str], number: int) -> list[int]:
    """The numbers of the lines with titles after line `number`, which is a label without one."""
    found: list[int] = []
    for index in range(number + 1, len(lines)):
        if not lines[index]:
            continue
        if len(found) == _LIST or not looks_like_title(lines[index]):
            break
        found.append(index)
    return found
