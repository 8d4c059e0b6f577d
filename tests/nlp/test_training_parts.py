"""What the training scripts compute, piece by piece."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs the extra of that name")

SCRIPTS = Path(__file__).parents[2] / "training" / "scripts"


@pytest.fixture(autouse=True)
def scripts() -> Iterator[None]:
    sys.path.insert(0, str(SCRIPTS))
    yield
    sys.path.remove(str(SCRIPTS))


@pytest.fixture
def topics() -> ModuleType:
    return importlib.import_module("train_topics")


def test_a_blend_has_the_labels_of_both_its_articles_and_counts_less(topics: ModuleType) -> None:
    settings = topics.Settings()
    talks = topics.Example(["menlu"] * 100, ["menlu"], (1, 0))
    attack = topics.Example(["bom"] * 100, ["bom"], (0, 1))
    blends = topics.blended([talks, attack], settings)
    mixed = [blend for blend in blends if {"menlu", "bom"} <= set(blend.forms)]
    assert mixed
    assert {(blend.labels, blend.weight) for blend in mixed} == {((1, 1), settings.blend_weight)}


def test_the_threshold_is_half_the_best_f1(topics: ModuleType) -> None:
    labels = np.array([0, 0, 0, 1, 1])
    # The best cut finds both and one too many: F1 = 4 / 5.
    assert topics.best_threshold(labels, np.array([0.1, 0.2, 0.5, 0.4, 0.6])) == 0.4


def test_a_held_out_sentence_is_neither_trained_on_nor_in_the_articles(tmp_path: Path) -> None:
    nergrit = importlib.import_module("nergrit")
    rows = [{"id": str(n), "tokens": ["Kalimat", str(n % 250), "."], "tags": ["O"] * 3} for n in range(300)]
    (tmp_path / "sentences").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "articles").write_text(
        json.dumps({"text": "Di sini kalimat 249. Dan lagi."}), encoding="utf-8"
    )
    seen, unseen = nergrit.sentences(tmp_path / "sentences", tmp_path / "articles")
    held_out = {row["tokens"][1] for row in unseen}
    assert len(unseen) == nergrit.HELD_OUT
    assert not held_out & ({row["tokens"][1] for row in seen} | {"249"})


def test_the_spread_over_seeds_is_the_sample_standard_deviation() -> None:
    seeds = importlib.import_module("seeds")
    runs = [
        {
            "micro": {"f": f}, "macro_f": f, "macro_f_rare": f, "upper_cased_f": f,
            "types": {kind: {"f": f} for kind in seeds.TYPES},
        }
        for f in (0.9, 0.92)
    ]  # fmt: skip
    assert seeds.summary(runs)["micro"] == {"mean": 0.91, "sd": 0.0141, "least": 0.9, "most": 0.92}


def test_a_pair_of_words_is_a_name_if_it_has_capitals_within_sentences() -> None:
    vectors = importlib.import_module("vectors")
    inside = ["ia", "tiba", "di", "Istana", "Merdeka", "untuk", "rapat"]
    opening = ["Menurut", "Yusri", "itu", "benar", ".", "Menurut", "Yusri", "begitu"]
    found = vectors.named_pairs(iter([inside, opening] * 5), frozenset(["menurut", "merdeka"]), most=10)
    assert found == ["istana_merdeka"]
