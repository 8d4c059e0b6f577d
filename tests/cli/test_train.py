"""`kabar train`, and what the other commands make of its topic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from streams import own_topics
from tests.broker.articles import article
from tests.cli.command import environment, kabar
from tests.own_topic import HACKED, HARVEST, LABELS, labelled

pytest.importorskip("sklearn", reason="`kabar train` needs the extra `train`")


def rows(count: int | None = None) -> list[bytes]:
    return LABELS.read_bytes().splitlines()[:count]


def test_it_tells_the_figures_as_json_and_writes_the_topic(tmp_path: Path, cyber: Path) -> None:
    result = kabar("train", str(LABELS), "--topic", "cyber", "--out", "cyber", cwd=tmp_path)
    told = orjson.loads(result.stdout)

    assert result.returncode == 0
    assert (told["topic"], told["medtop"], told["folder"], told["test"]) == ("cyber", None, "cyber", None)
    assert told["version"] == own_topics.described(tmp_path / "cyber").version
    assert told["version"] == own_topics.described(cyber).version
    assert (told["held_out"]["articles"], told["held_out"]["belonging"]) == (56, 26)
    assert 0 < told["threshold"] < 1
    assert result.stderr.decode().splitlines() == told["warnings"]
    assert told["warnings"][0].startswith("Only 26 articles are about it: take the figures, and the topic,")


def test_another_field_is_asked_and_other_articles_are_measured_with(tmp_path: Path) -> None:
    renamed = [
        {**orjson.loads(row), "cyber": None, "kode": "16" if orjson.loads(row)["cyber"] else ["11", "04"]}
        for row in rows()
    ]
    (tmp_path / "labels.jsonl").write_bytes(b"\n".join(map(orjson.dumps, renamed)))
    unseen = [{"body": HACKED, "kode": "16"}, {"body": HARVEST, "kode": "04"}, renamed[0]]
    (tmp_path / "test.jsonl").write_bytes(b"\n".join(map(orjson.dumps, unseen)))
    result = kabar(
        *("train", "labels.jsonl", "--topic", "siber", "--where", "kode=16", "--test", "test.jsonl"),
        *("--medtop", "medtop:20000099", "--min-score", "0.6", "--out", "folder/siber"),
        cwd=tmp_path,
    )
    told = orjson.loads(result.stdout)

    assert result.returncode == 0
    assert (told["medtop"], told["threshold"]) == ("medtop:20000099", 0.6)
    assert (told["test"]["articles"], told["test"]["belonging"], told["test"]["f1"]) == (2, 1, 1.0)
    assert b"1 of the articles of --test were learned from: left out." in result.stderr


def test_a_line_that_cannot_be_used_is_named_and_the_others_are_learned_from(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(b"\n".join([*rows(), b'{"text": "Tanpa label"}', b"{"]))
    result = kabar("train", "labels.jsonl", "--topic", "cyber", "--out", "cyber", cwd=tmp_path)
    assert result.returncode == 1
    assert orjson.loads(result.stdout)["held_out"]["articles"] == 56
    assert result.stderr.decode().splitlines()[0] == (
        "labels.jsonl:57: the field 'cyber' is missing, so it is not labelled"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--topic", "terrorism"),
            "A topic of your own cannot be called 'terrorism': Kabar means another by it.",
        ),
        (("--topic", "Siber!"), "A topic cannot be called 'Siber!': take at most 40 small letters"),
        (("--topic", "cyber", "--medtop", "99"), "'99' is no IPTC Media Topics code such as"),
        (
            ("--topic", "cyber", "--where", "cyber"),
            "--where is FIELD=VALUE, as in iptc_top=04, and not 'cyber'.",
        ),
        (("--topic", "cyber", "--where", "a=b", "--label", "a"), "--label and --where are two ways to say"),
        (
            ("--topic", "cyber", "--where", "cyber=ya"),
            "No article has cyber=ya; there are false (30), true (26).",
        ),
        (("--topic", "cyber", "--label", "sport"), "0 of 0 labelled articles are about 'cyber'"),
        (("--topic", "cyber", "--test", "hilang.jsonl"), "There is no file hilang.jsonl."),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_plain_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = kabar("train", str(LABELS), *arguments, "--out", str(tmp_path / "cyber"))
    assert result.returncode == 2
    assert result.stderr.decode().splitlines()[-1].startswith(sentence)
    assert not (tmp_path / "cyber").exists()


def test_too_few_labels_are_refused_with_their_number(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(b"\n".join(rows(30)))
    result = kabar("train", "labels.jsonl", "--topic", "cyber", "--out", "cyber", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.decode() == (
        "15 of 30 labelled articles are about 'cyber': at least 20 have to be, and 20 must not be."
        " Label more of them.\n"
    )


WITHOUT = """
import sys
for name in ("sklearn", "scipy", "threadpoolctl"):
    sys.modules[name] = None
sys.argv = ["kabar", *sys.argv[1:]]
from streams.cli import main
main()
"""


def test_without_scikit_learn_it_says_so_and_all_else_works(tmp_path: Path, cyber: Path) -> None:
    def without(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT, *arguments],
            input=stdin,
            env=environment(KABAR_OWN_TOPICS=str(cyber)),
            capture_output=True,
            check=False,
        )

    refused = without("train", str(LABELS), "--topic", "cyber", "--out", str(tmp_path / "cyber"))
    enriched = without("enrich", "-", stdin=article(HACKED))
    assert refused.returncode == 2
    assert refused.stderr.decode() == (
        "Training needs scikit-learn, which is not installed: pip install scikit-learn, or Kabar as kabar[train].\n"
    )
    assert orjson.loads(enriched.stdout)["own_topics"][0]["assigned"]


def test_few_articles_and_many_are_enriched_with_it_alike(tmp_path: Path, cyber: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(article(f"{HACKED} Kasus ke-{n}.", id=str(n)) for n in range(150)))
    result = kabar("enrich", str(path), KABAR_NLP_PROCESSES="2", KABAR_OWN_TOPICS=str(cyber))
    alone = kabar(
        "enrich", "-", stdin=article(f"{HACKED} Kasus ke-149.", id="149"), KABAR_OWN_TOPICS=str(cyber)
    )
    assert result.stdout.splitlines()[-1] == alone.stdout.rstrip(b"\n")
    assert b'"own_topics":[{"id":"cyber"' in alone.stdout


@pytest.mark.parametrize("command", [("worker",), ("enrich", "-"), ("doctor",)])
def test_a_folder_that_is_not_there_stops_with_one_plain_sentence(command: tuple[str, ...]) -> None:
    result = kabar(
        *command, stdin=b"{}", KABAR_OWN_TOPICS="hilang", KABAR_WEB_PORT="0", KABAR_BROKER_WAIT_SECONDS="0",
        KABAR_BROKERS="127.0.0.1:1",
    )  # fmt: skip
    said = b"There is no topic in hilang: `kabar train` makes one, or correct KABAR_OWN_TOPICS."
    if command == ("doctor",):
        assert result.returncode == 1
        assert said in result.stdout
    else:
        assert (result.returncode, result.stderr.rstrip()) == (2, said)


def test_a_topic_that_no_one_could_have_is_refused_by_watch() -> None:
    result = kabar("watch", "--topic", "Olahraga!", COLUMNS="200")
    assert result.returncode == 2
    assert b"'Olahraga!' is not one of 'enriched', 'diplomacy'" in result.stderr


def test_the_labels_of_the_walk_through_are_all_good() -> None:
    assert len(labelled()) == len(rows()) == 56
