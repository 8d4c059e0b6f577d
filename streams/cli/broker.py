"""`kabar broker`."""

from __future__ import annotations

import typer

from streams.broker import EmbeddedBroker


def run(*, port: int) -> int:
    """Runs the embedded broker until Ctrl-C, SIGTERM or its own end; the exit code."""
    with EmbeddedBroker(port) as broker:
        typer.echo(broker.address)
        typer.echo("Its data is in memory only and ends with it. Ctrl-C stops.", err=True)
        try:
            return broker.wait()
        except KeyboardInterrupt:
            return 0
