"""Characters as a reader would type them: entities, mojibake, control and invisible characters, odd spaces."""

from __future__ import annotations

import html
import re
import unicodedata

import ftfy
import ftfy.badness
import ftfy.fixes

# Only what was decoded wrongly is put right; curly quotes and wide letters are the publisher's own spelling.
_MOJIBAKE = ftfy.TextFixerConfig(unescape_html=False, normalization=None, explain=False)
_REAL_NBSP = re.compile("(?<=[\\x00-\\x7f])\u00a0")
# No mojibake is made of these alone, and nearly every article has nothing else beside ASCII.
_SUSPECT = re.compile(
    "[^\\x00-\\x7f\u00a0\u200b-\u200f\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\ufeff]"
)
# A legacy entity without its semicolon is more often the query of a URL ("?a=1&para=2") than an entity.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,4}38|#[xX]0{0,4}26);)+")
# JSON that was encoded twice: literal \n, \" and \u201c in the text.
_JSON_UNICODE = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})"
)
_JSON_BREAK = re.compile(
    r"(?<=[.!?\"”:;)>,])[ ]?(?:\\r)?\\n(?:(?:\\r)?\\n){0,8}(?![a-z])|(?:(?:\\r)?\\n){2,8}"
)
_JSON_QUOTE = re.compile(r"\\([\"/])")

_ODD_SPACE = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SPACES = re.compile("  +")
_LIGATURE = re.compile("[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06]")
_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = "".join(
    f"{chr(first)}-{chr(last)}"
    for first, last in (
        (0x00, 0x08),
        (0x0E, 0x1F),
        (0x7F, 0x9F),
        (0xAD, 0xAD),
        (0x600, 0x605),
        (0x61C, 0x61C),
        (0x6DD, 0x6DD),
        (0x70F, 0x70F),
        (0x890, 0x891),
        (0x8E2, 0x8E2),
        (0x180E, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xD800, 0xF8FF),
        (0xFDD0, 0xFDEF),
        (0xFEFF, 0xFEFF),
        (0xFFF0, 0xFFFC),
        (0xFFFE, 0xFFFF),
        (0x110BD, 0x110BD),
        (0x110CD, 0x110CD),
        (0x13430, 0x1343F),
        (0x1BCA0, 0x1BCA3),
        (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
        (0xF0000, 0x10FFFF),
    )
)
_HIDDEN = re.compile(f"[{_INVISIBLE}]")
# As many marks as a letter may carry in Unicode's stream-safe text (UAX #15); to sort more of them into the order that
# NFC wants takes quadratic time. Nothing below U+0300 is a mark.
_MOST_MARKS = 30
_PERHAPS_MARKS = re.compile(f"[\u0300-\U0010ffff]{{{_MOST_MARKS + 1},}}")
_HIDDEN_WIDE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def _json_unicode(match: re.Match[str]) -> str:
    high, low, single = match.groups()
    if single:
        return chr(int(single, 16))
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))


def unescape(text: str) -> str:
    """`text` with its HTML entities decoded, however often "&" itself was escaped."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(match[0]), _AMPERSANDS.sub("&", text))


def unescape_json(text: str) -> str:
    r"""`text` with the escapes of a JSON string that was encoded twice (\n, \", \u201c) decoded.

    A backslash that stands for itself, as in a file name, is left alone: `\n` counts only where a line could end.
    """
    if "\\" not in text:
        return text
    return _JSON_QUOTE.sub(r"\1", _JSON_BREAK.sub("\n", _JSON_UNICODE.sub(_json_unicode, text)))


def repair(text: str) -> str:
    """`text` with mojibake decoded as it was meant, and the sequences that colour a terminal taken out."""
    if "\x1b" in text:
        text = ftfy.fixes.remove_terminal_escapes(text)
    if text.isascii():
        return text
    # One zero-width character or real no-break space would keep the rest of its line from being decoded.
    text = _REAL_NBSP.sub(" ", _HIDDEN_WIDE.sub("", text))
    if not (_SUSPECT.search(text) and ftfy.badness.is_bad(text)):
        return text
    return "".join(ftfy.fix_encoding(line, _MOJIBAKE) for line in text.splitlines(keepends=True))


def _ordinary(text: str) -> bool:
    """Whether `text` has only printable characters, spaces and line feeds, as nearly every article has."""
    return text.replace("\n", "").isprintable()


def visible(text: str) -> str:
    """`text` without control, zero-width, bidirectional, private and other invisible characters; breaks stay."""
    return text if _ordinary(text) else _HIDDEN.sub("", text)


def _fewer_marks(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def normalise(text: str) -> str:
    """`text` without invisible characters and odd spaces, in NFC, with line feeds as its only breaks."""
    if not _ordinary(text):
        text = _HIDDEN.sub("", _BREAKS.sub("\n", text))
        text = _ODD_SPACE.sub(" ", text)
    if not text.isascii():
        if _LIGATURE.search(text):
            text = ftfy.fixes.fix_latin_ligatures(text)
        text = unicodedata.normalize("NFC", _PERHAPS_MARKS.sub(_fewer_marks, text))
    return _SPACES.sub(" ", text) if "  " in text else text


def readable(text: str) -> bool:
    """Whether there is a letter or a digit in `text`."""
    return any(character.isalnum() for character in text)
