"""The labels that models are trained on, as committed."""

import gzip
import importlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
LABELS = Path(__file__).parents[2] / "training" / "labels"
SCRIPTS = LABELS.parent / "scripts"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LABELS / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["articles.jsonl", "headlines.jsonl", "written.jsonl"])
@pytest.mark.parametrize("topic", ["diplomacy", "terrorism"])
def test_every_row_has_or_has_not_each_topic(name: str, topic: str) -> None:
    assert {json.dumps(row[topic]) for row in rows(name)} == {"0", "1"}


@pytest.mark.parametrize(("name", "key"), [("articles.jsonl", "id"), ("headlines.jsonl", "sha256")])
def test_labels_of_others_texts_carry_no_text(name: str, key: str) -> None:
    assert {frozenset(row) for row in rows(name)} == {frozenset((key, "diplomacy", "terrorism", "clear"))}


@pytest.mark.parametrize(("name", "key"), [("articles.jsonl", "id"), ("headlines.jsonl", "sha256")])
def test_no_text_is_labelled_twice(name: str, key: str) -> None:
    assert max(Counter(row[key] for row in rows(name)).values()) == 1


def test_no_written_article_stands_twice() -> None:
    texts = Counter(re.sub(r"\W+", " ", row["text"].lower()) for row in rows("written.jsonl"))
    assert max(texts.values()) == 1


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled data are not beside the checkout")
def test_no_read_article_repeats_a_dev_article() -> None:
    def runs_of_six(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[^\W_]+", text.lower())
        return set(zip(*(words[start:] for start in range(6)), strict=False))

    with (DATA / "topics" / "dev.jsonl").open(encoding="utf-8") as lines:
        dev = [runs_of_six(json.loads(line)["text"]) for line in lines]
    in_dev = {run: number for number, runs in enumerate(dev) for run in runs}
    read = {row["id"] for row in rows("articles.jsonl")}
    with gzip.open(DATA / "news" / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        for article in map(json.loads, lines):
            if article["id"] in read:
                runs = runs_of_six(article["text"])
                shared = Counter(in_dev[run] for run in runs & in_dev.keys())
                for number, count in shared.items():
                    assert count <= min(len(runs), len(dev[number])) / 5, article["id"]


def test_names_found_by_the_teacher_carry_no_text_and_stand_within_their_sentence() -> None:
    for row in rows("taught.jsonl"):
        assert row.keys() == {"id", "start", "end", "entities"}
        edges = [
            row["start"],
            *(edge for start, end, _ in row["entities"] for edge in (start, end)),
            row["end"],
        ]
        assert edges == sorted(edges)
        assert all(start < end and kind in {"PER", "ORG", "LOC"} for start, end, kind in row["entities"])


def test_no_sentence_has_names_of_the_teacher_twice() -> None:
    assert max(Counter((row["id"], row["start"]) for row in rows("taught.jsonl")).values()) == 1


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled data are not beside the checkout")
def test_no_sentence_of_the_teacher_is_held_out_and_each_name_is_of_whole_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("sklearn", reason="training needs the extra of that name")
    monkeypatch.syspath_prepend(SCRIPTS)
    nergrit, taught = importlib.import_module("nergrit"), importlib.import_module("taught")
    _, unseen = nergrit.sentences(DATA / "ner" / "nergrit_train.jsonl", DATA / "ner" / "train.jsonl")
    listed = taught.taught(LABELS / "taught.jsonl", DATA / "news" / "articles.jsonl.gz")
    known = "|".join(nergrit.letters("".join(row["tokens"])) for row in listed)
    assert not [row["id"] for row in unseen if nergrit.letters("".join(row["tokens"])) in known]
