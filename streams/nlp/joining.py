"""Which mentions of an article name the same thing.

Mentions with the same telling words are one form of a name. Forms are then joined by what the writer says ("Komisi
Pemilihan Umum (KPU)"), by how Indonesian news shortens names, and across slips of spelling. Each rule looks names up by
their words, so that the work grows with the number of mentions and not with its square.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from streams.events import EntityType, FieldName
from streams.nlp.acronyms import belongs_to_the_end, fits, initials, is_acronym
from streams.nlp.forms import Form, Occurrences, TypedMention, Union, form_of, without_legal_form
from streams.nlp.misspelling import join_misspelt
from streams.nlp.names import Words, expanded, is_well_known, word_list, words
from streams.nlp.persons import join_persons

# A gap between two names that belong together has at most 20 characters.
_OPENING: Final = re.compile(r"\s{0,20}\(\s{0,20}[\"'“‘]?")
_CLOSING: Final = re.compile(r"\s{0,20}[\"'”’]?\s{0,20}\)")
_ALIAS: Final = re.compile(r"\s{0,20}\)?,?\s{1,20}(?:alias|a\.?k\.?a\.?)\s{1,20}[\"'“‘]?", re.IGNORECASE)


# Longer names are not looked at for what they begin with or are abbreviated to.
_MOST_WORDS: Final = 12


def groups(
    mentions: Sequence[TypedMention], fields: Mapping[FieldName, str], *, indonesian: bool
) -> list[tuple[EntityType, list[int]]]:
    """The positions in `mentions` (given in reading order) that belong together, each group with its type."""
    kinds = _settled_kinds(mentions)
    forms = [form_of(m.text, kind, indonesian=indonesian) for m, kind in zip(mentions, kinds, strict=True)]
    where: Occurrences = defaultdict(list)
    for i, form in enumerate(forms):
        where[form].append(i)
    union = Union(where)
    _join_defined(mentions, forms, fields, union)
    _join_initials(mentions, where, union)
    _join_headed(where, union)
    _join_shortened(where, union)
    join_misspelt(mentions, where, union)
    choosers = join_persons(where, union)
    result: dict[Form, list[int]] = defaultdict(list)
    for i, form in enumerate(forms):
        chooser = choosers.get(form)
        result[union.find(chooser(i) if chooser else form)].append(i)
    return [(kind, members) for (kind, _), members in result.items()]


def _settled_kinds(mentions: Sequence[TypedMention]) -> list[EntityType]:
    """One type for one name within an article: the commonest, on a tie the earliest."""
    seen: dict[Words, Counter[EntityType]] = defaultdict(Counter)
    for mention in mentions:
        seen[words(mention.text)][mention.type] += 1
    settled = {name: kinds.most_common(1)[0][0] for name, kinds in seen.items() if name}
    return [settled.get(words(mention.text), mention.type) for mention in mentions]


def _join_defined(
    mentions: Sequence[TypedMention], forms: Sequence[Form], fields: Mapping[FieldName, str], union: Union
) -> None:
    """Join what the writer says is the same: "Komisi Pemilihan Umum (KPU)", "Syahrial (SA) alias Abu Rara"."""
    for i, (left, right) in enumerate(pairwise(mentions)):
        one, other = forms[i], forms[i + 1]
        if left.field != right.field or one[0] != other[0] or not 0 < right.start - left.end <= 20:
            continue
        text = fields[left.field]
        gap = text[left.end : right.start]
        if _ALIAS.fullmatch(gap):
            if one[0] in ("PERSON", "ORG"):
                union.join(one, other)
        elif (
            _OPENING.fullmatch(gap)
            and _CLOSING.match(text, right.end)
            and _defines(left.text, right.text, one[0])
        ):
            union.join(one, other)


def _defines(left: str, right: str, kind: EntityType) -> bool:
    """Whether "left (right)" gives two names of one thing."""
    full, short = words(left), "".join(words(right))
    if len(right) > len(left):
        full, short = words(right), "".join(words(left))
    if len(full) > 3 * _MOST_WORDS:
        return False
    if kind == "PERSON":
        return fits(short, full) or (len(short) <= 4 and is_acronym(right) and short[:1] == "".join(full)[:1])
    if kind == "GPE":
        return fits(short, full) or fits(short, _without_head(full, kind))
    if kind == "LOC":
        return fits(short, full) or is_acronym(right)
    if kind == "ORG":
        return not belongs_to_the_end(short, without_legal_form(full))
    return True


def _join_initials(mentions: Sequence[TypedMention], where: Occurrences, union: Union) -> None:
    """Join an acronym to the one name of the article that it can be made from: "OKI", "Organisasi Kerja Sama Islam"."""
    sources: dict[tuple[EntityType, str], set[Form]] = defaultdict(set)
    for form, members in where.items():
        if form[0] not in ("PERSON", "GPE"):
            for name in {without_legal_form(words(mentions[i].text)) for i in members}:
                if len(name) > 1:
                    for acronym in initials(name):
                        sources[form[0], acronym].add(form)
    for form, members in where.items():
        surface = mentions[members[0]].text
        name = words(surface)
        if len(name) == 1 and is_acronym(surface):
            roots = {union.find(source) for source in sources.get((form[0], name[0]), ())}
            if len(roots) == 1:
                union.join(form, roots.pop())


def _without_head(name: Words, kind: EntityType) -> Words:
    heads = word_list(f"head {kind}")
    for size in (2, 1):
        if len(name) > size and name[:size] in heads:
            return name[size:]
    return name


def _join_headed(where: Occurrences, union: Union) -> None:
    """Join "Cianjur" to "Kabupaten Cianjur", unless the article has a "Kota Cianjur" as well."""
    headed: dict[Form, list[Form]] = defaultdict(list)
    for form in where:
        bare = _without_head(form[1], form[0])
        if bare != form[1]:
            for name in {bare, expanded(bare)}:
                headed[form[0], name].append(form)
    for bare_form, forms in headed.items():
        if len(forms) == 1 and bare_form in where and bare_form != forms[0]:
            union.join(bare_form, forms[0])


def _join_shortened(where: Occurrences, union: Union) -> None:
    """Join a name to the one longer name that begins with it: "Komisi III" to "Komisi III DPR", "Persija" to its city.

    A body known all over the country is not the branch or the daughter that bears its name: "JAD" is not "JAD Bekasi",
    but "DPR" is "DPR RI".
    """
    longer: dict[Form, list[Form]] = defaultdict(list)
    for form in where:
        if form[0] in ("ORG", "FAC", "EVENT"):
            for size in range(1, min(len(form[1]), _MOST_WORDS)):
                start: Form = (form[0], form[1][:size])
                if start in where and _shortens(start, form[1][size:]):
                    longer[start].append(form)
    for short, forms in longer.items():
        states = [form for form in forms if form[1][len(short[1]) :] in word_list("state")]
        roots = {union.find(form) for form in (states or forms)} - {union.find(short)}
        if len(roots) == 1:
            union.join(short, roots.pop())


def _shortens(start: Form, rest: Words) -> bool:
    kind, name = start
    if kind == "EVENT":
        return all((word,) in word_list("time") or word.isdigit() for word in rest)
    if kind == "FAC" or rest in word_list("state"):
        return True
    return rest[-1:] not in word_list("namesake") and (
        name[:1] in word_list("definite") or not is_well_known(name)
    )
