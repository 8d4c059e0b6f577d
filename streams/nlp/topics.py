"""Topic scores that explain themselves: weights of words and word pairs, calibrated on held-out folds.

An article is two bags of words: the whole of it, and its head (title and first words), where news says what it is
about. Each bag holds words and pairs of neighbours, weighted by tf-idf and brought to a length of about one. Beside
them stand a few counts of words that name the topic (signs.py) and where the article stands among labelled ones
(latent.py). A topic's score is a weighted sum over all of it. Each word's share is exact but for the last part, where
it is one way to share what the words do together (integrated gradients); shares are what evidence shows.

Sources: tf-idf with sublinear term frequency as in Manning, Raghavan and Schuetze, Introduction to Information
Retrieval, 6.4.1; calibration after Platt, Probabilistic outputs for support vector machines (1999).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from streams.events import FieldName
from streams.nlp.latent import Latent
from streams.nlp.normalise import Normalised, normalise
from streams.nlp.signs import Signs

_WORD = re.compile(r"[^\W_]{1,40}(?:['.-][^\W_]{1,40}){0,6}")
_SUREST = math.log(0.9999 / 0.0001)
# Added to the square of a bag's length (an article's is some thousands, a headline's some hundreds), so that a text of
# one or two words does not speak as loudly as an article made of nothing else.
_FAINT = 200.0
HEAD_WORDS = 60
"""How many words of the text count as its head, beside the title."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as the topic model reads it: the forms of its words, title first, and where they stand."""

    forms: list[str]
    in_title: int
    _places: list[tuple[int, int]]
    _title: Normalised
    _text: Normalised

    def place(self, word: int) -> tuple[FieldName, int, int]:
        """Field and original offsets (code points) of a word."""
        field, line = ("title", self._title) if word < self.in_title else ("text", self._text)
        return cast("FieldName", field), *line.span(*self._places[word])

    def touches_next(self, word: int) -> bool:
        """Whether only a space stands between a word and the one after it, in the same field."""
        if word + 1 in (self.in_title, len(self.forms)):
            return False
        line = self._title if word < self.in_title else self._text
        return line.text[self._places[word][1] : self._places[word + 1][0]] == " "

    def head(self) -> list[str]:
        """The forms of the title and of the first words of the text."""
        return self.forms[: self.in_title + HEAD_WORDS]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the model says about one topic of one article."""

    topic: str
    score: float
    """Calibrated probability from 0.0001 to 0.9999: no reading is certain."""
    assigned: bool


def read(title: str | None, text: str) -> Reading:
    """The words of an article; numbers all read alike."""
    lines = normalise(title or ""), normalise(text)
    forms: list[str] = []
    places: list[tuple[int, int]] = []
    in_title = 0
    for line in lines:
        in_title = len(forms)
        for match in _WORD.finditer(line.text):
            form = match.group().lower()
            forms.append("#" if form[0].isdigit() else form)
            places.append(match.span())
    return Reading(forms, in_title, places, *lines)


def terms(forms: Sequence[str]) -> list[str]:
    """The words and the pairs of neighbours."""
    return [*forms, *(f"{left} {right}" for left, right in pairwise(forms))]


@dataclass(frozen=True, slots=True)
class Bag:
    """One weighted bag of terms: what each known term weighs in the bag and for each topic."""

    index: dict[str, int]
    idf: list[float]
    weights: tuple[list[float], ...]
    """For each topic, one weight per term."""

    def raw(self, forms: Sequence[str]) -> dict[int, float]:
        """The tf-idf value of each known term."""
        counts = Counter(place for term in terms(forms) if (place := self.index.get(term)) is not None)
        return {place: (1 + math.log(count)) * self.idf[place] for place, count in counts.items()}

    def values(self, raw: Mapping[int, float]) -> dict[int, float]:
        """`raw` brought to Euclidean length one, less where there are few terms."""
        length = math.sqrt(math.fsum(value * value for value in raw.values()) + _FAINT)
        return {place: value / length for place, value in raw.items()}

    def worth(self, raw: Mapping[int, float], topic: int) -> dict[int, float]:
        """What each term adds to the decision."""
        return {place: value * self.weights[topic][place] for place, value in self.values(raw).items()}

    def shares(self, forms: Sequence[str], worth: Mapping[int, float]) -> list[float]:
        """The worth of the terms as shares of the words; a pair's part is halved between its words."""
        words = [self.index.get(form) for form in forms]
        pairs = [self.index.get(f"{left} {right}") for left, right in pairwise(forms)]
        counts = Counter(place for place in [*words, *pairs] if place is not None)
        each = {place: worth.get(place, 0.0) / count for place, count in counts.items()}
        shares = [each[place] if place is not None else 0.0 for place in words]
        for left, place in enumerate(pairs):
            if place is not None:
                shares[left] += each[place] / 2
                shares[left + 1] += each[place] / 2
        return shares


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The models of some topics with their calibration: Kabar's two, or one of one's own."""

    topics: tuple[str, ...]
    whole: Bag
    head: Bag
    bias: tuple[float, ...]
    signs: tuple[Signs, ...]
    """For each topic, the words that name it."""
    sign_weights: tuple[tuple[float, ...], ...]
    """For each topic, one weight per feature of the signs."""
    latent: Latent | None
    latent_weights: tuple[float, ...]
    """For each topic, what a step of the latent margin is worth; none without a latent space."""
    threshold: tuple[float, ...]

    def margins(self, reading: Reading) -> list[float]:
        """The calibrated log-odds of each topic, in the order of `topics`."""
        sums: list[list[float]] = [[bias] for bias in self.bias]
        raw = self.whole.raw(reading.forms), self.head.raw(reading.head())
        for bag, of in zip((self.whole, self.head), raw, strict=True):
            for place, value in bag.values(of).items():
                for topic, parts in enumerate(sums):
                    parts.append(value * bag.weights[topic][place])
        latent = self.latent.margins(raw[0]) if self.latent is not None else ()
        for weight, margin, parts in zip(self.latent_weights, latent, sums, strict=False):
            parts.append(weight * margin)
        for topic, parts in enumerate(sums):
            parts.extend(self._sign_parts(reading, topic))
        return [math.fsum(parts) for parts in sums]

    def decide(self, reading: Reading) -> list[Decision]:
        """Each topic's calibrated score and whether it is assigned."""
        decisions: list[Decision] = []
        for number, margin in enumerate(self.margins(reading)):
            score = round(1 / (1 + math.exp(-max(-_SUREST, min(_SUREST, margin)))), 4)
            decisions.append(Decision(self.topics[number], score, score >= self.threshold[number]))
        return decisions

    def shares(self, reading: Reading, topic: str) -> list[float]:
        """What each word adds to the margin of `topic`, both bags together."""
        number = self.topics.index(topic)
        whole, head = self.whole.raw(reading.forms), self.head.raw(reading.head())
        worth = self.whole.worth(whole, number)
        if self.latent is not None:
            for place, latent in self.latent.worth(whole, number).items():
                worth[place] += self.latent_weights[number] * latent
        shares = self.whole.shares(reading.forms, worth)
        for place, share in enumerate(self.head.shares(reading.head(), self.head.worth(head, number))):
            shares[place] += share
        hits = self.signs[number].hits(reading.forms)
        each = math.fsum(self._sign_parts(reading, number)) / max(1, sum(hits))
        return [share + each if hit else share for share, hit in zip(shares, hits, strict=True)]

    def _sign_parts(self, reading: Reading, topic: int) -> list[float]:
        features = self.signs[topic].features(
            reading.forms, in_title=reading.in_title, in_head=len(reading.head())
        )
        return [weight * feature for weight, feature in zip(self.sign_weights[topic], features, strict=True)]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model that `save` wrote.

        Raises:
            OSError: a file cannot be read.
            ValueError, KeyError: a file is damaged.
        """
        settings = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        listed = (folder / "terms.txt").read_text(encoding="utf-8").split("\n")
        cut = int(settings["whole_terms"])
        # Opened here: numpy leaves a file that is no archive open.
        with (folder / "weights.npz").open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = dict(file)
        idf, weights = arrays["idf"].astype(np.float32), arrays["weights"].astype(np.float32)
        if not len(listed) == len(idf) == weights.shape[1]:
            raise ValueError(f"{len(listed)} terms, {len(idf)} idf, {weights.shape[1]} weights")
        latent_weights = tuple(map(float, settings["latent_weights"]))
        latent = Latent.from_arrays(arrays) if latent_weights else None
        if len(settings["topics"]) != len(weights):
            raise ValueError(f"weights of {len(weights)} topics")
        if latent is not None and not len(latent.pulls) == len(latent_weights) == len(weights):
            raise ValueError(
                f"{len(latent.pulls)} pulls, {len(latent_weights)} weights of them, {len(weights)} topics"
            )
        if latent is not None and not 0 <= min(latent.rows) <= max(latent.rows) < cut:
            raise ValueError("the latent space holds terms that the bag does not")
        return cls(
            topics=tuple(settings["topics"]),
            whole=_bag(listed[:cut], idf[:cut], weights[:, :cut]),
            head=_bag(listed[cut:], idf[cut:], weights[:, cut:]),
            bias=tuple(settings["bias"]),
            signs=tuple(Signs(frozenset(of["words"]), tuple(of["stems"])) for of in settings["signs"]),
            sign_weights=tuple(tuple(weights) for weights in settings["sign_weights"]),
            latent=latent,
            latent_weights=latent_weights,
            threshold=tuple(settings["threshold"]),
        )

    def save(self, folder: Path) -> None:
        """Write the model: settings and terms as text, numbers in 8 and 16 bits."""
        folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "topics": self.topics,
            "whole_terms": len(self.whole.index),
            "bias": self.bias,
            "threshold": self.threshold,
            "signs": [{"words": sorted(of.words), "stems": of.stems} for of in self.signs],
            "sign_weights": self.sign_weights,
            "latent_weights": self.latent_weights,
        }
        (folder / "topics.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        (folder / "terms.txt").write_text("\n".join([*self.whole.index, *self.head.index]), encoding="utf-8")
        arrays: dict[str, Any] = self.latent.arrays() if self.latent is not None else {}
        np.savez_compressed(
            folder / "weights.npz",
            idf=np.array([*self.whole.idf, *self.head.idf], dtype=np.float16),
            weights=np.concatenate([self.whole.weights, self.head.weights], axis=1).astype(np.float16),
            **arrays,
        )


def _bag(listed: list[str], idf: NDArray[np.float32], weights: NDArray[np.float32]) -> Bag:
    return Bag({term: place for place, term in enumerate(listed)}, idf.tolist(), tuple(weights.tolist()))
