"""Joining mentions into entities, on sentences written for it."""

from __future__ import annotations

import re
import time

import pytest

from streams.events import Entity, EntityType
from streams.nlp.entities import TypedMention, join

MARKED = re.compile(r"\[([^\[\]|]+)\|(\w+)\]")
TYPES: dict[str, EntityType] = {
    "P": "PERSON", "O": "ORG", "G": "GPE", "L": "LOC", "F": "FAC", "N": "NORP", "E": "EVENT", "U": "LAW",
}  # fmt: skip


def marked(text: str, field: str = "text") -> tuple[str, list[TypedMention]]:
    """Text with its mentions, from "[Putin|P] tiba di [Jakarta|G]"."""
    plain, mentions, at = "", [], 0
    for match in MARKED.finditer(text):
        plain += text[at : match.start()]
        start = len(plain)
        plain += match[1]
        mentions.append(TypedMention(field, start, len(plain), TYPES[match[2]], match[1]))  # type: ignore[arg-type]
        at = match.end()
    return plain + text[at:], mentions


def joined(text: str, title: str | None = None, language: str = "id") -> list[Entity]:
    plain, mentions = marked(text)
    plain_title, in_title = marked(title or "", "title")
    entities = join(
        [*in_title, *mentions], title=plain_title if title else None, text=plain, language=language
    )
    for entity in entities:
        for mention in entity.mentions:
            assert {"title": plain_title, "text": plain}[mention.field][
                mention.start : mention.end
            ] == mention.text
    return entities


def surfaces(entities: list[Entity]) -> list[set[str]]:
    return [{m.text for m in entity.mentions} for entity in entities]


def names(text: str, title: str | None = None) -> set[str]:
    return {entity.name for entity in joined(text, title)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[Donald Trump|P] berpidato. [Trump|P] lalu pergi.", "Donald Trump"),
        ("[Sri Hartini|P] hadir, kata [Sri|P].", "Sri Hartini"),
        ("[Turki al-Maliki|P] bicara. [Maliki|P] dan [Al-Maliki|P] diam.", "Turki al-Maliki"),
        ("[Ali bin Umar Al-Habsyi|P], [Ali Al Habsyi|P], [Habib Ali|P]", "Ali bin Umar Al-Habsyi"),
        ("[Joko Widodo|P] pulang. [Jokowi|P] lelah. [Widodo|P] tidur.", "Joko Widodo"),
        (
            "[B.J. Habibie|P] wafat. [BJ Habibie|P], [B. J. Habibie|P], [B.J. Habibie|P], [Habibie|P]",
            "B.J. Habibie",
        ),
        ("[Bambang Eko Prasetyo|P] dan [BE Prasetyo|P]", "Bambang Eko Prasetyo"),
        ("[Mohammad Natsir|P] atau [M. Natsir|P], [Muhammad Natsir|P]", "Mohammad Natsir"),
        ("[Soekardjo|P] itu [Sukardjo|P]", "Soekardjo"),
        ("Rencana [Trump-nya|P] gagal, kata [Donald Trump|P]", "Donald Trump"),
        ("[Recep Tayyip Erdoğan|P] datang, [Erdogan|P] pergi", "Recep Tayyip Erdoğan"),
        ("[Syahrial Anwar|P] ([SA|P]) alias [Abu Bintang|P]. [Syahrial Anwar|P] kabur.", "Syahrial Anwar"),
        ("[Avigdor Lieberman|P] mundur, [Liberman|P] diganti", "Avigdor Lieberman"),
        ("[Jenderal Gatot Suryadi|P] dan [Gatot|P]", "Jenderal Gatot Suryadi"),
        ("[Imam Wahyudi|P] hadir, kata [Imam|P]", "Imam Wahyudi"),
    ],
)
def test_all_names_of_one_person_are_one_entity_named_in_full(text: str, name: str) -> None:
    (entity,) = joined(text)
    assert (entity.type, entity.name) == ("PERSON", name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[Badan Narkotika Nasional|O] ([BNN|O]) rapat. [BNN|O] tutup.", "Badan Narkotika Nasional"),
        ("[Perserikatan Bangsa-Bangsa|O] cemas. [PBB|O] diam.", "Perserikatan Bangsa-Bangsa"),
        ("[Himpunan Petani Kopi Indonesia|O] protes, kata [HPKI|O]", "Himpunan Petani Kopi Indonesia"),
        ("[Organisasi Kesehatan Dunia|O] ([WHO|O])", "Organisasi Kesehatan Dunia"),
        ("[Kementerian Luar Negeri|O] ([Kemlu|O]) dan [Kemenlu|O]", "Kementerian Luar Negeri"),
        ("[Polda Maluku Utara|O], [Polda Malut|O]", "Polda Maluku Utara"),
        ("[Densus 88 Antiteror|O], [Densus 88|O], [Detasemen Khusus 88|O]", "Densus 88 Antiteror"),
        ("[DPR RI|O] atau [DPR|O]", "DPR RI"),
        ("[Komisi III DPR|O] bertanya. [Komisi III|O] puas.", "Komisi III DPR"),
        ("[Partai Demokrat|O] dan [Demokrat|O]", "Partai Demokrat"),
        ("[PT Angkasa Lintas Tbk|O] dan [Angkasa Lintas|O]", "PT Angkasa Lintas Tbk"),
        ("[Persija Jakarta|O] menang, [Persija|O] senang", "Persija Jakarta"),
    ],
)  # fmt: skip
def test_all_names_of_one_body_are_one_entity_named_in_full(text: str, name: str) -> None:
    (entity,) = joined(text)
    assert (entity.type, entity.name) == ("ORG", name)


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        (
            "[AS|G], [Amerika Serikat|G], [AMERIKA SERIKAT|G], [Amerika|G], [Negeri Paman Sam|G]",
            "Amerika Serikat",
            "US",
        ),
        ("[Korsel|G] dan [Korea Selatan|G]", "Korea Selatan", "KR"),
        ("[Kerajaan Thailand|G] dan [Thailand|G]", "Thailand", "TH"),
        ("[Kabupaten Cianjur|G] dan [Cianjur|G]", "Kabupaten Cianjur", None),
        ("[Jawa Barat|G] ([Jabar|G])", "Jawa Barat", None),
        ("[Bangladesh|G], [Bangladaesh|G], [Bangladesh|G]", "Bangladesh", "BD"),
    ],
)
def test_all_names_of_one_place_are_one_entity(text: str, name: str, code: str | None) -> None:
    (entity,) = joined(text)
    assert (entity.type, entity.name, entity.iso3166) == ("GPE", name, code)


