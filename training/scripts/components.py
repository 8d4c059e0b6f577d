"""What the spaCy configs name: the runtime's tokenizer, and the sub-word vectors put in before training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spacy.language import Language
from spacy.util import registry
from thinc.api import NumpyOps, set_current_ops

from streams.nlp import tokens  # noqa: F401  (registers the tokenizer)
from streams.nlp.vectors import SubwordVectors

# The BLIS of the wheels has generic kernels only; numpy's OpenBLAS multiplies three to four times as fast.
set_current_ops(NumpyOps(use_blis=False))


@registry.callbacks("kabar.subword_vectors.v1")
def create_subword_vectors(path: str) -> Callable[[Language], Language]:
    """Give the pipeline the floret table at `path` before its layers take their shapes."""

    def load(nlp: Language) -> Language:
        nlp.vocab.vectors = SubwordVectors.load(Path(path), strings=nlp.vocab.strings)
        return nlp

    return load
