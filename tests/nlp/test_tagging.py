import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.events import CleanArticle, TaggedArticle
from streams.nlp.tagging import tag

DATA = Path(__file__).parents[3] / "shared" / "data"
NAMES = [
    "Joko Widodo", "Presiden Donald Trump", "ISIS", "Kementerian Luar Negeri", "Arab Saudi", "Ma'ruf Amin", "KTT ASEAN",
    "Laut China Selatan",
    "\U0001f1ee\U0001f1e9", "😀", "e\u0301", "\u200b", "\u00a0", "“", "”", "—", "(AS)", "-", "...",
    "bertemu", "di", "kota", "menyerang", "\n\n", "menurut", ",",
]  # fmt: skip
STORY = (
    "Menteri Luar Negeri Retno Marsudi menemui Duta Besar Australia di Jakarta, Senin. "
    "Keduanya membahas kerja sama Polri dan AFP melawan ISIS di Asia Tenggara."
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
RICH_TEXT = st.lists(st.sampled_from(NAMES), max_size=25).map(" ".join)


def article(text: str, title: str | None = None, language: str = "id") -> CleanArticle:
    return CleanArticle(
        id="a", url=None, title=title, source=None, published_at=None, language=language, metadata={"k": [1]},
        text=text, dateline=None, related=[], credits=[],
    )  # fmt: skip


def names(event: TaggedArticle) -> set[tuple[str, str]]:
    return {(mention.text, entity.type) for entity in event.entities for mention in entity.mentions}


@settings(max_examples=150, deadline=None)
@given(st.one_of(ANY_TEXT, RICH_TEXT), st.one_of(st.none(), ANY_TEXT, RICH_TEXT))
def test_every_mention_is_exactly_the_text_at_its_offsets(text: str, title: str | None) -> None:
    (event,) = tag([article(text, title)])
    fields = {"text": text, "title": title or ""}
    for entity in event.entities:
        for mention in entity.mentions:
            assert fields[mention.field][mention.start : mention.end] == mention.text
            assert mention.text == mention.text.strip() != ""


@settings(max_examples=25, deadline=None)
@given(st.lists(RICH_TEXT, min_size=1, max_size=6))
def test_an_article_comes_out_the_same_whatever_stands_beside_it(texts: list[str]) -> None:
    together = [event.encode() for event in tag([article(text) for text in texts])]
    assert together == [tag([article(text)])[0].encode() for text in texts]


def test_names_of_people_bodies_and_places_are_found() -> None:
    found = names(tag([article(STORY)])[0])
    assert {("Retno Marsudi", "PERSON"), ("Jakarta", "GPE"), ("ISIS", "ORG"), ("Polri", "ORG")} <= found


def test_a_title_in_capitals_is_read_like_any_other() -> None:
    (event,) = tag([article("Isi berita.", "MENLU RETNO MARSUDI BERTEMU DUBES AUSTRALIA DI JAKARTA")])
    assert ("JAKARTA", "GPE") in names(event)
    assert ("AUSTRALIA", "GPE") in names(event)


def test_wrapping_and_quotes_change_no_name() -> None:
    dressed = STORY.replace(" ", "\n").replace("Menteri", "“Menteri”")
    assert names(tag([article(dressed)])[0]) == {
        (text.replace(" ", "\n"), kind)
        for text, kind in names(tag([article(STORY.replace("Menteri", '"Menteri"'))])[0])
    }


def test_no_name_goes_on_in_the_next_paragraph() -> None:
    (event,) = tag([article(STORY.replace(" ", "\n\n"))])
    assert names(event)
    assert not [text for text, _ in names(event) if "\n" in text]


def test_all_other_fields_are_carried_through() -> None:
    given_article = article(STORY, "Judul")
    (event,) = tag([given_article])
    assert event.model_dump(exclude={"entities"}) == given_article.model_dump()


def test_marks_and_emoji_alone_are_no_names() -> None:
    (event,) = tag([article("Apakah itu cukup? 🤔 Mari kita rawat. 🌎 Jadi, mari. *** --- 😀😀 !!!")])
    assert all(any(map(str.isalnum, text)) for text, _ in names(event))


def test_nothing_in_nothing_out() -> None:
    assert tag([]) == []
    assert tag([article("", "")])[0].entities == []


def test_another_language_is_tagged_too() -> None:
    (event,) = tag([article("President Vladimir Putin arrived in Moscow on Friday.", language="en")])
    assert ("Vladimir Putin", "PERSON") in names(event)


@pytest.mark.parametrize(
    "text", ["=" * 400_000, "a" * 400_000, "\u0301" * 50_000, "😀" * 50_000, "\n" * 400_000]
)
def test_text_that_is_no_text_is_no_error(text: str) -> None:
    (event,) = tag([article(text)])
    assert event.text == text


def test_a_very_long_text_is_tagged_to_its_end() -> None:
    text = "\n\n".join([STORY] * 600) + "\n\nKata Vladimir Putin di Moskow."
    (event,) = tag([article(text)])
    last = max(mention.end for entity in event.entities for mention in entity.mentions)
    assert last > len(text) - 15


@pytest.mark.shared
@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled data are not beside the checkout")
def test_entities_of_the_dev_articles_are_as_good_as_promised() -> None:
    right = said = true = 0
    lines = (DATA / "ner" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    for row, event in zip(rows, tag([article(row["text"]) for row in rows]), strict=True):
        gold = {(start, end, kind) for start, end, kind in row["entities"]}
        found = {(m.start, m.end, entity.type) for entity in event.entities for m in entity.mentions}
        right, said, true = right + len(gold & found), said + len(found), true + len(gold)
    assert 2 * right / (said + true) >= 0.90
