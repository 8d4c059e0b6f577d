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
_FRONT_MATTER = re.compile(r"---\n(?:[a-z_]{1,30}:[^\n]{0,600}\n){1,15}(?:---\n?){1,2}")
# A scraper that loses the links of a page leaves their commas: at the start, at the end, between two sentences.
_LOST_START = re.compile(r"[\s,]*(?:[-–—](?= ?[^\s-])[\s,]*)?(?=[^\s,])")
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
    known: dict[str, rules.Rule | None] = {}
    lines = story.lines
    for number, line in enumerate(lines):
        if not line:
            continue
        if len(line) <= _LONGEST_LINE:
            if line not in known:
                known[line] = table.matching(line)
            if rule := known[line]:
                story.take(f"line {rule.id}", line)
                lines[number] = ""
                continue
        found = related_rules.in_line(line)
        if not found.taken:
            continue
        lines[number] = found.rest.strip()
        titles = found.titles
        if found.heads_list:
            following = related_rules.follow(lines, number)
            for index in range(number + 1, len(lines)):
                if not following:
                    break
                if lines[index] == following[0]:
                    story.take("related list", lines[index])
                    titles.append(following.pop(0).removeprefix("- "))
                    lines[index] = ""
        story.related.extend(title for title in titles if title and title not in story.related)
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
    """Takes out the dateline, and one that is repeated after it."""
    while found := dateline_rules.find(story.lines):
        number, opening = found
        line = story.lines[number]
        story.take("dateline", line[: opening.end])
        if story.dateline is None:
            story.dateline = opening.dateline
        if opening.credit:
            _credit(story, opening.credit, front=True)
        story.lines[number] = line[opening.end :].strip()


def _credit(story: Story, credit: str, *, front: bool = False) -> None:
    new = [part for part in credit_rules.split(credit) if part not in story.credits]
    if front:
        story.credits.extend(new)
    else:
        story.credits[:0] = new


def _credits(story: Story) -> None:
    """Takes out credits: lines of their own at the head and the foot, and what ends the last line."""
    filled = [number for number, line in enumerate(story.lines) if line]
    for number in filled[: min(_HEAD, len(filled) - 1)]:
        if found := credit_rules.whole_line(story.lines[number]):
            rule, credit = found
            story.take(f"credit {rule.id}", story.lines[number])
            _credit(story, credit, front=True)
            story.lines[number] = ""
    foot: list[str] = []
    for number in reversed([number for number in filled if story.lines[number]][-_FOOT:]):
        if found := credit_rules.whole_line(story.lines[number]):
            rule, credit = found
            story.take(f"credit {rule.id}", story.lines[number])
            foot[:0] = credit_rules.split(credit)
            story.lines[number] = ""
    story.credits.extend(credit for credit in foot if credit not in story.credits)
    _tails(story)


def _tails(story: Story) -> None:
    """Takes out the credits that end the last line, or one just above a few keywords."""
    filled = [number for number, line in enumerate(story.lines) if line]
    for number in reversed(filled[-_KEYWORDS:]):
        keywords = len(story.lines[number]) <= _KEYWORD and not story.lines[number].endswith(tuple('.!?"”)'))
        while tail := credit_rules.tail(story.lines[number].rstrip(" ,")):
            rule, start, credit = tail
            line = story.lines[number]
            story.take(f"credit {rule.id}", line[start:])
            _credit(story, credit)
            story.lines[number] = line[:start].rstrip(" ,")
        if story.lines[number] and not keywords:
            break


def _lost_links(text: str) -> str:
    if ",," in text or ", ," in text or ',"' in text or _LOST_BREAK.search(text):
        text = _LOST_BREAK.sub(r"\1\n", text)
        text = _LOST_LINK.sub(",", text)
    start = _LOST_START.match(text)
    return text[start.end() if start else 0 :].rstrip(" ,\n")
