"""The labels that the topic model is trained on, as committed."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

LABELS = Path(__file__).parents[2] / "training" / "labels"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LABELS / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["articles.jsonl", "headlines.jsonl", "written.jsonl"])
def test_every_row_says_of_both_topics_whether_it_has_them(name: str) -> None:
    assert {row[topic] for row in rows(name) for topic in ("diplomacy", "terrorism")} == {0, 1}


@pytest.mark.parametrize(("name", "key"), [("articles.jsonl", "id"), ("headlines.jsonl", "sha256")])
def test_labels_of_others_texts_carry_no_text_and_name_each_once(name: str, key: str) -> None:
    listed = rows(name)
    assert {frozenset(row) for row in listed} == {frozenset((key, "diplomacy", "terrorism", "clear"))}
    assert max(Counter(row[key] for row in listed).values()) == 1


def test_no_written_article_stands_twice() -> None:
    texts = Counter(re.sub(r"\W+", " ", row["text"].lower()) for row in rows("written.jsonl"))
    assert max(texts.values()) == 1
