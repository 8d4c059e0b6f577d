"""Cleaning one article: what is kept, what becomes data, what is refused."""

from pathlib import Path

import pytest

from streams.errors import EmptyText
from streams.events import Article, CleanArticle, Dateline
from streams.text.cleaning import clean

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "samples"


def cleaned(body: str, **fields: str) -> CleanArticle:
    return clean(Article(id="a", body=body, language="id", **fields))


def test_everything_else_of_the_article_is_carried_through() -> None:
    article = Article(
        id="7",
        url="https://berita.example/7",
        title="Menlu tiba",
        source="Contoh",
        published_at="2024-05-01T07:00:00+07:00",
        language="id-ID",
        metadata={"kanal": ["dunia"]},
        body="Menlu tiba di Jenewa.",
    )
    result = clean(article)
    kept = article.model_dump(exclude={"body"})
    assert result.model_dump(include=set(kept)) == kept


def test_a_report_gives_its_dateline_related_titles_and_credits() -> None:
    result = cleaned(
        "TRIBUNNEWS.COM, ANKARA - Dua menteri luar negeri bertemu selama tiga jam.\n"
        "Baca: Sepuluh Kapal Masih Tertahan di Selat\n"
        "Keduanya sepakat membuka lagi kedutaan. (Kyodo News)."
    )
    assert result.text == (
        "Dua menteri luar negeri bertemu selama tiga jam.\n\nKeduanya sepakat membuka lagi kedutaan."
    )
    assert result.dateline == Dateline(publisher="TRIBUNNEWS.COM", place="ANKARA")
    assert result.related == ["Sepuluh Kapal Masih Tertahan di Selat"]
    assert result.credits == ["Kyodo News"]


def test_a_title_is_cleaned_too() -> None:
    assert (
        cleaned("Isi.", title=" R&amp;D:\u00a0â€œDamaiâ€\u009d \n kembali\u200b ").title
        == "R&D: “Damai” kembali"
    )


@pytest.mark.parametrize("title", ["", "  ", "—", "<b></b>", "\u200b"])
def test_a_title_that_cannot_be_read_is_none(title: str) -> None:
    assert cleaned("Isi.", title=title).title is None


def test_the_reason_names_the_article() -> None:
    with pytest.raises(EmptyText, match="article a"):
        cleaned("<p> </p>")


def test_only_boilerplate_is_no_text() -> None:
    with pytest.raises(EmptyText):
        cleaned("ADVERTISEMENT\nBaca juga: Sepuluh Kapal Tertahan di Selat\n(*)")


@pytest.mark.parametrize("language", [None, "", "  "])
def test_a_missing_language_is_identified(language: str | None) -> None:
    article = Article(
        id="a", body="Para menteri sepakat bahwa perbatasan akan dibuka lagi.", language=language
    )
    assert clean(article).language == "id"


def test_a_given_language_is_kept() -> None:
    assert clean(Article(id="a", body="Para menteri sepakat.", language="jv")).language == "jv"


@pytest.mark.shared
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the data beside the checkout is absent")
def test_the_article_the_project_started_from() -> None:
    body = (SAMPLES / "tribunnews-2017-01-28.txt").read_text("utf-8")
    result = cleaned(body)
    assert result.dateline == Dateline(publisher="TRIBUNNEWS.COM", place="WASHINGTON")
    assert result.credits == ["LA Times"]
    lines = body.splitlines()
    assert result.related == [line.removeprefix("Baca: ") for line in lines if line.startswith("Baca: ")]
    story = [line for line in lines if not line.startswith("Baca: ")]
    assert len(result.text.split("\n\n")) == len(story)
    assert result.text.split()[:3] == story[0].split()[3:6]
