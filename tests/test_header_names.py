"""Records that aiokafka cannot read, read."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from streams.header_names import _Records

Headers = list[tuple[str, bytes | None]]
HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=3)
RECORDS = st.tuples(st.none() | st.binary(max_size=9), st.none() | st.binary(max_size=200), HEADERS)
CODECS = [0, 1]  # none, gzip: those that need no further library


def batch(records: list[tuple[bytes | None, bytes | None, Headers]], *, codec: int, first: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
    for place, (key, value, headers) in enumerate(records):
        builder.append(place, 1_700_000_000_000 + place, key, value, headers)
    content = bytearray(builder.build())
    struct.pack_into(">q", content, 0, first)
    return bytes(content)


def with_bad_names(content: bytes) -> bytes:
    """NAMA becomes bytes that are no UTF-8; only where nothing is compressed."""
    patched = bytearray(content.replace(b"NAMA", b"\xff\xfe\xfd\xfc"))
    struct.pack_into(">I", patched, 17, calc_crc32c(bytes(patched[21:])))
    return bytes(patched)


def read(reader: Any) -> list[Any]:
    found = []
    while reader.has_next():
        next_batch = reader.next_batch()
        assert next_batch.validate_crc()
        found += [
            (r.offset, r.timestamp, r.key, r.value, [tuple(header) for header in r.headers])
            for r in next_batch
        ]
        found.append(next_batch.next_offset)
    return found


@pytest.mark.parametrize("codec", CODECS)
@given(batches=st.lists(st.lists(RECORDS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_what_aiokafka_can_read_is_read_the_same(batches: list[Any], codec: int) -> None:
    content = b"".join(batch(records, codec=codec, first=10 * n) for n, records in enumerate(batches))
    assert read(_Records(content)) == read(MemoryRecords(content))


def test_a_name_that_is_not_utf8_is_read_escaped_and_the_records_around_it_as_they_are() -> None:
    bad: list[tuple[bytes | None, bytes | None, Headers]] = [
        (None, b"sebelum", [("a", b"1")]),
        (b"kunci", b"NAM rusak", [("ok", None), ("NAMA", b"\xff"), ("NAMA", None)]),
        (None, None, []),
    ]
    content = with_bad_names(batch(bad, codec=0)) + batch([(None, b"sesudah", [])], codec=1, first=3)
    records = [found for found in read(_Records(content)) if isinstance(found, tuple)]

    assert [value for _, _, _, value, _ in records] == [b"sebelum", b"NAM rusak", None, b"sesudah"]
    escaped = "\\xff\\xfe\\xfd\\xfc"
    assert records[1][4] == [("ok", None), (escaped, b"\xff"), (escaped, None)]
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(content))


def test_the_end_of_a_fetch_may_be_cut_off() -> None:
    content = batch([(None, b"ganz", [])], codec=0) + batch([(None, b"halb", [])], codec=0, first=1)[:-3]
    assert [found[3] for found in read(_Records(content)) if isinstance(found, tuple)] == [b"ganz"]
