"""Which names of persons in an article name the same person: "Trump" and "Donald Trump", "Kim" and "Kim Jong-un"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from streams.nlp.forms import Form, Occurrences, Union
from streams.nlp.gazetteer import is_known_person
from streams.nlp.misspelling import LONGEST_WORD, MOST_FORMS, deletions, one_slip
from streams.nlp.names import is_part_of, is_well_known

# Whoever shares a name with more people than this in one article is not told apart from them.
_MOST_NAMESAKES: Final = 60

Chooser = Callable[[int], Form]
"""From the position of a mention to the form that it stands for there."""


def join_persons(where: Occurrences, union: Union) -> dict[Form, Chooser]:
    """Join shorter to longer names of one person.

    A shorter name that belongs to several persons of the article is left alone; for those the result tells which person
    is meant where.
    """
    persons = [form for form in where if form[0] == "PERSON"]
    having: dict[str, list[Form]] = defaultdict(list)
    for form in persons:
        for word in dict.fromkeys(form[1]):
            having[word].append(form)
    shared: dict[Form, list[Form]] = {}
    for form in sorted(persons, key=lambda form: -len(form[1])):
        # A longer name has one of these words in full, and few names have the rarest of them.
        rarest = min((having[word] for word in form[1] if len(word) >= 3), key=len, default=[])
        if len(rarest) > _MOST_NAMESAKES:
            continue
        longer = [other for other in rarest if other != form and _is_shorter(form, other)]
        roots = list(dict.fromkeys(union.find(other) for other in longer))
        if len(roots) == 1:
            union.join(form, roots[0])
        elif roots:
            shared[form] = longer
    if len(persons) <= MOST_FORMS:
        _join_misspelt_parts(persons, having, union)
    return {form: _chooser(form, longer, where, union) for form, longer in shared.items()}


def _is_shorter(form: Form, other: Form) -> bool:
    """Whether `form` may be short for `other`; of two with as many words, the one with initials is the shorter."""
    short, long = form[1], other[1]
    if len(short) > len(long) or (len(short) == len(long) and sum(map(len, short)) >= sum(map(len, long))):
        return False
    # A name that is complete in itself at the end of a longer one is the husband's: "Iriana Joko Widodo".
    if is_well_known(short, "PERSON") and long[: len(short)] != short:
        return False
    return is_part_of(short, long)


def _join_misspelt_parts(persons: Sequence[Form], having: dict[str, list[Form]], union: Union) -> None:
    """Join "Liberman" to "Avigdor Lieberman": a letter too many or too few, or two that changed places.

    Another letter in place of one is not enough: Obama is not Osama, nor Prabowo Pranowo.
    """
    near: dict[str, set[str]] = defaultdict(set)
    for word in having:
        if 6 <= len(word) <= LONGEST_WORD:
            for variant in deletions(word):
                near[variant].add(word)
    for form in persons:
        word = form[1][0]
        if (
            len(form[1]) > 1
            or not 6 <= len(word) <= LONGEST_WORD
            or union.find(form) != form
            or any(len(o[1]) > 1 for o in having[word])
        ):
            continue
        close = {
            other
            for variant in deletions(word)
            for other in near[variant]
            if one_slip(word, other) and (len(other) != len(word) or sorted(other) == sorted(word))
        }
        longer = [f for other in sorted(close) for f in having[other] if len(f[1]) > 1]
        roots = {union.find(f) for f in longer}
        if len(roots) == 1:
            union.join(form, roots.pop())


def _chooser(form: Form, candidates: Sequence[Form], where: Occurrences, union: Union) -> Chooser:
    """Decides who is meant by a name that several persons share.

    People of the gazetteer come before anyone else, who might after all be a headline taken for a name ("Trump Batal
    Terbang"). Whoever bore the name alone when it was first used keeps it. Otherwise a given name goes to the person
    last named in full, a family name to the one named first, since relatives who come in later go by given names.
    """
    known_people = [c for c in candidates if is_known_person(c[1])]
    place = {c: _place(form, c) for c in known_people or candidates}
    best = min(place.values())
    named = sorted((i, union.find(c)) for c in place if place[c] == best for i in where[c])
    uses = where[form]
    first_used = next((i for i in uses if i > named[0][0]), uses[-1])
    known = list(dict.fromkeys(root for i, root in named if i < first_used)) or [named[0][1]]
    if len(known) == 1 or best > 0:
        owner = known[0]
        return lambda _position: owner

    def last_named(position: int) -> Form:
        before = [root for i, root in named if i < position]
        return before[-1] if before else named[0][1]

    return last_named


def _place(form: Form, candidate: Form) -> int:
    """Where the shared name stands in the longer one: 0 first, 1 last, 2 in between."""
    size = len(form[1])
    if candidate[1][:size] == form[1]:
        return 0
    return 1 if candidate[1][-size:] == form[1] else 2
