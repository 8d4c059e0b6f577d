"""Options and help that commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Brokers = Annotated[str | None, typer.Option("--brokers", "-b", help="host:port list. [KABAR_BROKERS]")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="Prefix of the topic names. [KABAR_PREFIX]")]


def example(*lines: str) -> str:
    """The end of a command's help."""
    return "[bold]Example[/bold]\n\n" + "\n\n".join(f"  {line}" for line in lines)
