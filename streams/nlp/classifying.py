"""The classify stage on values: tagged articles in, articles with topics, evidence and our stamp out."""

from __future__ import annotations

from collections.abc import Sequence

import streams
from streams.events import EnrichedArticle, Pipeline, TaggedArticle, Topic, TopicId
from streams.nlp.evidence import evidence
from streams.nlp.model import load
from streams.nlp.topics import read

# IPTC Media Topics, release of 2025-03-31: https://cv.iptc.org/newscodes/mediatopic/
MEDTOP: dict[TopicId, str] = {"diplomacy": "medtop:20000639", "terrorism": "medtop:20000103"}


def classify(articles: Sequence[TaggedArticle]) -> list[EnrichedArticle]:
    """The articles with both topics scored, in the order given.

    An assigned topic comes with one to five spans of evidence in reading order, title first; one that is not
    assigned has none. What comes out for an article depends on that article alone.

    Raises:
        streams.errors.ModelMissing: the packaged model is absent or damaged.
    """
    model = load()
    pipeline = Pipeline(version=streams.__version__, model=model.name_version)
    enriched: list[EnrichedArticle] = []
    for article in articles:
        reading = read(article.title, article.text)
        topics = [
            Topic(
                id=decision.topic,
                medtop=MEDTOP[decision.topic],
                score=decision.score,
                assigned=decision.assigned,
                evidence=evidence(article, reading, model.topics.shares(reading, decision.topic))
                if decision.assigned
                else [],
            )
            for decision in model.topics.decide(reading)
        ]
        enriched.append(
            EnrichedArticle.model_validate({**dict(article), "topics": topics, "pipeline": pipeline})
        )
    return enriched
