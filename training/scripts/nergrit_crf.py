"""A recogniser for NERGrit alone: a linear-chain CRF over what the packaged recogniser says and what words look like.

It learns from NERGrit's sentences and from sentences of news that a larger model labelled (`taught.py`), and is
measured on the same held-out sentences as the packaged design (`nergrit.py`). No held-out sentence takes part in
anything before that, not even in the clusters of words. The CRF is measured and thrown away.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycrfsuite
from labelled import rows
from nergrit import scores, sentences
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.cluster import MiniBatchKMeans
from spacy.language import Language
from spacy.tokens import Doc
from taught import spans, taught, words
from thinc.api import NumpyOps, set_current_ops

from streams.nlp.model import load

SEED = 7
CUES = Path(__file__).parents[1] / "configs" / "nergrit_cues.toml"
WINDOW = (-2, -1, 1, 2)
CUE_WINDOW = range(-3, 2)
LONGEST_NAME = 6


@dataclass(frozen=True)
class Settings:
    """Chosen by cross-validation on the sentences that are not held out, but for `copies`: see the model card."""

    l1: float = 0.1
    l2: float = 1.0
    steps: int = 120
    """Of L-BFGS."""
    copies: int = 3
    """How often each of NERGrit's sentences stands beside the teacher's."""
    clusters: tuple[int, ...] = (32, 128, 512)
    names: bool = True
    """Whether names of the knowledge base are marked."""


class Clusters:
    """Words by their vectors, in groups of several sizes."""

    def __init__(self, nlp: Language, known: Iterable[str], sizes: Sequence[int]) -> None:
        self._nlp = nlp
        listed = sorted(set(known))
        vectors = self._vectors(listed)
        self._groups = [
            MiniBatchKMeans(min(size, len(listed)), random_state=SEED, n_init=1, batch_size=4096).fit(vectors)
            for size in sizes
        ]

    def of(self, tokens: Sequence[str]) -> list[list[str]]:
        """For each word the groups it is in."""
        vectors = self._vectors(tokens)
        each = [groups.predict(vectors) for groups in self._groups]
        return [
            [f"k{size}={group}" for size, group in enumerate(groups)] for groups in zip(*each, strict=True)
        ]

    def _vectors(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        vocab = self._nlp.vocab
        vectors = vocab.vectors.get_batch([vocab.strings.add(word) for word in tokens])
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)


@dataclass(frozen=True)
class Reader:
    """Sentences as the CRF sees them: a list of strings for each word."""

    nlp: Language
    clusters: Clusters
    cues: Mapping[str, frozenset[str]]
    names: Mapping[tuple[str, ...], frozenset[str]]
    """Types of known names by their words in lower case."""

    def features(self, tokens: list[str]) -> list[list[str]]:
        """What is known of each word and of those around it."""
        low = [word.lower() for word in tokens]
        found = [
            f"{word.ent_iob_}-{word.ent_type_}" if word.ent_type_ else "O"
            for word in self.nlp(Doc(self.nlp.vocab, words=tokens))
        ]
        groups = self.clusters.of(tokens)
        own = [
            [f"w={low[i]}", f"s={shape(word)}", f"e={found[i]}", f"c={_case(word)}", *groups[i]]
            for i, word in enumerate(tokens)
        ]
        result = [
            [*own[i], f"W={word}", *_edges(low[i]), *_around(own, i), *_beside(tokens, low, found, i)]
            for i, word in enumerate(tokens)
        ]
        for i in range(len(tokens)):
            result[i] += self._cued(low, i)
            if tokens[i][:1].isupper():
                result[i] += self._run(tokens, low, i)
        for i, mark in self._known(tokens, low):
            result[i].append(mark)
        return result

    def _cued(self, low: list[str], i: int) -> Iterator[str]:
        for kind, listed in self.cues.items():
            for step in CUE_WINDOW:
                if 0 <= i + step < len(low) and low[i + step] in listed:
                    yield f"{kind}{step}"

    def _run(self, tokens: list[str], low: list[str], i: int) -> Iterator[str]:
        """The unbroken run of capitalised words around one of them."""
        first = last = i
        while first and tokens[first - 1][:1].isupper():
            first -= 1
        while last + 1 < len(tokens) and tokens[last + 1][:1].isupper():
            last += 1
        yield from (
            f"r0={low[first]}",
            f"r1={low[last]}",
            f"rl={min(5, last - first)}",
            f"rp={min(4, i - first)}",
        )
        within = low[first : last + 1]
        for kind, listed in self.cues.items():
            if not listed.isdisjoint(within):
                yield f"run:{kind}"

    def _known(self, tokens: list[str], low: list[str]) -> Iterator[tuple[int, str]]:
        """The longest known names from left to right."""
        i = 0
        while i < len(low):
            for length in range(min(LONGEST_NAME, len(low) - i), 0, -1):
                kinds = self.names.get(tuple(low[i : i + length]), frozenset())
                if kinds and tokens[i][:1].isupper():
                    for kind in sorted(kinds):
                        yield i, f"kb={kind}|B"
                        yield from ((place, f"kb={kind}|I") for place in range(i + 1, i + length))
                    i += length - 1
                    break
            i += 1


def shape(word: str) -> str:
    """Letters as X and x, digits as d, and no more than two alike in a row."""
    return re.sub(r"(.)\1+", r"\1\1", re.sub(r"\d", "d", re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", word))))


def _case(word: str) -> str:
    return "U" if word.isupper() else "T" if word[:1].isupper() else "l"


def _edges(word: str) -> Iterator[str]:
    for length in (2, 3, 4):
        yield f"p{length}={word[:length]}"
        yield f"x{length}={word[-length:]}"


def _around(own: list[list[str]], i: int) -> Iterator[str]:
    for step in WINDOW:
        if 0 <= i + step < len(own):
            yield from (f"{step}:{each}" for each in own[i + step])
        else:
            yield f"{step}:none"


def _beside(tokens: list[str], low: list[str], found: list[str], i: int) -> Iterator[str]:
    """Pairs with the words beside, and the nearest words in lower case."""
    if i:
        yield from (f"b={low[i - 1]}|{low[i]}", f"be={found[i - 1]}|{found[i]}")
    if i + 1 < len(tokens):
        yield from (f"bn={low[i]}|{low[i + 1]}", f"en={found[i]}|{found[i + 1]}")
    before = next((low[j] for j in range(i - 1, -1, -1) if not tokens[j][:1].isupper()), "^")
    after = next((low[j] for j in range(i + 1, len(low)) if not tokens[j][:1].isupper()), "$")
    yield from (f"pl={before}", f"nl={after}")


def known_names(path: Path) -> dict[tuple[str, ...], frozenset[str]]:
    """Types of the names in a knowledge base (`name`, `aliases`, `type`), by their words in lower case."""
    kinds: dict[tuple[str, ...], set[str]] = {}
    for row in rows(path):
        for name in {row["name"], *(row.get("aliases") or ())}:
            low = name.lower()
            key = tuple(low[start:end] for start, end in words(low))
            if 0 < len(key) <= LONGEST_NAME:
                kinds.setdefault(key, set()).add(row["type"])
    return {key: frozenset(listed) for key, listed in kinds.items()}


def reader(learned: Iterable[dict[str, Any]], names: Path, settings: Settings) -> Reader:
    """A reader whose clusters are made of the words that are learned from."""
    nlp = load().nlp
    cues = {kind: frozenset(text.split()) for kind, text in tomllib.loads(CUES.read_text("utf-8")).items()}
    groups = Clusters(nlp, (word for row in learned for word in row["tokens"]), settings.clusters)
    return Reader(nlp, groups, cues, known_names(names) if settings.names else {})


def train(
    gold: list[dict[str, Any]], silver: list[dict[str, Any]], reading: Reader, model: Path, settings: Settings
) -> pycrfsuite.Tagger:
    """The CRF of both kinds of sentences, kept in the file `model` as long as it is used."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {
            "c1": settings.l1,
            "c2": settings.l2,
            "max_iterations": settings.steps,
            "feature.possible_transitions": True,
        }
    )
    listed = [(row, settings.copies if silver else 1) for row in gold] + [(row, 1) for row in silver]
    for row, copies in track(listed, description="NERGrit, CRF", console=Console(stderr=True)):
        features = reading.features(row["tokens"])
        for _ in range(copies):
            trainer.append(features, row["tags"])
    trainer.train(str(model))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(model))
    return tagger


def measured(data: Path, labels: Path) -> dict[str, Any]:
    """The scores of a CRF trained for it on NERGrit and on the teacher's sentences of news."""
    set_current_ops(NumpyOps(use_blis=False))
    settings = Settings()
    gold, unseen = sentences(data / "ner" / "nergrit_train.jsonl", data / "ner" / "train.jsonl")
    silver = taught(labels, data / "news" / "articles.jsonl.gz")
    reading = reader([*gold, *silver], data / "kb" / "kb.jsonl", settings)
    with TemporaryDirectory() as folder:
        tagger = train(gold, silver, reading, Path(folder) / "crf", settings)
        found = [spans(tagger.tag(reading.features(row["tokens"]))) for row in unseen]
    return scores([spans(row["tags"]) for row in unseen], found)
