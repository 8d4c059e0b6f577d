"""`kabar topics`."""

from __future__ import annotations

import asyncio

from rich.table import Table

from streams import admin
from streams.admin import TopicState
from streams.cli.console import err, out
from streams.contract import name_of
from streams.settings import Settings


def run(settings: Settings, *, check: bool) -> int:
    """Creates what is missing, or only looks; prints the topics; the exit code, 1 if a check finds a difference."""
    states, created = asyncio.run(_states(settings, create=not check))
    table = Table("topic", "partitions", "written by", "value", "what it holds")
    for state in states:
        value = name_of(state.topic.value) if state.topic.value else "the original bytes"
        partitions = str(state.partitions) if state.partitions else "missing"
        table.add_row(state.name, partitions, state.topic.written_by, value, state.topic.purpose)
    out.print(table)
    for name in created:
        err.print(f"created {name}")
    missing = [state.name for state in states if state.partitions is None]
    for name in missing:
        err.print(f"{name} is missing: run `kabar topics` to create it")
    return 1 if missing else 0


async def _states(settings: Settings, *, create: bool) -> tuple[list[TopicState], list[str]]:
    await admin.wait_for_broker(settings)
    created = await admin.create_topics(settings) if create else []
    return await admin.describe_topics(settings), created
