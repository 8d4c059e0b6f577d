"""What holds for joining whatever the mentions are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.events import EntityType, FieldName
from streams.nlp.entities import TypedMention, join

NAMES = st.one_of(
    st.lists(
        st.sampled_from(["Joko", "Widodo", "Jokowi", "BUDI", "Bin", "al-Amin", "B.", "(BNPT)", "PBB", "Kota", "AS"]),
        min_size=1,
        max_size=4,
    ).map(" ".join),
    st.sampled_from(["Amerika Serikat", "Perserikatan Bangsa-Bangsa", "UU 5/2018", "DPR RI", "Trump-nya"]),
    st.text(min_size=1, max_size=12),
)  # fmt: skip
KINDS: list[EntityType] = ["PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "EVENT", "LAW"]
FIELDS: list[FieldName] = ["title", "text"]
GAPS = st.sampled_from([" ", " (", ") ", ", ", " alias ", "\n\n", " kata "])


@st.composite
def articles(draw: st.DrawFn) -> tuple[str, str, list[TypedMention]]:
    """Title, text and mentions that fit them."""
    fields = {"title": "", "text": ""}
    mentions: list[TypedMention] = []
    for field in FIELDS:
        for surface in draw(st.lists(NAMES, max_size=8)):
            start = len(fields[field])
            kind = draw(st.sampled_from(KINDS))
            mentions.append(TypedMention(field, start, start + len(surface), kind, surface))
            fields[field] += surface + draw(GAPS)
    return fields["title"], fields["text"], mentions


@given(articles())
def test_every_mention_is_in_exactly_one_entity_with_its_offsets(
    article: tuple[str, str, list[TypedMention]],
) -> None:
    title, text, mentions = article
    entities = join(mentions, title=title, text=text, language="id")
    found = [(m.field, m.start, m.end, m.text) for entity in entities for m in entity.mentions]
    assert sorted(found) == sorted((m.field, m.start, m.end, m.text) for m in mentions)
    assert all({"title": title, "text": text}[f][s:e] == surface for f, s, e, surface in found)


@given(articles(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_the_mentions_matters(
    article: tuple[str, str, list[TypedMention]], random: st.DrawFn
) -> None:
    title, text, mentions = article
    shuffled = mentions + mentions[:3]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = join(mentions, title=title, text=text, language="id")
    assert join(shuffled, title=title, text=text, language="id") == first


@given(articles())
def test_saliences_are_shares_in_descending_order(article: tuple[str, str, list[TypedMention]]) -> None:
    title, text, mentions = article
    saliences = [entity.salience for entity in join(mentions, title=title, text=text, language="id")]
    assert saliences == sorted(saliences, reverse=True)
    assert all(0 < salience <= 1 for salience in saliences)
    assert not saliences or abs(sum(saliences) - 1) < 0.0001 * len(saliences)


@given(articles())
def test_mentions_are_in_reading_order_and_their_entity_has_a_name_among_them(
    article: tuple[str, str, list[TypedMention]],
) -> None:
    title, text, mentions = article
    for entity in join(mentions, title=title, text=text, language="id"):
        places = [(m.field != "title", m.start) for m in entity.mentions]
        assert places == sorted(places)
        assert entity.iso3166 is None or entity.type == "GPE"
