import tracemalloc
from dataclasses import replace

import pytest

from streams.nlp import model, tagging
from streams.nlp.lexicon import Lexicon
from tests.nlp.test_tagging import STORY, article

SMALL = 500


@pytest.fixture(scope="module")
def own() -> model.Model:
    """A model of this module alone, so that its vocabulary holds what is put into it here."""
    loaded = model.load_from(model.MODEL_DIR)
    return replace(loaded, lexicon=Lexicon(loaded.nlp, most=SMALL))


@pytest.fixture
def _tagging_with_it(own: model.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "load", lambda: own)


def new_words(number: int, *, of: int) -> str:
    return " ".join(f"kata{number}x{place}" for place in range(of))


@pytest.mark.usefixtures("_tagging_with_it")
def test_the_words_of_all_texts_ever_read_are_not_kept(own: model.Model) -> None:
    for number in range(20):
        tagging.tag([article(new_words(number, of=60))])
        # One call's words, each with its lower case, prefix, suffix and shape, beyond those kept.
        assert len(own.nlp.vocab.strings) < SMALL + 5 * 60


@pytest.mark.usefixtures("_tagging_with_it")
def test_words_met_again_soon_are_still_known(own: model.Model) -> None:
    own.lexicon.make_room()
    tagging.tag([article("kata-yang-diingat")])
    tagging.tag([article("lain")])
    assert "kata-yang-diingat" in own.nlp.vocab.strings


@pytest.mark.usefixtures("_tagging_with_it")
def test_what_is_forgotten_changes_no_byte_of_what_comes_out(own: model.Model) -> None:
    first = tagging.tag([article(STORY)])[0].encode()
    for number in range(10):
        tagging.tag([article(f"{STORY} {new_words(number, of=60)}")])
        assert tagging.tag([article(STORY)])[0].encode() == first


def test_nothing_grows_with_the_number_of_words_ever_met(own: model.Model) -> None:
    def meet(numbers: range) -> int:
        for number in numbers:
            own.lexicon.make_room()
            own.nlp.make_doc(new_words(number, of=SMALL))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = meet(range(1_000, 1_010))
        assert meet(range(1_010, 1_110)) - first < 500_000
    finally:
        tracemalloc.stop()
