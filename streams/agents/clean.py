"""raw -> clean: readable text with dateline, related links and credits taken out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from streams import envelope, topics
from streams.articles import decode_article, decode_json
from streams.envelope import EventType, Origin
from streams.errors import InvalidRecord
from streams.events import Article, CleanArticle
from streams.records import Record
from streams.settings import Settings
from streams.stage import Stage
from streams.text import limits
from streams.text.cleaning import clean


def stage(settings: Settings) -> Stage[Article, CleanArticle]:
    """The clean stage."""
    return Stage(
        name="clean",
        reads=topics.RAW,
        writes=(topics.CLEAN,),
        emits=EventType("clean", "news.article.clean.v1", CleanArticle.schema_id()),
        decode=partial(decode_published, max_body_chars=settings.max_body_chars),
        transform=partial(clean_each, max_words=settings.max_words),
    )


def decode_published(record: Record, *, max_body_chars: int) -> tuple[Origin, Article]:
    """The article of a raw record: JSON with or without CloudEvents headers, or a structured CloudEvent.

    Raises:
        InvalidRecord: it is neither; the message says why.
    """
    if envelope.is_structured(record):
        origin, data = envelope.decode_structured(record)
    else:
        origin, data = envelope.origin_of(record, is_raw=True), decode_json(record.value or b"")
    return origin, decode_article(data, max_body_chars=max_body_chars)


def clean_each(articles: Sequence[Article], *, max_words: int) -> list[CleanArticle | InvalidRecord]:
    """Each article cleaned, or why it cannot be.

    Args:
        articles: as they were published.
        max_words: most words and punctuation marks of a title and text together.
    """
    return [_cleaned(article, max_words) for article in articles]


def _cleaned(article: Article, max_words: int) -> CleanArticle | InvalidRecord:
    try:
        return limits.checked(clean(limits.worth_cleaning(article, max_words)), max_words)
    except InvalidRecord as reason:
        return reason
