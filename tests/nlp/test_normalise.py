from hypothesis import given
from hypothesis import strategies as st

from streams.nlp.normalise import normalise
from streams.nlp.tokens import split

TEXTS = st.text(
    st.one_of(
        st.characters(), st.sampled_from(" \n\t\u00a0\u200b\u00ad“”‘’\"'–—-.,()‚Äúù¬†â€œÂaKéÅ😀\u0301")
    ),
    max_size=80,
)


@given(TEXTS)
def test_every_stretch_goes_back_to_a_stretch_of_the_original(text: str) -> None:
    line = normalise(text)
    last = 0
    for place, char in enumerate(line.text):
        start, end = line.span(place, place + 1)
        assert last <= start < end <= len(text)
        if char.isalnum() and char.isascii():
            assert text[start:end] == char
        last = end


@given(TEXTS)
def test_a_line_holds_no_space_but_single_ones(text: str) -> None:
    line = normalise(text).text
    assert "  " not in line
    assert not line.startswith(" ")
    assert all(char == " " or not char.isspace() for char in line)


@given(TEXTS)
def test_words_and_spaces_are_the_whole_line(text: str) -> None:
    line = normalise(text).text
    assert "".join(split(line)) == line.replace(" ", "")


@given(
    st.lists(
        st.sampled_from(["Joko", "Widodo", "di", "Jakarta.", '"kata"', "Ma'ruf", "AS-Rusia"]), min_size=1
    )
)
def test_wrapping_and_quote_style_make_no_difference(words: list[str]) -> None:
    plain = " ".join(words)
    dressed = "\n\n".join(words).replace('"', "\u201d").replace("'", "\u2019").replace("-", "\u2013")
    assert normalise(plain).text == normalise(dressed).text


def test_quotes_once_read_in_the_wrong_encoding_are_quotes() -> None:
    assert normalise("‚ÄúBenar,‚Äù kata¬†Trump").text == '"Benar," kata Trump'


def test_a_ruler_of_marks_is_a_few_tokens_but_three_dots_are_three() -> None:
    assert len(split("=" * 300_000)) == 1_500
    assert split("Lalu...") == ["Lalu", ".", ".", "."]


def test_names_joined_by_a_hyphen_or_a_lost_space_are_parted() -> None:
    assert split("AS-Rusia melawan ISIS.Dalam negara-negara Trump-nya detik.com Ma'ruf 10.000") == [
        "AS", "-", "Rusia", "melawan", "ISIS", ".", "Dalam", "negara-negara", "Trump", "-", "nya", "detik.com",
        "Ma'ruf", "10.000",
    ]  # fmt: skip
