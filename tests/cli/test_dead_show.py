"""`kabar dead show`, and that no letter steers a terminal."""

from __future__ import annotations

import os
import pty
import subprocess

import orjson
import pytest

from streams import topics
from tests.cli.command import KABAR, environment
from tests.cli.desk import EVERY_BYTE, HOSTILE, Desk, Letter

pytestmark = pytest.mark.broker


def test_a_letter_is_shown_with_nothing_that_could_steer_a_terminal(desk: Desk) -> None:
    name = HOSTILE.decode()
    desk.write(
        Letter(
            HOSTILE + b"\nreason     palsu", HOSTILE, ((name, HOSTILE), ("biner", b"\xff\x00")), reason=name
        )
    )
    result = desk.run("show", "0@0")
    text = result.stdout.decode()

    assert result.returncode == 0
    assert all(char.isprintable() or char == "\n" for char in text)
    shown = r"\x1b]0;judul\x07\x1b[31mmerah\u202ekanan\u2066\u200b\x9b2J\u061c\r"
    assert text.count(shown) == 5
    assert r"  biner: \xff\x00" in text.splitlines()
    assert "  reason     palsu" in text.splitlines()
    assert f"failed on  {desk.prefix}.articles.raw 0@0" in text
    assert "Traceback (most recent call last):" in text


def on_a_terminal(desk: Desk, *arguments: str) -> tuple[int, bytes]:
    """The exit code of a command and what it writes to its terminal."""
    ours, its = pty.openpty()
    variables = {
        "KABAR_BROKERS": desk.address,
        "KABAR_PREFIX": desk.prefix,
        "COLUMNS": "300",
        "TERM": "xterm",
    }
    process = subprocess.Popen(
        [*KABAR, "dead", *arguments], stdin=its, stdout=its, stderr=its, env=environment(**variables)
    )
    os.close(its)
    written = b""
    try:
        while more := os.read(ours, 65_536):
            written += more
    except OSError:  # it has ended, and its side of the terminal with it
        pass
    os.close(ours)
    return process.wait(), written


@pytest.mark.parametrize(
    "arguments", [("list",), ("list", "--json"), ("show", "0@0"), ("replay", "--dry-run")]
)
def test_nothing_of_a_letter_steers_a_terminal(desk: Desk, arguments: tuple[str, ...]) -> None:
    desk.write(Letter(HOSTILE, HOSTILE, reason=HOSTILE.decode()))
    code, written = on_a_terminal(desk, *arguments)

    text = written.decode()
    assert code == 0
    assert "merah" in text
    assert "\x1b]0;" not in text
    assert "\x1b[31mmerah" not in text
    assert not {"\x07", "\x9b", "\u202e", "\u2066", "\u061c"} & set(text)


def test_raw_bytes_are_not_written_to_a_terminal(desk: Desk) -> None:
    code, written = on_a_terminal(desk, "show", "0@0", "--raw")
    assert code == 2
    assert written.startswith(b"--raw is for a file or another program: ")


def test_a_value_that_is_no_text_is_shown_as_a_dump(desk: Desk) -> None:
    desk.write(Letter(EVERY_BYTE))
    lines = desk.run("show", "0@0").stdout.decode().splitlines()
    assert f"value      {len(EVERY_BYTE)} bytes" in lines
    assert "  00000030  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  |0123456789:;<=>?|" in lines


def test_a_long_value_is_shown_in_part_and_says_how_to_have_all_of_it(desk: Desk) -> None:
    desk.write(Letter(b"kata " * 10_000))
    assert b"... and 30,000 characters more: --raw writes all of it." in desk.run("show", "0@0").stdout


@pytest.mark.parametrize("value", [EVERY_BYTE * 1000, b"", b"\r\n", HOSTILE])
def test_raw_is_the_value_to_the_byte(desk: Desk, value: bytes) -> None:
    desk.write(Letter(value, key=b"kunci"))
    result = desk.run("show", "0@0", "--raw")
    assert (result.returncode, result.stdout, result.stderr) == (0, value, b"")


def test_a_letter_as_json_has_everything_and_whether_it_was_sent_back(desk: Desk) -> None:
    desk.write(Letter(b"\xff", key=None, headers=(("redaksi", None), ("redaksi", b"\xfe"))))
    before = orjson.loads(desk.run("show", "0@0", "--json").stdout)
    desk.run("replay")
    after = orjson.loads(desk.run("show", "0@0", "--json").stdout)

    assert (before["key"], before["value"], before["value_base64"]) == (None, "\ufffd", "/w==")
    assert before["headers"] == [
        {"name": "redaksi", "value": None, "value_base64": None},
        {"name": "redaksi", "value": "\ufffd", "value_base64": "/g=="},
    ]
    assert before["replayed"] is None
    assert after["replayed"]["topic"] == f"{desk.prefix}.articles.raw"


def test_an_offset_alone_is_enough_where_one_partition_has_it(desk: Desk) -> None:
    desk.write(Letter(b"satu"), Letter(b"dua"), Letter(b"tiga", partition=1))
    one, two = desk.run("show", "1", "--raw"), desk.run("show", "0", "--raw")

    assert (one.returncode, one.stdout) == (0, b"dua")
    assert two.returncode == 2
    assert two.stderr.decode() == (
        f"2 partitions of {desk.prefix}.articles.dead have an offset 0: say 0@0, 1@0.\n"
    )


@pytest.mark.parametrize("name", ["0@7", "7", "9@0"])
def test_an_offset_that_is_not_there_is_told(desk: Desk, name: str) -> None:
    desk.write(Letter())
    for command in ("show", "replay"):
        result = desk.run(command, name)
        assert result.returncode == 2
        assert result.stderr.decode() == (
            f"There is no dead letter {name} on {desk.prefix}.articles.dead: `kabar dead list` has them all.\n"
        )
    assert desk.on(topics.RAW) == []


def test_what_is_no_place_is_told(desk: Desk) -> None:
    result = desk.run("show", "nol@satu")
    assert (result.returncode, result.stderr) == (2, b"'nol@satu' is not PARTITION@OFFSET, as in 0@17.\n")
