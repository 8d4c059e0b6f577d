"""How well mentions are joined into entities: B-cubed precision, recall and F1 over annotated articles.

B-cubed (Bagga & Baldwin 1998, "Algorithms for Scoring Coreference Chains"): for each mention the share of its joined
entity that belongs there (precision) and the share of its annotated entity that was found (recall), averaged over all
mentions of all articles. The annotated mentions go in, so this measures joining alone.

    python training/scripts/evaluate_joining.py ../shared/data/ner/dev.jsonl training/gold/entity_joining.jsonl
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from labelled import rows

from streams.nlp.entities import TypedMention, join

Span = tuple[int, int]


def b_cubed(found: list[set[Span]], gold: list[set[Span]]) -> tuple[float, float, int]:
    """Sums over the mentions of precision and of recall, and how many mentions there are."""
    found_of = {span: cluster for cluster in found for span in cluster}
    gold_of = {span: cluster for cluster in gold for span in cluster}
    if found_of.keys() != gold_of.keys():
        raise ValueError("the joined and the annotated mentions are not the same")
    overlaps = [(len(found_of[s] & gold_of[s]), len(found_of[s]), len(gold_of[s])) for s in gold_of]
    return sum(o / f for o, f, _ in overlaps), sum(o / g for o, _, g in overlaps), len(overlaps)


def clusters_of(article: dict[str, Any]) -> list[set[Span]]:
    """The joined mentions of an annotated article."""
    text = article["text"]
    mentions = [TypedMention("text", s, e, kind, text[s:e]) for s, e, kind in article["entities"]]
    entities = join(mentions, title=None, text=text, language="id")
    return [{(m.start, m.end) for m in entity.mentions} for entity in entities]


def scores(articles: Path, gold: Path, *, errors: bool = False) -> dict[str, Any]:
    """B-cubed precision, recall and F1 of joining the annotated mentions of the articles that `gold` names.

    Raises:
        KeyError: `gold` names an article that `articles` does not hold.
        ValueError: `gold` has other mentions than the article.
    """
    known = {row["id"]: row for row in rows(articles)}
    precision = recall = 0.0
    count = number = 0
    for row in rows(gold):
        article = known[row["id"]]
        annotated = [{(s, e) for s, e in cluster} for cluster in row["clusters"]]
        found = clusters_of(article)
        p, r, n = b_cubed(found, annotated)
        precision, recall, count, number = precision + p, recall + r, count + n, number + 1
        if errors:
            _print_differences(article, found, annotated)
    p, r = precision / count, recall / count
    f = 2 * p * r / (p + r)
    return {"p": round(p, 4), "r": round(r, 4), "f": round(f, 4), "articles": number, "mentions": count}


def _print_differences(article: dict[str, Any], found: list[set[Span]], gold: list[set[Span]]) -> None:
    for cluster in found:
        if cluster not in gold:
            names = sorted({article["text"][s:e] for s, e in cluster})
            parts = [sorted({article["text"][s:e] for s, e in g & cluster}) for g in gold if g & cluster]
            print(article["id"], "joined", names, "annotated as", parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("articles", type=Path, help="articles with annotated mentions, JSON lines")
    parser.add_argument("gold", type=Path, help="clusters of offsets by article id, JSON lines")
    parser.add_argument("--errors", action="store_true", help="list what differs")
    options = parser.parse_args()
    print(json.dumps(scores(options.articles, options.gold, errors=options.errors), indent=1))
