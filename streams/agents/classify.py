"""tagged -> enriched, and to the topic of each subject the article is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from streams import topics
from streams.envelope import EventType
from streams.events import EnrichedArticle, TaggedArticle
from streams.stage import Stage, decode_event


def stage() -> Stage[TaggedArticle, EnrichedArticle]:
    """The classify stage."""
    return Stage(
        name="classify",
        reads=topics.TAGGED,
        writes=(*topics.BY_TOPIC_ID.values(), topics.ENRICHED),
        emits=EventType("classify", "news.article.enriched.v1", EnrichedArticle.schema_id()),
        decode=partial(decode_event, TaggedArticle),
        transform=classify_all,
        destinations=_destinations,
    )


def classify_all(articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
    """The articles with their topics."""
    # As in the tag stage: the worker itself does without spaCy.
    from streams.nlp.classifying import classify  # noqa: PLC0415

    return classify(articles)


def _destinations(article: EnrichedArticle) -> tuple[topics.Topic, ...]:
    assigned = (topics.BY_TOPIC_ID[topic.id] for topic in article.topics if topic.assigned)
    return (*assigned, topics.ENRICHED)
