"""Enriched articles and dead letters as people like to read them on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from streams.cli.console import printable
from streams.events import EnrichedArticle, Entity, OwnTopic, Topic

ENTITY_STYLES = {
    "PERSON": "bold green",
    "ORG": "bold cyan",
    "GPE": "bold yellow",
    "LOC": "yellow",
    "FAC": "magenta",
    "NORP": "blue",
    "EVENT": "red",
    "LAW": "bright_black",
}
_PLACES = ("GPE", "LOC", "FAC")


def summary_table(articles: Iterable[EnrichedArticle], *, title: str) -> Table:
    """One row per article: title, topics with scores, people, organisations, places."""
    table = Table(title=title, title_justify="left", show_lines=True, expand=True)
    table.add_column("article", ratio=5)
    table.add_column("topics", ratio=3, min_width=15)
    for column in ("people", "organisations", "places"):
        table.add_column(column, ratio=4)
    for article in articles:
        table.add_row(
            Text(printable(article.title or article.text[:80])),
            topic_scores(article.every_topic),
            Text(_names(article.entities, ("PERSON",)), style=ENTITY_STYLES["PERSON"]),
            Text(_names(article.entities, ("ORG",)), style=ENTITY_STYLES["ORG"]),
            Text(_names(article.entities, _PLACES), style=ENTITY_STYLES["GPE"]),
        )
    return table


def dead_letter_table(letters: Sequence[tuple[str, str, bytes]]) -> Table:
    """One row per dead letter: (stage, reason, value)."""
    table = Table(title=f"{len(letters)} dead letters", title_justify="left", expand=True)
    table.add_column("stage")
    table.add_column("reason", ratio=3)
    table.add_column("bytes", justify="right")
    table.add_column("begins with", ratio=2)
    for stage, reason, value in letters:
        start = printable(value[:40].decode("utf-8", errors="replace"))
        table.add_row(Text(printable(stage)), Text(printable(reason)), f"{len(value):,}", Text(start))
    return table


def topic_scores(topics: Iterable[Topic | OwnTopic]) -> Text:
    """Each topic with its score on a line, as in "diplomacy 0.97"; the assigned ones bold."""
    lines = [
        Text(
            f"{'●' if topic.assigned else '○'} {printable(topic.id)} {topic.score:.2f}",
            style="bold" if topic.assigned else "dim",
        )
        for topic in topics
    ]
    return Text("\n").join(lines)


def article_panel(article: EnrichedArticle) -> RenderableType:
    """The whole article with its entities coloured, its topics and their evidence."""
    text = Text()
    position = 0
    mentions = sorted(
        (mention.start, mention.end, entity.type)
        for entity in article.entities
        for mention in entity.mentions
        if mention.field == "text"
    )
    for start, end, kind in mentions:
        if start >= position:
            text.append(_lines(article.text[position:start]))
            text.append(_lines(article.text[start:end]), style=ENTITY_STYLES[kind])
            position = end
    text.append(_lines(article.text[position:]))
    legend = Text("  ").join(Text(kind, style=style) for kind, style in ENTITY_STYLES.items())
    parts: list[RenderableType] = [topic_scores(article.every_topic)]
    for topic in article.every_topic:
        if topic.evidence:
            spans = "  ".join(f"“{printable(span.text)}” {span.weight:.2f}" for span in topic.evidence)
            parts.append(Text(f"  {printable(topic.id)}: {spans}", style="dim"))
    parts.extend((Text(), text, Text(), legend))
    return Panel(Group(*parts), title=Text(printable(article.title or article.id)), title_align="left")


def _lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _names(entities: Iterable[Entity], kinds: Sequence[str], *, most: int = 6) -> str:
    names = [
        printable(f"{entity.name} ({entity.iso3166})" if entity.iso3166 else entity.name)
        for entity in entities
        if entity.type in kinds
    ]
    more = f" +{len(names) - most}" if len(names) > most else ""
    return ", ".join(names[:most]) + more
