"""`kabar train` with its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streams.cli.options import example, load

EPILOG = example(
    "kabar train labels.jsonl --topic cyber --out cyber",
    "kabar train articles.jsonl --topic economy --where iptc_top=04 --medtop medtop:04000000 --out economy",
    "KABAR_OWN_TOPICS=cyber kabar worker",
)


def train(
    labels: Annotated[
        list[str],
        typer.Argument(help=".jsonl files: a labelled article with text or body, and title, a line."),
    ],
    topic: Annotated[str, typer.Option(help="What it is called, and so its Kafka topic: news.topics.NAME.")],
    out: Annotated[Path, typer.Option(help="Folder to write; what was trained there before is replaced.")],
    label: Annotated[
        str | None,
        typer.Option(
            help="Field that says true or 1 of an article that belongs to it, and false or 0 of others"
            " (default: the topic)."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="FIELD=VALUE: in place of --label, an article belongs to it whose field has that value,"
            " or a list with it. More than one: any of them."
        ),
    ] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="Labelled .jsonl file to measure with and not to learn from.")
    ] = None,
    medtop: Annotated[
        str | None, typer.Option(help="Its IPTC Media Topics code, as in medtop:04000000.")
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=0.99, help="Score from which it is assigned (default: where F1 is greatest)."
        ),
    ] = None,
) -> None:
    """Learns a topic of your own from labelled articles, for KABAR_OWN_TOPICS; docs/topics.md walks through it.

    Prints how good it is on articles it has not learned from, as JSON if piped. Ends with 1 if a line was left out.
    """
    from streams.cli import train as command

    asked = command.Asked(topic=topic, medtop=medtop, label=label, where=where or (), min_score=min_score)
    raise typer.Exit(command.run(labels, test or (), asked, out, load()))
