"""clean -> tagged: the entities of the article, with everywhere they are named."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from streams import topics
from streams.envelope import EventType
from streams.events import CleanArticle, TaggedArticle
from streams.stage import Stage, decode_event


def stage() -> Stage[CleanArticle, TaggedArticle]:
    """The tag stage."""
    return Stage(
        name="tag",
        reads=topics.CLEAN,
        writes=(topics.TAGGED,),
        emits=EventType("tag", "news.article.tagged.v1", TaggedArticle.schema_id()),
        decode=partial(decode_event, CleanArticle),
        transform=tag_all,
    )


def tag_all(articles: Sequence[CleanArticle]) -> list[TaggedArticle]:
    """The articles with their entities."""
    # Only the processes that do the work need spaCy; the worker itself starts sooner and stays small without.
    from streams.nlp.tagging import tag  # noqa: PLC0415

    return tag(articles)
