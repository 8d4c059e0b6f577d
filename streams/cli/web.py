"""`kabar web`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import typer

from streams.cli.console import say
from streams.settings import Settings
from streams.web.serving import is_local, serve


def run(settings: Settings, *, host: str, port: int, names: Collection[str]) -> None:
    """Serves the page until Ctrl-C or SIGTERM; its address is the first line on stdout.

    Raises:
        SetupError: the port is taken; there is no broker, or no topic.
    """

    def told(address: str) -> None:
        typer.echo(address)
        say(f"The page of {settings.prefix} on {settings.bootstrap}. Ctrl-C stops.")
        if not is_local(host):
            say(
                "There is no login: whoever can reach it can read everything, publish, and send dead letters back."
            )

    asyncio.run(serve(settings, host=host, port=port, names=names, told=told, say=say))
