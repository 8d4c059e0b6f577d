"""The topic model: two linear classifiers on labelled articles and headlines, calibrated on held-out folds."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import scipy.sparse as sp
from labelled import rows
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from streams.events import TopicId
from streams.nlp.topics import Bag, Reading, TopicModel, read, terms

TOPICS: tuple[TopicId, ...] = ("diplomacy", "terrorism")
FOLDS = 5
SEED = 7


@dataclass(frozen=True)
class Settings:
    """What was chosen by cross-validation on the training articles."""

    strength: float = 10.0
    """Inverse of the L2 penalty."""
    fewest: int = 3
    """A term must stand in this many articles or headlines to be kept."""
    headline_weight: float = 1.0
    unclear_weight: float = 1.0


def index(bags: Sequence[Sequence[str]], fewest: int) -> tuple[dict[str, int], NDArray[np.float32]]:
    """The kept terms in alphabetical order and their inverse document frequencies."""
    counts = Counter(term for forms in bags for term in set(terms(forms)))
    kept = sorted(term for term, count in counts.items() if count >= fewest)
    idf = np.array([1 + math.log((1 + len(bags)) / (1 + counts[term])) for term in kept], dtype=np.float16)
    return {term: number for number, term in enumerate(kept)}, idf.astype(np.float32)


def matrix(bag: Bag, bags: Sequence[Sequence[str]]) -> sp.csr_matrix:
    """One row of tf-idf values per article, exactly as the runtime computes them."""
    data: list[float] = []
    columns: list[int] = []
    ends = [0]
    for forms in bags:
        values = bag.values(forms)
        columns.extend(values.keys())
        data.extend(values.values())
        ends.append(len(data))
    return sp.csr_matrix((data, columns, ends), shape=(len(bags), len(bag.index)))


def fit(
    readings: Sequence[Reading], labels: NDArray[np.int_], weights: NDArray[np.float64], settings: Settings
) -> TopicModel:
    """Both classifiers, not yet calibrated (slope 1, offset 0, threshold 0.5)."""
    bags: list[Bag] = []
    columns: list[sp.csr_matrix] = []
    for forms in ([r.forms for r in readings], [r.head() for r in readings]):
        known, idf = index(forms, settings.fewest)
        empty = Bag(known, idf.tolist(), ())
        columns.append(matrix(empty, forms))
        bags.append(empty)
    values = sp.hstack(columns).tocsr()
    coefficients, biases = [], []
    for number in range(len(TOPICS)):
        model = LogisticRegression(C=settings.strength, solver="liblinear", random_state=SEED)
        model.fit(values, labels[:, number], sample_weight=weights)
        coefficients.append(model.coef_[0].astype(np.float16).astype(np.float64))
        biases.append(round(float(model.intercept_[0]), 6))
    cut = len(bags[0].index)
    whole = Bag(bags[0].index, bags[0].idf, tuple(row[:cut].tolist() for row in coefficients))
    head = Bag(bags[1].index, bags[1].idf, tuple(row[cut:].tolist() for row in coefficients))
    return TopicModel(TOPICS, whole, head, tuple(biases), (1.0, 1.0), (0.0, 0.0), (0.5, 0.5))


def held_out_margins(
    readings: Sequence[Reading],
    labels: NDArray[np.int_],
    weights: NDArray[np.float64],
    articles: int,
    settings: Settings,
) -> NDArray[np.float64]:
    """For each of the first `articles` readings, the margins of a model that has not seen it."""
    margins = np.zeros((articles, len(TOPICS)))
    strata = labels[:articles, 0] * 2 + labels[:articles, 1]
    extra = np.arange(articles, len(readings))
    for seen, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(strata, strata):
        use = np.concatenate([seen, extra])
        model = fit([readings[i] for i in use], labels[use], weights[use], settings)
        margins[unseen] = [model.margins(readings[i]) for i in unseen]
    return margins


def calibrated(model: TopicModel, margins: NDArray[np.float64], labels: NDArray[np.int_]) -> TopicModel:
    """The model with Platt's slope and offset, and the threshold of the best F1, from held-out margins."""
    slopes, offsets, thresholds = [], [], []
    for number in range(len(TOPICS)):
        platt = LogisticRegression(C=1e6).fit(margins[:, [number]], labels[:, number])
        scores = platt.predict_proba(margins[:, [number]])[:, 1]
        slopes.append(round(float(platt.coef_[0, 0]), 6))
        offsets.append(round(float(platt.intercept_[0]), 6))
        thresholds.append(best_threshold(labels[:, number], scores))
        f1 = f1_score(labels[:, number], scores >= thresholds[-1])
        print(f"{TOPICS[number]}: held-out F1 {f1:.3f} at {thresholds[-1]}")
    return TopicModel(
        model.topics, model.whole, model.head, model.bias, tuple(slopes), tuple(offsets), tuple(thresholds)
    )


def best_threshold(labels: NDArray[np.int_], scores: NDArray[np.float64]) -> float:
    """The middle of the thresholds, in steps of a hundredth, whose F1 is within 0.003 of the best."""
    steps = np.arange(0.15, 0.75, 0.01)
    f1 = np.array([f1_score(labels, scores >= step) for step in steps])
    return round(float(np.mean(steps[f1 >= f1.max() - 0.003])), 2)


def examples(
    folder: Path, settings: Settings
) -> tuple[list[Reading], NDArray[np.int_], NDArray[np.float64], int]:
    """Readings, labels (topics across) and weights of the articles, then of the headlines; how many articles."""
    articles = list(rows(folder / "train.jsonl"))
    headlines = list(rows(folder / "headlines.jsonl"))
    readings = [read(row["title"], row["text"]) for row in articles]
    readings += [read(row["title"], "") for row in headlines]
    both: list[dict[str, Any]] = [*articles, *headlines]
    labels = np.array([[row[topic] for topic in TOPICS] for row in both])
    weights = np.array([1.0 if row["clear"] else settings.unclear_weight for row in both])
    weights[len(articles) :] *= settings.headline_weight
    return readings, labels, weights, len(articles)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with train.jsonl and headlines.jsonl")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    chosen = Settings()
    all_readings, all_labels, all_weights, count = examples(options.data, chosen)
    unseen_margins = held_out_margins(all_readings, all_labels, all_weights, count, chosen)
    final = fit(all_readings, all_labels, all_weights, chosen)
    calibrated(final, unseen_margins, all_labels[:count]).save(options.out)
    print(f"{len(final.whole.index)} + {len(final.head.index)} terms to {cast('Path', options.out)}")
