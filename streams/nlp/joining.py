"""Which mentions of an article name the same entity: forms of a name are grouped, then forms are joined."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from streams.events import EntityType, FieldName
from streams.nlp.acronyms import belongs_to_the_end, fits, initials, is_acronym
from streams.nlp.countries import country_code
from streams.nlp.names import Words, expanded, is_part_of, person_words, words


class Named(Protocol):
    """What joining needs to know of a mention."""

    @property
    def field(self) -> FieldName: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def type(self) -> EntityType: ...
    @property
    def text(self) -> str: ...


Form = tuple[EntityType, Words]

_INNER_BRACKET: Final = re.compile(r"(?<=\S)\s*\([^()]*\)(?=\s*\S)")
_OPENING: Final = re.compile(r"\s*\(\s*[\"'“‘]?")
_CLOSING: Final = re.compile(r"\s*[\"'”’]?\s*\)")
_ALIAS: Final = re.compile(r"\s*\)?,?\s+(?:alias|a\.?k\.?a\.?)\s+[\"'“‘]?", re.IGNORECASE)

_LEGAL: Final = frozenset("pt cv tbk ltd inc corp co llc plc persero the".split())
_PLACE_HEADS: Final = (
    "negara bagian", "daerah khusus ibukota", "daerah istimewa", "kota", "kabupaten", "provinsi", "propinsi",
    "kecamatan", "kelurahan", "desa", "kampung", "dusun", "nagari", "distrik", "prefektur", "wilayah", "kawasan",
    "kab", "prov", "kec",
)  # fmt: skip
_HEADS: Final = tuple(tuple(head.split()) for head in _PLACE_HEADS)
_LAW_NUMBER: Final = re.compile(
    r"\b(?:nomor|no)?\.?\s*(\d+[a-z]?)\s*(?:/|tahun|thn|th)\s*((?:19|20)\d\d)", re.IGNORECASE
)


class Union:
    """Disjoint sets of forms; the representative is the form that came first."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._parent = {form: form for form in forms}
        self._rank = {form: i for i, form in enumerate(self._parent)}

    def find(self, form: Form) -> Form:
        root = form
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[form] != root:
            self._parent[form], form = root, self._parent[form]
        return root

    def join(self, one: Form, other: Form) -> None:
        one, other = self.find(one), self.find(other)
        if self._rank[other] < self._rank[one]:
            one, other = other, one
        self._parent[other] = one


def name_words(surface: str, kind: EntityType) -> Words:
    """The words that tell the thing of type `kind` that `surface` names; equal words are the same name."""
    surface = _INNER_BRACKET.sub("", surface)
    if kind == "PERSON":
        return person_words(surface)
    if kind == "GPE":
        code = country_code(surface)
        if code:
            return ("=" + code,)
    found = words(surface)
    if kind == "LAW":
        number = _LAW_NUMBER.search(surface)
        if number:
            return (expanded(found[:1])[0], number[1], number[2])
    bare = tuple(word for word in found if word not in _LEGAL) if kind in ("ORG", "EVENT", "FAC") else found
    return expanded(bare or found)


def groups(mentions: Sequence[Named], fields: Mapping[FieldName, str]) -> list[tuple[EntityType, list[int]]]:
    """The positions in `mentions` (in reading order) that belong together, each group with its type."""
    kinds = _settled_kinds(mentions)
    forms = [_form(mention, kind) for mention, kind in zip(mentions, kinds, strict=True)]
    where: dict[Form, list[int]] = defaultdict(list)
    for i, form in enumerate(forms):
        where[form].append(i)
    union = Union(where)
    _join_defined(mentions, forms, fields, union)
    _join_initials(mentions, where, union)
    _join_places(where, union)
    choices = _join_persons(where, union)
    result: dict[Form, list[int]] = defaultdict(list)
    for i, form in enumerate(forms):
        result[union.find(_chosen(i, choices.get(form), where) or form)].append(i)
    return [(kind, members) for (kind, _), members in result.items()]


def _form(mention: Named, kind: EntityType) -> Form:
    return kind, name_words(mention.text, kind) or (mention.text,)


