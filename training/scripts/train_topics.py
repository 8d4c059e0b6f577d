"""The topic model: three classifiers on labelled articles and headlines, calibrated on held-out folds.

Two are linear models on the same tf-idf values (`streams/train/linear.py`, which `kabar train` uses too), the third is
a kernel machine over latent topics (`latent_space.py`). A regression on their held-out margins and on the counts of
`signs.py` weighs them and calibrates the sum. The linear ones become one weight per term.

Blends (half of one article, half of another, both's labels) teach the linear ones that a second subject counts beside
the first.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import latent_space
import numpy as np
from latent_space import KernelSettings
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from topic_examples import TOPICS, Example, Sources, articles, headlines, sign_lists, written

from streams.nlp.latent import Doubles
from streams.nlp.topics import Bag, TopicModel
from streams.train import linear
from streams.train.linear import FOLDS, SEED, Fitted, best_threshold, calibration_error, index, matrix


@dataclass(frozen=True)
class Settings:
    """What was chosen by cross-validation on the training articles."""

    plain_strength: float = 10.0
    """Inverse of the L2 penalty."""
    scaled_strength: float = 3.0
    fewest: int = 3
    """A term must stand in this many texts to be kept."""
    blends: int = 3
    """Blends made of each article that has a topic."""
    blend_weight: float = 0.5
    headline_weight: float = 0.5
    stacking_strength: float = 0.3
    kernel: KernelSettings = field(default_factory=KernelSettings)


@dataclass(frozen=True)
class Parts:
    """Both linear models over the same terms, by topic."""

    bags: tuple[Bag, Bag]
    plain: list[Fitted]
    scaled: list[Fitted]

    def margins(self, values: Any) -> NDArray[np.float64]:
        """Texts x topics x (plain, scaled)."""
        columns = [
            [self.plain[number].margins(values), self.scaled[number].margins(values)]
            for number in range(len(TOPICS))
        ]
        return np.array(columns).transpose(2, 0, 1)


def blended(seen: Sequence[Example], settings: Settings) -> list[Example]:
    """For each article with a topic, some blends with another: the opening of one, then a stretch of the other."""
    dice = random.Random(SEED)  # noqa: S311
    blends = []
    for article in seen:
        for _ in range(settings.blends if any(article.labels) else 0):
            pair = [article, dice.choice(seen)]
            dice.shuffle(pair)
            first, second = pair
            length = 2 * min(len(first.forms), len(second.forms))
            share = dice.uniform(0.35, 0.65)
            kept = max(40, int(length * share))
            taken = int(length * (1 - share))
            start = dice.randrange(max(1, len(second.forms) - taken))
            forms = first.forms[:kept] + second.forms[start : start + taken]
            labels = tuple(max(both) for both in zip(first.labels, second.labels, strict=True))
            blends.append(Example(forms, first.head, labels, weight=settings.blend_weight))
    return blends


def fit(seen: Sequence[Example], beside: Sequence[Example], settings: Settings) -> Parts:
    """Both linear models of each topic from articles and what stands beside them, headlines and written ones."""
    real = [*seen, *beside]
    bags = (index([e.forms for e in real], settings.fewest), index([e.head for e in real], settings.fewest))
    everything = [*real, *blended(seen, settings)]
    values = matrix(bags, everything)
    weights = [example.weight for example in everything]
    plain, scaled = [], []
    for number in range(len(TOPICS)):
        labels = np.array([example.labels[number] for example in everything])
        plain.append(linear.plain(values, labels, weights, settings.plain_strength))
        scaled.append(linear.scaled(values, labels, weights, settings.scaled_strength, real=len(real)))
    return Parts(bags, plain, scaled)


@dataclass(frozen=True)
class Labelled:
    """Articles that are held out in turn, what stands beside them in every fold, and where all of them stand."""

    known: Sequence[Example]
    beside: Sequence[Example]
    known_places: Doubles
    beside_places: Doubles


def held_out_margins(labelled: Labelled, settings: Settings) -> NDArray[np.float64]:
    """For each article and topic, the margins (plain, scaled, kernel) of models that have not seen its labels.

    Its text is part of the unlabelled news that the latent space was made of.
    """
    known, beside = labelled.known, labelled.beside
    margins = np.zeros((len(known), len(TOPICS), 3))
    strata = [example.labels[0] * 2 + example.labels[1] for example in known]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for seen, unseen in folds.split(strata, strata):
        listed = [known[i] for i in seen]
        parts = fit(listed, beside, settings)
        margins[unseen, :, :2] = parts.margins(matrix(parts.bags, [known[i] for i in unseen]))
        places = np.vstack([labelled.known_places[seen], labelled.beside_places])
        machines = latent_space.machines(places, [*listed, *beside], settings.kernel)
        margins[unseen, :, 2] = latent_space.margins(machines, labelled.known_places[unseen])
    return margins


def stacked(
    inputs: NDArray[np.float64], labels: NDArray[np.int_], given: NDArray[np.bool_], settings: Settings
) -> tuple[NDArray[np.float64], float, float]:
    """Weights, bias and threshold of the regression over held-out margins and signs.

    The threshold comes from held-out scores of the given articles: the others were picked where a model was unsure and
    have other shares of everything.
    """
    found = linear.stacked(inputs, labels, settings.stacking_strength)
    scores = found.scores
    threshold = best_threshold(labels[given], scores[given])
    held_out = f1_score(labels[given], scores[given] >= threshold), f1_score(labels, scores >= threshold)
    error = calibration_error(labels[given], scores[given])
    print(
        f"held-out F1 {held_out[0]:.3f} on given articles (calibration error {error:.3f}), "
        f"{held_out[1]:.3f} on all, at {threshold}"
    )
    return found.weights, found.bias, threshold


def train(sources: Sources, settings: Settings) -> TopicModel:
    """The whole model."""
    signs = sign_lists(sources.signs)
    known = articles(sources, signs)
    beside = [*headlines(sources, settings.headline_weight), *written(sources)]
    everything = [*known, *beside]
    bag = index([example.forms for example in everything], settings.fewest)
    space = latent_space.space(bag, sources.news, settings.kernel)
    places = latent_space.positions(space, bag, everything)
    margins = held_out_margins(Labelled(known, beside, places[: len(known)], places[len(known) :]), settings)
    given = np.array([example.given for example in known])
    parts = fit(known, beside, settings)
    latent, of_nothing = latent_space.inhabited(
        space, latent_space.machines(places, everything, settings.kernel), places
    )
    weights, biases, sign_weights, latent_weights, thresholds = [], [], [], [], []
    for number, topic in enumerate(TOPICS):
        print(topic, end=": ")
        labels = np.array([example.labels[number] for example in known])
        counts = np.array([example.signs[number] for example in known])
        inputs = np.hstack([margins[:, number], counts])
        # A topic without a kernel machine has zeros there, and nothing but zero can be their weight.
        mix, bias, threshold = stacked(inputs, labels, given, settings)
        plain, scaled = parts.plain[number], parts.scaled[number]
        mixed = mix[0] * plain.weights + mix[1] * scaled.weights
        weights.append(mixed.astype(np.float16).astype(np.float64))
        bias += float(mix[0] * plain.bias + mix[1] * scaled.bias + mix[2] * of_nothing[number])
        biases.append(round(bias, 6))
        latent_weights.append(round(float(mix[2]), 6))
        sign_weights.append(tuple(round(float(weight), 6) for weight in mix[3:]))
        thresholds.append(threshold)
    cut = len(parts.bags[0].index)
    return TopicModel(
        topics=TOPICS,
        whole=replace(parts.bags[0], weights=tuple(row[:cut].tolist() for row in weights)),
        head=replace(parts.bags[1], weights=tuple(row[cut:].tolist() for row in weights)),
        bias=tuple(biases),
        signs=signs,
        sign_weights=tuple(sign_weights),
        latent=latent,
        latent_weights=tuple(latent_weights),
        threshold=tuple(thresholds),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("topics", type=Path, help="folder with labelled train.jsonl and headlines.jsonl")
    parser.add_argument("news", type=Path, help="folder with articles.jsonl.gz and headlines.jsonl.gz")
    parser.add_argument("labels", type=Path, help="folder with the labels made for this project")
    parser.add_argument("signs", type=Path, help="signs.toml, the words that name each topic")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    made = train(Sources(options.topics, options.news, options.labels, options.signs), Settings())
    made.save(options.out)
    print(f"{len(made.whole.index)} + {len(made.head.index)} terms to {options.out}")
