"""ISO 3166-1 codes of countries from their names as Indonesian and English news writes them.

Names and codes are those of the Unicode CLDR as Babel carries it (locales `id` and `en`). Only what CLDR does not
know stands here: the short forms of news ("AS", "Korsel"), older spellings and names of state.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from babel import Locale

# Two-letter territories of CLDR that are no entries of ISO 3166-1: exceptionally reserved codes, groupings and
# codes for testing. XK stays: ISO leaves it to users, and CLDR, the EU and the World Bank use it for Kosovo.
_NO_COUNTRY: Final = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)

_SHORT_FORMS: Final[dict[str, tuple[str, ...]]] = {
    "US": ("AS", "USA", "US", "U.S.", "Amerika", "Negeri Paman Sam"),
    "GB": ("Inggris", "Britania Raya", "Britania", "UK", "Britain", "Great Britain", "Kerajaan Inggris"),
    "CN": (
        "China",
        "Cina",
        "RRC",
        "RRT",
        "Republik Rakyat China",
        "Republik Rakyat Cina",
        "Negeri Tirai Bambu",
    ),
    "ID": ("RI", "NKRI", "Republik Indonesia", "Tanah Air"),
    "KR": ("Korsel", "Republik Korea"),
    "KP": ("Korut", "DPRK"),
    "SA": ("Saudi", "Saudi Arabia", "Kerajaan Arab Saudi", "KSA"),
    "AE": ("UEA", "UAE", "Emirat Arab", "Uni Emirate Arab"),
    "RU": ("Federasi Rusia",),
    "PS": ("Palestina", "Negara Palestina", "Palestine"),
}


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", letters.replace(".", "").replace("'", "").replace("’", "")))


@cache
def _codes() -> dict[str, str]:
    table: dict[str, str] = {}
    for language in ("en", "id"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code not in _NO_COUNTRY:
                table[_key(name)] = code
    for code, names in _SHORT_FORMS.items():
        table.update((_key(name), code) for name in names)
    return table


def country_code(name: str) -> str | None:
    """ISO 3166-1 alpha-2 code of the country called `name` in any case, None if it names no country."""
    return _codes().get(_key(name))
