"""The CRF for NERGrit and the labels it is taught with, on sentences written for this test."""

import gzip
import importlib
import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sklearn", reason="training needs the extra of that name")

SCRIPTS = Path(__file__).parents[2] / "training" / "scripts"
STORY = "Kabar singkat.\nMenurut warga, Sari Wulandari tiba di Surabaya pada Senin pagi. Ia lalu makan siang."
NAMES = [("Sari Wulandari", "PER"), ("Surabaya", "LOC")]


@pytest.fixture(autouse=True)
def scripts() -> Iterator[None]:
    sys.path.insert(0, str(SCRIPTS))
    yield
    sys.path.remove(str(SCRIPTS))


@pytest.fixture
def taught() -> ModuleType:
    return importlib.import_module("taught")


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


@settings(deadline=None)
@given(st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]), max_size=12))
def test_tags_say_the_same_after_they_became_names_and_tags_again(tags: list[str]) -> None:
    module = importlib.import_module("taught")
    found = module.spans(tags)
    again = module.tags(found, len(tags))
    assert module.spans(again) == found
    assert [tag[2:] for tag in again] == [tag[2:] for tag in tags]


def test_a_tag_that_goes_on_with_another_type_begins_a_name(taught: ModuleType) -> None:
    assert taught.spans(["B-PER", "I-LOC", "I-LOC", "O"]) == {(0, 1, "PER"), (1, 3, "LOC")}


def test_only_sentences_that_may_hold_a_name_are_drawn(taught: ModuleType) -> None:
    (found,) = [STORY[start:end] for start, end in taught.sentences(STORY)]
    assert found == "Menurut warga, Sari Wulandari tiba di Surabaya pada Senin pagi."


def test_a_label_without_text_becomes_the_sentence_it_was_made_of(taught: ModuleType, tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl.gz", [{"id": "a", "text": STORY}])
    (place,) = taught.drawn(articles, 10)
    tags = ["O", "O", "O", "B-PER", "I-PER", "O", "O", "B-LOC", "O", "O", "O", "O"]
    row = taught.label(place, tags)
    assert row["entities"] == [
        [STORY.index(name), STORY.index(name) + len(name), kind] for name, kind in NAMES
    ]
    assert taught.taught(write(tmp_path / "taught.jsonl", [row]), articles) == [
        {"tokens": place.tokens, "tags": tags}
    ]


def test_labels_of_other_news_are_refused(taught: ModuleType, tmp_path: Path) -> None:
    articles = write(tmp_path / "articles.jsonl.gz", [{"id": "a", "text": STORY}])
    labels = write(tmp_path / "taught.jsonl", [{"id": "b", "start": 0, "end": 5, "entities": []}])
    with pytest.raises(SystemExit, match="lacks 1 of the articles"):
        taught.taught(labels, articles)


def test_the_crf_learns_from_both_kinds_of_sentences_and_is_measured(tmp_path: Path) -> None:
    crf = importlib.import_module("nergrit_crf")
    first = ["Sari", "Bayu", "Tomo", "Rina", "Dewi", "Agus", "Wayan"]
    last = ["Wulandari", "Pratama", "Hartono", "Lestari", "Santoso", "Wibowo", "Nugroho"]
    rows = [
        {
            "id": "-".join(words),
            "tokens": [*words[:2], "lahir", "di", words[2], "."],
            "tags": ["B-PER", "I-PER", "O", "O", "B-LOC", "O"],
        }
        for words in product(first, last, ["Manado", "Kairo", "Surabaya", "Bergen", "Lima"])
    ]
    write(tmp_path / "ner" / "nergrit_train.jsonl", rows)
    write(tmp_path / "ner" / "train.jsonl", [{"text": "Artikel lain."}])
    write(tmp_path / "kb" / "kb.jsonl", [{"name": "Kairo", "aliases": ["Al Qahirah"], "type": "GPE"}])
    write(tmp_path / "news" / "articles.jsonl.gz", [{"id": "a", "text": STORY}])
    start = STORY.index("Menurut")
    spans = [[STORY.index(name), STORY.index(name) + len(name), kind] for name, kind in NAMES]
    labels = write(
        tmp_path / "taught.jsonl",
        [{"id": "a", "start": start, "end": STORY.index(" Ia"), "entities": spans}],
    )
    figures = crf.measured(tmp_path, labels)
    assert figures["sentences"] == 200
    assert figures["types"] == {kind: {"p": 1.0, "r": 1.0, "f": 1.0} for kind in ("LOC", "PER")}


def test_words_of_a_known_name_are_marked_with_its_type_and_their_place_in_it(tmp_path: Path) -> None:
    crf = importlib.import_module("nergrit_crf")
    tokens = ["Ia", "lahir", "di", "Al", "Qahirah", "."]
    names = write(tmp_path / "kb.jsonl", [{"name": "Kairo", "aliases": ["Al Qahirah"], "type": "GPE"}])
    features = crf.reader([{"tokens": tokens}], names, crf.Settings(clusters=(2,))).features(tokens)
    marked = [[mark for mark in each if mark.startswith("kb=")] for each in features]
    assert marked == [[], [], [], ["kb=GPE|B"], ["kb=GPE|I"], []]
