"""Where an article stands among labelled ones: a kernel machine over latent topics.

A weight per word cannot say that a word speaks of diplomacy in one company and of football in another. So each
word also has a place in a space of some hundred dimensions, learned from unlabelled news; an article stands where its
words do on the whole, and the labelled articles around it say what it is about.

Sources: Deerwester et al. (1990), Indexing by latent semantic analysis; Cortes and Vapnik (1995), Support-vector
networks, with the Gaussian kernel exp(-gamma d^2); Sundararajan et al. (2017), Axiomatic attribution for deep networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Sums are made in double precision: in single precision their fourth digit would depend on how many threads add them
# up, and a replay could write other bytes.
Doubles = NDArray[np.float64]

# Added to the square of an article's length in the space (an article's is some hundreds, a headline's about ten), so
# that a text of one or two words stands near the middle and not among the articles made of nothing else.
_FAINT = 10.0
_FURTHEST = 1 - 1e-7
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True)
class Latent:
    """The space and the labelled articles in it that matter (support vectors)."""

    rows: dict[int, int]
    """Which row of `words` belongs to which term of the bag; terms outside the space have none."""
    words: Floats
    """Words x dimensions."""
    supports: Doubles
    """Articles x dimensions."""
    pulls: Doubles
    """Topics x articles: how strongly each article pulls towards the topic, or away from it below 0."""
    gamma: float
    _squares: Doubles = field(init=False, repr=False, compare=False)
    _near_middle: Doubles = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keeps what is the same for every article.

        Raises:
            ValueError: the parts do not fit together, or hold what is no number.
        """
        parts = self.words, self.supports, self.pulls
        if any(part.ndim != 2 for part in parts) or not all(np.isfinite(part).all() for part in parts):
            raise ValueError("words, supports and pulls are not three tables of numbers")
        if not 0 < self.gamma < np.inf:
            raise ValueError(f"gamma is {self.gamma}")
        if not len(self.rows) == len(self.words) > 0 or self.words.shape[1] != self.supports.shape[1]:
            raise ValueError(
                f"{len(self.rows)} terms, words {self.words.shape}, supports {self.supports.shape}"
            )
        if self.pulls.shape[1] != len(self.supports):
            raise ValueError(f"{self.pulls.shape[1]} pulls of {len(self.supports)} supports")
        squares = np.einsum("ij,ij->i", self.supports, self.supports)
        object.__setattr__(self, "_squares", squares)
        object.__setattr__(self, "_near_middle", self._near(0.0, 0.0))

    def position(self, raw: Mapping[int, float]) -> Doubles:
        """Where an article stands, less than 1 from the middle; `raw` holds the tf-idf values of its terms."""
        _, values, vectors = self._known(raw)
        return _placed(values @ vectors)

    def margins(self, raw: Mapping[int, float]) -> list[float]:
        """For each topic, how much more the article is drawn to it than a text without words."""
        place = self.position(raw)
        near = self._near(self.supports @ place, float(place @ place)) - self._near_middle
        return [float(pull @ near) for pull in self.pulls]

    def worth(self, raw: Mapping[int, float], topic: int) -> dict[int, float]:
        """What each term adds to the margin of `topic`: integrated gradients from a text without words.

        What a word adds depends on its company, so there are other ways to share; these shares make up the margin.
        """
        terms, values, vectors = self._known(raw)
        sums = values @ vectors
        length = float(np.linalg.norm(sums))
        if length == 0 or not self.pulls[topic].any():
            return {}
        way = sums / length
        reach = min(float(_placed(sums) @ way), _FURTHEST)
        # Along the way out from the middle; off it, a step moves the article less the longer it is, by 1 - node^2.
        # The steps are even in artanh(node), where nothing grows beyond bounds as the node nears 1.
        nodes = np.tanh((_NODES + 1) / 2 * np.arctanh(reach))
        weights = _NODE_WEIGHTS / 2 * np.arctanh(reach) * (1 - nodes * nodes)
        ahead = self.supports @ way
        drawn = self.pulls[topic] * np.stack([self._near(node * ahead, node * node) for node in nodes])
        slopes = 2 * self.gamma * (drawn @ self.supports - np.outer(drawn.sum(axis=1) * nodes, way))
        outward = np.outer(slopes @ way, way)
        total = weights @ (outward + (slopes - outward) / (1 - nodes * nodes)[:, None])
        return dict(zip(terms, (values * (vectors @ total) / length).tolist(), strict=True))

    def _near(self, along: Doubles | float, square: float) -> Doubles:
        """How near each support is to a place, from its products with them and its square, 1 where they meet."""
        return np.asarray(np.exp(-self.gamma * (self._squares - 2 * along + square)))

    def _known(self, raw: Mapping[int, float]) -> tuple[list[int], Doubles, Doubles]:
        # Always in one order: the last digits of a sum depend on it, and the order of an article's words must not.
        terms = sorted(raw.keys() & self.rows.keys())
        values = np.array([raw[term] for term in terms], dtype=np.float64)
        return terms, values, self.words[[self.rows[term] for term in terms]].astype(np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `from_arrays` reads; coordinates in 8 bits, with one step for each dimension."""
        words, word_steps = _stepped(self.words)
        supports, support_steps = _stepped(self.supports)
        return {
            "latent_terms": np.array(list(self.rows), dtype=np.int32),
            "latent_words": words,
            "latent_word_steps": word_steps,
            "latent_supports": supports,
            "latent_support_steps": support_steps,
            "latent_pulls": self.pulls.astype(np.float16),
            "latent_gamma": np.array(self.gamma),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The space that `arrays` described.

        Raises:
            KeyError, ValueError: an array is missing or has another shape than the others.
        """
        terms = arrays["latent_terms"].tolist()
        for steps in (arrays["latent_word_steps"], arrays["latent_support_steps"]):
            if steps.ndim != 1 or not np.isfinite(steps).all():
                raise ValueError("the steps are not one number for each dimension")
        words = (arrays["latent_words"] * arrays["latent_word_steps"]).astype(np.float32)
        supports = (arrays["latent_supports"] * arrays["latent_support_steps"]).astype(np.float64)
        pulls = arrays["latent_pulls"].astype(np.float64)
        return cls(
            rows={term: row for row, term in enumerate(terms)},
            words=words,
            supports=supports,
            pulls=pulls,
            gamma=float(arrays["latent_gamma"]),
        )


def _placed(sums: Doubles) -> Doubles:
    return np.asarray(sums / np.sqrt(sums @ sums + _FAINT))


def _stepped(matrix: Floats | Doubles) -> tuple[NDArray[np.int8], Floats]:
    """The matrix in 8-bit integers, and what one step is worth in each column."""
    steps = (np.maximum(np.abs(matrix).max(axis=0, initial=0.0), 1e-9) / 127).astype(np.float32)
    return np.rint(matrix / steps).astype(np.int8), steps
