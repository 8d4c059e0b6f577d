"""ISO 3166-1 codes of countries from their names as Indonesian and English news writes them.

Codes and names are those of the Unicode CLDR as Babel carries it (locales `id` and `en`). Only what CLDR does not know
is added, from `data/country_names.tsv`: the short forms of news ("AS", "Korsel"), older spellings and bynames.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from babel import Locale

from streams.nlp.names import Words, rows, words

# Two-letter territories of CLDR that are no entries of ISO 3166-1: exceptionally reserved codes, groupings, codes for
# testing. XK stays: ISO 3166-1 leaves it to users, and CLDR, the EU and the IMF agree on it for Kosovo.
_NO_COUNTRY: Final = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)

# Forms of state that are put before a country's name: "Kerajaan Thailand", "Republik Islam Iran", "Kingdom of Spain".
_STATE: Final = re.compile(
    r"(?:republik|kerajaan|kesultanan|keamiran|keharyapatihan|persemakmuran|negara|republic|kingdom|state|"
    r"commonwealth|sultanate)"
    r"(?: (?:islam|rakyat|federal|federasi|arab|sosialis|demokratik|demokrat|bersatu|islamic|of|the))* (?!bagian\b)"
)


@cache
def _usual_names() -> dict[Words, str]:
    table: dict[Words, str] = {}
    for language in ("en", "id"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY:
                table[words(name)] = code
                table[words(name.replace("&", "and"))] = code
    return table


@cache
def _codes() -> dict[Words, str]:
    table = dict(_usual_names())
    for code, names in rows("country_names"):
        table.update((words(name), code) for name in names.split(";"))
    return table


@lru_cache(maxsize=4096)
def country_code(name: str) -> str | None:
    """ISO 3166-1 alpha-2 code of the country that `name` names, in any case; None if it names none.

    Dependent territories with a code of their own (Hong Kong, Puerto Rico) have theirs. "Kongo" is the Democratic
    Republic and "Georgia" the state in the Caucasus, as news means them. Kosovo has XK, a code that ISO 3166-1
    leaves to its users.
    """
    key = words(name)
    code = _codes().get(key)
    if code is None and len(key) > 1:
        plain, stripped = " ".join(key), _STATE.sub("", " ".join(key), count=1)
        if stripped != plain and plain.endswith(stripped):
            code = _codes().get(tuple(stripped.split()))
    return code


def is_usual_name(name: str) -> bool:
    """Whether `name` is the plain name of a country, not an abbreviation, a name of state or a byname."""
    return words(name) in _usual_names()
