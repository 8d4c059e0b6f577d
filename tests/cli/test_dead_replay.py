"""`kabar dead replay` on letters written as a worker writes them."""

from __future__ import annotations

import orjson
import pytest

from streams import dead_letters, topics
from tests.cli.desk import EVERY_BYTE, Desk, Letter

pytestmark = pytest.mark.broker


def test_a_letter_goes_back_with_its_bytes_and_is_noted(desk: Desk) -> None:
    headers = (("redaksi", b"\x00\xff"), ("redaksi", None), (dead_letters.MESSAGE, b"sebab lama"))
    desk.write(Letter(EVERY_BYTE, b"\xff\x00", headers))
    result = desk.run("replay")
    [record] = desk.on(topics.RAW)
    [note] = desk.on(topics.REPLAYED)

    assert (result.returncode, result.stdout) == (0, b"")
    assert result.stderr.decode() == f"1 dead letter sent back (1 to {desk.prefix}.articles.raw).\n"
    assert (record.key, record.value) == (b"\xff\x00", EVERY_BYTE)
    assert record.headers == (
        *headers,
        ("kabar.replay.attempts", b"1"),
        ("kabar.replay.of", f"{desk.prefix}.articles.dead/0@0".encode()),
    )
    assert note.key == b"0@0"
    assert orjson.loads(note.value or b"")["sent"] == {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
    }
    # Retention counts from the timestamp: an old one could be gone before it is read.
    assert record.timestamp_ms > 1_700_000_000_000


def test_a_letter_goes_back_once_unless_it_is_asked_for_again(desk: Desk) -> None:
    desk.write(Letter(), Letter())
    desk.run("replay")
    desk.write(Letter(offset=2))
    second, third = desk.run("replay"), desk.run("replay", "0@0")
    once = len(desk.on(topics.RAW))
    again = desk.run("replay", "--again", "0@0")

    left_out = "left out that were sent back before (--again sends them too)"
    assert [result.returncode for result in (second, third, again)] == [0, 0, 0]
    assert second.stderr.decode() == (
        f"1 dead letter sent back (1 to {desk.prefix}.articles.raw), 2 {left_out}.\n"
    )
    assert third.stderr.decode() == f"0 dead letters sent back, 1 {left_out}.\n"
    assert once == 3
    assert again.stderr.decode().startswith("1 dead letter sent back ")
    assert len(desk.on(topics.RAW)) == 4
    assert all(row["replayed"] for row in desk.rows())


def test_two_letters_of_one_record_send_it_back_once(desk: Desk) -> None:
    desk.write(Letter(offset=5), Letter(offset=5))
    desk.run("replay")
    assert len(desk.on(topics.RAW)) == 1
    assert all(row["replayed"] for row in desk.rows())


def test_a_dry_run_tells_what_would_be_done_and_sends_nothing(desk: Desk) -> None:
    desk.write(Letter(), Letter(topic="articles.enriched"), Letter(stage="tag", topic="articles.clean"))
    result = desk.run("replay", "--dry-run")

    raw, enriched, clean = (orjson.loads(line) for line in result.stdout.splitlines())
    assert raw == {
        "letter": "0@0",
        "to": f"{desk.prefix}.articles.raw",
        "stays": None,
        "reason": "the value is not JSON",
    }
    assert enriched["to"] is None
    assert enriched["stays"].startswith(f"failed on {desk.prefix}.articles.enriched, which ")
    assert clean["to"] == f"{desk.prefix}.articles.clean"
    assert result.stderr.decode() == "2 dead letters would be sent back, 1 cannot be.\n"
    assert result.returncode == 1
    assert [desk.on(topic) for topic in (topics.RAW, topics.CLEAN, topics.REPLAYED)] == [[], [], []]


def test_what_cannot_go_back_is_told_and_the_rest_goes(desk: Desk) -> None:
    cut = ((dead_letters.TRIMMED_FROM, b"9000"),)
    desk.write(Letter(b"bukan", headers=cut), Letter(), Letter(topic="keuangan.raw"))
    result = desk.run("replay")

    assert result.returncode == 1
    assert result.stderr.decode().splitlines() == [
        "0@0 was cut short: 5 of its 9000 bytes are left",
        f"0@2 failed on {desk.prefix}.keuangan.raw, which Kabar with this prefix does not read",
        f"1 dead letter sent back (1 to {desk.prefix}.articles.raw), 2 cannot be.",
    ]
    assert len(desk.on(topics.RAW)) == 1


def test_only_the_letters_that_are_meant_go_back(desk: Desk) -> None:
    desk.write(*(Letter(str(n).encode(), reason=f"sebab {n % 2}") for n in range(8)))
    desk.run("replay", "0@7", "0@2")
    desk.run("replay", "--reason", "SEBAB 0", "--max", "2")
    assert sorted(record.value or b"" for record in desk.on(topics.RAW)) == [b"0", b"2", b"4", b"7"]


def test_letters_of_one_key_go_back_in_their_order(desk: Desk) -> None:
    desk.write(*(Letter(str(n).encode(), key=b"versi") for n in range(250)))
    desk.run("replay")
    assert [int(record.value or b"") for record in desk.on(topics.RAW)] == list(range(250))


def test_a_null_value_is_listed_shown_and_sent_back_as_null(desk: Desk) -> None:
    desk.write(Letter(None, key=b"dihapus"))
    [row] = desk.rows()
    shown, raw = desk.run("show", "0@0"), desk.run("show", "0@0", "--raw")
    desk.run("replay")
    [record] = desk.on(topics.RAW)

    assert (row["size"], row["begins"]) == (0, None)
    assert b"value      null" in shown.stdout
    assert (raw.returncode, raw.stdout) == (0, b"")
    assert (record.key, record.value) == (b"dihapus", None)
