"""Properties of cleaning that hold for any text."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.errors import EmptyText
from streams.events import Article, CleanArticle
from streams.text.cleaning import clean

WORDS = st.sampled_from(
    [
        "menteri",
        "presiden",
        "bertemu",
        "di",
        "Jakarta",
        "Kabul",
        "tentang",
        "kerja",
        "sama",
        "dan",
        "perdamaian",
        "polisi",
        "menangkap",
        "pelaku",
        "bom",
        "PBB",
    ]
)
SENTENCES = st.lists(WORDS, min_size=3, max_size=14).map(lambda words: " ".join(words).capitalize() + ".")
PIECES = st.sampled_from(
    [
        "Baca juga: Judul Berita Lain yang Menarik",
        "Baca: ",
        "(Baca juga: Menlu Terbang ke Jenewa Malam Ini)",
        "TRIBUNNEWS.COM, WASHINGTON - ",
        "Jakarta, CNN Indonesia -- ",
        "Jakarta - ",
        "KOMPAS.com - ",
        "Laporan Wartawan Tribunnews.com, Budi Santoso ",
        "[Gambas:Video CNN]",
        "SCROLL TO CONTINUE WITH CONTENT",
        "ADVERTISEMENT",
        "(abc/def)",
        "(*)",
        "(LA Times).",
        "Penulis: Ani Lestari Editor: Budi",
        "Sumber: Reuters",
        "ANTARA",
        "<p>",
        "</p>",
        "<br/>",
        "<b>",
        "</div>",
        "<li>",
        "<td>",
        "<html><body>",
        "<nav>menu</nav>",
        "<!--",
        "-->",
        "&amp;",
        "&lt;",
        "&#38;",
        "&nbsp;",
        "amp;",
        "lt;",
        "â€œ",
        "Ã©",
        "‚Äú",
        "\\n",
        '\\"',
        "\\u201c",
        ",,",
        '.,"',
        "\n",
        "\n\n",
        "\r\n",
        "\u00a0",
        "\u200b",
        "\ufeff",
        "\u202e",
        "\x00",
        "\x85",
        "\u2028",
        "e\u0301",
        "ﬁ",
        "---\ntitle: x\n---\n",
        " - ",
        "- ",
        "<",
        "&",
        "5 < 7",
        "1 2 3",
        "Halaman 2",
    ]
)
MESSY = st.lists(st.one_of(SENTENCES, PIECES, st.text(max_size=12)), max_size=14).map("".join)
SPACED = st.lists(st.one_of(SENTENCES, PIECES), max_size=14).map(" ".join)
LINES = st.lists(st.one_of(SENTENCES, PIECES), max_size=14).map("\n".join)
BODIES = st.one_of(st.text(max_size=300), MESSY, SPACED, LINES)

MANY = settings(max_examples=120, deadline=None)


def cleaned(body: str, *, title: str | None = None) -> CleanArticle | None:
    try:
        return clean(Article(id="a", body=body, title=title, language="id"))
    except EmptyText:
        return None


@MANY
@given(BODIES)
@example("&amp;amp;lt;p&gt;Halo&amp;lt;/p&gt;")
@example("&a&#109;p;l&#116;; Halo")
def test_cleaning_its_own_text_changes_nothing(body: str) -> None:
    first = cleaned(body)
    if first:
        second = cleaned(first.text)
        assert second is not None
        assert second.text == first.text


@MANY
@given(BODIES)
def test_text_has_no_control_or_invisible_character(body: str) -> None:
    result = cleaned(body)
    if result:
        odd = [
            c
            for c in result.text
            if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        ]
        assert odd == []


@MANY
@given(BODIES)
def test_text_is_in_nfc(body: str) -> None:
    result = cleaned(body)
    assert result is None or unicodedata.is_normalized("NFC", result.text)


@MANY
@given(BODIES)
def test_paragraphs_are_separated_by_exactly_one_blank_line(body: str) -> None:
    result = cleaned(body)
    if result:
        assert all(part and part == part.strip() and "\n" not in part for part in result.text.split("\n\n"))


@MANY
@given(BODIES)
def test_spaces_are_single_and_plain(body: str) -> None:
    result = cleaned(body)
    assert result is None or not re.search(r"  |[^\S \n]", result.text)


@MANY
@given(BODIES)
def test_cleaning_is_deterministic(body: str) -> None:
    assert cleaned(body) == cleaned(body)


@MANY
@given(BODIES)
def test_result_is_readable_utf8(body: str) -> None:
    result = cleaned(body)
    if result:
        assert CleanArticle.decode(result.encode()) == result
        assert any(character.isalnum() for character in result.text)


@MANY
@given(st.lists(st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=6))
def test_a_story_without_additions_is_kept_word_for_word(paragraphs: list[str]) -> None:
    story = "\n\n".join(paragraphs)
    result = cleaned(story)
    assert result is not None
    assert result.text.split() == story.split()


@MANY
@given(
    st.lists(SENTENCES, min_size=2, max_size=6),
    st.sampled_from(
        ["TRIBUNNEWS.COM, KABUL - ", "Jakarta, CNN Indonesia -- ", "KOMPAS.com - ", "Jakarta (ANTARA) - ", ""]
    ),
    st.sampled_from(
        ["Baca juga: Menlu Terbang ke Jenewa Malam Ini", "[Gambas:Video CNN]", "ADVERTISEMENT", ""]
    ),
    st.sampled_from([" (abc/def)", " (LA Times).", "\nPenulis: Ani Lestari", "\n(*)", ""]),
)
def test_every_sentence_of_the_story_outlives_what_stands_around_it(
    sentences: list[str], dateline: str, interruption: str, credit: str
) -> None:
    body = dateline + "\n".join([*sentences[:1], interruption, *sentences[1:]]) + credit
    result = cleaned(body)
    assert result is not None
    assert result.text.split() == " ".join(sentences).split()


@MANY
@given(st.text(max_size=80))
def test_a_title_is_one_readable_line_or_nothing(title: str) -> None:
    result = cleaned("Isi berita yang cukup.", title=title)
    assert result is not None
    assert result.title is None or (result.title == " ".join(result.title.split()) and result.title)


@pytest.mark.parametrize(
    "body", ["", " \n ", "<p></p><br>", "😀😀", "... --- !!!", "\u200b", "&nbsp;", "<script>var a=1</script>"]
)
def test_a_body_without_a_letter_or_digit_is_refused(body: str) -> None:
    with pytest.raises(EmptyText):
        clean(Article(id="a", body=body))
