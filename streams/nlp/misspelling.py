"""Names that differ by a slip of the keyboard: "Bangladaesh", "Sri Muyani", "laliga"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from streams.nlp.forms import Form, Occurrences, TypedMention, Union, spellings
from streams.nlp.names import Words

_SHORTEST: Final = 6
# Names of places are short and dense: Bandung and Badung are both cities.
_SHORTEST_PLACE: Final = 7
_MOST_WORDS: Final = 8
MOST_FORMS: Final = 1000
"""With more different names than that the text is a list and no article; slips in it are not looked for."""
LONGEST_WORD: Final = 24
"""Longer words are no names; looking for slips in them would take long."""


def deletions(word: str) -> set[str]:
    """`word` and what is left of it without any one letter; words a slip apart have one of these in common."""
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def one_slip(one: str, other: str) -> bool:
    """Whether the words differ by one letter added, left out or replaced, or two neighbours changed round."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    return one[at + 1 :] == other[at + 1 :] or (
        one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    )


def join_misspelt(mentions: Sequence[TypedMention], where: Occurrences, union: Union) -> None:
    """Join names of one type that are the same but for one slip in one long word, or for spaces.

    One of the two has to occur only once: a slip is rare, a name is repeated. Numbers have to be equal, and two
    countries are never joined.
    """
    if len(where) > MOST_FORMS:
        return
    shelf: dict[tuple[object, ...], list[Form]] = defaultdict(list)
    for form in where:
        for name in spellings(form, mentions, where):
            for key in _shelves(form, name):
                shelf[key].append(form)
    for forms in shelf.values():
        for one, other in combinations(forms, 2):
            if union.find(one) != union.find(other) and _same_but_for_a_slip(one, other, mentions, where):
                union.join(one, other)


def _shelves(form: Form, name: Words) -> Iterator[tuple[object, ...]]:
    """Keys of which two names have one in common if they may differ by a slip."""
    joined = "".join(name)
    if len(joined) >= _SHORTEST:
        yield form[0], joined
    if len(name) <= _MOST_WORDS:
        for i, word in enumerate(name):
            if _long_enough(word, form) and word.isalpha():
                for variant in deletions(word):
                    yield form[0], name[:i], variant, name[i + 1 :]


def _long_enough(word: str, form: Form) -> bool:
    return (_SHORTEST_PLACE if form[0] == "GPE" else _SHORTEST) - 1 <= len(word) <= LONGEST_WORD


def _same_but_for_a_slip(
    one: Form, other: Form, mentions: Sequence[TypedMention], where: Occurrences
) -> bool:
    if one[1][0].startswith("=") and other[1][0].startswith("="):
        return False
    for first in spellings(one, mentions, where):
        for second in spellings(other, mentions, where):
            if "".join(first) == "".join(second):
                return True
            differing = [(a, b) for a, b in zip(first, second, strict=False) if a != b]
            if (
                len(first) == len(second)
                and len(differing) == 1
                and one_slip(*differing[0])
                and all(_long_enough(word, one) for word in differing[0])
                and max(map(len, differing[0])) >= (_SHORTEST_PLACE if one[0] == "GPE" else _SHORTEST)
                and min(len(where[one]), len(where[other])) == 1
            ):
                return True
    return False
