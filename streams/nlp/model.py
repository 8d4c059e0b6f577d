"""The packaged model: found beside this file, read once per process."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import spacy
from spacy.language import Language
from thinc.api import NumpyOps

from streams import own_topics
from streams.errors import ModelMissing
from streams.nlp import tokens  # noqa: F401  (registers the tokenizer that the config names)
from streams.nlp.casing import Caser
from streams.nlp.lexicon import Lexicon
from streams.nlp.topics import TopicModel, read
from streams.nlp.vectors import SubwordVectors
from streams.own_topics import TrainedTopic

MODEL_DIR = Path(__file__).parent / "model"
# What reading a file can raise that was cut short, overwritten, or comes from another version.
_DAMAGE = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Model:
    """Everything the tag and classify stages read."""

    name_version: str
    """For example "kabar-id 0.1.0"."""
    nlp: Language
    lexicon: Lexicon
    caser: Caser
    topics: TopicModel


@cache
def load() -> Model:
    """The packaged model, read on the first call in a process and shared after it.

    Raises:
        streams.errors.ModelMissing: the model is absent or damaged.
    """
    return load_from(MODEL_DIR)


def load_from(folder: Path) -> Model:
    """The model in `folder`, read anew.

    Raises:
        streams.errors.ModelMissing: the model is absent or damaged.
    """
    if not (folder / "meta.json").is_file():
        raise ModelMissing(f"There is no model in {folder}: install the package anew or run training/.")
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        nlp = spacy.load(folder / "ner", exclude=["vocab"])
        _prepare(nlp)
        nlp.vocab.vectors = SubwordVectors.load(folder / "vectors.npz", strings=nlp.vocab.strings)
        return Model(
            name_version=f"{meta['name']} {meta['version']}",
            nlp=nlp,
            lexicon=Lexicon(nlp),
            caser=Caser.load(folder / "casing.json"),
            topics=TopicModel.load(folder / "topics"),
        )
    except _DAMAGE as error:
        raise ModelMissing(
            f"The model in {folder} is damaged ({error}): install the package anew or run training/."
        ) from error


@cache
def load_own(topic: TrainedTopic) -> TopicModel:
    """The model of a topic of one's own, read on the first call in a process and shared after it.

    Raises:
        streams.errors.ModelMissing: it is absent or damaged, or another than it was when Kabar was started.
    """
    try:
        found = TopicModel.load(topic.folder)
        if found.topics != (topic.id,):
            raise ValueError(f"it is a model of {', '.join(found.topics)}")
        if len(found.decide(read(None, "Kabar."))) != 1:
            raise ValueError("it does not decide")
        version = own_topics.version_of(topic.folder)
    except _DAMAGE as error:
        raise own_topics.damaged(topic.folder, error) from error
    if version != topic.version:
        raise ModelMissing(
            f"The topic in {topic.folder} was trained anew while Kabar was running: start Kabar again."
        )
    return found


def _prepare(nlp: Language) -> None:
    """Bring weights kept in half precision back to what the layers compute with, and choose the faster products.

    The BLIS in the wheels of spaCy has generic kernels only; numpy's OpenBLAS multiplies three to four times as fast.
    """
    products = NumpyOps(use_blis=False)
    for node in nlp.get_pipe("ner").model.walk():  # type: ignore[attr-defined]
        node.ops = products
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name).astype(np.float32))
