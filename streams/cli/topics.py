"""`kabar topics`."""

from __future__ import annotations

import asyncio

import typer
from rich.table import Column, Table

from streams import admin, topics
from streams.admin import TopicState
from streams.cli.console import err, out, say
from streams.contract import name_of
from streams.settings import Settings


def run(settings: Settings, *, check: bool) -> int:
    """Creates what is missing, or only looks; prints the topics; the exit code, 1 if a check finds a difference."""
    states, created = asyncio.run(_states(settings, create=not check))
    rows = [_row(state) for state in states]
    if out.is_terminal:
        table = Table(
            Column("topic", no_wrap=True),
            "partitions",
            "written by",
            "value",
            "what it holds",
            box=None,
            padding=(0, 2),
        )
        for row in rows:
            table.add_row(*row)
        out.print(table)
    else:
        for row in rows:
            typer.echo("\t".join(row))
    for name in created:
        err.print(f"created {name}")
    differences = [difference for state in states for difference in state.differences] if check else []
    for difference in differences:
        err.print(difference, soft_wrap=True)
    if check and not differences:
        err.print(f"All {len(topics.known(settings))} topics are as they should be.")
    return 1 if differences else 0


def _row(state: TopicState) -> tuple[str, ...]:
    value = name_of(state.topic.value) if state.topic.value else "the original bytes"
    return (
        state.name,
        str(state.partitions or "missing"),
        state.topic.written_by,
        value,
        state.topic.purpose,
    )


async def _states(settings: Settings, *, create: bool) -> tuple[list[TopicState], list[str]]:
    if create:
        created = await admin.wait_for_topics(settings, say=say)
    else:
        await admin.wait_for_broker(settings, say=say)
        created = []
    return await admin.describe_topics(settings), created