def _settled_kinds(mentions: Sequence[Named]) -> list[EntityType]:
    """One type for one surface within an article: the commonest, on a tie the earliest."""
    seen: dict[Words, Counter[EntityType]] = defaultdict(Counter)
    for mention in mentions:
        seen[words(mention.text)][mention.type] += 1
    return [seen[words(mention.text)].most_common(1)[0][0] for mention in mentions]


def _join_defined(
    mentions: Sequence[Named], forms: Sequence[Form], fields: Mapping[FieldName, str], union: Union
) -> None:
    """Join what the writer says is the same: "Komisi Pemilihan Umum (KPU)", "Syahrial (SA) alias Abu Rara"."""
    for i, (left, right) in enumerate(zip(mentions, mentions[1:], strict=False)):
        one, other = forms[i], forms[i + 1]
        if left.field != right.field or one[0] != other[0] or right.start - left.end > 20:
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
    if kind == "PERSON":
        return fits(short, full) or (len(short) <= 4 and is_acronym(right) and short[:1] == "".join(full)[:1])
    if kind == "GPE":
        bare = _without_head(full)
        return fits(short, full) or fits(short, bare)
    if kind == "ORG":
        return not belongs_to_the_end(short, tuple(word for word in full if word not in _LEGAL))
    return True


def _join_initials(mentions: Sequence[Named], where: Mapping[Form, list[int]], union: Union) -> None:
    """Join an acronym to the one name of the article that it can be made from: "PBB", "Perserikatan Bangsa-Bangsa"."""
    sources: dict[tuple[EntityType, str], set[Form]] = defaultdict(set)
    for form, members in where.items():
        kind = form[0]
        if kind in ("PERSON", "GPE"):
            continue
        for surface in {mentions[i].text for i in members}:
            found = tuple(word for word in words(surface) if word not in _LEGAL)
            if len(found) > 1:
                for acronym in initials(found):
                    sources[kind, acronym].add(form)
    for form, members in where.items():
        surface = mentions[members[0]].text
        found = words(surface)
        if len(found) == 1 and is_acronym(surface):
            roots = {union.find(source) for source in sources.get((form[0], found[0]), ())}
            if len(roots) == 1:
                union.join(form, roots.pop())


def _without_head(found: Words) -> Words:
    for head in _HEADS:
        if found[: len(head)] == head and len(found) > len(head):
            return found[len(head) :]
    return found


def _join_places(where: Mapping[Form, list[int]], union: Union) -> None:
    """Join "Cianjur" to "Kabupaten Cianjur", unless the article also has a "Kota Cianjur"."""
    headed: dict[Words, list[Form]] = defaultdict(list)
    for form in where:
        if form[0] == "GPE":
            bare = expanded(_without_head(form[1]))
            if bare != form[1]:
                headed[bare].append(form)
    for bare, forms in headed.items():
        if len(forms) == 1 and ("GPE", bare) in where:
            union.join(("GPE", bare), forms[0])


def _join_persons(where: Mapping[Form, list[int]], union: Union) -> dict[Form, list[Form]]:
    """Join shorter to longer names of a person; returns the shorter names that several persons share."""
    persons = [form for form in where if form[0] == "PERSON"]
    having: dict[str, list[Form]] = defaultdict(list)
    for form in persons:
        for word in set(form[1]) | {w[0] for w in form[1]}:
            having[word].append(form)
    shared: dict[Form, list[Form]] = {}
    for form in sorted(persons, key=lambda form: -len(form[1])):
        rarest = min((having[word] for word in form[1] if len(word) >= 3), key=len, default=[])
        longer = [
            other
            for other in rarest
            if other != form and len(other[1]) >= len(form[1]) and is_part_of(form[1], other[1])
        ]
        roots = list(dict.fromkeys(union.find(other) for other in longer))
        if len(roots) == 1:
            union.join(form, roots[0])
        elif roots:
            shared[form] = longer
    return shared


def _chosen(position: int, candidates: list[Form] | None, where: Mapping[Form, list[int]]) -> Form | None:
    """The person that a name shared by several means at `position`: the one last named in full before it."""
    if not candidates:
        return None
    before = [(max((i for i in where[c] if i < position), default=-1), c) for c in candidates]
    best = max(before, key=lambda item: item[0])
    if best[0] >= 0:
        return best[1]
    return min(candidates, key=lambda c: where[c][0])
