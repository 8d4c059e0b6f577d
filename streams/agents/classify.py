"""tagged -> enriched, and to the topic of each subject the article is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from streams import own_topics, topics
from streams.envelope import EventType
from streams.events import EnrichedArticle, TaggedArticle
from streams.own_topics import TrainedTopic
from streams.stage import Stage, decode_event


def stage(own: Sequence[TrainedTopic] = ()) -> Stage[TaggedArticle, EnrichedArticle]:
    """The classify stage, with topics of one's own if there are any."""
    by_id = topics.BY_TOPIC_ID | {topic.id: topics.own(topic.id) for topic in own}
    return Stage(
        name="classify",
        reads=topics.TAGGED,
        writes=(*by_id.values(), topics.ENRICHED),
        emits=EventType("classify", "news.article.enriched.v1", EnrichedArticle.schema_id()),
        decode=partial(decode_event, TaggedArticle),
        transform=partial(classify_all, own=tuple(own)),
        destinations=partial(_destinations, by_id=by_id),
        version=own_topics.pipeline_version(own),
    )


def classify_all(articles: Sequence[TaggedArticle], *, own: Sequence[TrainedTopic]) -> list[EnrichedArticle]:
    """The articles with their topics."""
    # As in the tag stage: the worker itself does without spaCy.
    from streams.nlp.classifying import classify  # noqa: PLC0415

    return classify(articles, own)


def _destinations(article: EnrichedArticle, *, by_id: Mapping[str, topics.Topic]) -> tuple[topics.Topic, ...]:
    assigned = (by_id[topic.id] for topic in article.every_topic if topic.assigned)
    return (*assigned, topics.ENRICHED)
