"""Language identification."""

import pytest

from streams.text.language import identify


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Menteri luar negeri kedua negara bertemu untuk membahas perbatasan.", "id"),
        ("Presiden Telepon Kanselir Jerman", "id"),
        ("Polisi tangkap dua terduga teroris di Bekasi", "id"),
        (
            "Perdana Menteri memberitahu bahawa kerajaan sedang menyiasat kejadian itu kerana ramai yang cedera.",
            "ms",
        ),
        ("The two foreign ministers met on Tuesday to discuss the border.", "en"),
        ("Bupati ngendika yen warga kudu padha ngati-ati amarga banyu kali isih dhuwur.", "jv"),
        ("De ministers spraken dinsdag over de grens tussen beide landen.", "nl"),
        ("التقى وزيرا الخارجية يوم الثلاثاء لبحث الحدود", "ar"),
        ("两国外长周二会晤讨论边界问题", "zh"),
    ],
)
def test_a_language_is_told(text: str, language: str) -> None:
    assert identify(text) == language


@pytest.mark.parametrize("text", ["", "12345 67", "😀😀😀", "!!!"])
def test_what_has_no_language_is_undetermined(text: str) -> None:
    assert identify(text) == "und"
