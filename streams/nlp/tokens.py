"""The tokenizer of the model: one regular expression, linear in the length of any text.

spaCy's own tokenizer strips punctuation from a word one character at a time, which takes quadratic time on the
long runs of "=====" that news sites do contain, and it keeps "AS.Berbicara" or "AS-Rusia" in one piece, so that
the names in them cannot be marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

# A word goes on over an apostrophe, a dot within ("10.000", "detik.com") or a hyphen ("negara-negara"), but not
# over a full stop that lost its space ("ISIS.Dalam"), nor over a hyphen between names or before a clitic.
# A ruler of marks is one token. Lengths are bounded: a megabyte without a space is many tokens, not one.
_TOKEN = re.compile(
    r"\w{1,40}(?:(?:'|\.(?!(?<=[a-z]{2}\.)[A-Z])(?!(?<=[A-Z]{2}\.)[A-Z][a-z])|-(?![A-Z]|(?:nya|ku|mu)\b)"
    r"|(?<=\d),(?=\d))\w{1,40}){0,6}"
    r"|(?P<mark>[^\w\s])(?P=mark){3,199}|[^\w\s]"
)


def split(text: str) -> list[str]:
    """The words and punctuation marks of `text`."""
    return [match.group() for match in _TOKEN.finditer(text)]


class LineTokenizer:
    """Splits one normalised line (see `streams.nlp.normalise`) into words and single punctuation marks."""

    def __init__(self, vocab: Vocab) -> None:
        """Make a tokenizer whose documents share `vocab`."""
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """The document of `text`; its text equals `text` as long as no two spaces stand together."""
        words: list[str] = []
        spaces: list[bool] = []
        length = len(text)
        for match in _TOKEN.finditer(text):
            words.append(match.group())
            end = match.end()
            spaces.append(end < length and text[end] == " ")
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_disk(self, _path: str | Path, **_: Any) -> None:
        """Nothing to save: the rules are code."""

    def from_disk(self, _path: str | Path, **_: Any) -> LineTokenizer:
        """Nothing to load."""
        return self

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to save."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> LineTokenizer:
        """Nothing to load."""
        return self


@registry.tokenizers("kabar.LineTokenizer.v1")  # type: ignore[untyped-decorator]
def create_line_tokenizer() -> Callable[[Language], LineTokenizer]:
    """The tokenizer as a spaCy config names it."""

    def create(nlp: Language) -> LineTokenizer:
        return LineTokenizer(nlp.vocab)

    return create
