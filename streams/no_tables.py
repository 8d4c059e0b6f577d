"""Faust's tables, of which Kabar has none: state that lives in them has been lost at recovery."""

from __future__ import annotations

from faust.tables import TableManager


class NoTables(TableManager):
    """Begins at once, where Faust's own gives tables a second to be declared and all partitions wait."""

    async def on_start(self) -> None:
        """Lets the topics be subscribed to."""
        await self._update_channels()
        await self.recovery.start()
