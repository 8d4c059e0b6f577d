"""A topic learned from labels, and what is said of how good it is."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="`kabar train` needs the extra `train`")

from streams import own_topics
from streams.errors import BadConfiguration, SetupError
from streams.nlp.topics import TopicModel, read
from streams.train import learning
from streams.train.labels import Labelled
from tests.own_topic import HACKED, HARVEST, labelled, learned, relabelled


@pytest.fixture(scope="module")
def found() -> learning.Learned:
    return learning.learn("cyber", labelled())


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_article_about_it_is_told_from_one_that_is_not(found: learning.Learned) -> None:
    [about], [other] = (found.model.decide(read(None, text)) for text in (HACKED, HARVEST))
    assert about.assigned
    assert not other.assigned


def test_articles_that_were_held_out_are_told_apart(found: learning.Learned) -> None:
    assert (found.held_out.articles, found.held_out.belonging) == (56, 26)
    assert found.held_out.f1 > 0.8
    low, high = found.held_out.f1_95
    assert low <= found.held_out.f1 <= high


def test_the_same_labels_give_the_same_bytes_in_any_order_and_process(cyber: Path, tmp_path: Path) -> None:
    learned(tmp_path / "reversed", labelled()[::-1])
    script = "import sys, pathlib; from tests.own_topic import learned; learned(pathlib.Path(sys.argv[1]) / 'other')"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "3"}
    subprocess.run([sys.executable, "-c", script, tmp_path], env=environment, check=True)

    assert content(tmp_path / "reversed") == content(tmp_path / "other") == content(cyber)
    assert set(content(cyber)) == set(own_topics.FILES)


def test_other_labels_give_another_version(cyber: Path, tmp_path: Path) -> None:
    other = learned(tmp_path / "other", relabelled(labelled()))
    assert other.version != own_topics.described(cyber).version


def test_what_is_saved_decides_as_what_was_learned(found: learning.Learned, cyber: Path) -> None:
    loaded = TopicModel.load(cyber)
    readings = [read(article.title, article.text) for article in labelled()]
    assert [loaded.decide(reading) for reading in readings] == [
        found.model.decide(reading) for reading in readings
    ]


def test_a_text_of_unknown_words_is_not_assigned(found: learning.Learned) -> None:
    for text in ("", "Zzyzx qwfp.", "東京で会談した。"):
        [decision] = found.model.decide(read(None, text))
        assert not decision.assigned


def test_a_score_that_was_asked_for_is_the_threshold() -> None:
    assert learning.learn("cyber", labelled(), min_score=0.9).threshold == 0.9


def test_a_score_at_which_unknown_words_would_be_about_it_is_refused() -> None:
    with pytest.raises(SetupError, match=r"it has to be\n? ?at least 0\.\d\d"):
        learning.learn("cyber", labelled(), min_score=0.01)


@pytest.mark.parametrize(("nothing", "least"), [(0.30996, 0.32), (0.30994, 0.31), (0.57, 0.58), (0.3, 0.31)])
def test_the_least_score_is_above_what_an_event_would_say_of_unknown_words(
    nothing: float, least: float
) -> None:
    assert learning._least_threshold(math.log(nothing / (1 - nothing))) == least


def test_each_step_is_told() -> None:
    told: list[int] = []
    learning.learn("cyber", labelled(), advance=told.append)
    assert sum(told) == learning.STEPS


@pytest.mark.parametrize("kind", [True, False])
def test_too_few_labels_of_either_kind_are_refused_with_their_number(kind: bool) -> None:
    some = [article for article in labelled() if article.belongs is kind][: learning.FEWEST - 1]
    others = [article for article in labelled() if article.belongs is not kind]
    with pytest.raises(SetupError, match="labelled articles are about 'cyber': at least 20 have to be"):
        learning.learn("cyber", some + others)


def test_articles_without_a_word_in_common_are_refused() -> None:
    alone = [Labelled(None, f"kata{number}", number % 2 == 0, "") for number in range(60)]
    with pytest.raises(SetupError, match="no words in common"):
        learning.learn("cyber", alone)


def test_figures_are_those_of_the_decisions() -> None:
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    scores = np.array([0.9, 0.8, 0.2, 0.7, 0.1, 0.1, 0.1, 0.1])
    figures = learning.figures(truth, scores, 0.5)
    assert (figures.articles, figures.belonging) == (8, 3)
    assert (figures.precision, figures.recall, figures.f1) == (0.6667, 0.6667, 0.6667)
    assert 0 <= figures.f1_95[0] < figures.f1 < figures.f1_95[1] <= 1


def test_a_measurement_on_other_articles_counts_them(found: learning.Learned) -> None:
    others = [
        Labelled(None, HACKED, belongs=True, place=""),
        Labelled(None, HARVEST, belongs=False, place=""),
    ]
    figures = learning.measure(found.model, others)
    assert (figures.articles, figures.belonging, figures.f1) == (2, 1, 1.0)


def test_a_topic_that_was_trained_before_is_replaced(cyber: Path, tmp_path: Path) -> None:
    first = learned(tmp_path / "cyber", relabelled(labelled()))
    learning.require_room(tmp_path / "cyber")
    second = learned(tmp_path / "cyber")
    assert first.version != second.version == own_topics.described(cyber).version
    assert [path.name for path in tmp_path.iterdir()] == ["cyber"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "catatan.txt").write_text("penting", encoding="utf-8")
    with pytest.raises(BadConfiguration, match="is no folder of a topic: name a new one with --out"):
        learning.require_room(tmp_path)
    with pytest.raises(BadConfiguration, match="is no folder of a topic"):
        learning.require_room(tmp_path / "catatan.txt")
    with pytest.raises(BadConfiguration, match="cannot be made"):
        learning.require_room(tmp_path / "catatan.txt" / "cyber")


def test_its_topic_code_is_kept(tmp_path: Path) -> None:
    topic = learned(tmp_path / "cyber", medtop="medtop:20000099")
    assert topic == own_topics.described(tmp_path / "cyber")
    assert topic.medtop == "medtop:20000099"
