"""`kabar lag`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import typer
from rich.table import Column, Table

from streams import admin
from streams.cli.console import out, say
from streams.lag import PartitionLag, TopicLag, lag
from streams.settings import Settings

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def run(settings: Settings, *, by_partition: bool, as_json: bool, above: int | None) -> int:
    """Prints how far the group is behind; the exit code, 1 if more articles wait than are allowed.

    What lies between the stages is work only for workers with stages apart; others pass it over.
    """
    found = asyncio.run(_lag(settings))
    if as_json or not out.is_terminal:
        for topic in found:
            typer.echo(orjson.dumps(_json(topic, settings.group)))
    else:
        out.print(_table(found, by_partition=by_partition, now_ms=time.time() * 1000))
    work = found if settings.stages_apart else found[:1]
    for topic in work:
        if topic.deleted_unread:
            say(
                f"{topic.deleted_unread:,} records of {topic.name} were deleted by the broker's retention before"
                f" group {settings.group} had read them."
            )
    if found[0].is_new:
        say(f"No worker of group {settings.group} has committed anything yet.")
    return 1 if above is not None and sum(topic.waiting for topic in work) > above else 0


async def _lag(settings: Settings) -> list[TopicLag]:
    await admin.wait_for_broker(settings, say=say)
    return await lag(settings)


def _table(found: list[TopicLag], *, by_partition: bool, now_ms: float) -> Table:
    table = Table(
        Column("topic", no_wrap=True),
        Column("partition", justify="right"),
        Column("next", justify="right"),
        Column("end", justify="right"),
        Column("waiting", justify="right"),
        Column("oldest waits since", justify="right"),
        box=None,
        padding=(0, 2),
    )
    for topic in found:
        count = str(len(topic.partitions))
        table.add_row(
            topic.name,
            "all" if by_partition else f"all {count}",
            "",
            "",
            f"{topic.waiting:,}",
            _since(topic.oldest_ms, now_ms),
            style="bold" if by_partition else "",
        )
        for partition in topic.partitions if by_partition else ():
            table.add_row(
                "",
                str(partition.partition),
                f"{partition.next:,}",
                f"{partition.end:,}",
                f"{partition.waiting:,}",
                _since(partition.oldest_ms, now_ms),
            )
    return table


def _since(oldest_ms: int | None, now_ms: float) -> str:
    """How long ago, in the unit that says it in few digits."""
    if oldest_ms is None:
        return "-"
    seconds = max(0.0, (now_ms - oldest_ms) / 1000)
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"


def _json(topic: TopicLag, group: str) -> dict[str, Any]:
    return {
        "topic": topic.name,
        "group": group,
        "waiting": topic.waiting,
        "oldest": _time(topic.oldest_ms),
        "deleted_unread": topic.deleted_unread,
        "partitions": list(_partitions(topic.partitions)),
    }


def _partitions(partitions: tuple[PartitionLag, ...]) -> Iterator[dict[str, Any]]:
    for partition in partitions:
        yield {
            "partition": partition.partition,
            "beginning": partition.beginning,
            "committed": partition.committed,
            "end": partition.end,
            "waiting": partition.waiting,
            "oldest": _time(partition.oldest_ms),
        }


def _time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        # A publisher may write any number of milliseconds; not every one is a date.
        return None
