r"""Header names that are not UTF-8, which aiokafka cannot read: one such record would stop every worker for ever.

Kafka calls a header's name a string but checks nothing, and aiokafka gives up the whole batch of a record whose name it
cannot decode. `tolerate` makes it read those bytes as `\xff` is written in Python; the name can then be carried on
and printed like any other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_BATCH_HEAD = struct.Struct(">qi")
"""Base offset, and how many bytes follow: the head of a batch of every version (Kafka protocol, RecordBatch)."""


class _Lenient(bytearray):
    """Bytes whose slices decode whatever they hold; in a batch only header names are decoded."""

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        return _Lenient(part) if isinstance(index, slice) else part

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return bytes(self).decode(encoding, errors)


class _LenientBatch(_DefaultRecordBatchPy):  # type: ignore[misc] # it has no types
    """aiokafka's own reader in Python, on lenient bytes."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: bytearray = _Lenient(self._buffer)


class _Batch:
    """A batch as aiokafka reads it, and read again in Python where that fails for a name."""

    def __init__(self, batch: Any, content: bytes) -> None:
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                yield record
                read += 1
        except UnicodeDecodeError:
            for place, record in enumerate(_LenientBatch(self._content)):
                if place >= read:
                    yield record


class _Records:
    """aiokafka's reader of the batches of a fetch, keeping the bytes of each."""

    def __init__(self, content: bytes) -> None:
        self._records = MemoryRecords(content)
        self._content = content
        self._start = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)

    def next_batch(self) -> _Batch | None:
        batch = self._records.next_batch()
        if batch is None:
            return None
        _, length = _BATCH_HEAD.unpack_from(self._content, self._start)
        end = self._start + _BATCH_HEAD.size + length
        content, self._start = self._content[self._start : end], end
        return _Batch(batch, content)


def tolerate() -> None:
    """From now on every consumer of this process reads records whose header names are not UTF-8."""
    fetcher.MemoryRecords = _Records