@pytest.mark.parametrize(
    "text",
    [
        "[Dewan Pengawas Komisi Pemberantasan Korupsi|O] ([KPK|O])",
        "[JAD|O] dan [JAD Bekasi|O]",
        "[TNI|O] dan [TNI AL|O]",
        "[Fraksi PAN|O] dan [PAN|O]",
        "[Angkasa|O] dan [Angkasa Post|O]",
        "[Hanoi|G] ([Vietnam|G])",
        "[Gambia|G] dan [Zambia|G]",
        "[Kota Bogor|G] dan [Kabupaten Bogor|G]",
        "[Kota Meksiko|G] dan [Meksiko|G]",
        "[Barack Obama|P] dan [Osama|P]",
        "[Joko Widodo|P] dan [Iriana Joko Widodo|P]",
        "[Budi Hartono|P] dan [Budi Santoso|P]",
        "[Piala Nusantara 2017|E] dan [Piala Nusantara 2019|E]",
        "[UU Perfilman|U] dan [RUU Perfilman|U]",
        "[Gunung Lawu|L] dan [Sungai Lawu|L]",
    ],
)
def test_names_that_look_alike_but_name_two_things_stay_apart(text: str) -> None:
    assert len(joined(text)) == 2


def test_a_family_name_alone_is_the_one_who_bore_it_first() -> None:
    entities = joined("[Donald Trump|P] tiba. [Trump|P] senyum. [Melania Trump|P] ikut. [Trump|P] melambai.")
    assert surfaces(entities) == [{"Donald Trump", "Trump"}, {"Melania Trump"}]


def test_a_family_name_goes_to_the_first_of_two_who_were_named_before_it_was_used() -> None:
    entities = joined("[Emil Brandt|P] dan istrinya [Rosa Brandt|P] pindah. [Brandt|P] bekerja di pabrik.")
    assert surfaces(entities)[0] == {"Emil Brandt", "Brandt"}


def test_a_headline_taken_for_a_name_does_not_draw_a_known_person_s_name_to_it() -> None:
    entities = joined("[Trump Batal Terbang|P]\n\n[Donald Trump|P] tidur. [Trump|P] bangun.")
    assert surfaces(entities)[1] == {"Donald Trump", "Trump"}


def test_a_given_name_that_two_share_is_the_one_named_last() -> None:
    entities = joined(
        "[Budi Hartono|P] dan [Budi Santoso|P] hadir. [Budi|P] bicara. [Budi Hartono|P] pulang, kata [Budi|P]."
    )
    by_name = {entity.name: entity for entity in entities}
    assert [m.text for m in by_name["Budi Santoso"].mentions] == ["Budi Santoso", "Budi"]
    assert [m.text for m in by_name["Budi Hartono"].mentions] == ["Budi Hartono", "Budi Hartono", "Budi"]


def test_a_name_in_the_title_joins_the_full_name_in_the_text() -> None:
    (entity,) = joined("[Donald Trump|P] menelepon lagi.", title="[TRUMP|P] MENELEPON")
    assert [(m.field, m.text) for m in entity.mentions] == [("title", "TRUMP"), ("text", "Donald Trump")]
    assert entity.name == "Donald Trump"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("[Rudi Hartanto Bantah Kabar|P]", "[Rudi Hartanto|P] diam. [Rudi|P] pergi."),
        ("[RUDI HARTANTO|P] PERGI", "[Rudi Hartanto|P] diam."),
        ("[Rudi Hartanto|P] pergi", "[Rudi|P] diam. [Rudi|P] pergi."),
        ("", "[Rudi Hartanto|P] diam. " * 4 + "[Rudi Hartanto Ketua Panitia|P] pergi."),
    ],
)
def test_words_run_into_a_name_once_are_not_taken_into_the_entity_s_name(title: str, text: str) -> None:
    assert names(text, title) == {"Rudi Hartanto"}


