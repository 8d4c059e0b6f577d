"""One topic learned from labelled articles, and how good it is on those that it has not seen."""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from streams import own_topics
from streams.errors import BadConfiguration, SetupError
from streams.nlp.signs import FEATURES, Signs
from streams.nlp.topics import Bag, TopicModel
from streams.nlp.topics import read as read_words
from streams.train import linear
from streams.train.labels import Labelled
from streams.train.linear import FOLDS, SEED, Fitted, Floats
from streams.train.linear import Labels as Truth

FEWEST = 20
"""Articles of either kind without which nothing can be told."""
STEPS = FOLDS + 1
"""How many times `learn` says that it has come further."""

# As in training/scripts/train_topics.py, chosen there by cross-validation on some thousand articles.
_PLAIN_STRENGTH = 10.0
_SCALED_STRENGTH = 3.0
_STACKING_STRENGTH = 0.3
# In how many texts a term must stand; of few articles, most words stand in one or two.
_RAREST, _RAREST_OF_FEW, _FEW = 3, 2, 500
_DRAWS = 300


@dataclass(frozen=True, slots=True)
class Words:
    """An article as the models read it."""

    forms: list[str]
    head: list[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a model is on articles that it has not learned from."""

    articles: int
    belonging: int
    """How many of them are about the topic."""
    precision: float
    recall: float
    f1: float
    f1_95: tuple[float, float]
    """Between these F1 lies in 95 of 100 samples of such articles (bootstrap)."""
    calibration_error: float
    """By how much scores miss the share of articles that are about it, on average."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A topic's model, and what it is worth."""

    model: TopicModel
    held_out: Figures
    """On the articles it was learned from, each judged by a model that had not seen it."""

    @property
    def threshold(self) -> float:
        """The score from which an article is assigned."""
        return self.model.threshold[0]


def learn(
    topic_id: str,
    articles: Sequence[Labelled],
    *,
    min_score: float | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Learned:
    """The model of a topic; the same labels, in whatever order, give the same model.

    Args:
        topic_id: what it is called.
        articles: none of them twice.
        min_score: the score from which an article is assigned; None: where F1 is greatest.
        advance: told with each step done, of `STEPS`.

    Raises:
        SetupError: the labels are too few, or `min_score` is too low.
    """
    belonging = sum(article.belongs for article in articles)
    if min(belonging, len(articles) - belonging) < FEWEST:
        raise SetupError(
            f"{belonging} of {len(articles)} labelled articles are about {topic_id!r}: at least {FEWEST} have to be,"
            f" and {FEWEST} must not be. Label more of them."
        )
    ordered = sorted(articles, key=_digest)
    words = [_words(article) for article in ordered]
    truth = np.array([int(article.belongs) for article in ordered])
    # With several threads, the last digits of a sum depend on how many there are.
    with threadpool_limits(limits=1):
        margins = _held_out_margins(words, truth, advance)
        stacked = linear.stacked(margins, truth, _STACKING_STRENGTH)
        bags, fitted = _fit(words, truth)
        advance(1)
    weights = sum(share * one.weights for share, one in zip(stacked.weights, fitted, strict=True))
    bias = stacked.bias + sum(share * one.bias for share, one in zip(stacked.weights, fitted, strict=True))
    least = _least_threshold(float(bias))
    if min_score is not None and min_score < least:
        raise SetupError(
            f"With --min-score {min_score:g} a text of unknown words alone would be about {topic_id!r}: it has to be"
            f" at least {least:g}."
        )
    threshold = (
        min_score if min_score is not None else max(linear.best_threshold(truth, stacked.scores), least)
    )
    model = _model(topic_id, bags, np.asarray(weights), float(bias), threshold)
    return Learned(model, figures(truth, stacked.scores, threshold))


def measure(model: TopicModel, articles: Sequence[Labelled]) -> Figures:
    """How good a model of one topic is on other articles than it has learned from."""
    scores = [model.decide(read_words(article.title, article.text))[0].score for article in articles]
    truth = np.array([int(article.belongs) for article in articles])
    return figures(truth, np.array(scores), model.threshold[0])


def figures(truth: Truth, scores: Floats, threshold: float) -> Figures:
    """What scores are worth if articles are assigned from the threshold on."""
    said = scores >= threshold
    draws = np.random.default_rng(SEED).integers(0, len(truth), (_DRAWS, len(truth)))
    low, high = np.percentile([_quality(truth[draw], said[draw])[2] for draw in draws], [2.5, 97.5])
    precision, recall, f1 = _quality(truth, said)
    return Figures(
        articles=len(truth),
        belonging=int(truth.sum()),
        precision=round(precision, 4),
        recall=round(recall, 4),
        f1=round(f1, 4),
        f1_95=(round(float(low), 4), round(float(high), 4)),
        calibration_error=round(linear.calibration_error(truth, scores), 4),
    )


def require_room(folder: Path) -> None:
    """Returns if a topic can be written there.

    Raises:
        BadConfiguration: it cannot, or something else is there already.
    """
    folder = folder.absolute()
    if "," in str(folder):
        raise BadConfiguration(
            f"KABAR_OWN_TOPICS, where commas are between folders, could not name {folder}: name another with --out."
        )
    if folder.exists() and not (
        folder.is_dir() and {entry.name for entry in folder.iterdir()} <= {*own_topics.FILES}
    ):
        raise BadConfiguration(f"{folder} is no folder of a topic: name a new one with --out.")
    there = next(parent for parent in folder.parents if parent.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BadConfiguration(f"{folder} cannot be made: name another folder with --out.")


def save(learned: Learned, folder: Path, *, medtop: str | None) -> own_topics.TrainedTopic:
    """Writes a topic for KABAR_OWN_TOPICS; what was trained there before is replaced by renaming both.

    Between the two renames there is no folder of that name; killed just then, the one before lies in a hidden folder
    beside it.

    Raises:
        OSError: it cannot be written.
    """
    place = folder.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"threshold": learned.threshold, "held_out": asdict(learned.held_out)}
    [topic_id] = learned.model.topics
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}-") as beside:
        fresh, old = Path(beside) / "new", Path(beside) / "old"
        learned.model.save(fresh)
        description = own_topics.description(topic_id, medtop, told)
        (fresh / own_topics.DESCRIPTION).write_text(description, encoding="utf-8")
        try:
            if place.exists():
                place.rename(old)
            fresh.rename(place)
        finally:
            if not place.exists() and old.exists():
                old.rename(place)
    return own_topics.described(folder)


def _digest(article: Labelled) -> bytes:
    return hashlib.sha256(f"{article.title or ''}\n{article.text}".encode()).digest()


def _words(article: Labelled) -> Words:
    reading = read_words(article.title, article.text)
    return Words(reading.forms, reading.head())


def _held_out_margins(words: Sequence[Words], truth: Truth, advance: Callable[[int], None]) -> Floats:
    """For each article, the margins of both linear models that have not seen it."""
    margins = np.zeros((len(words), 2))
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(truth, truth):
        bags, fitted = _fit([words[place] for place in seen], truth[seen])
        values = linear.matrix(bags, [words[place] for place in unseen])
        margins[unseen] = np.column_stack([one.margins(values) for one in fitted])
        advance(1)
    return margins


def _fit(words: Sequence[Words], truth: Truth) -> tuple[tuple[Bag, Bag], tuple[Fitted, Fitted]]:
    rarest = _RAREST_OF_FEW if len(words) < _FEW else _RAREST
    bags = (
        linear.index([text.forms for text in words], rarest),
        linear.index([text.head for text in words], rarest),
    )
    if not bags[0].index:
        raise SetupError("The labelled articles have no words in common: are they whole articles?")
    values = linear.matrix(bags, words)
    alike = [1.0] * len(words)
    return bags, (
        linear.plain(values, truth, alike, _PLAIN_STRENGTH),
        linear.scaled(values, truth, alike, _SCALED_STRENGTH, real=len(words)),
    )


def _least_threshold(bias: float) -> float:
    """The first hundredth above the score, rounded as in events, of a text of which no word is known."""
    of_nothing = round(10_000 / (1 + math.exp(-bias)))
    return (of_nothing // 100 + 1) / 100


def _model(
    topic_id: str, bags: tuple[Bag, Bag], weights: Floats, bias: float, threshold: float
) -> TopicModel:
    # As they are saved.
    kept = weights.astype(np.float16).astype(np.float64)
    cut = len(bags[0].index)
    return TopicModel(
        topics=(topic_id,),
        whole=replace(bags[0], weights=(kept[:cut].tolist(),)),
        head=replace(bags[1], weights=(kept[cut:].tolist(),)),
        bias=(round(bias, 6),),
        signs=(Signs(frozenset(), ()),),
        sign_weights=((0.0,) * FEATURES,),
        latent=None,
        latent_weights=(),
        threshold=(threshold,),
    )


def _quality(truth: Truth, said: Any) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    right = int((truth * said).sum())
    assigned, belonging = int(said.sum()), int(truth.sum())
    return right / max(1, assigned), right / max(1, belonging), 2 * right / max(1, assigned + belonging)
