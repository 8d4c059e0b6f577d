"""tagged -> enriched, and to the topic of each subject the article is about."""

from __future__ import annotations

from functools import partial

from streams import topics
from streams.envelope import EventType
from streams.events import EnrichedArticle, TaggedArticle
from streams.nlp.classifying import classify
from streams.stage import Stage, decode_event


def stage() -> Stage[TaggedArticle, EnrichedArticle]:
    """The classify stage."""
    return Stage(
        name="classify",
        reads=topics.TAGGED,
        writes=(topics.ENRICHED, *topics.BY_TOPIC_ID.values()),
        emits=EventType("classify", "news.article.enriched.v1", EnrichedArticle.schema_id()),
        decode=partial(decode_event, TaggedArticle),
        transform=classify,
        destinations=_destinations,
    )


def _destinations(article: EnrichedArticle) -> tuple[topics.Topic, ...]:
    assigned = (topics.BY_TOPIC_ID[topic.id] for topic in article.topics if topic.assigned)
    return (topics.ENRICHED, *assigned)
