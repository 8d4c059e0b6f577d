import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streams
from streams.events import EnrichedArticle, TaggedArticle
from streams.nlp.classifying import classify
from streams.nlp.model import load
from streams.nlp.topics import read

DATA = Path(__file__).parents[3] / "shared" / "data"
TALKS = (
    "Menlu Retno bertemu Menlu Australia",
    (
        "Menteri luar negeri kedua negara membahas hubungan bilateral dalam kunjungan resmi.\n\n"
        "“Kami sepakat menandatangani perjanjian kerja sama,” kata duta besar 😀 di kementerian luar negeri."
    ),
)
ATTACK = (
    "Densus 88 tangkap terduga teroris",
    "Densus 88 menangkap empat terduga teroris jaringan JAD. Bom rakitan disita dari rumah anggota kelompok itu.",
)
MATCH = ("Persib menang", "Persib menang dua gol atas lawannya di stadion. Pelatih memuji para pemain.")
PIECES = [
    "teroris",
    "menlu",
    "bom",
    "duta besar",
    "😀",
    "e\u0301",
    "\u200b",
    "kunjungan",
    "Densus 88",
    ".",
    "\n\n",
    "”",
    "x",
]
RICH_TEXT = st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)


def article(story: tuple[str | None, str]) -> TaggedArticle:
    title, text = story
    return TaggedArticle(
        id="a", url=None, title=title, source=None, published_at=None, language="id", metadata={}, text=text,
        dateline=None, related=[], credits=[], entities=[],
    )  # fmt: skip


def assigned(event: EnrichedArticle) -> set[str]:
    return {topic.id for topic in event.topics if topic.assigned}


@pytest.mark.parametrize(
    ("story", "topics"), [(TALKS, {"diplomacy"}), (ATTACK, {"terrorism"}), (MATCH, set())]
)
def test_a_plain_story_gets_its_topics(story: tuple[str, str], topics: set[str]) -> None:
    assert assigned(classify([article(story)])[0]) == topics


@pytest.mark.parametrize("story", [(None, "AS"), ("AS", "Kamis"), (None, "Inggris.")])
def test_the_bare_name_of_a_country_is_no_topic(story: tuple[str | None, str]) -> None:
    assert assigned(classify([article(story)])[0]) == set()


def test_both_topics_are_always_listed_with_their_codes() -> None:
    (event,) = classify([article(MATCH)])
    assert [(topic.id, topic.medtop) for topic in event.topics] == [
        ("diplomacy", "medtop:20000639"),
        ("terrorism", "medtop:20000103"),
    ]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.none(), st.text(max_size=40), RICH_TEXT), st.one_of(st.text(max_size=100), RICH_TEXT))
def test_evidence_is_text_of_the_article_in_order_and_apart(title: str | None, text: str) -> None:
    fields = {"title": title or "", "text": text}
    for topic in classify([article((title, text))])[0].topics:
        assert len(topic.evidence) <= 5
        assert bool(topic.evidence) <= topic.assigned
        places = [(span.field == "text", span.start, span.end) for span in topic.evidence]
        assert places == sorted(places)
        assert all(a[0] != b[0] or a[2] <= b[1] for a, b in itertools.pairwise(places))
        for span in topic.evidence:
            assert fields[span.field][span.start : span.end] == span.text
            assert 0 < span.weight <= 1


@pytest.mark.parametrize("story", [TALKS, ATTACK])
def test_an_assigned_topic_has_evidence_with_one_strongest_span(story: tuple[str, str]) -> None:
    for topic in classify([article(story)])[0].topics:
        if topic.assigned:
            assert 1 <= len(topic.evidence) <= 5
            assert max(span.weight for span in topic.evidence) == 1.0
        else:
            assert topic.evidence == []


def test_evidence_begins_and_ends_at_word_borders() -> None:
    (event,) = classify([article(TALKS)])
    for topic in event.topics:
        for span in topic.evidence:
            field = event.title or "" if span.field == "title" else event.text
            assert not field[span.start - 1 : span.start].isalnum() or span.start == 0
            assert not field[span.end : span.end + 1].isalnum()


def test_the_shares_of_the_words_make_up_the_margin() -> None:
    model = load().topics
    reading = read(*ATTACK)
    for number, topic in enumerate(model.topics):
        total = model.bias[number] + sum(model.shares(reading, topic))
        assert total == pytest.approx(model.margins(reading)[number], abs=1e-4)


def test_an_article_comes_out_the_same_whatever_stands_beside_it() -> None:
    stories = [article(story) for story in (TALKS, ATTACK, MATCH, (None, ""))]
    assert [e.encode() for e in classify(stories)] == [classify([story])[0].encode() for story in stories]


def test_wrapping_and_quotes_change_no_score() -> None:
    title, text = TALKS
    dressed = text.replace(" ", "\n\n").replace("“", '"').replace("”", '"')
    scores = [[topic.score for topic in classify([article((title, t))])[0].topics] for t in (text, dressed)]
    assert scores[0] == scores[1]


def test_the_stamp_names_version_and_model() -> None:
    (event,) = classify([article(MATCH)])
    assert (event.pipeline.version, event.pipeline.model) == (streams.__version__, load().name_version)


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled data are not beside the checkout")
@pytest.mark.parametrize(("number", "least"), [(0, 0.85), (1, 0.92)])
def test_topics_of_the_dev_articles_are_no_worse_than_measured(number: int, least: float) -> None:
    lines = (DATA / "topics" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    said = [e.topics[number].assigned for e in classify([article((r["title"], r["text"])) for r in rows])]
    gold = [bool(row[("diplomacy", "terrorism")[number]]) for row in rows]
    right = sum(g and s for g, s in zip(gold, said, strict=True))
    assert 2 * right / (sum(gold) + sum(said)) >= least
