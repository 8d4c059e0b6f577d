"""How well salience ranks the entities of a text that its headline names: mean average precision.

The headline stands in for a judgement of what matters, as the abstract does in Dunietz & Gillick (2014), "A New
Entity Salience Task with Millions of Training Examples". Entities are found in the text alone, so that the weight of
the headline plays no part; counting mentions and the place of the first mention are given for comparison.

    python training/scripts/evaluate_salience.py ../shared/data/news/articles.jsonl.gz
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from streams.events import Entity
from streams.nlp import recognise
from streams.nlp.entities import TypedMention, join
from streams.nlp.model import load

RANKINGS: dict[str, Callable[[Entity], float]] = {
    "salience": lambda entity: entity.salience,
    "mentions": lambda entity: len(entity.mentions),
    "first mention": lambda entity: -entity.mentions[0].start,
}


def sample(path: Path, count: int) -> list[tuple[str, str]]:
    """Titles and texts of a fixed random choice of articles of ordinary length."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    # The texts of one source lost the names that were links.
    usable = [
        (a["title"], a["text"])
        for a in articles
        if a.get("title") and 600 < len(a["text"]) < 6000 and not a["id"].startswith("click")
    ]
    return random.Random(3).sample(usable, count)  # noqa: S311


def padded_words(text: str) -> str:
    """The words of `text` between single spaces, for finding whole words in."""
    found = " ".join(re.findall(r"\w+", text.casefold()))
    return f" {found} "


def average_precision(relevant: Iterable[bool]) -> float:
    """Average precision of a ranking, given best first."""
    hits, total = 0, 0.0
    for rank, is_relevant in enumerate(relevant, 1):
        if is_relevant:
            hits += 1
            total += hits / rank
    return total / hits


def main() -> None:
    """Print the scores as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path)
    parser.add_argument("--count", type=int, default=900, help="articles to look at")
    args = parser.parse_args()
    articles = sample(args.articles, args.count)
    model = load()
    found = recognise.spans(model.nlp, [text for _, text in articles], caser=model.caser)
    totals = dict.fromkeys(RANKINGS, 0.0)
    judged = 0
    for (title, text), spans in zip(articles, found, strict=True):
        mentions = [TypedMention("text", s, e, kind, text[s:e]) for s, e, kind in spans]
        entities = join(mentions, title=None, text=text, language="id")
        headline = padded_words(title)
        named = {id(e): any(padded_words(m.text) in headline for m in e.mentions) for e in entities}
        if len(entities) > 2 and any(named.values()):
            judged += 1
            for name, rank in RANKINGS.items():
                ranked = sorted(entities, key=lambda e: (-rank(e), e.mentions[0].start))
                totals[name] += average_precision(named[id(e)] for e in ranked)
    scores = {name: round(total / judged, 4) for name, total in totals.items()}
    print(json.dumps({"articles": judged, "mean_average_precision": scores}, indent=2))


if __name__ == "__main__":
    main()
