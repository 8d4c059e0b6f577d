"""The commands `kabar dead ...` with their options and help."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import Brokers, Prefix, example, load

if TYPE_CHECKING:
    from streams.replay import Selection

app = typer.Typer(
    help="Looks at dead letters, and sends them back to where they failed.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


class Stage(StrEnum):
    """Where a record can fail."""

    clean = "clean"
    tag = "tag"
    classify = "classify"


Reason = Annotated[
    str | None, typer.Option(help="Only those with this in the reason or the class of the error.")
]
InStage = Annotated[Stage | None, typer.Option("--stage", help="Only those that failed in this stage.")]
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"]
Since = Annotated[
    datetime | None, typer.Option(formats=_TIMES, metavar="TIME", help="Only of then or later; UTC.")
]
Until = Annotated[
    datetime | None, typer.Option(formats=_TIMES, metavar="TIME", help="Only of before then; UTC.")
]


@app.command(
    "list", epilog=example("kabar dead list", "kabar dead list --reason 'not JSON' --json | jq .letter")
)
def list_(
    reason: Reason = None,
    stage: InStage = None,
    since: Since = None,
    until: Until = None,
    max_: Annotated[int | None, typer.Option("--max", min=1, help="End after this many.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line, also on a terminal; piped it always is.")
    ] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
) -> None:
    """The dead letters there are now, and whether they were sent back. Times are those of the records."""
    from streams.cli import dead as command

    settings = load(brokers=brokers, prefix=prefix)
    selection = _selection(reason, stage, since, until)
    raise typer.Exit(command.run_list(settings, selection, as_json=json, limit=max_))


@app.command("show", epilog=example("kabar dead show 0@17", "kabar dead show 0@17 --raw > letter.json"))
def show(
    letter: Annotated[
        str, typer.Argument(metavar="PARTITION@OFFSET", help="As in the list; OFFSET if that is enough.")
    ],
    raw: Annotated[
        bool, typer.Option("--raw", help="Only its value, untouched, to a file or a pipe.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
) -> None:
    """Everything about one dead letter: why, where from, headers, key and value, safe to look at."""
    from streams.cli import dead_show as command

    raise typer.Exit(command.run(load(brokers=brokers, prefix=prefix), letter, as_json=json, raw=raw))


@app.command(
    "replay",
    epilog=example(
        "kabar dead replay --reason KABAR_MAX_BODY_CHARS --dry-run",
        "kabar dead replay --reason KABAR_MAX_BODY_CHARS",
        "kabar dead replay 0@17 2@4",
    ),
)
def replay(
    letters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PARTITION@OFFSET", help="Only these; without any, all that were not sent back."
        ),
    ] = None,
    reason: Reason = None,
    stage: InStage = None,
    since: Since = None,
    until: Until = None,
    max_: Annotated[int | None, typer.Option("--max", min=1, help="Send this many at most.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; print what would be done.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also those that were sent back before; else each is once.")
    ] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
) -> None:
    """Sends dead letters back to the topic they failed on, each once. Ends with 1 if some cannot be."""
    from streams.cli.dead_replay import Replay

    settings = load(brokers=brokers, prefix=prefix)
    selection = _selection(reason, stage, since, until)
    raise typer.Exit(Replay(settings, selection, letters or (), max_, again, dry_run).run())


def _selection(
    reason: str | None, stage: Stage | None, since: datetime | None, until: datetime | None
) -> Selection:
    from streams.replay import Selection

    return Selection(reason, stage and stage.value, _milliseconds(since), _milliseconds(until))


def _milliseconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
