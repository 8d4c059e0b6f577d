"""Sub-word vectors (floret) from unlabelled news, and the table of how words are usually written.

One thread: floret's threads race for the weights, and only one gives the same table twice.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import floret
import spacy

from streams.nlp.normalise import normalise
from streams.nlp.tokens import split
from streams.nlp.vectors import SubwordVectors


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


def casing(lines: Iterator[list[str]], *, most: int = 30_000) -> dict[str, str]:
    """Words usually written small, and acronyms, from words that follow a small word (so open no sentence)."""
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for words in lines:
        for before, word in itertools.pairwise(words):
            if before.islower() and word.isalpha():
                kind = "lower" if word.islower() else "upper" if word.isupper() and len(word) > 1 else "title"
                forms[word.lower()][kind] += 1
    frequent = sorted(forms, key=lambda word: (-forms[word].total(), word))
    frequent = [word for word in frequent if forms[word].total() >= 5][: 2 * most]
    usual = {word: forms[word].most_common(1)[0][0] for word in frequent}
    return {
        kind: " ".join(sorted([word for word in frequent if usual[word] == kind][:most]))
        for kind in ("lower", "upper")
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("news", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--width", type=int, default=120)
    parser.add_argument("--buckets", type=int, default=50_000)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    corpus = options.out / "corpus.txt"
    with corpus.open("w", encoding="utf-8") as out:
        for text in texts(options.news):
            out.write(" ".join(split(text)) + "\n")
    with corpus.open(encoding="utf-8") as tokenised:
        table = casing(line.split() for line in tokenised if not re.fullmatch(r"[^a-z]*", line))
    (options.out / "casing.json").write_text(json.dumps(table, ensure_ascii=False) + "\n", encoding="utf-8")
    model = floret.train_unsupervised(
        str(corpus), model="cbow", mode="floret", hashCount=2, bucket=options.buckets, minn=3, maxn=6,
        minCount=8, dim=options.width, epoch=options.epochs, lr=0.05, ws=5, neg=10, thread=1,
    )  # fmt: skip
    model.save_floret_vectors(str(options.out / "table.floret"))
    vectors = SubwordVectors.from_floret(
        options.out / "table.floret", strings=spacy.blank("id").vocab.strings
    )
    vectors.save(options.out / "vectors.npz")
