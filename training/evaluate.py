"""The figures of the packaged model, measured through the functions the stream itself calls.

    python training/evaluate.py                     prints a table beside the committed figures (11 minutes)
    python training/evaluate.py --quick             leaves out NERGrit, for which recognisers are trained (1 minute)
    python training/evaluate.py --only nergrit_crf  measures one part
    python training/evaluate.py --write             makes the new figures the committed ones

The labels of the dev files under ../shared/data are read here and by seeds.py, to measure, and nowhere in training.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "scripts"))

import evaluate_joining
import measures
import nergrit
import nergrit_crf
from labelled import rows

from streams.events import CleanArticle, EnrichedArticle
from streams.nlp.classifying import classify
from streams.nlp.model import MODEL_DIR, load
from streams.nlp.tagging import tag

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data"
GOLD = HERE / "gold"
TAUGHT = HERE / "labels" / "taught.jsonl"
COMMITTED = HERE / "metrics.json"
BATCH = 16


def enrich(texts: list[tuple[str | None, str]]) -> list[EnrichedArticle]:
    """Titles and texts through tag and classify."""
    articles = [
        CleanArticle(
            id=str(number),
            url=None,
            title=title,
            source=None,
            published_at=None,
            language="id",
            metadata={},
            text=text,
            dateline=None,
            related=[],
            credits=[],
        )
        for number, (title, text) in enumerate(texts)
    ]
    batches = [articles[start : start + BATCH] for start in range(0, len(articles), BATCH)]
    return [enriched for batch in batches for enriched in classify(tag(batch))]


def named(event: EnrichedArticle) -> set[measures.Span]:
    """The mentions in the text as (start, end, type)."""
    return {
        (mention.start, mention.end, entity.type)
        for entity in event.entities
        for mention in entity.mentions
        if mention.field == "text"
    }


def entities(data: Path) -> dict[str, Any]:
    """Entity scores on the dev articles, as they are, re-wrapped, and in capitals."""
    articles = list(rows(data / "ner" / "dev.jsonl"))
    gold = [{(s, e, t) for s, e, t in row["entities"]} for row in articles]
    texts = [row["text"] for row in articles]
    found = [named(event) for event in enrich([(None, text) for text in texts])]
    loud = [measures.in_capitals(text) for text in texts]
    shouted = [named(event) for event in enrich([(None, text) for text in loud])]
    moved = [named(event) for event in enrich([(None, rewrapped(text)) for text in texts])]
    spaced = [named(event) for event in enrich([(None, doubled(text)) for text in texts])]
    apart = [
        {(_after_doubling(text, s), _after_doubling(text, e - 1) + 1, t) for s, e, t in spans}
        for text, spans in zip(texts, found, strict=True)
    ]
    return {
        **measures.spans(gold, found),
        "upper_cased_f": measures.prf(gold, shouted)["f"],
        "same_when_rewrapped": measures.prf(found, moved)["f"],
        "same_when_spaces_doubled": measures.prf(apart, spaced)["f"],
    }


def rewrapped(text: str) -> str:
    """Every space a line break, straight quotes curly: no offset moves."""
    return text.replace(" ", "\n").replace('"', "\u201d")


def doubled(text: str) -> str:
    """Every space twice."""
    return text.replace(" ", "  ")


def _after_doubling(text: str, offset: int) -> int:
    return offset + text[:offset].count(" ")


def topics(data: Path) -> dict[str, Any]:
    """Topic scores on the dev articles."""
    articles = list(rows(data / "topics" / "dev.jsonl"))
    events = enrich([(row["title"], row["text"]) for row in articles])
    changed = [
        enrich([(row["title"], change(row["text"])) for row in articles]) for change in (rewrapped, doubled)
    ]
    clear = [bool(row["clear"]) for row in articles]
    result: dict[str, Any] = {}
    for number, name in enumerate(("diplomacy", "terrorism")):
        gold = [bool(row[name]) for row in articles]
        decided = [event.topics[number] for event in events]
        result[name] = measures.binary(gold, [t.assigned for t in decided], [t.score for t in decided], clear)
        result[name]["evidence"] = measures.evidence_drop(events, number)
        scores = [[event.topics[number].score for event in one] for one in (events, *changed)]
        result[name]["most_moved_when_rewrapped_or_spaced"] = max(
            round(abs(score - was), 4)
            for after in scores[1:]
            for score, was in zip(after, scores[0], strict=True)
        )
    return result


def size_mb() -> float:
    """Of the packaged model."""
    return round(sum(path.stat().st_size for path in MODEL_DIR.rglob("*") if path.is_file()) / 1e6, 2)


def joining(data: Path, gold: Path) -> dict[str, Any]:
    """How mentions are joined into entities, for each file of annotated articles."""
    dev = data / "ner" / "dev.jsonl"
    return {path.stem: evaluate_joining.scores(dev, path) for path in sorted(gold.glob("*.jsonl"))}


PARTS: dict[str, Callable[[Path, Path], Any]] = {
    "entities": lambda data, _: entities(data),
    "topics": lambda data, _: topics(data),
    "joining": joining,
    "size_mb": lambda *_: size_mb(),
    "speed": lambda data, _: measures.speed(data, enrich),
    "nergrit": lambda data, _: nergrit.measured(data / "ner"),
    "nergrit_crf": lambda data, _: nergrit_crf.measured(data, TAUGHT),
}
TRAINED = {"nergrit", "nergrit_crf"}
"""Parts for which a recogniser is trained."""


def collect(data: Path, gold: Path, wanted: Collection[str]) -> dict[str, Any]:
    """The figures of the `wanted` parts."""
    parts = {name: measure(data, gold) for name, measure in PARTS.items() if name in wanted}
    return {"model": load().name_version} | parts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--gold", type=Path, default=GOLD, help="folder of articles with joined entities")
    parser.add_argument("--quick", action="store_true", help="leave out NERGrit")
    parser.add_argument("--only", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--write", action="store_true", help="commit the figures to training/metrics.json")
    options = parser.parse_args()
    wanted = {options.only} if options.only else PARTS.keys() - (TRAINED if options.quick else set())
    figures = collect(options.data, options.gold, wanted)
    before = json.loads(COMMITTED.read_text(encoding="utf-8")) if COMMITTED.is_file() else {}
    if options.write:
        COMMITTED.write_text(json.dumps(before | figures, indent=1) + "\n", encoding="utf-8")
    print(measures.table(figures, {name: value for name, value in before.items() if name in figures}))
