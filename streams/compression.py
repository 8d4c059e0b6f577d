"""Compresses what the worker writes faster: aiokafka does it at gzip's highest level and has no setting.

Of results in batches as the worker writes them level 9 takes 0.55 ms an article and level 4 0.23 ms, for 5 % more
bytes. Another kind of compression would be faster still, but gzip is the one that every Kafka client reads.
"""

from __future__ import annotations

import sys
import zlib

from aiokafka.record import default_records

LEVEL = 4
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS


def gzipped(payload: bytes | bytearray) -> bytes:
    """`payload` as one gzip member (RFC 1952), without a time, so the same each time."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _WITH_GZIP_HEADER)
    return compressor.compress(payload) + compressor.flush()


def make_faster() -> None:
    """From now on the batches of all producers of this process are compressed by `gzipped`."""
    builder = default_records.DefaultRecordBatchBuilder
    sys.modules[builder.__module__].gzip_encode = gzipped  # type: ignore[attr-defined]
