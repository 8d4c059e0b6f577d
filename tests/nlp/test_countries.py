"""Codes of countries from their names."""

from __future__ import annotations

import json
from pathlib import Path

import pycountry
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from streams.nlp.countries import country_code

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AS", "US"), ("Amerika Serikat", "US"), ("AMERIKA SERIKAT", "US"), ("A.S.", "US"), ("Negeri Paman Sam", "US"),
        ("Rusia", "RU"), ("RUSIA", "RU"), ("Federasi Rusia", "RU"), ("Suriah", "SY"), ("Inggris", "GB"),
        ("Britania Raya", "GB"), ("Korsel", "KR"), ("Korea Selatan", "KR"), ("Korut", "KP"), ("Arab Saudi", "SA"),
        ("Saudi", "SA"), ("UEA", "AE"), ("China", "CN"), ("Cina", "CN"), ("Tiongkok", "CN"), ("RI", "ID"),
        ("Tanah Air", "ID"), ("Palestina", "PS"), ("Kosovo", "XK"), ("Taiwan", "TW"), ("Republik China", "TW"),
        ("Perancis", "FR"), ("Prancis", "FR"), ("Belanda", "NL"), ("Timor-Leste", "TL"), ("Timor Leste", "TL"),
        ("Republik Islam Iran", "IR"), ("Kerajaan Thailand", "TH"), ("Republic of Kenya", "KE"), ("Myanmar", "MM"),
        ("Hong Kong", "HK"), ("Kongo", "CD"), ("Republik Kongo", "CG"), ("Dominika", "DM"), ("Republik Dominika", "DO"),
        ("Pantai Gading", "CI"), ("Côte d'Ivoire", "CI"), ("Papua Nugini", "PG"), ("Afsel", "ZA"), ("Turki", "TR"),
    ],
)  # fmt: skip
def test_a_country_has_its_code_under_every_name_news_has_for_it(name: str, code: str) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    "name",
    ["Jakarta", "Papua", "Negara Bagian Georgia", "Uni Eropa", "PBB", "Korea", "Arab", "Uni Soviet", "Skotlandia",
     "Timur Tengah", "Republik", "Negara", "", " ", "...", "Kepulauan Canaria"],
)  # fmt: skip
def test_what_is_no_country_has_no_code(name: str) -> None:
    assert country_code(name) is None


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_country_of_iso_3166_is_known_by_its_name_in_the_cldr(language: str) -> None:
    names = Locale(language).territories
    wrong = {c.alpha_2: country_code(names[c.alpha_2]) for c in pycountry.countries if c.alpha_2 in names}
    assert {code: found for code, found in wrong.items() if code != found} == {}


def test_every_code_is_one_of_iso_3166_or_that_of_kosovo() -> None:
    codes = {country_code(name) for name in Locale("id").territories.values()} - {None}
    assert codes - {c.alpha_2 for c in pycountry.countries} == {"XK"}


@given(st.sampled_from(["Rusia", "Arab Saudi", "Korsel", "Amerika Serikat", "Côte d'Ivoire"]))
def test_case_does_not_matter(name: str) -> None:
    assert country_code(name.upper()) == country_code(name.lower()) == country_code(name.title()) != None  # noqa: E711


@given(st.text(max_size=40))
def test_any_text_gives_two_letters_or_nothing(name: str) -> None:
    code = country_code(name)
    assert code is None or (len(code) == 2 and code.isupper())


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the labelled data is not here")
def test_the_names_of_countries_in_the_annotated_articles_have_the_codes_of_the_knowledge_base() -> None:
    codes = {}
    for line in (SHARED / "kb" / "kb.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["kind"] == "country":
            codes.update(dict.fromkeys([entry["name"], *entry["aliases"]], entry["iso3166"]))
    differing = {}
    for line in (SHARED / "ner" / "train.jsonl").read_text("utf-8").splitlines():
        article = json.loads(line)
        for start, end, kind in article["entities"]:
            name = article["text"][start:end]
            if kind == "GPE" and name in codes and country_code(name) != codes[name]:
                differing[name] = (country_code(name), codes[name])
    assert differing == {}
