"""The clean stage: an article as a publisher sends it in, readable text and what stood around it out."""

from __future__ import annotations

import re

from streams.errors import EmptyText
from streams.events import Article, CleanArticle
from streams.text import boilerplate, characters, language, markup, paragraphs

# Two rounds settle nearly every article; the rest of what is escaped again and again is disarmed.
_ROUNDS = 8
_STILL_ESCAPED = re.compile(r"&(?=[#\w])|<(?=[/!\w])|\\(?=[nru\"/])")


def clean(article: Article) -> CleanArticle:
    """The article with readable text in place of its body; dateline, related titles and credits are kept apart.

    Pure and deterministic. Cleaning an article whose body is a former result's text gives that text again.

    Raises:
        EmptyText: nothing that can be read is left.
    """
    title = _title(article.title)
    story = boilerplate.Story(lines=[])
    text = settle(article.body, story)
    if not characters.readable(text):
        raise EmptyText(
            f"article {article.id}: no readable text is left of a body of {len(article.body)} characters"
        )
    return CleanArticle(
        id=article.id,
        url=article.url,
        title=title,
        source=article.source,
        published_at=article.published_at,
        language=(article.language or "").strip() or language.identify(text),
        metadata=article.metadata,
        text=text,
        dateline=story.dateline,
        related=story.related,
        credits=story.credits,
    )


def settle(body: str, story: boilerplate.Story) -> str:
    """The story in `body`, cleaned until cleaning changes nothing more."""
    text = body
    for _ in range(_ROUNDS):
        before, text = text, _round(text, story)
        if text == before:
            return text
    text = _STILL_ESCAPED.sub(" ", text)
    for _ in range(_ROUNDS):
        before, text = text, _round(text, story)
        if text == before:
            break
    return text


def _round(text: str, story: boilerplate.Story) -> str:
    return paragraphs.arrange(boilerplate.strip(characters.unescape_json(_readable(text)), story))


def _title(title: str | None) -> str | None:
    """The title on one line, or nothing if it cannot be read."""
    if title is None:
        return None
    for _ in range(_ROUNDS):
        before, title = title, " ".join(_readable(title).split())
        if title == before:
            break
    return title if characters.readable(title) else None


def _readable(text: str) -> str:
    """`text` without markup, escapes, mojibake and odd characters."""
    return characters.normalise(markup.to_text(characters.visible(characters.repair(text))))
