"""All commands with their options and help; what they do is in the module of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from streams import __version__
from streams.cli import EXIT_CODES, dead_commands, train_command
from streams.cli.options import Brokers, Prefix, load
from streams.cli.options import example as _example

app = typer.Typer(
    name="kabar",
    help="Indonesian news in, cleaned, tagged and classified events out, on Kafka.",
    epilog=f"[bold]Exit codes[/bold]: {'; '.join(f'{code} {means}' for code, means in EXIT_CODES.items())}.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(dead_commands.app, name="dead")

Files = Annotated[list[str], typer.Argument(help=".jsonl, .json, .txt or .html files; - is standard input.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 = any free one.")]


WATCHED = ("enriched", "diplomacy", "terrorism", "dead")
"""What `kabar watch` can follow, beside topics of one's own."""


def _watched(topic: str) -> str:
    from streams.own_topics import is_id

    if topic in WATCHED or is_id(topic):
        return topic
    listed = ", ".join(map(repr, WATCHED))
    raise typer.BadParameter(f"{topic!r} is not one of {listed}, nor what a topic of your own can be called.")


class _WithSettings(TyperCommand):
    """A command whose help ends with all settings."""

    @property
    def epilog(self) -> str:
        """Is put together when it is asked for: a completion must not wait for the settings."""
        from streams.settings import describe

        rows = (f"[bold]{name}[/bold] ({default}): {meaning}" for name, default, meaning in describe())
        return "\n\n".join([self._example, "[bold]Settings, from the environment[/bold]", *rows])

    @epilog.setter
    def epilog(self, example: str | None) -> None:
        self._example = example or ""


def _version(value: bool) -> None:
    if value:
        typer.echo(f"kabar {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


@app.command(
    epilog=_example("kabar up", "kabar publish my-articles.jsonl    # in another terminal", "kabar watch")
)
def up(
    port: Port = 9092,
    page_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port of the page on 127.0.0.1; 0 = any free one. [default: 8000, or any free one if it is taken]",
        ),
    ] = None,
) -> None:
    """Embedded broker, worker and live page in one command, until Ctrl-C; prints the addresses."""
    from streams.cli import up as command

    command.run(port=port, page_port=page_port)


@app.command(epilog=_example("kabar demo"))
def demo() -> None:
    """The whole path on bundled sample articles: broker, worker, publish, and a table of what came out."""
    from streams.cli import demo as command

    raise typer.Exit(command.run())


@app.command(cls=_WithSettings, epilog=_example("KABAR_BROKERS=kafka:9092 kabar worker"))
def worker(
    brokers: Brokers = None,
    prefix: Prefix = None,
    group: Annotated[str | None, typer.Option(help="Consumer group. [KABAR_GROUP]")] = None,
    web_port: Annotated[int | None, typer.Option(help="0 = no web server. [KABAR_WEB_PORT]")] = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Only print the settings in force, secrets masked.")
    ] = False,
) -> None:
    """The Faust worker: cleans, tags and classifies articles until SIGTERM or Ctrl-C."""
    settings = load(brokers=brokers, prefix=prefix, group=group, web_port=web_port)
    if show_settings:
        from streams.cli.console import printable
        from streams.settings import in_force

        for name, value in in_force(settings):
            typer.echo(f"{name}={printable(value)}")
        return
    from streams import pool

    # Faust too takes a second to import, and the machine has another core.
    pool.begin_loading()
    from streams import worker as command

    command.run(settings)


@app.command(
    epilog=_example(
        "kabar publish articles.jsonl page.html",
        "cat article.txt | kabar publish -",
        "kabar publish article.txt --json | jq -r .id",
    )
)
def publish(
    files: Files,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="One JSON object per record: its article's id and where it is, also on a terminal;"
            " piped it always is.",
        ),
    ] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
) -> None:
    """Publishes articles: each line of .jsonl, each object of .json, each .txt or .html file is one."""
    from streams.cli import publish as command

    raise typer.Exit(command.run(files, load(brokers=brokers, prefix=prefix), as_json=json))


@app.command(epilog=_example("kabar watch --topic terrorism --from-beginning --json --max 10 | jq .title"))
def watch(
    topic: Annotated[
        str,
        typer.Option(
            help="What to follow; YOURS is a topic of your own, as in --topic cyber.",
            metavar="|".join((*WATCHED, "YOURS")),
            callback=_watched,
            autocompletion=lambda: list(WATCHED),
        ),
    ] = "enriched",
    json: Annotated[bool, typer.Option("--json", help="One JSON value per line.")] = False,
    max_: Annotated[int | None, typer.Option("--max", min=1, help="End after this many records.")] = None,
    timeout: Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")] = None,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Also what is there already.")
    ] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
) -> None:
    """Follows what comes out. Ends with 1 if --timeout passes before --max records came."""
    from streams.cli.watch import Watch

    settings = load(brokers=brokers, prefix=prefix)
    raise typer.Exit(Watch(topic, settings, json, max_, timeout, from_beginning).run())


