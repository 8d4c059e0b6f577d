"""HTML: fragments, whole pages, and text that only looks like it."""

import pytest

from streams.text.markup import to_text

PARAGRAPHS = [
    "Dua menteri luar negeri bertemu di Jenewa pada Selasa untuk membahas gencatan senjata di perbatasan.",
    "Pertemuan berlangsung tiga jam dan ditutup tanpa pernyataan bersama, kata juru bicara kedua pihak.",
    "Putaran berikutnya akan digelar bulan depan, kali ini dengan utusan khusus Perserikatan Bangsa-Bangsa.",
    "Para pengamat menilai jalan menuju kesepakatan masih panjang karena soal tawanan belum juga disentuh.",
]


def page(content: str) -> str:
    return (
        "<!DOCTYPE html><html><head><title>Judul situs</title><style>p{color:red}</style></head><body>"
        "<nav><ul><li><a href='/'>Beranda</a></li><li><a href='/dunia'>Kanal Dunia</a></li></ul></nav>"
        "<header><a href='/'>Logo Situs Contoh</a></header>"
        f"{content}"
        "<script>var pelacak = 'jangan tampil';</script>"
        "<footer>Hak cipta Situs Contoh, semua hak dilindungi</footer></body></html>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "5 < 7 dan 8 > 3",
        "AT&T",
        "<3 kalian",
        "a <b",
        "jika x<y maka y>x",
        "<http://a.example>",
        "<Budi> hadir",
        "<<>>",
    ],
)
def test_text_that_merely_contains_a_bracket_is_not_changed(text: str) -> None:
    assert to_text(text) == text


def test_paragraphs_and_breaks_are_kept() -> None:
    assert (
        to_text("<p>Satu <b>dua</b>\n tiga.</p><p>Empat.<br/>Lima.</p>") == "Satu dua tiga.\n\nEmpat.\nLima."
    )


def test_inline_elements_do_not_part_words() -> None:
    assert to_text("<p>per<b>ta</b>ma <a href='#'>kedua</a>, ketiga</p>") == "pertama kedua, ketiga"


def test_lists_have_a_line_for_each_item() -> None:
    assert to_text("<p>Hasil:</p><ul><li>satu</li><li>dua</li></ul>").split("\n\n") == [
        "Hasil:",
        "- satu",
        "- dua",
    ]


def test_tables_have_a_line_for_each_row() -> None:
    html = "<table><tr><th>Negara</th><th>Suara</th></tr><tr><td>Ghana</td><td>12</td></tr></table>"
    assert to_text(html).split("\n\n") == ["Negara | Suara", "Ghana | 12"]


def test_scripts_styles_comments_and_hidden_elements_are_left_out() -> None:
    html = (
        "<p>Ya.</p><script>x()</script><style>p{}</style><!-- catatan --><iframe>y</iframe>"
        "<div hidden>z</div><div style='display:none'>w</div>"
    )
    assert to_text(html) == "Ya."


def test_line_feeds_count_where_only_inline_markup_is_used() -> None:
    assert to_text("Satu <b>dua</b>.\n\nTiga <i>empat</i>.") == "Satu dua.\n\nTiga empat."


def test_entities_in_markup_are_decoded() -> None:
    assert to_text("<p>R&amp;D &ldquo;x&rdquo; 5 &lt; 7</p>") == "R&D “x” 5 < 7"


def test_of_a_whole_page_only_the_article_is_kept() -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    assert to_text(page(f"<article>{paragraphs}</article>")).split("\n\n") == PARAGRAPHS


def test_a_page_without_an_article_falls_back_to_its_text() -> None:
    text = to_text(page("<div><span>Rapat dibuka.</span></div>"))
    assert "Rapat dibuka." in text
    assert "jangan tampil" not in text


def test_navigation_is_kept_if_nothing_else_is_there() -> None:
    assert to_text("<header><h1>Rapat dibuka</h1></header>") == "Rapat dibuka"


@pytest.mark.parametrize(
    "html", ["<p>Halo", "Halo</p>", "<p><b>Halo</p></b>", "<div><p>Halo</div>", "<p class='x>y'>Halo</p>"]
)
def test_broken_markup_keeps_its_text(html: str) -> None:
    assert "Halo" in to_text(html)
    assert "<" not in to_text(html)
