"""The space of latent topics, learned from unlabelled news, and the kernel machine in it.

Truncated SVD of the tf-idf of words (Deerwester et al. 1990), with the same values the runtime computes; then a
support-vector machine on where labelled texts stand (Cortes and Vapnik 1995).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.svm import SVC
from topic_examples import TOPICS, Example, packed

from streams.events import TopicId
from streams.nlp.latent import Doubles, Latent
from streams.nlp.topics import Bag, read

SEED = 7


@dataclass(frozen=True)
class KernelSettings:
    """What was chosen by cross-validation on the training articles."""

    dimensions: int = 200
    gamma: float = 1.0
    strength: float = 3.0
    """What a text on the wrong side costs."""
    every: int = 2
    """Of how many unlabelled articles one is read."""
    rarest: float = 0.00095
    """Share of them in which a word must stand, and in two at least."""
    longest: int = 600
    """Words read of an unlabelled article."""
    topics: tuple[TopicId, ...] = ("diplomacy",)
    """Where it pays. Terrorism is no better for it, and as the second subject of an article it is worse: the article
    stands where its first subject does."""


def space(bag: Bag, news: Path, settings: KernelSettings) -> Latent:
    """Where the words of `bag` stand; no labels are in it yet."""
    texts = [
        read(row["title"], row["text"]).forms[: settings.longest]
        for row in islice(packed(news / "articles.jsonl.gz"), 0, None, settings.every)
    ]
    held = Counter(form for forms in texts for form in set(forms))
    # Pairs of words and words that stand in every other article say too little to deserve a place.
    fewest, most = max(2, math.ceil(settings.rarest * len(texts))), len(texts) / 2
    kept = sorted(place for form, place in bag.index.items() if fewest <= held[form] < most)
    if len(kept) < 2:
        raise SystemExit(f"{news} holds too few of the words that the labelled texts are made of.")
    rows = {place: row for row, place in enumerate(kept)}
    forms_of = {place: form for form, place in bag.index.items()}
    # How rare a word is in all news counts here, not how rare it is among the labelled articles.
    rarity = np.array([math.log(len(texts) / held[forms_of[place]]) / bag.idf[place] for place in kept])
    known = [
        {rows[place]: value for place, value in bag.raw(forms).items() if place in rows} for forms in texts
    ]
    values = sp.csr_matrix(
        (
            [value for one in known for value in one.values()],
            [row for one in known for row in one],
            np.cumsum([0, *(len(one) for one in known)]),
        ),
        shape=(len(known), len(kept)),
        dtype=np.float32,
    ) @ sp.diags(rarity)
    lengths = np.sqrt(values.multiply(values).sum(axis=1)) + 1e-9
    dimensions = min(settings.dimensions, len(kept) - 1)
    svd = TruncatedSVD(dimensions, n_iter=4, random_state=SEED).fit(sp.csr_matrix(values / lengths))
    return Latent(
        rows=rows,
        words=(svd.components_.T * rarity[:, None]).astype(np.float32),
        supports=np.zeros((0, dimensions)),
        pulls=np.zeros((len(TOPICS), 0)),
        gamma=settings.gamma,
    )


def positions(empty: Latent, bag: Bag, examples: Sequence[Example]) -> Doubles:
    """Texts x dimensions."""
    return np.array([empty.position(bag.raw(example.forms)) for example in examples])


def machines(places: Doubles, examples: Sequence[Example], settings: KernelSettings) -> dict[TopicId, SVC]:
    """A fitted machine for each topic where it pays."""
    weights = [example.weight for example in examples]
    fitted = {}
    for topic in settings.topics:
        labels = [example.labels[TOPICS.index(topic)] for example in examples]
        machine = SVC(C=settings.strength, gamma=settings.gamma)
        fitted[topic] = machine.fit(places, labels, sample_weight=weights)
    return fitted


def margins(fitted: Mapping[TopicId, SVC], places: Doubles) -> NDArray[np.float64]:
    """Texts x topics; 0 for a topic without a machine."""
    columns = np.zeros((len(places), len(TOPICS)))
    for topic, machine in fitted.items():
        columns[:, TOPICS.index(topic)] = machine.decision_function(places)
    return columns


def inhabited(empty: Latent, fitted: Mapping[TopicId, SVC], places: Doubles) -> tuple[Latent, list[float]]:
    """The space with the articles that the machines kept, and for each topic the margin of a text without words."""
    kept = sorted({int(number) for machine in fitted.values() for number in machine.support_})
    row = {number: place for place, number in enumerate(kept)}
    pulls = np.zeros((len(TOPICS), len(kept)))
    for topic, machine in fitted.items():
        pulls[TOPICS.index(topic), [row[int(number)] for number in machine.support_]] = machine.dual_coef_[0]
    of_nothing = margins(fitted, np.zeros((1, places.shape[1])))[0]
    return replace(empty, supports=places[kept], pulls=pulls), of_nothing.tolist()
