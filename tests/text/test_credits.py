"""Credits."""

import pytest

from streams.events import Article
from streams.text.cleaning import clean

STORY = "Dua menteri bertemu selama tiga jam.\n\nKeduanya sepakat membuka lagi kedutaan."


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (" (LA Times)", ["LA Times"]),
        (" (LA Times).", ["LA Times"]),
        (" (*)", ["*"]),
        (" (fjp/asp)", ["fjp/asp"]),
        (" ( fjp / asp )", ["fjp / asp"]),
        (" (rhr)", ["rhr"]),
        (" [GA]", ["GA"]),
        (" (Tribunnews.com/Ani Lestari)", ["Tribunnews.com/Ani Lestari"]),
        (" (fjp/asp) kedutaan menlu perbatasan", ["fjp/asp"]),
        ("\nPenulis: Ani Lestari\nEditor: Budi Utomo", ["Penulis: Ani Lestari", "Editor: Budi Utomo"]),
        (" Penulis : Ani Lestari Editor : Budi Utomo", ["Penulis: Ani Lestari", "Editor: Budi Utomo"]),
        ("\n(Reporter: Ani Lestari | Editor: Budi Utomo)", ["Reporter: Ani Lestari", "Editor: Budi Utomo"]),
        ("\nPewarta: Ani Lestari\nCopyright © ANTARA 2025", ["Pewarta: Ani Lestari"]),
        ("\nSumber: Kyodo News", ["Sumber: Kyodo News"]),
        ("ANI LESTARI | BUDI UTOMO", ["ANI LESTARI | BUDI UTOMO"]),
        (" ANTARA", ["ANTARA"]),
        (" (Kyodo News) (*)", ["Kyodo News", "*"]),
    ],
)
def test_credits_at_the_end_become_data(end: str, expected: list[str]) -> None:
    result = clean(Article(id="a", body=STORY + end, language="id"))
    assert result.text == STORY
    assert result.credits == expected


@pytest.mark.parametrize(
    "story",
    [
        "Kapal itu milik Pelayaran Nasional Indonesia (Persero)",
        "Laba terbesar diraih Contoh Niaga Tbk. (CNTH).",
        "Rapat digelar di kantor Perserikatan Bangsa-Bangsa (PBB).",
        "Ia menonton dua pertandingan (dan/atau latihan)",
        "Menteri itu hadir.\n\nLaporan dicabut, proses tetap berjalan\n\nRapat ditutup.",
        "Menteri itu hadir.\n\nReporter: Apa hasil rapat itu?\n\nMenteri: Belum ada.",
        "Sumber itu menolak disebut namanya.",
        "Demikian sabda itu. (HR. Muslim)",
    ],
)
def test_brackets_and_labels_of_the_story_are_kept(story: str) -> None:
    result = clean(Article(id="a", body=story, language="id"))
    assert result.text == story
    assert result.credits == []


def test_a_byline_at_the_head_is_a_credit() -> None:
    result = clean(Article(id="a", body="Penulis: Ani Lestari\n" + STORY, language="id"))
    assert result.text == STORY
    assert result.credits == ["Penulis: Ani Lestari"]
