"""Keeps spaCy's memory of words from growing for as long as a worker runs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from spacy.language import Language

# What about a thousand articles hold, in some 15 MB. News never runs out of new names and numbers: without a limit
# each of them costs 200 to 300 bytes, for ever.
MOST_STRINGS: Final = 50_000
_NOT_STRINGS: Final = ("vectors", "lookups")


class Lexicon:
    """The words that a pipeline has met, all of them forgotten once there are too many.

    spaCy keeps every word of every text it reads. Its memory zones free what was met inside them when they end; a zone
    for each call would make most words anew each time, which takes four times as long as to find them, so this one
    lasts over many calls. What comes out of the pipeline does not depend on what is remembered.

    Source: https://spacy.io/usage/memory-management

    Args:
        nlp: the pipeline, whose vocabulary nobody else may use inside a zone.
        most: how many strings it may hold before a call; one call adds what its texts hold.
    """

    def __init__(self, nlp: Language, *, most: int = MOST_STRINGS) -> None:
        self._nlp = nlp
        self._most = most
        self._zone = ExitStack()
        self._is_open = False

    def make_room(self) -> None:
        """Forgets all words if they are too many; to be called where no `Doc` made earlier is used any more."""
        if self._is_open and len(self._nlp.vocab.strings) <= self._most:
            return
        self._zone.close()
        # What a zone leaves empty in the two tables still counts as filled when they grow: they are made anew.
        vocab = self._nlp.vocab
        vocab.from_bytes(vocab.to_bytes(exclude=_NOT_STRINGS), exclude=_NOT_STRINGS)
        self._zone.enter_context(self._nlp.memory_zone())
        self._is_open = True
