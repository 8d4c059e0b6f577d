"""The classify stage on values: tagged articles in, articles with topics, evidence and our stamp out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import streams
from streams.events import EnrichedArticle, OwnTopic, Pipeline, TaggedArticle, Topic, TopicId
from streams.nlp.evidence import evidence
from streams.nlp.model import load, load_own
from streams.nlp.topics import Reading, TopicModel, read
from streams.own_topics import TrainedTopic

# IPTC Media Topics, release of 2025-03-31: https://cv.iptc.org/newscodes/mediatopic/
MEDTOP: dict[TopicId, str] = {"diplomacy": "medtop:20000639", "terrorism": "medtop:20000103"}


def classify(articles: Sequence[TaggedArticle], own: Sequence[TrainedTopic] = ()) -> list[EnrichedArticle]:
    """The articles with both topics, and those of one's own, scored, in the order given.

    An assigned topic comes with one to five spans of evidence in reading order, title first; one that is not
    assigned has none. What comes out for an article depends on that article alone.

    Raises:
        streams.errors.ModelMissing: the packaged model, or that of a topic of one's own, is absent or damaged.
    """
    both = load().topics
    others = [(topic, load_own(topic)) for topic in own]
    pipeline = Pipeline(version=streams.__version__, model=load().name_version)
    enriched: list[EnrichedArticle] = []
    for article in articles:
        reading = read(article.title, article.text)
        topics = [Topic(medtop=MEDTOP[found["id"]], **found) for found in _findings(article, reading, both)]
        own_topics = [
            OwnTopic(medtop=topic.medtop, model=topic.name_version, **found)
            for topic, model in others
            for found in _findings(article, reading, model)
        ]
        added = {"topics": topics, "own_topics": own_topics, "pipeline": pipeline}
        enriched.append(EnrichedArticle.model_validate({**dict(article), **added}))
    return enriched


def _findings(article: TaggedArticle, reading: Reading, model: TopicModel) -> Iterator[dict[str, Any]]:
    """What each topic of a model has to say, but for its code."""
    for decision in model.decide(reading):
        yield {
            "id": decision.topic,
            "score": decision.score,
            "assigned": decision.assigned,
            "evidence": evidence(article, reading, model.shares(reading, decision.topic))
            if decision.assigned
            else [],
        }
