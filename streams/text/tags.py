"""Tags as the HTML tokenizer sees them: what there is of them, and what is cut back before a parser meets it.

The parsers take quadratic time, and one of them quadratic memory, on markup that nobody writes: tens of thousands of
open elements, of attributes in one tag, or of formatting elements that are never closed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

NAMES = frozenset({
    "a", "abbr", "acronym", "address", "article", "aside", "b", "big", "blockquote", "body", "br",
    "button", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn",
    "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "iframe", "img", "input",
    "ins", "kbd", "label", "legend", "li", "link", "main", "mark", "meta", "nav", "noscript", "object",
    "ol", "option", "p", "param", "picture", "pre", "q", "s", "samp", "script", "section", "select",
    "small", "source", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table",
    "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u",
    "ul", "var", "video", "wbr", "amp-img", "amp-ad", "audio", "canvas", "math", "path", "g",
})  # fmt: skip
"""Elements that tell markup from a "<" in plain text."""

# Their end tags may be left out, so that an open one tells nothing of the depth.
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "param", "source", "col", "embed", "wbr"})
_UNCLOSED = _VOID | {"p", "li", "td", "th", "tr", "dd", "dt", "option"}
# A parser opens those that are not closed anew in every block that follows.
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)

# A whole tag by the rules of HTML (13.2.5.8 and after): quoted values may hold "<" and ">". It always ends, at the
# latest with the text, and nothing in it is tried twice, so that a search takes linear time.
_TAG = re.compile(
    r"<(?P<slash>/?)(?P<name>[A-Za-z][^\s/>]*+)"
    r"(?:[\s/]++|=?+[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+|=)*+(?:>|\Z)"
)
_SCRIPT = re.compile(r"<(?:script|style)(?=[\s/>])", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</(?:script|style)(?=[\s/>])", re.IGNORECASE)
DECLARATION = re.compile(r"<!doctype[^<>]{0,500}>", re.IGNORECASE)

_LONG_TAG = 1_000
_MOST_ATTRIBUTES = 100
_MOST_TAGS = 20_000
# Lexbor looks at all options of a list for each further one.
_MOST_OPTIONS = 2_000
# Lexbor takes quadratic time on deep nesting (50 s for 100,000 levels); real pages stay under 100.
_DEEPEST = 500
# Open formatting elements times all elements is what a parser may make of them.
_MOST_REOPENED = 200_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How much markup there is, as far as it matters to the time that a parser takes."""

    tags: int
    depth: int
    formatting: int
    options: int

    @property
    def is_excessive(self) -> bool:
        """Whether no parser should see it."""
        return self.tags > _MOST_TAGS or self.depth > _DEEPEST or self.options > _MOST_OPTIONS

    @property
    def is_overformatted(self) -> bool:
        """Whether it should be without its formatting elements for a parser to see it."""
        return self.formatting * self.tags > _MOST_REOPENED


def shape(body: str) -> Shape:
    """The shape of `body`; what is found to be excessive is not counted to its end."""
    tags = depth = formatting = options = 0
    opened: Counter[str] = Counter()
    for match in _TAG.finditer(body):
        tags += 1
        name = match["name"].lower()
        formatting += name in _FORMATTING
        options += name == "option"
        if name not in _UNCLOSED:
            if not match["slash"]:
                opened[name] += 1
                depth += 1
            elif opened[name]:
                opened[name] -= 1
                depth -= 1
        if tags > _MOST_TAGS or depth > _DEEPEST:
            break
    return Shape(tags, depth, formatting, options)


def with_few_attributes(body: str) -> str:
    """`body` with those tags bare that have attributes by the hundred."""
    return _TAG.sub(_bare_if_long, body)


def _bare_if_long(match: re.Match[str]) -> str:
    tag = match[0]
    if len(tag) <= _LONG_TAG or len(re.split(r"[\s/]+", tag, maxsplit=_MOST_ATTRIBUTES)) <= _MOST_ATTRIBUTES:
        return tag
    return f"<{match['slash']}{match['name']}>"


def without_formatting(body: str) -> str:
    """`body` without the elements that only format its text."""
    return _TAG.sub(lambda match: "" if match["name"].lower() in _FORMATTING else match[0], body)


def without_tags(body: str) -> str:
    """The text of `body` told apart without a parser: a line feed for each tag, scripts and comments left out."""
    return _TAG.sub(_break_for, without_comments(without_scripts(DECLARATION.sub(" ", body))))


def _break_for(match: re.Match[str]) -> str:
    name = match["name"].lower()
    if name in _FORMATTING:
        return ""
    return "\n" if name in NAMES else match[0]


def without_scripts(body: str) -> str:
    """`body` without scripts and styles; one that is not closed goes to the end, as a browser has it."""
    first, *rest = _SCRIPT.split(body)
    ends = ((part, _SCRIPT_END.search(part)) for part in rest)
    return "".join([first, *(f"<script></script{part[end.end() :]}" if end else "" for part, end in ends)])


def without_comments(body: str) -> str:
    """`body` without comments; one that is not closed goes to the end, and "<!-->" is a whole one."""
    first, *rest = body.split("<!--")
    return " ".join([first, *(_after_comment(part) for part in rest)])


def _after_comment(part: str) -> str:
    return (
        part.removeprefix("-").removeprefix(">") if part.startswith((">", "->")) else part.partition("-->")[2]
    )


def visible_length(body: str) -> int:
    """About how many characters of `body` are text and not markup, without a parser; at most too many."""
    return len(body if "<" not in body else without_tags(body))
