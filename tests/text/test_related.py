"""Titles of other articles within a story."""

import pytest

from streams.events import Article, CleanArticle
from streams.text.cleaning import clean

FIRST = "Dua menteri bertemu selama tiga jam."
SECOND = "Keduanya sepakat membuka lagi kedutaan."
TITLE = "Sepuluh Kapal Masih Tertahan di Selat"


def cleaned(body: str) -> CleanArticle:
    return clean(Article(id="a", body=body, language="id"))


@pytest.mark.parametrize(
    "line",
    [
        f"Baca: {TITLE}",
        f"Baca juga: {TITLE}",
        f"BACA JUGA : {TITLE}",
        f"Simak juga: {TITLE}",
        f"Lihat juga : {TITLE}",
        f"Tonton: {TITLE}",
        f"(Baca juga: {TITLE})",
        f"[Baca Juga: {TITLE}]",
        f"Baca juga: ({TITLE})",
        f"• Baca juga: {TITLE}",
        f"Pilihan Editor: {TITLE}",
        f'Simak Video "{TITLE}"',
        f"Lihat juga Video '{TITLE}':",
        f'Tonton juga video "{TITLE}" di sini:',
        f"Baca Juga:\n{TITLE}",
        f"Baca juga\n- {TITLE}",
    ],
)
def test_a_title_on_its_own_line_becomes_data(line: str) -> None:
    result = cleaned(f"{FIRST}\n{line}\n{SECOND}")
    assert result.text == f"{FIRST}\n\n{SECOND}"
    assert result.related == [TITLE]


@pytest.mark.parametrize(
    "body",
    [
        f"{FIRST} (Baca juga: {TITLE}) {SECOND}",
        f"{FIRST} [Baca: {TITLE}] {SECOND}",
        f"{FIRST} Baca juga: {TITLE} Menurut juru bicara, rapat dilanjutkan.",
        f"{FIRST} Baca juga: {TITLE}Keduanya sepakat membuka lagi kedutaan.",
        f"{FIRST} Baca juga: {TITLE}? Keduanya sepakat.",
        f'{FIRST} Simak Video "{TITLE}" {SECOND}',
        f"{FIRST} Baca: {TITLE}",
    ],
)
def test_a_title_run_into_the_story_becomes_data_where_its_end_is_certain(body: str) -> None:
    result = cleaned(body)
    assert [title.rstrip("?") for title in result.related] == [TITLE]
    assert TITLE not in result.text
    assert result.text.startswith(FIRST)


@pytest.mark.parametrize(
    "body",
    [
        f"{FIRST} Baca juga: {TITLE} Kapal itu membawa gandum dari utara.",
        "Saudara tua (baca: polisi) ikut campur.",
        "Ia gemar baca: dari koran sampai novel.",
        "Lihat juga sisi lainnya, kata menteri itu.",
        "Baca dulu sebelum menandatangani.",
        "Simak baik-baik: rapat ini penting, kata menteri itu kepada semua yang hadir.",
    ],
)
def test_nothing_is_taken_where_the_end_is_not_certain(body: str) -> None:
    result = cleaned(body)
    assert result.text == body
    assert result.related == []


@pytest.mark.parametrize("label", ["Baca juga:", "Baca Juga", "Baca juga: ,", "Simak juga:"])
def test_a_label_whose_title_was_lost_just_goes(label: str) -> None:
    result = cleaned(f"{FIRST}\n{label}\n{SECOND}")
    assert result.text == f"{FIRST}\n\n{SECOND}"
    assert result.related == []


def test_a_list_of_titles_ends_where_the_story_goes_on() -> None:
    other = "Harga Gandum Naik Sejak Awal Pekan"
    result = cleaned(f"{FIRST}\nBaca juga:\n{TITLE}\n{other}\n{SECOND}")
    assert result.text == f"{FIRST}\n\n{SECOND}"
    assert result.related == [TITLE, other]


def test_a_title_is_listed_once() -> None:
    assert cleaned(f"{FIRST}\nBaca: {TITLE}\n{SECOND}\nBaca: {TITLE}").related == [TITLE]


@pytest.mark.parametrize(
    "notice",
    [
        "[Gambas:Video CNN]",
        "[ Gambas : Video 20 detik ]",
        "ADVERTISEMENT",
        "Advertisement",
        "SCROLL TO CONTINUE WITH CONTENT",
        "ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT",
        "Halaman 1 2 3",
        "Halaman Selanjutnya",
        "View in Single Page 1 2",
        "Baca berita dengan sedikit iklan, klik di sini",
        "Scroll ke bawah untuk melanjutkan membaca",
        "Copyright © CONTOH 2025",
    ],
)
def test_notices_of_the_site_go(notice: str) -> None:
    result = cleaned(f"{FIRST}\n{notice}\n{SECOND}\n{notice}")
    assert result.text == f"{FIRST}\n\n{SECOND}"
    assert result.related == []
    assert result.credits == []


@pytest.mark.parametrize("notice", ["[Gambas:Video CNN]", "SCROLL TO CONTINUE WITH CONTENT", "ADVERTISEMENT"])
def test_notices_run_into_a_line_go(notice: str) -> None:
    assert cleaned(f"{FIRST} {notice} {SECOND}").text == f"{FIRST} {SECOND}"
