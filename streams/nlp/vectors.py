"""Sub-word vectors (floret) kept in a quarter of their size, with a memory for words already met."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from spacy.strings import StringStore
from spacy.vectors import Vectors

# News repeats itself: this many words cover it, and bound what a long-lived worker remembers (about 10 MB).
_REMEMBERED = 20_000


class SubwordVectors(Vectors):  # type: ignore[misc]
    """A floret table: the vector of a word is the mean over its hashed character n-grams.

    spaCy's own class hashes every n-gram of every word anew for each document; this one remembers the words it
    has met. Values do not depend on what is remembered.

    Source: https://github.com/explosion/floret
    """

    def __init__(self, **options: Any) -> None:
        """Make the table; `options` are those of `spacy.vectors.Vectors` in floret mode."""
        super().__init__(**options)
        self._known: dict[Any, NDArray[np.float32]] = {}

    def get_batch(self, keys: Iterable[Any]) -> NDArray[np.float32]:
        """One row per key (hash or string)."""
        wanted = [int(key) for key in keys]
        missing = [key for key in dict.fromkeys(wanted) if key not in self._known]
        if not missing and wanted:
            return np.stack([self._known[key] for key in wanted])
        if len(self._known) + len(missing) > _REMEMBERED:
            self._known.clear()
            missing = list(dict.fromkeys(wanted))
        if missing:
            # Each word's mean is taken over its own n-grams in order, so the words around change no bit of it.
            self._known.update(zip(missing, super().get_batch(missing).astype(np.float32), strict=True))
        if not wanted:
            return np.zeros((0, self.data.shape[1]), dtype=np.float32)
        return np.stack([self._known[key] for key in wanted])

    @classmethod
    def from_floret(cls, path: Path, *, strings: StringStore) -> Self:
        """The table in floret's text format, rounded to what `save` keeps."""
        with path.open(encoding="utf-8") as lines:
            buckets, width, minn, maxn, count, seed, bow, eow = lines.readline().split(" ")
            data = np.empty((int(buckets), int(width)), dtype=np.float32)
            for line in lines:
                row, *values = line.rstrip().split(" ")
                data[int(row)] = np.asarray(values, dtype=np.float32)
        scale, small = _shrink(data)
        return cls(
            strings=strings, data=_grow(scale, small), mode="floret", minn=int(minn), maxn=int(maxn),
            hash_count=int(count), hash_seed=int(seed), bow=bow, eow=eow.strip(),
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the table as 8-bit integers with one scale per row (a 255th of the largest value's error)."""
        scale, small = _shrink(self.data)
        settings = np.array([self.minn, self.maxn, self.hash_count, self.hash_seed])
        np.savez(path, scale=scale, data=small, settings=settings, marks=np.array([self.bow, self.eow]))

    @classmethod
    def load(cls, path: Path, *, strings: StringStore) -> Self:
        """The table that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError, KeyError: the file is damaged.
        """
        # Opened here: numpy leaves a file that is no archive open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            minn, maxn, count, seed = (int(value) for value in file["settings"])
            bow, eow = (str(mark) for mark in file["marks"])
            data = _grow(file["scale"], file["data"])
        return cls(
            strings=strings, data=data, mode="floret", minn=minn, maxn=maxn,
            hash_count=count, hash_seed=seed, bow=bow, eow=eow,
        )  # fmt: skip


def _shrink(data: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    scale = (np.abs(data).max(axis=1, keepdims=True) / 127).astype(np.float32)
    safe = np.where(scale == 0, 1, scale)
    return scale, np.rint(data / safe).astype(np.int8)


def _grow(scale: NDArray[np.float32], small: NDArray[np.int8]) -> NDArray[np.float32]:
    grown: NDArray[np.float32] = small.astype(np.float32) * scale
    return grown
