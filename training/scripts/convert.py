"""From labelled articles to spaCy's training format."""

from __future__ import annotations

import argparse
import hashlib
import random
from pathlib import Path

import spacy
from augment import variants
from labelled import Labelled, articles
from spacy.tokens import Doc, DocBin
from spacy.util import filter_spans

from streams.nlp.casing import Caser
from streams.nlp.tokens import LineTokenizer

SEED = 7


def annotated(tokenizer: LineTokenizer, example: Labelled) -> Doc:
    """The document with its entities; a span that ends inside a token is widened to it."""
    doc = tokenizer(example.text)
    spans = [doc.char_span(s, e, label=t, alignment_mode="expand") for s, e, t in example.spans]
    doc.ents = filter_spans([span for span in spans if span is not None])
    return doc


def held_out(identifier: str, share: float) -> bool:
    """Whether an article belongs to the part of the training data kept for choosing between configurations."""
    return int(hashlib.sha256(identifier.encode()).hexdigest()[:8], 16) / 16**8 < share


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--held-out", type=float, default=0.0, help="share of articles to leave out")
    parser.add_argument("--only-held-out", action="store_true")
    parser.add_argument("--casing", type=Path, help="casing.json: also store variants in other dress")
    options = parser.parse_args()
    tokenizer = LineTokenizer(spacy.blank("id").vocab)
    caser = Caser.load(options.casing) if options.casing else None
    dice = random.Random(SEED)  # noqa: S311
    store = DocBin(store_user_data=False)
    for example in articles(options.source):
        if held_out(example.id + example.text[:50], options.held_out) == options.only_held_out:
            store.add(annotated(tokenizer, example))
            for variant in variants(example, caser, dice) if caser else ():
                store.add(annotated(tokenizer, variant))
    store.to_disk(options.out)
    print(f"{len(store)} texts to {options.out}")