def test_one_surface_has_one_type_the_commonest() -> None:
    (entity,) = joined("[Kremlin|O] menolak. [Kremlin|F] diam. [Kremlin|O] bicara.")
    assert (entity.type, len(entity.mentions)) == ("ORG", 3)


def test_full_names_of_two_types_are_not_joined() -> None:
    assert len(joined("[Bung Tomo|P] dan [Stadion Bung Tomo|F]")) == 2


def test_a_law_is_known_by_number_and_year() -> None:
    (entity,) = joined("[Undang-Undang Nomor 5 Tahun 2018|U] diuji; [UU No 5/2018|U] berlaku.")
    assert entity.type == "LAW"


def test_entities_come_by_salience_and_ties_by_first_mention() -> None:
    entities = joined("[Ambon|G] dan [Buton|G]; [Ceram|G] dan [Ceram|G] lagi.")
    assert [entity.name for entity in entities] == ["Ceram", "Ambon", "Buton"]


def test_the_title_weighs_three_the_lead_two_and_the_body_one() -> None:
    entities = joined("[Ambon|G] tenang.\n\n[Buton|G] ramai.", title="[Ceram|G]")
    assert [(entity.name, entity.salience) for entity in entities] == [
        ("Ceram", 0.5), ("Ambon", 0.3333), ("Buton", 0.1667),
    ]  # fmt: skip


def test_the_lead_of_a_text_without_paragraphs_ends_after_200_characters() -> None:
    text = "[Ambon|G] " + "ramai " * 40 + "[Buton|G]"
    assert [entity.salience for entity in joined(text)] == [0.6667, 0.3333]


def test_a_country_has_its_wikidata_identifier() -> None:
    (entity,) = joined("[Korut|G]")
    assert entity.id == "http://www.wikidata.org/entity/Q423"


def test_a_person_is_identified_by_the_full_name_only() -> None:
    full, short = joined("[Donald Trump|P]")[0], joined("[Trump|P]")[0]
    assert (full.id, short.id) == ("http://www.wikidata.org/entity/Q22686", None)


def test_a_nickname_of_one_person_is_as_good_as_the_full_name() -> None:
    assert joined("[Jokowi|P]")[0].id == "http://www.wikidata.org/entity/Q3318231"


def test_a_body_is_identified_by_any_of_its_names() -> None:
    ids = {joined(f"[{name}|O]")[0].id for name in ("PBB", "Perserikatan Bangsa-Bangsa", "United Nations")}
    assert ids == {"http://www.wikidata.org/entity/Q1065"}


@pytest.mark.parametrize(
    "text", ["[Washington|G]", "[Partai Buruh|O]", "[Mahkamah Agung|O]", "[Rina Suryani|P]"]
)
def test_a_name_that_may_mean_several_things_has_no_identifier(text: str) -> None:
    assert joined(text)[0].id is None


def test_only_countries_have_a_code() -> None:
    codes = {
        entity.name: entity.iso3166
        for entity in joined("[Rusia|G], [Moskow|G], [Rusia Timur|L], [Georgia|P]")
    }
    assert codes == {"Rusia": "RU", "Moskow": None, "Rusia Timur": None, "Georgia": None}


def test_indonesian_abbreviations_are_not_read_into_other_languages() -> None:
    text = "[Kementerian Luar Negeri|O] / [Kemlu|O]"
    assert (len(joined(text, language="id")), len(joined(text, language="en"))) == (1, 2)


def test_no_mentions_give_no_entities() -> None:
    assert join([], title=None, text="", language="id") == []


@pytest.mark.parametrize("name", ["Ahmad {}", "{}", "Badan {} Nasional"])
@pytest.mark.parametrize("kind", ["PERSON", "ORG", "GPE"])
def test_four_times_the_mentions_take_about_four_times_as_long(name: str, kind: EntityType) -> None:
    few, many = (min(_seconds(*_mentions(count, name, kind)) for _ in range(3)) for count in (2_000, 8_000))
    # A quadratic rule would take sixteen times as long.
    assert many / few < 9


def _mentions(count: int, name: str, kind: EntityType) -> tuple[list[TypedMention], str]:
    text, mentions = "", []
    for i in range(count):
        surface = name.format("".join("bcdfghjkmn"[int(d)] + "aiueo"[int(d) % 5] for d in str(i % 900)))
        mentions.append(TypedMention("text", len(text), len(text) + len(surface), kind, surface))
        text += surface + " dan "
    return mentions, text


def _seconds(mentions: list[TypedMention], text: str) -> float:
    start = time.process_time()
    join(mentions, title=None, text=text, language="id")
    return time.process_time() - start
