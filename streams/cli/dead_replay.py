"""`kabar dead replay`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

from rich.text import Text

from streams import admin, dead_letters
from streams.cli.console import out, progress, say, until_reader_has_enough, visible
from streams.cli.dead import meant, named, opened, print_json, say_unreadable
from streams.dead_letters import DeadLetter
from streams.replay import AlreadyReplayed, Decision, Refused, Resend, Selection
from streams.replayer import Replayer, decided, replayer, replays
from streams.settings import Settings
from streams.snapshot import Snapshot
from streams.topics import REPLAYED


@dataclass(slots=True)
class Counts:
    """What became of the letters of one `replay`, but for those that were sent."""

    would_send: int = 0
    already: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """Which letters to send back, and how."""

    settings: Settings
    selection: Selection
    names: Sequence[str]
    """Only these letters, as in `0@17`; without any, all that the selection holds for."""
    limit: int | None
    """Sends so many at most."""
    again: bool
    """Also what was sent back before."""
    dry_run: bool

    def run(self) -> int:
        """Sends letters back and says how many; the exit code, 1 if some could not be."""
        with until_reader_has_enough():
            return asyncio.run(self._run())
        return 0

    async def _run(self) -> int:
        counts = Counts()
        async with AsyncExitStack() as stack:
            letters = await stack.enter_async_context(opened(self.settings))
            await admin.require_topic(REPLAYED, self.settings)
            wanted = [await named(letters, name) for name in dict.fromkeys(self.names)]
            done = await replays(self.settings)
            total = len(wanted) if self.names else letters.offsets
            # A dry run prints its lines as it goes; a bar would be in their way.
            advance = stack.enter_context(progress("Replaying", total=total, is_shown=not self.dry_run))
            sender = None
            if not self.dry_run:
                sender = await stack.enter_async_context(replayer(self.settings))
            source = self._listed(wanted, advance) if self.names else meant(letters, self.selection, advance)
            await stack.enter_async_context(aclosing(source))
            known = () if self.again else done
            async for letter, decision in decided(source, self.settings, done=known, limit=self.limit):
                await self._act(letter, decision, sender, counts)
            if sender is not None:
                await sender.flush()
        return self._say(sender, counts, letters)

    async def _listed(
        self, wanted: Sequence[DeadLetter], advance: Callable[[int], None]
    ) -> AsyncGenerator[DeadLetter, None]:
        for letter in wanted:
            advance(1)
            if self.selection.holds(letter):
                yield letter

    async def _act(
        self, letter: DeadLetter, decision: Decision, sender: Replayer | None, counts: Counts
    ) -> None:
        if self.dry_run:
            _print(letter, decision)
        if isinstance(decision, AlreadyReplayed):
            counts.already += 1
        elif isinstance(decision, Refused):
            counts.refused += 1
            if not self.dry_run:
                say(f"{letter.place} {visible(decision.reason)}")
        elif sender is None:
            counts.would_send += 1
        else:
            await sender.take(letter, decision)

    def _say(self, sender: Replayer | None, counts: Counts, letters: Snapshot) -> int:
        refused = counts.refused
        if sender is None:
            sentence = f"{_letters(counts.would_send)} would be sent back"
        else:
            where = ", ".join(f"{number} to {topic}" for topic, number in sorted(sender.sent.items()))
            sentence = f"{_letters(sender.sent.total())} sent back" + (f" ({where})" if where else "")
            refused += len(sender.refused)
            for letter, reason in sender.refused:
                say(f"{letter.place} {visible(reason)}")
        if counts.already:
            sentence += f", {counts.already} left out that were sent back before (--again sends them too)"
        if refused:
            sentence += f", {refused} cannot be"
        say(f"{sentence}.")
        return 1 if say_unreadable(letters) or refused else 0


def _letters(number: int) -> str:
    return f"{number} dead letter{'' if number == 1 else 's'}"


def _print(letter: DeadLetter, decision: Decision) -> None:
    """What would be done with a letter."""
    topic = decision.failure.topic if isinstance(decision, Resend) else None
    why_not = None
    if isinstance(decision, Refused):
        why_not = decision.reason
    elif isinstance(decision, AlreadyReplayed):
        why_not = "was sent back before"
    reason = letter.said(dead_letters.MESSAGE)
    if out.is_terminal:
        what = f"to {topic}" if topic else f"stays: it {why_not}"
        line = Text.assemble(
            (f"{letter.place} ", "bold"), visible(what), (f"  {visible(reason or '')}", "dim")
        )
        out.print(line, soft_wrap=True)
    else:
        print_json({"letter": str(letter.place), "to": topic, "stays": why_not, "reason": reason})
