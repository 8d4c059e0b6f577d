"""Datelines."""

import pytest

from streams.errors import EmptyText
from streams.events import Article, Dateline
from streams.text.cleaning import clean

STORY = "Dua menteri luar negeri bertemu selama tiga jam."


@pytest.mark.parametrize(
    ("opening", "publisher", "place"),
    [
        ("TRIBUNNEWS.COM, ANKARA - ", "TRIBUNNEWS.COM", "ANKARA"),
        ("TRIBUNNEWS.COM - ", "TRIBUNNEWS.COM", None),
        ("Jakarta, CNN Indonesia -- ", "CNN Indonesia", "Jakarta"),
        ("JAKARTA, KOMPAS.com - ", "KOMPAS.com", "JAKARTA"),
        ("KOMPAS.com – ", "KOMPAS.com", None),
        ("KOMPAS.com- ", "KOMPAS.com", None),
        ("TEMPO.CO, Jakarta - ", "TEMPO.CO", "Jakarta"),
        ("TEMPO . CO , Jakarta - ", "TEMPO.CO", "Jakarta"),
        ("REPUBLIKA.CO.ID, NUSA DUA -- ", "REPUBLIKA.CO.ID", "NUSA DUA"),
        ("Liputan6.com, Labuan Bajo - ", "Liputan6.com", "Labuan Bajo"),
        ("VIVA.co.id – ", "VIVA.co.id", None),
        ("VIVA – ", "VIVA", None),
        ("Merdeka.com - ", "Merdeka.com", None),
        ("Suara.com - ", "Suara.com", None),
        ("Jakarta (ANTARA) - ", "ANTARA", "Jakarta"),
        ("New York, Boston, (ANTARA News) - ", "ANTARA News", "New York, Boston"),
        ("JAKARTA, SINDOnews.com - ", "SINDOnews.com", "JAKARTA"),
        ("Jakarta, Okezone - ", "Okezone", "Jakarta"),
        ("Jakarta , CNBC Indonesia - ", "CNBC Indonesia", "Jakarta"),
        ("DEPOK (Pos Kota) – ", "Pos Kota", "DEPOK"),
        ("Harianjogja.com, JOGJA—", "Harianjogja.com", "JOGJA"),
        ("Bisnis.com, WASHINGTON D.C. — ", "Bisnis.com", "WASHINGTON D.C."),
        ("KONTAN.CO.ID - JAKARTA. ", "KONTAN.CO.ID", "JAKARTA"),
        ("Kabul - ", None, "Kabul"),
        ("DEN HAAG – ", None, "DEN HAAG"),
    ],
)
def test_a_dateline_becomes_data(opening: str, publisher: str | None, place: str | None) -> None:
    result = clean(Article(id="a", body=opening + STORY, language="id"))
    assert result.text == STORY
    assert result.dateline == Dateline(publisher=publisher, place=place)


@pytest.mark.parametrize(
    "story",
    [
        "Jakarta - Bandung ditempuh dalam tiga jam.",
        "Jakarta-Bandung ditempuh dalam tiga jam.",
        "Reuters-Ipsos melakukan jajak pendapat.",
        "Suara - suara sumbang mulai terdengar.",
        "Teka - teki itu belum terjawab.",
        "Indonesia - Jepang menandatangani perjanjian.",
        "Manchester United - klub lama itu - kalah lagi.",
        "Kami bertemu di Jakarta - kota yang sibuk.",
        "Jakarta menjadi tuan rumah - lagi.",
        "Menteri itu, kata KOMPAS.com - dan media lain - akan mundur.",
    ],
)
def test_a_sentence_with_a_dash_is_no_dateline(story: str) -> None:
    result = clean(Article(id="a", body=story, language="id"))
    assert result.text == story
    assert result.dateline is None


def test_a_dateline_may_follow_a_summary() -> None:
    result = clean(
        Article(id="a", body="Ringkasan satu kalimat.\n\nKABUL, KOMPAS.com - " + STORY, language="id")
    )
    assert result.text == "Ringkasan satu kalimat.\n\n" + STORY
    assert result.dateline == Dateline(publisher="KOMPAS.com", place="KABUL")


def test_a_reporter_before_the_dateline_is_a_credit() -> None:
    body = "Laporan Wartawan Tribunnews.com, Ani Lestari TRIBUNNEWS.COM, KABUL - " + STORY
    result = clean(Article(id="a", body=body, language="id"))
    assert result.text == STORY
    assert result.credits == ["Laporan Wartawan Tribunnews.com, Ani Lestari"]


def test_a_dateline_alone_is_no_text() -> None:
    with pytest.raises(EmptyText):
        clean(Article(id="a", body="---", language="id"))
