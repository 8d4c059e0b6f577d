"""What cleaning takes out of real articles: the share of words of each rule, in all and by publisher.

    python training/clean_report.py                      the table of docs/cleaning.md
    python training/clean_report.py --publishers         the same, by publisher
    python training/clean_report.py --taken dateline     every phrase that rules of this name take, with its count
    python training/clean_report.py --speed              seconds of CPU and articles per second on one core
    python training/clean_report.py --languages          which languages are told, of articles and of headlines

The articles are their publishers' property: only figures go into the project.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from streams.errors import EmptyText
from streams.events import Article
from streams.text import language
from streams.text.boilerplate import Story
from streams.text.cleaning import clean, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWS = Path(__file__).resolve().parents[2] / "shared" / "data" / "news"


class Body(NamedTuple):
    """One body as its publisher or a scraper left it."""

    publisher: str
    text: str


class Report(NamedTuple):
    """What was taken, as (publisher, rule) -> phrases, and how many words there were by publisher."""

    taken: dict[tuple[str, str], list[str]]
    words: Counter[str]
    articles: Counter[str]


def every(path: Path, count: int) -> Iterator[dict[str, str]]:
    """`count` rows spread evenly over the file."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        rows = sum(1 for _ in lines)
    step = max(1, rows // count)
    with opened(path, "rt", encoding="utf-8") as lines:
        chosen = (line for number, line in enumerate(lines) if number % step == 0)
        yield from (json.loads(line) for line, _ in zip(chosen, range(count), strict=False))


def bodies(count: int) -> list[Body]:
    """Half of `count` as publishers send them, half from the corpus."""
    raw = [Body(row["publisher"], row["body"]) for row in every(NEWS / "raw_bodies.jsonl", count // 2)]
    corpus = every(NEWS / "articles.jsonl.gz", count - len(raw))
    return raw + [Body(row["publisher"] or row["source_dataset"], row["text"]) for row in corpus]


def report(articles: list[Body]) -> Report:
    """Cleans `articles` and notes what each rule took."""
    result = Report(defaultdict(list), Counter(), Counter())
    for publisher, text in articles:
        story = Story(lines=[])
        settle(text, story)
        result.words[publisher] += len(text.split())
        result.articles[publisher] += 1
        for rule, phrase in story.taken:
            result.taken[publisher, rule].append(phrase)
    return result


def table(found: Report, *, by_publisher: bool) -> None:
    """Prints a Markdown table of shares in per mille of all words (of the publisher)."""
    rows: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (publisher, rule), phrases in found.taken.items():
        rows[(publisher, rule) if by_publisher else (rule,)].extend(phrases)
    total = sum(found.words.values())
    print(f"{sum(found.articles.values())} articles, {total} words\n")
    print("| " + ("publisher | " if by_publisher else "") + "rule | times | words | per mille of words |")
    print("|---|" + "---|" * by_publisher + "---:|---:|---:|")
    for key, phrases in sorted(rows.items()):
        words = sum(len(phrase.split()) for phrase in phrases)
        share = 1000 * words / (found.words[key[0]] if by_publisher else total)
        print(f"| {' | '.join(key)} | {len(phrases)} | {words} | {share:.2f} |")
    words = sum(len(phrase.split()) for phrases in rows.values() for phrase in phrases)
    print(
        f"| {'all | ' * by_publisher}all | {sum(map(len, rows.values()))} | {words} | {1000 * words / total:.2f} |"
    )


def phrases_taken(found: Report, name: str) -> None:
    """Prints every phrase that the rules with `name` in their id take, most frequent first."""
    by_rule: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for (publisher, rule), phrases in found.taken.items():
        if name in rule:
            by_rule[rule].update((phrase, publisher) for phrase in phrases)
    for rule, counts in sorted(by_rule.items()):
        print(f"== {rule}")
        for (phrase, publisher), count in counts.most_common():
            print(f"{count:5} {publisher:22} {phrase!r}")


def speed(articles: list[Body]) -> None:
    """Prints how long `clean` takes, with the language given and identified."""
    clean(Article(id="first", body="Kalimat pertama memuat tabel dan model."))
    for given in ("id", None):
        events = [
            Article(id=str(number), body=body.text, language=given) for number, body in enumerate(articles)
        ]
        before = time.process_time()
        for event in events:
            try:
                clean(event)
            except EmptyText as error:
                print(error)
        seconds = time.process_time() - before
        print(
            f"language {'given' if given else 'identified'}: {1000 * seconds / len(events):.2f} ms an article, "
            f"{len(events) / seconds:.0f} articles/s"
        )


def languages() -> None:
    """Prints which languages are told of 2,000 articles and 1,000 headlines, nearly all of them Indonesian."""
    texts = {
        "articles": [row["text"] for row in every(NEWS / "articles.jsonl.gz", 2000)],
        "headlines": [row["title"] for row in every(NEWS / "headlines.jsonl.gz", 1000)],
    }
    for name, every_text in texts.items():
        print(name, Counter(map(language.identify, every_text)).most_common())


def main(arguments: list[str]) -> None:
    """Prints what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--articles", type=int, default=1000, help="how many, half of them raw bodies (default 1000)"
    )
    parser.add_argument("--publishers", action="store_true")
    parser.add_argument("--taken", metavar="NAME")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--languages", action="store_true")
    options = parser.parse_args(arguments)
    if options.languages:
        languages()
    elif options.speed:
        speed(bodies(options.articles))
    elif options.taken is not None:
        phrases_taken(report(bodies(options.articles)), options.taken)
    else:
        table(report(bodies(options.articles)), by_publisher=options.publishers)


if __name__ == "__main__":
    main(sys.argv[1:])
