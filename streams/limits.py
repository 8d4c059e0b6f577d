"""How many dead letters are too many: past it the fault is more likely ours, or a publisher's, than the records'.

After a bad deployment every record fails, and a worker that goes on empties the topic into the dead letters. As in
Arroyo's `DlqPolicy`, each partition has its own count, in the memory of the worker: one started anew counts anew.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.errors import TooManyDead
from streams.records import Outcome, Record, Reject
from streams.settings import Settings


@dataclass(slots=True)
class _Partition:
    recent: deque[bool]
    """Whether each of the last records is a dead letter."""
    dead: int = 0
    """How many of `recent` are."""
    dead_in_a_row: int = 0
    faults_in_a_row: int = 0

    def count(self, outcome: Outcome) -> None:
        is_dead = isinstance(outcome, Reject)
        if len(self.recent) == self.recent.maxlen:
            self.dead -= self.recent.popleft()
        self.recent.append(is_dead)
        self.dead += is_dead
        self.dead_in_a_row = self.dead_in_a_row + 1 if is_dead else 0
        is_fault = isinstance(outcome, Reject) and not outcome.is_foreseen
        self.faults_in_a_row = self.faults_in_a_row + 1 if is_fault else 0


@dataclass
class DeadLetterLimit:
    """The count of one stage's outcomes, by partition.

    Args:
        settings: the limits: `dead_in_a_row`, `faults_in_a_row`, `dead_share` of `dead_window`.
    """

    settings: Settings
    _partitions: dict[tuple[str, int], _Partition] = field(init=False)

    def __post_init__(self) -> None:
        window = self.settings.dead_window
        self._partitions = defaultdict(lambda: _Partition(deque(maxlen=window)))

    def count(self, results: Iterable[tuple[Record, Outcome]]) -> None:
        """Counts outcomes in the order of their records, before any of them is written.

        Raises:
            TooManyDead: one of them passes a limit; the message says which, and what to do.
        """
        for record, outcome in results:
            partition = self._partitions[record.topic, record.partition]
            partition.count(outcome)
            if isinstance(outcome, Reject) and (excess := self._excess(partition)):
                raise TooManyDead(
                    f"{excess} of {record.topic}/{record.partition} cannot be processed, up to offset"
                    f" {record.offset}, the last because: {outcome.message}. Nothing of the last batch was written or"
                    " committed. If the records are at fault, raise KABAR_DEAD_IN_A_ROW, KABAR_FAULTS_IN_A_ROW or"
                    " KABAR_DEAD_SHARE and start again; `kabar dead list` shows those before it."
                )

    def _excess(self, partition: _Partition) -> str | None:
        """What is too much, in words."""
        settings = self.settings
        if settings.dead_in_a_row and partition.dead_in_a_row > settings.dead_in_a_row:
            return f"{partition.dead_in_a_row:,} records in a row"
        if settings.faults_in_a_row and partition.faults_in_a_row > settings.faults_in_a_row:
            return f"{partition.faults_in_a_row:,} records in a row, for no reason that Kabar knows,"
        is_full = len(partition.recent) == partition.recent.maxlen
        if is_full and partition.dead > settings.dead_share * len(partition.recent):
            return f"{partition.dead:,} of the last {len(partition.recent):,} records"
        return None
