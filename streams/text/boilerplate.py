"""What publishers and their sites add to a story, told apart from it by the tables in `rules/`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from streams.events import Dateline
from streams.text import credits as credit_rules
from streams.text import dateline as dateline_rules
from streams.text import related as related_rules
from streams.text import rules

# Rows of a table are short; longer lines are the story.
_LONGEST_LINE = 400
_HEAD, _FOOT = 12, 14
# Some publishers close with a line or two of keywords.
_KEYWORDS, _KEYWORD = 3, 90
_SENTENCE_ENDS = tuple('.!?"”)')
_FRONT_MATTER = re.compile(r"---\n(?:[a-z_]{1,30}:[^\n]{0,600}\n){1,15}(?:---\n?){1,2}")
# A scraper that loses the links of a page leaves their commas: at the start, at the end, between two sentences.
_LOST_START = re.compile(r"(?:[\s,]|[-–—](?=[\s,–—-]))*")
_LOST_BREAK = re.compile(r"([.!?”\"]),(?: ?,){0,40} ?(?=[A-Z\"“])")
_LOST_LINK = re.compile(r",(?: ?,){1,40}")


@dataclass
class Story:
    """A text on its way to being only the story, and what has been taken out of it.

    Attributes:
        lines: the text, empty lines between paragraphs.
        taken: what each rule took out, as (rule id, words).
    """

    lines: list[str]
    dateline: Dateline | None = None
    related: list[str] = field(default_factory=list)
    credits: list[str] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)

    def take(self, rule: str, words: str) -> None:
        """Notes that `rule` took `words` out."""
        if words.strip():
            self.taken.append((rule, words.strip()))


def strip(text: str, story: Story) -> str:
    """`text` without what is no part of the story; what is taken out is noted in `story`.

    `text` must be normalised; paragraphs are separated by line feeds.
    """
    if front := _FRONT_MATTER.match(text):
        story.take("common.front-matter", front[0])
        text = text[front.end() :]
    story.lines = [line.strip() for line in text.split("\n")]
    _phrases(story)
    _dateline(story)
    _credits(story)
    _lines(story)
    return _lost_links("\n".join(story.lines))


def _lines(story: Story) -> None:
    """Takes out whole lines: notices of the site, and titles of other articles."""
    table = rules.load().line
    lines = story.lines
    for number, line in enumerate(lines):
        if not line:
            continue
        if len(line) <= _LONGEST_LINE and (rule := table.matching(line)):
            story.take(f"line {rule.id}", line)
            lines[number] = ""
            continue
        found = related_rules.in_line(line)
        if not found.taken:
            continue
        lines[number] = found.rest.strip()
        titles = found.titles
        for index in related_rules.follow(lines, number) if found.heads_list else ():
            story.take("related list", lines[index])
            titles.append(lines[index].removeprefix("- "))
            lines[index] = ""
        story.related.extend(title for title in dict.fromkeys(titles) if title and title not in story.related)
        for words in found.taken:
            story.take("related", words)


def _phrases(story: Story) -> None:
    """Takes out notices that a scraper has run into the lines."""
    lowered = "\n".join(story.lines).lower()
    for rule in rules.load().inline:
        if not any(hint in lowered for hint in rule.hints):
            continue
        for number, line in enumerate(story.lines):
            for match in rule.pattern.finditer(line):
                story.take(f"inline {rule.id}", match[0])
            story.lines[number] = rule.pattern.sub(" ", line).strip()


def _dateline(story: Story) -> None:
    """Takes out the dateline, and those that follow it."""
    while found := dateline_rules.find(story.lines):
        number, openings = found
        line = story.lines[number]
        story.take("dateline", line[: openings[-1].end])
        story.dateline = story.dateline or openings[0].dateline
        for opening in openings:
            if opening.credit:
                _credit(story, opening.credit, front=True)
        story.lines[number] = line[openings[-1].end :].strip()


def _credit(story: Story, credit: str, *, front: bool = False) -> None:
    new = [part for part in credit_rules.split(credit) if part not in story.credits]
    if front:
        story.credits.extend(new)
    else:
        story.credits[:0] = new


def _credits(story: Story) -> None:
    """Takes out credits: lines of their own at the head and the foot, and what ends the last line."""
    filled = [number for number, line in enumerate(story.lines) if line]
    at_head = _credit_lines(story, filled[:-1], _HEAD)
    at_foot = _credit_lines(story, [number for number in reversed(filled) if story.lines[number]], _FOOT)
    for credit in [*at_head, *reversed(at_foot)]:
        _credit(story, credit, front=True)
    _tails(story)


def _credit_lines(story: Story, numbers: list[int], kept: int) -> list[str]:
    """The credits on the lines `numbers`, taken out until `kept` lines of another kind were seen."""
    credits_found: list[str] = []
    for number in numbers:
        if found := credit_rules.whole_line(story.lines[number]):
            rule, credit = found
            story.take(f"credit {rule.id}", story.lines[number])
            credits_found.append(credit)
            story.lines[number] = ""
            continue
        kept -= 1
        if not kept:
            break
    return credits_found


def _tails(story: Story) -> None:
    """Takes out the credits that end the last line, or one just above a few keywords."""
    keywords = 0
    for number in range(len(story.lines) - 1, -1, -1):
        line = story.lines[number]
        end = _trimmed(line, len(line))
        while tail := credit_rules.tail(line, end):
            rule, start, credit = tail
            story.take(f"credit {rule.id}", line[start:end])
            _credit(story, credit)
            end = _trimmed(line, start)
        story.lines[number] = line[:end]
        keywords += end > 0
        if end > _KEYWORD or keywords == _KEYWORDS or line[:end].endswith(_SENTENCE_ENDS):
            break


def _trimmed(line: str, end: int) -> int:
    """Where `line` up to `end` stops, commas and spaces apart."""
    while end and line[end - 1] in " ,":
        end -= 1
    return end


def _lost_links(text: str) -> str:
    if ",," in text or ", ," in text or ',"' in text or _LOST_BREAK.search(text):
        text = _LOST_BREAK.sub(r"\1\n", text)
        text = _LOST_LINK.sub(",", text)
    start = _LOST_START.match(text)
    return text[start.end() if start else 0 :].rstrip(" ,\n")
