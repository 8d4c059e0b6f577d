"""How well the recogniser's design does on other people's labels: NERGrit, Wikipedia sentences with three types.

The released test set is not at hand, so 200 sentences of its train split, drawn by the hash of their ids, are kept
out and the rest is trained on, starting from the packaged recogniser's word layers. The figure is the mean F1 over
the three types (exact spans), as published results state it. The model is measured and thrown away.

Source: Wilie et al. (2020), IndoNLU: Benchmark and Resources for Evaluating Indonesian NLU.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from labelled import rows
from measures import Span, prf
from rich.console import Console
from rich.progress import track
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, biluo_tags_to_spans, iob_to_biluo
from spacy.util import minibatch
from thinc.api import Adam, NumpyOps, set_current_ops

from streams.nlp.model import MODEL_DIR, load
from streams.nlp.tokens import LineTokenizer

HELD_OUT = 200
PASSES = 30
SENTENCES_PER_BATCH = 20
SEED = 7


def sentences(path: Path, articles: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Sentences to train on, and the held-out ones, which stand neither there nor in the recogniser's `articles`."""
    known = "|".join(letters(row["text"]) for row in rows(articles))
    listed = sorted(rows(path), key=lambda row: hashlib.sha256(row["id"].encode()).hexdigest())
    unseen = [row for row in listed if letters("".join(row["tokens"])) not in known][:HELD_OUT]
    texts = {letters("".join(row["tokens"])) for row in unseen}
    return [row for row in listed if letters("".join(row["tokens"])) not in texts], unseen


def letters(text: str) -> str:
    """The letters and digits alone, in lower case: the same for one sentence however it is spaced."""
    return "".join(filter(str.isalnum, text.lower()))


def example(nlp: Language, row: dict[str, Any]) -> Example:
    """The sentence in the words of its annotators."""
    gold = Doc(nlp.vocab, words=row["tokens"])
    gold.ents = biluo_tags_to_spans(gold, iob_to_biluo(row["tags"]))
    return Example(Doc(nlp.vocab, words=row["tokens"]), gold)


def start(examples: list[Example]) -> tuple[Language, Adam]:
    """A recogniser of the packaged design with the packaged word layers and a new output layer."""
    packaged = load().nlp
    config = spacy.util.load_config(MODEL_DIR / "ner" / "config.cfg")
    nlp = Language(packaged.vocab)
    nlp.tokenizer = LineTokenizer(nlp.vocab)
    ner = nlp.add_pipe("ner", config={"model": config["components"]["ner"]["model"]})
    optimizer = nlp.initialize(lambda: examples)
    known, new = packaged.get_pipe("ner").model, ner.model  # type: ignore[attr-defined]
    for source, target in zip(known.get_ref("tok2vec").walk(), new.get_ref("tok2vec").walk(), strict=True):
        for name in source.param_names:
            if source.has_param(name):
                target.set_param(name, source.get_param(name).copy())
    return nlp, optimizer


def train(listed: list[dict[str, Any]]) -> Language:
    """The recogniser after all passes; the rate of learning falls to zero."""
    dice = random.Random(SEED)  # noqa: S311
    spacy.util.fix_random_seed(SEED)
    nlp, optimizer = start([example(load().nlp, row) for row in listed[:200]])
    examples = [example(nlp, row) for row in listed]
    for number in track(range(PASSES), description="NERGrit", console=Console(stderr=True)):
        dice.shuffle(examples)
        optimizer.learn_rate = 0.001 * (1 - number / PASSES)
        for batch in minibatch(examples, SENTENCES_PER_BATCH):
            nlp.update(batch, sgd=optimizer, drop=0.3)
    return nlp


def scores(gold: Sequence[set[Span]], found: Sequence[set[Span]]) -> dict[str, Any]:
    """Exact-span scores of each type, their mean F1, and its 95 % bootstrap interval over sentences."""
    kinds = sorted({kind for spans in gold for _, _, kind in spans})

    def each(picked: list[int]) -> dict[str, dict[str, float]]:
        return {
            kind: prf(*([{s for s in sets[i] if s[2] == kind} for i in picked] for sets in (gold, found)))
            for kind in kinds
        }

    def macro(picked: list[int]) -> float:
        return float(np.mean([score["f"] for score in each(picked).values()]))

    dice = random.Random(SEED)  # noqa: S311
    everything = list(range(len(gold)))
    draws = [macro(dice.choices(everything, k=len(gold))) for _ in range(500)]
    return {
        "type_macro_f": round(macro(everything), 4),
        "type_macro_f_95": [round(float(edge), 4) for edge in np.percentile(draws, [2.5, 97.5])],
        "types": each(everything),
        "sentences": len(gold),
    }


def measured(data: Path) -> dict[str, Any]:
    """The scores of a recogniser trained for it."""
    set_current_ops(NumpyOps(use_blis=False))
    seen, unseen = sentences(data / "nergrit_train.jsonl", data / "train.jsonl")
    nlp = train(seen)
    pairs = [example(nlp, row) for row in unseen]
    gold = [{(e.start, e.end, e.label_) for e in pair.reference.ents} for pair in pairs]
    return scores(gold, [{(e.start, e.end, e.label_) for e in nlp(pair.predicted).ents} for pair in pairs])
