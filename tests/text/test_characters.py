"""Characters: entities, mojibake, invisible characters, spaces."""

import sys
import unicodedata

import pytest

from streams.text import characters


@pytest.mark.parametrize(
    "text", ["5 < 7", "AT&T", "R&D", "a & b", "?a=1&para=2&copy=3", "C:\\new\\table", "100% \\o/"]
)
def test_plain_text_with_special_characters_is_not_changed(text: str) -> None:
    assert characters.unescape_json(characters.unescape(text)) == text


@pytest.mark.parametrize("text", ["“kutip” ‘satu’", "ＡＢＣ", "½ ² № ™ …", "naïve café", "5–7 — ya", "👍🏽"])
def test_the_publishers_own_characters_are_not_changed(text: str) -> None:
    assert characters.normalise(characters.repair(text)) == text


def test_entities_are_decoded_however_often_they_were_escaped() -> None:
    assert characters.unescape("&amp;amp;quot;ya&amp;quot; &#8220;x&#x201D;") == '"ya" “x”'


def test_utf8_read_as_windows_1252_is_repaired() -> None:
    assert characters.repair("â€œDamaiâ€\x9d di CafÃ©") == "“Damai” di Café"


def test_utf8_read_as_mac_roman_is_repaired() -> None:
    assert characters.repair("‚ÄúKami sepakat,‚Äù katanya") == "“Kami sepakat,” katanya"


def test_json_that_was_encoded_twice_is_decoded() -> None:
    assert characters.unescape_json('Ia tiba.\\n\\nKata \\"ya\\" \\u201cx\\u201d \\ud83d\\ude00') == (
        'Ia tiba.\nKata "ya" “x” 😀'
    )


def test_no_control_format_private_or_surrogate_character_outlives() -> None:
    unwanted = {"Cc", "Cf", "Cs", "Co"}
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {c for c in characters.normalise(every) if unicodedata.category(c) in unwanted}
    assert left == {"\n"}


def test_odd_spaces_become_single_plain_ones() -> None:
    assert characters.normalise("a\u00a0\u2003b\t\tc\u3000 d") == "a b c d"


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\x85", "\u2028", "\u2029", "\v", "\f"])
def test_every_kind_of_line_break_is_a_line_feed(line_break: str) -> None:
    assert characters.normalise(f"a{line_break}b") == "a\nb"


def test_combining_accents_are_composed() -> None:
    assert characters.normalise("Cafe\u0301") == "Café"


def test_an_escape_sequence_of_a_terminal_is_taken_out() -> None:
    assert characters.repair("\x1b[31mMerah\x1b[0m") == "Merah"
