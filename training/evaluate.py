"""Every figure of the packaged model, measured through the functions the stream itself calls.

    python training/evaluate.py                     prints a table beside the committed figures
    python training/evaluate.py --write             makes the new figures the committed ones

The dev files under ../shared/data are read here and nowhere else in training.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "scripts"))

import measures
from labelled import rows

from streams.events import CleanArticle, EnrichedArticle
from streams.nlp.classifying import classify
from streams.nlp.model import MODEL_DIR, load
from streams.nlp.tagging import tag

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data"
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
    loud = [text.upper() if len(text.upper()) == len(text) else text for text in texts]
    shouted = [named(event) for event in enrich([(None, text) for text in loud])]
    # Every space becomes a line break, straight quotes become curly: no offset moves.
    wrapped = [text.replace(" ", "\n").replace('"', "\u201d") for text in texts]
    moved = [named(event) for event in enrich([(None, text) for text in wrapped])]
    return {
        **measures.spans(gold, found),
        "upper_cased_f": measures.prf(gold, shouted)["f"],
        "same_when_rewrapped": measures.prf(found, moved)["f"],
    }


def topics(data: Path) -> dict[str, Any]:
    """Topic scores on the dev articles."""
    articles = list(rows(data / "topics" / "dev.jsonl"))
    events = enrich([(row["title"], row["text"]) for row in articles])
    clear = [bool(row["clear"]) for row in articles]
    result: dict[str, Any] = {}
    for number, name in enumerate(("diplomacy", "terrorism")):
        gold = [bool(row[name]) for row in articles]
        decided = [event.topics[number] for event in events]
        result[name] = measures.binary(gold, [t.assigned for t in decided], [t.score for t in decided], clear)
        result[name]["evidence"] = measures.evidence_drop(events, number)
    return result


def collect(data: Path) -> dict[str, Any]:
    """All figures."""
    size = sum(path.stat().st_size for path in MODEL_DIR.rglob("*") if path.is_file())
    return {
        "model": load().name_version,
        "entities": entities(data),
        "topics": topics(data),
        "size_mb": round(size / 1e6, 2),
        "speed": measures.speed(data, enrich),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help="commit the figures to training/metrics.json")
    options = parser.parse_args()
    figures = collect(options.data)
    before = json.loads(COMMITTED.read_text(encoding="utf-8")) if COMMITTED.is_file() else {}
    if options.write:
        COMMITTED.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(measures.table(figures, before))
