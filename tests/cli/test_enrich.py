"""`kabar enrich`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from streams.events import EnrichedArticle
from tests.broker.articles import ATTACK, FOOTBALL, SUMMIT, article
from tests.cli.command import kabar, running


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(
        b"\n".join(article(body, id=str(n)) for n, body in enumerate((SUMMIT, ATTACK, FOOTBALL)))
    )
    return path


def test_each_line_gives_one_event_in_input_order(jsonl: Path) -> None:
    result = kabar("enrich", str(jsonl), "--json")
    assert result.returncode == 0
    assert [EnrichedArticle.decode(line).id for line in result.stdout.splitlines()] == ["0", "1", "2"]


def test_many_articles_keep_their_order_and_their_values(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(article(f"{FOOTBALL} Laga ke-{n}.", id=str(n)) for n in range(150)))
    result = kabar("enrich", str(path), KABAR_NLP_PROCESSES="2")
    alone = kabar("enrich", "-", stdin=article(f"{FOOTBALL} Laga ke-149.", id="149"))
    lines = result.stdout.splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == [str(n) for n in range(150)]
    assert lines[-1] == alone.stdout.rstrip(b"\n")


@pytest.mark.parametrize("name", ["artikel.txt", "artikel.html"])
def test_a_text_or_html_file_is_one_article(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(ATTACK, encoding="utf-8")
    [line] = kabar("enrich", str(path)).stdout.splitlines()
    assert orjson.loads(line)["text"].startswith("Densus 88 Antiteror menangkap tiga terduga teroris")


def test_a_json_file_may_hold_an_array(tmp_path: Path) -> None:
    path = tmp_path / "articles.json"
    path.write_bytes(orjson.dumps([{"body": SUMMIT}, {"body": ATTACK}]))
    assert len(kabar("enrich", str(path)).stdout.splitlines()) == 2


def test_standard_input_may_be_plain_text() -> None:
    result = kabar("enrich", "-", stdin=SUMMIT.encode())
    assert orjson.loads(result.stdout)["dateline"]["place"] == "JAKARTA"


def test_a_rejected_article_is_named_with_its_reason_and_the_others_come_out(jsonl: Path) -> None:
    with jsonl.open("ab") as file:
        file.write(b'\n{"title": "Tanpa isi"}\n')
    result = kabar("enrich", str(jsonl))
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.decode() == f"{jsonl}:4: body is missing\n"


def test_it_ends_when_nobody_reads_its_output_any_more(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(article(f"{FOOTBALL} {n}.") for n in range(200)))
    with running("enrich", str(path)) as enriching:
        assert enriching.stdout is not None
        enriching.stdout.readline()
        enriching.stdout.close()
        assert enriching.wait(60) == 0
        enriching.stdout = None


def test_a_page_gives_its_own_headline_as_the_title(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        f"<html><head><title>Tiga Terduga Ditangkap</title></head><body><p>{ATTACK}</p></body></html>"
    )
    assert orjson.loads(kabar("enrich", str(path)).stdout)["title"] == "Tiga Terduga Ditangkap"


def test_a_file_that_is_not_there_stops_before_any_work(jsonl: Path) -> None:
    result = kabar("enrich", str(jsonl), "hilang.jsonl")
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr == b"There is no file hilang.jsonl.\n"
