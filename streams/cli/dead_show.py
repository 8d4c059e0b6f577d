"""`kabar dead show`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

from rich.text import Text

from streams import dead_letter_json, dead_letters
from streams.cli.console import out, say, until_reader_has_enough, visible
from streams.cli.dead import named, opened, print_json
from streams.dead_letters import DeadLetter
from streams.envelope import rfc3339
from streams.errors import BadConfiguration
from streams.events import Replay
from streams.replayer import replays
from streams.settings import Settings

_MOST_CHARS = 20_000
_MOST_DUMPED = 4_096
_ROW = 16


def run(settings: Settings, name: str, *, as_json: bool, raw: bool) -> int:
    """Prints one letter; the exit code.

    Raises:
        SetupError: there is no such letter; or raw bytes are to go to a terminal.
    """
    if raw and sys.stdout.isatty():
        raise BadConfiguration(
            f"--raw is for a file or another program: kabar dead show {name} --raw > letter.bin"
        )
    letter, note = asyncio.run(_find(settings, name))
    with until_reader_has_enough():
        if raw:
            if letter.record.value is None:
                say("Its value is null: there is nothing to write.")
            sys.stdout.buffer.write(letter.record.value or b"")
        elif as_json:
            print_json(dead_letter_json.everything(letter) | dead_letter_json.replayed(note))
        else:
            for line in _lines(letter, note):
                out.print(line, soft_wrap=True)
    return 0


async def _find(settings: Settings, name: str) -> tuple[DeadLetter, Replay | None]:
    async with opened(settings) as letters:
        letter = await named(letters, name)
    done = await replays(settings)
    return letter, done.get(letter.failure) if letter.failure else None


def _lines(letter: DeadLetter, note: Replay | None) -> Iterator[Text]:
    """Names of what is said at the margin, the letter's own text indented, so that none can pass for ours."""
    record = letter.record
    tried = f"{letter.attempts} attempt{'' if letter.attempts == 1 else 's'}"
    facts = {
        "letter": f"{record.topic} {letter.place}",
        "when": rfc3339(record.timestamp_ms),
        "reason": letter.said(dead_letters.MESSAGE),
        "exception": letter.said(dead_letters.EXCEPTION),
        "stage": f"{letter.said(dead_letters.STAGE)} of Kabar {letter.said(dead_letters.VERSION)}, {tried}",
        "failed on": f"{letter.failure.topic} {letter.failure.place}" if letter.failure else None,
        "replayed": f"{note.when} to {note.sent.topic} {note.sent.partition}@{note.sent.offset}"
        if note
        else "no",
        "key": _text(record.key),
    }
    for name, fact in facts.items():
        yield Text.assemble((f"{name:<11}", "bold"), visible(fact or "not told"))
    yield Text("headers" if letter.headers else "no headers", style="bold")
    for name, value in letter.headers:
        yield Text.assemble("  ", (visible(name), "cyan"), f": {visible(_text(value))}")
    cut = f", cut from {letter.said(dead_letters.TRIMMED_FROM)}" if letter.is_cut_short else ""
    size = "null" if record.value is None else f"{len(record.value):,} bytes{visible(cut)}"
    yield Text.assemble(("value", "bold"), f"      {size}")
    yield from (Text(f"  {line}") for line in _shown(record.value or b""))
    yield Text("stack trace", style="bold")
    trace = (letter.said(dead_letters.STACKTRACE) or "not told").rstrip("\n")
    yield from (Text(f"  {visible(line)}", style="dim") for line in trace.split("\n"))


def _text(value: bytes | None) -> str:
    return "null" if value is None else value.decode("utf-8", errors="backslashreplace")


def _shown(value: bytes) -> Iterator[str]:
    """Text as text, anything else as a hex dump; the beginning of it if there is much."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        for start in range(0, min(len(value), _MOST_DUMPED), _ROW):
            row = value[start : start + _ROW]
            readable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
            yield f"{start:08x}  {row.hex(' '):<{3 * _ROW}} |{readable}|"
        left = f"{len(value) - _MOST_DUMPED:,} bytes" if len(value) > _MOST_DUMPED else ""
    else:
        yield from (visible(line) for line in text[:_MOST_CHARS].split("\n") if text)
        left = f"{len(text) - _MOST_CHARS:,} characters" if len(text) > _MOST_CHARS else ""
    if left:
        yield f"... and {left} more: --raw writes all of it."
