"""Writes streams/nlp/data/gazetteer.tsv: Wikidata identifiers of names that mean one thing in Indonesian news.

    python training/scripts/make_gazetteer.py ../shared/data/kb training/gold streams/nlp/data/gazetteer.tsv

From the knowledge base only identifiers that a freely licensed source gives are taken, and of a name's other forms only
those that such a source or this project states. What is left out is left out on purpose: an identifier that is wrong is
worse than none.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from streams.nlp.names import Words, words

_FREE_SOURCES: Final = {
    "datasets/country-codes": "country-codes (github.com/datasets/country-codes), ODC-PDDL-1.0",
    "pypi rigour": "rigour 2.6.1 (github.com/opensanctions/rigour), MIT",
    "npm @rapideditor/country-coder": "@rapideditor/country-coder 5.6.1, ISC",
    "opensanctions/opensanctions:igo.py": "igo.py of github.com/opensanctions/opensanctions, MIT",
    "ad-freiburg/elevant": "label pairs of github.com/ad-freiburg/elevant, Apache-2.0",
}
# Other forms are taken over only if the whole entry comes from these.
_FREE_NAMES: Final = {"ad-freiburg/elevant", "opensanctions/opensanctions:igo.py"}

# No parties and offices, which have the same name in many countries, and no religions, which are not their followers.
_KINDS: Final = frozenset(
    {
        *(
            "country",
            "territory",
            "capital",
            "city",
            "region",
            "facility",
            "government_seat",
            "government_body",
        ),
        *("international_organisation", "militant_group", "armed_group", "military", "media", "company"),
        *("sports_club", "event", "politician", "head_of_state_or_government", "military_officer"),
        "militant_group_leader",
    }
)

Row = dict[tuple[str, str], set[str]]


def stated(path: Path, entries: list[dict[str, Any]]) -> Row:
    """The identifiers that the project states and the knowledge base confirms: (identifier, type) -> names."""
    known: dict[str, set[Words]] = defaultdict(set)
    for entry in entries:
        known[entry["qid"]].update(words(name) for name in [entry["name"], *entry["aliases"]])
    rows: Row = {}
    for line in read_list(path):
        identifier, kind, listed = line.split("\t")
        names = set(listed.split("; "))
        if not known[identifier] & {words(name) for name in names}:
            raise SystemExit(f"{path}: {identifier} {listed} is not what the knowledge base has")
        rows[identifier, kind] = names
    return rows


def read_list(path: Path) -> list[str]:
    """The lines of a file that are no comments."""
    return [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]


def free(entry: dict[str, Any]) -> bool:
    """Whether the entry's identifier rests on a freely licensed source, and with enough certainty."""
    sources = set((entry.get("qid_source") or "").split("+"))
    certain = not entry.get("qid_confidence")
    return entry["kind"] in _KINDS and certain and bool(sources & _FREE_SOURCES.keys())


def names_of(entry: dict[str, Any], ambiguous: set[str], shared: set[str]) -> set[str]:
    """The forms of an entry's name that mean it and may be shipped."""
    names = {entry["name"], entry.get("name_en") or entry["name"]}
    if set((entry.get("source") or "").replace(";", "+").replace(" ", "").split("+")) <= _FREE_NAMES:
        names |= {name for name in entry["aliases"] if " " in name or (name.isupper() and len(name) >= 3)}
    if entry["type"] == "PERSON":
        names = {name for name in names if " " in name}
    # A capital is meant before its namesakes; any other name that several entries bear is nobody's.
    return {
        name
        for name in names
        if name not in ambiguous and len(name) > 2 and (name not in shared or entry["kind"] == "capital")
    }


def main() -> None:
    """Read the knowledge base, write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kb", type=Path)
    parser.add_argument("lists", type=Path, help="folder of ambiguous_names.txt and wikidata_stated.tsv")
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    entries = [
        e for e in map(json.loads, (args.kb / "kb.jsonl").read_text("utf-8").splitlines()) if e.get("qid")
    ]
    listing = (args.kb / "ambiguous.tsv").read_text("utf-8").splitlines()[1:]
    shared = {line.split("\t")[0] for line in listing}
    ambiguous = set(read_list(args.lists / "ambiguous_names.txt"))
    rows = stated(args.lists / "wikidata_stated.tsv", entries)
    countries = {}
    for entry in entries:
        if not free(entry):
            continue
        if entry["kind"] in ("country", "territory"):
            countries[entry["iso3166"]] = entry["qid"]
            continue
        for kind in filter(None, [entry["type"], entry.get("also_type")]):
            names = names_of(entry, ambiguous, shared)
            if names:
                rows.setdefault((entry["qid"], kind), set()).update(names)
    lines = [
        "# Wikidata identifiers of well-known names, made by training/scripts/make_gazetteer.py; Wikidata is CC0"
    ]
    lines += [f"# Identifiers from {source}" for source in _FREE_SOURCES.values()]
    lines += [
        "# Most persons, ASEAN, ISIS and NATO stated by this project (training/gold/wikidata_stated.tsv)",
        "# Columns: identifier, type (or ISO 3166-1 code), names",
    ]
    lines += [f"{qid}\t{code}\t" for code, qid in sorted(countries.items())]
    lines += [f"{qid}\t{kind}\t{'; '.join(sorted(names))}" for (qid, kind), names in sorted(rows.items())]
    args.output.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(countries)} countries, {len(rows)} others, {args.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
