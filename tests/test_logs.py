"""What a worker's log says, and how."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from streams import logs
from streams.records import Record

GUIDE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
RECORD = Record("news.articles.raw", 3, 17, 0, b"a-1", b"Isi berita yang tidak boleh terbaca di log.")


Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def warned(record: Record, **others: object) -> None:
    extra = logs.about(record, **others)
    logging.getLogger("streams.delivery").warning("%s is a dead letter", "it", extra=extra)


def test_away_from_a_terminal_a_line_is_a_json_object_that_names_the_record(capsys: Said) -> None:
    logs.to_stderr("info")
    warned(RECORD, stage="clean", error="EmptyText")
    line = orjson.loads(capsys.readouterr().err)
    assert line.pop("timestamp")
    assert line == {
        "message": "it is a dead letter",
        "level": "warning",
        "logger": "streams.delivery",
        "stage": "clean",
        "error": "EmptyText",
        "topic": "news.articles.raw",
        "partition": 3,
        "offset": 17,
        "article": "a-1",
    }


def test_the_guide_shows_a_line_as_it_is(capsys: Said) -> None:
    logs.to_stderr("info")
    warned(RECORD, stage="clean", error="EmptyText")
    [shown] = re.findall(r"```json\n(\{.*?\})\n```", GUIDE, flags=re.DOTALL)
    assert set(orjson.loads(shown)) == set(orjson.loads(capsys.readouterr().err))


def test_for_people_a_line_is_text_with_the_same_fields(capsys: Said) -> None:
    logs.to_stderr("info", as_json=False)
    warned(RECORD, stage="clean")
    line = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().err)
    assert "it is a dead letter" in line
    assert "article=a-1" in line
    assert "offset=17" in line


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_that_a_publisher_wrote_steers_a_terminal_and_no_text_is_told(
    capsys: Said, as_json: bool
) -> None:
    logs.to_stderr("info", as_json=as_json)
    warned(Record("news.articles.raw", 0, 0, 0, b"\x1b]0;hai\x07\r\n" + b"x" * 9_999, RECORD.value))
    said = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().err)
    assert said.rstrip("\n").isprintable()
    assert "Isi berita" not in said
    assert len(said) < 1_000


def test_an_exception_is_told_with_its_trace_on_the_same_line(capsys: Said) -> None:
    logs.to_stderr("info")
    try:
        int("salah")
    except ValueError:
        logging.getLogger("streams").exception("a fault")
    assert "ValueError: invalid literal" in orjson.loads(capsys.readouterr().err)["exception"]


def test_what_faust_says_about_itself_is_only_for_those_who_ask(capsys: Said) -> None:
    logs.to_stderr("info")
    logging.getLogger("faust").info("assigned")
    logging.getLogger("faust").warning("slow")
    assert [orjson.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["slow"]