@app.command(
    epilog=_example("kabar enrich article.txt", "kabar enrich articles.jsonl --json > enriched.jsonl")
)
def enrich(
    files: Files,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON event per line, also on a terminal; piped it always is.")
    ] = False,
) -> None:
    """Enriches articles without Kafka, with the functions the worker uses. Ends with 1 if one was rejected."""
    from streams.cli import enrich as command

    raise typer.Exit(command.run(files, load(), as_json=json))


app.command(name="train", epilog=train_command.EPILOG)(train_command.train)


@app.command(epilog=_example("kabar topics --brokers kafka:9092", "kabar topics --check"))
def topics(
    check: Annotated[
        bool, typer.Option("--check", help="Create nothing; end with 1 if the cluster differs.")
    ] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
    partitions: Annotated[
        int | None, typer.Option(min=1, help="Of topics to create. [KABAR_PARTITIONS]")
    ] = None,
) -> None:
    """Creates the topics that are missing and describes all of them."""
    from streams.cli import topics as command

    settings = load(brokers=brokers, prefix=prefix, partitions=partitions)
    raise typer.Exit(command.run(settings, check=check))


@app.command(
    epilog=_example("kabar lag", "kabar lag --json | jq .waiting", "kabar lag --above 10000 || page-me")
)
def lag(
    by_partition: Annotated[bool, typer.Option("--by-partition", help="Also each partition.")] = False,
    json: Annotated[
        bool,
        typer.Option("--json", help="One JSON object per topic, also on a terminal; piped it always is."),
    ] = False,
    above: Annotated[
        int | None, typer.Option("--above", min=0, help="End with 1 if more articles than this wait.")
    ] = None,
    brokers: Brokers = None,
    prefix: Prefix = None,
    group: Annotated[str | None, typer.Option(help="Consumer group. [KABAR_GROUP]")] = None,
) -> None:
    """How far each stage is behind: records that wait on its topic, and since when.

    On clean and tagged that is what the workers have still to pass over, unless KABAR_STAGES_APART is set.
    """
    from streams.cli import lag as command

    settings = load(brokers=brokers, prefix=prefix, group=group)
    raise typer.Exit(command.run(settings, by_partition=by_partition, as_json=json, above=above))


@app.command(epilog=_example("kabar doctor", "kabar doctor --json | jq -r 'select(.ok | not) | .do'"))
def doctor(
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line, also on a terminal; piped it always is.")
    ] = False,
    brokers: Brokers = None,
    prefix: Prefix = None,
    group: Annotated[str | None, typer.Option(help="Consumer group. [KABAR_GROUP]")] = None,
) -> None:
    """Looks at everything a worker needs, a line each, with what to do; ends with 1 if not all is well."""
    from streams.cli import doctor as command

    raise typer.Exit(command.run(load(brokers=brokers, prefix=prefix, group=group), as_json=json))


@app.command(
    epilog=_example(
        "kabar web",
        "kabar web --brokers kafka:9092 --port 8080",
        "kabar web --host 0.0.0.0 --name desk.example",
    )
)
def web(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 = any free one.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on. There is no login: mind who can reach it.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name", help="Host name that browsers may ask for, beside localhost and IP addresses."
        ),
    ] = None,
    brokers: Brokers = None,
    prefix: Prefix = None,
    group: Annotated[
        str | None, typer.Option(help="Consumer group whose lag is shown. [KABAR_GROUP]")
    ] = None,
) -> None:
    """The live page: articles as they come, figures, dead letters and their replay, until Ctrl-C.

    The first line on stdout is its address.
    """
    from streams.cli import web as command

    settings = load(brokers=brokers, prefix=prefix, group=group)
    command.run(settings, host=host, port=port, names=name or ())


@app.command(epilog=_example("kabar schemas --directory schemas"))
def schemas(
    directory: Annotated[Path, typer.Option(help="Where to write.")] = Path("schemas"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 if a file differs.")
    ] = False,
) -> None:
    """Writes the public contract from the code: a JSON Schema per value and asyncapi.yaml."""
    from streams.cli import schemas as command

    raise typer.Exit(command.run(directory, check=check))


@app.command(epilog=_example("kabar broker --port 9092"))
def broker(port: Port = 9092) -> None:
    """The embedded broker alone, in the foreground; its data is in memory and ends with it.

    The first line on stdout is its host:port.
    """
    from streams.cli import broker as command

    raise typer.Exit(command.run(port=port))
