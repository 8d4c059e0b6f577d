"""Word vectors from unlabelled news, folded into a floret table, and the table of how words are usually written.

A word is described by the words that stand right before and right after it (position by position: "Presiden _" and
"_ mengatakan" say different things), weighted by positive pointwise mutual information and brought to a hundred
dimensions by a truncated singular value decomposition. A floret table of hashed character n-grams is then fitted to
these vectors by least squares, so that a word never seen gets a vector from its parts. Both steps are plain linear
algebra: the same input gives the same table, in a few minutes on one core.

Sources: Levy and Goldberg (2014), Neural word embedding as implicit matrix factorization; Pinter et al. (2017),
Mimicking word embeddings using subword RNNs; https://github.com/explosion/floret
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import spacy
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from streams.nlp.normalise import normalise
from streams.nlp.tokens import split
from streams.nlp.vectors import SubwordVectors

SEED = 7
FEWEST = 5
"""A word must stand this often to take part in the fit."""
CONTEXTS = 12_000
SHIFTS = (-2, -1, 1, 2)


def texts(folder: Path) -> Iterator[str]:
    """Each different text and title of the unlabelled news, normalised."""
    seen: set[int] = set()
    for name in ("articles", "headlines"):
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                for text in (row.get("title"), row.get("text")):
                    if text and hash(text[:200]) not in seen:
                        seen.add(hash(text[:200]))
                        yield normalise(text).text


def tokenised(corpus: Path) -> Iterator[list[str]]:
    """The texts of the corpus, each as its words."""
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            yield line.split()


def casing(lines: Callable[[], Iterator[list[str]]], *, most: int = 30_000) -> dict[str, str]:
    """How words are usually written, from words that follow a small word (so open no sentence).

    `lower` and `upper` are the words usually small and the acronyms; `pairs` are neighbours that are names together
    although one of them is usually small ("Istana Merdeka").
    """
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for words in lines():
        for before, word in pairwise(words):
            if before.islower() and word.isalpha():
                kind = "lower" if word.islower() else "upper" if word.isupper() and len(word) > 1 else "title"
                forms[word.lower()][kind] += 1
    frequent = sorted(forms, key=lambda word: (-forms[word].total(), word))
    frequent = [word for word in frequent if forms[word].total() >= FEWEST][: 2 * most]
    usual = {word: forms[word].most_common(1)[0][0] for word in frequent}
    kept = {
        kind: sorted([word for word in frequent if usual[word] == kind][:most]) for kind in ("lower", "upper")
    }
    together = named_pairs(lines(), frozenset(kept["lower"]), most=most // 2)
    return {kind: " ".join(words) for kind, words in (*kept.items(), ("pairs", together))}


def named_pairs(lines: Iterator[list[str]], lower: frozenset[str], *, most: int) -> list[str]:
    """Pairs "istana_merdeka" written with capitals most of the time, at least one word of them in `lower`.

    Counted where a small word stands before, so never at the beginning of a sentence.
    """
    pairs: dict[str, Counter[bool]] = defaultdict(Counter)
    for words in lines:
        capitals = sum(word[0].isupper() for word in words)
        if capitals > 0.6 * sum(word[0].isalpha() for word in words):
            continue  # a headline
        for before, left, right in zip(words, words[1:], words[2:], strict=False):
            if (
                before.islower()
                and left.isalpha()
                and right.isalpha()
                and not (left.isupper() and right.isupper())
            ):
                small = left.lower(), right.lower()
                if small[0] in lower or small[1] in lower:
                    pairs["_".join(small)][left[0].isupper() and right[0].isupper()] += 1
    named = [pair for pair, count in pairs.items() if count[True] >= 3 and count[True] > 2 * count[False]]
    return sorted(sorted(named, key=lambda pair: (-pairs[pair][True], pair))[:most])


def described(tokens: NDArray[np.int32], kept: int) -> sp.csr_matrix:
    """Words x (shift, context word): positive pointwise mutual information, contexts smoothed by a power of 3/4.

    `tokens` are ranks by frequency, -1 between texts; ranks from `kept` on are not described.
    """
    blocks = []
    for shift in SHIFTS:
        word = tokens[max(0, -shift) : len(tokens) - max(0, shift)]
        context = tokens[max(0, shift) : len(tokens) - max(0, -shift)]
        use = (word >= 0) & (word < kept) & (context >= 0) & (context < CONTEXTS)
        keys, counts = np.unique(word[use].astype(np.int64) * CONTEXTS + context[use], return_counts=True)
        table = sp.csr_matrix(
            (counts.astype(np.float64), (keys // CONTEXTS, keys % CONTEXTS)), shape=(kept, CONTEXTS)
        )
        rows = np.asarray(table.sum(axis=1)).ravel()
        columns = np.asarray(table.sum(axis=0)).ravel() ** 0.75
        coo = table.tocoo()
        pmi = np.log(
            coo.data * columns.sum() / (np.maximum(rows[coo.row], 1) * np.maximum(columns[coo.col], 1))
        )
        positive = pmi > 0
        blocks.append(
            sp.csr_matrix(
                (pmi[positive], (coo.row[positive], coo.col[positive])), shape=(kept, CONTEXTS), dtype="f"
            )
        )
    return sp.hstack(blocks).tocsr()


def embedded(table: sp.csr_matrix, width: int) -> NDArray[np.float32]:
    """One row of Euclidean length one per word."""
    left, values, _ = randomized_svd(table, width, n_iter=3, random_state=SEED)
    vectors = left * np.sqrt(values)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors.astype(np.float32)


def folded(
    words: list[str], vectors: NDArray[np.float32], counts: NDArray[np.float64], empty: SubwordVectors
) -> NDArray[np.float32]:
    """The floret table whose n-gram means come closest to `vectors` (ridge regression by conjugate gradients)."""
    buckets = empty.shape[0]
    columns: list[int] = []
    ends = [0]
    data: list[float] = []
    for word in words:
        places = [h % buckets for ngram in empty._get_ngrams(word) for h in empty._get_ngram_hashes(ngram)]  # noqa: SLF001
        columns.extend(places)
        data.extend([1 / len(places)] * len(places))
        ends.append(len(columns))
    parts = sp.csr_matrix((np.array(data, dtype="f"), columns, ends), shape=(len(words), buckets))
    parts.sum_duplicates()
    weight = sp.diags((np.log(counts) ** 0.5).astype(np.float32))
    across = (parts.T @ weight).tocsr()
    table = np.zeros((buckets, vectors.shape[1]), dtype=np.float32)
    residual = across @ vectors
    direction = residual.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(60):
        image = across @ (parts @ direction) + 0.003 * direction
        step = size / np.maximum((direction * image).sum(axis=0), 1e-12)
        table += step * direction
        residual -= step * image
        grown = (residual**2).sum(axis=0)
        direction = residual + (grown / np.maximum(size, 1e-12)) * direction
        size = grown
    fitted = parts @ table
    cosine = (fitted * vectors).sum(axis=1) / np.maximum(np.linalg.norm(fitted, axis=1), 1e-9)
    print(f"{len(words)} words, mean cosine of the table's vectors to the fitted ones {cosine.mean():.3f}")
    return table


def ranked(corpus: Path) -> tuple[list[str], NDArray[np.float64], NDArray[np.int32]]:
    """Words by falling frequency, their counts, and the corpus as ranks with -1 between texts."""
    counts: Counter[str] = Counter()
    with corpus.open(encoding="utf-8") as lines:
        for line in lines:
            counts.update(line.split())
    words = sorted(
        (word for word in counts if counts[word] >= FEWEST), key=lambda word: (-counts[word], word)
    )
    rank = {word: number for number, word in enumerate(words)}
    with corpus.open(encoding="utf-8") as lines:
        pieces = [
            np.array([rank.get(word, len(words)) for word in line.split()] + [-1, -1], dtype=np.int32)
            for line in lines
        ]
    return words, np.array([counts[word] for word in words], dtype=np.float64), np.concatenate(pieces)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("news", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--buckets", type=int, default=50_000)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    corpus_path = options.out / "corpus.txt"
    with corpus_path.open("w", encoding="utf-8") as out:
        for text in texts(options.news):
            out.write(" ".join(split(text)) + "\n")
    usual = casing(lambda: tokenised(corpus_path))
    (options.out / "casing.json").write_text(json.dumps(usual, ensure_ascii=False) + "\n", encoding="utf-8")
    known, frequency, ranks = ranked(corpus_path)
    print(f"{len(ranks)} tokens, {len(known)} words")
    targets = embedded(described(ranks, len(known)), options.width)
    blank = SubwordVectors(
        strings=spacy.blank("id").vocab.strings, data=np.zeros((options.buckets, options.width), dtype="f"),
        mode="floret", minn=4, maxn=5, hash_count=2, hash_seed=2166136261, bow="<", eow=">",
    )  # fmt: skip
    blank.data = folded(known, targets, frequency, blank)
    blank.save(options.out / "vectors.npz")
