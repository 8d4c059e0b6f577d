"""Options and help that commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from streams.settings import Settings

Brokers = Annotated[str | None, typer.Option("--brokers", "-b", help="host:port list. [KABAR_BROKERS]")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="Prefix of the topic names. [KABAR_PREFIX]")]


def example(*lines: str) -> str:
    """The end of a command's help."""
    return "[bold]Example[/bold]\n\n" + "\n\n".join(f"  {line}" for line in lines)


def load(**overrides: Any) -> Settings:
    """`streams.settings.load`. That is imported only here: a completion must not wait for it.

    Raises:
        BadConfiguration: a value cannot be used; the message names the variable.
    """
    from streams.settings import load as load_settings

    return load_settings(**overrides)
