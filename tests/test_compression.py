"""Records as the worker compresses them."""

from __future__ import annotations

import gzip

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from streams import compression

BATCH_HEADER_BYTES = 61
"""Of Kafka's record batch, version 2; what is compressed follows."""
GZIP_MAGIC = b"\x1f\x8b"
GZIP_EXTRA_FLAGS, HARDEST = 8, 2
"""Where and how gzip says that it tried as hard as it can (RFC 1952)."""
VALUE = b"Presiden menerima duta besar di Istana Merdeka. " * 100


def batch() -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=1,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100_000,
    )
    builder.append(0, timestamp=0, key=b"a", value=VALUE, headers=[])
    return bytes(builder.build())


@given(st.binary(max_size=2_000))
def test_what_is_compressed_is_what_every_reader_of_gzip_reads(payload: bytes) -> None:
    assert gzip.decompress(compression.gzipped(payload)) == payload


def test_batches_of_the_producer_are_not_compressed_as_hard_as_possible() -> None:
    compression.make_faster()
    written = batch()
    compressed = written[BATCH_HEADER_BYTES:]
    assert compressed.startswith(GZIP_MAGIC)
    assert compressed[GZIP_EXTRA_FLAGS] != HARDEST
    records = MemoryRecords(written).next_batch()
    assert records is not None
    assert [record.value for record in records] == [VALUE]
