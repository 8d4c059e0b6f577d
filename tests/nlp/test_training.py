"""The whole training workflow, each script as the project runs it, on a few sentences written for this test."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import cast

import pytest
import yaml
from spacy.util import load_config

from streams.nlp import recognise
from streams.nlp.model import MODEL_DIR, Model, load, load_from
from streams.nlp.topics import read

pytest.importorskip("sklearn", reason="training needs the extra of that name")

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "training"
PEOPLE = ["Sari Wulandari", "Bayu Pratama", "Tomo Hartono", "Rina Lestari"]
PLACES = ["Jakarta", "Surabaya", "Manila", "Kairo"]
BODIES = ["Kementerian Luar Negeri", "Densus 88", "Polri", "ASEAN"]
DIPLOMACY = "Duta besar kedua negara menandatangani perjanjian kerja sama bilateral"
TERRORISM = "Polisi menangkap terduga teroris yang merakit bom"
NEITHER = "Harga cabai di pasar naik menjelang hari raya"


def story(person: str, place: str, body: str) -> dict[str, object]:
    text = f"{person} dari {body} tiba di {place} pada Senin. Menurut {person}, warga {place} tetap tenang."
    names = [(person, "PERSON"), (body, "ORG"), (place, "GPE")]
    spans = [
        [start, start + len(name), kind]
        for name, kind in names
        for start in range(len(text))
        if text.startswith(name, start)
    ]
    return {"id": f"{person}-{place}-{body}", "text": text, "entities": sorted(spans)}


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        path.write_text(lines, encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    stories = [story(*parts) for parts in product(PEOPLE, PLACES, BODIES)]
    write(folder / "ner" / "train.jsonl", stories)
    write(folder / "ner" / "dev.jsonl", stories[:6])
    articles = [{"id": row["id"], "title": None, "text": row["text"]} for row in stories]
    write(folder / "news" / "headlines.jsonl.gz", [{"title": f"{NEITHER} {n}"} for n in range(20)])
    topics: list[dict[str, object]] = []
    for number, (d, t) in enumerate(list(product((0, 1), (0, 1))) * 8):
        sentences = [DIPLOMACY] * d + [TERRORISM] * t + [NEITHER]
        text = ". ".join([*sentences, f"Kabar nomor {number} dari {PLACES[number % 4]}."])
        topics.append({"title": sentences[0], "text": text, "diplomacy": d, "terrorism": t, "clear": 1})
    write(folder / "topics" / "train.jsonl", topics)
    write(folder / "topics" / "headlines.jsonl", topics)
    write(folder / "topics" / "dev.jsonl", topics[:8])
    articles += [
        {"id": f"unlabelled-{n}", "title": None, "text": row["text"]} for n, row in enumerate(topics)
    ]
    write(folder / "news" / "articles.jsonl.gz", articles)
    clusters: list[list[list[int]]] = [[span[:2]] for span in cast("list[list[int]]", stories[0]["entities"])]
    write(folder / "gold" / "joined.jsonl", [{"id": stories[0]["id"], "clusters": clusters}])
    neither = {"diplomacy": 0, "terrorism": 0, "clear": 1}
    write(folder / "labels" / "articles.jsonl", [{"id": row["id"], **neither} for row in articles[:4]])
    headline = hashlib.sha256(f"{NEITHER} 0".encode()).hexdigest()[:16]
    write(folder / "labels" / "headlines.jsonl", [{"sha256": headline, **neither}])
    write(folder / "labels" / "written.jsonl", topics[:4])
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The model that the project's own commands make of the written data, in their own order."""
    work = tmp_path_factory.mktemp("work")
    project = yaml.safe_load((TRAINING / "project.yml").read_text(encoding="utf-8"))
    values = project["vars"] | {
        "data": str(data),
        "labels": str(data / "labels"),
        "steps": 60,
        "width": 8,
        "buckets": 500,
    }
    values["run"] = f"env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH={ROOT}:scripts {sys.executable}"
    scripts = {command["name"]: command["script"] for command in project["commands"]}
    for name in project["workflows"]["all"]:
        if name == "evaluate":
            continue
        for line in scripts[name]:
            command = line.replace("../streams/nlp/model", str(work / "model")).replace("work/", f"{work}/")
            for key, value in values.items():
                command = command.replace("${vars." + key + "}", str(value))
            done = subprocess.run(
                command.split(),
                cwd=TRAINING,
                capture_output=True,
                text=True,
                check=False,
                env=dict(os.environ),
            )
            assert done.returncode == 0, done.stderr
    return load_from(work / "model")


def test_the_trained_recogniser_finds_the_names_it_was_taught(trained: Model) -> None:
    text = "Sari Wulandari dari Polri tiba di Manila pada Senin."
    (found,) = recognise.spans(trained.nlp, [text], caser=trained.caser)
    assert [(text[start:end], kind) for start, end, kind in found] == [
        ("Sari Wulandari", "PERSON"),
        ("Polri", "ORG"),
        ("Manila", "GPE"),
    ]


def test_the_trained_topics_tell_the_two_apart(trained: Model) -> None:
    talks, attack = (
        [decision.score for decision in trained.topics.decide(read(text, text))]
        for text in (DIPLOMACY, TERRORISM)
    )
    assert talks[0] > 0.5 > talks[1]
    assert attack[1] > 0.5 > attack[0]


def test_the_figures_are_taken_anew_and_printed_beside_the_committed_ones(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, TRAINING / "evaluate.py", "--quick", "--data", data, "--gold", data / "gold"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["now", "committed"]
    committed = json.loads((TRAINING / "metrics.json").read_text(encoding="utf-8"))
    (row,) = [line.split() for line in lines if line.startswith("entities.micro.f ")]
    assert row[2] == str(committed["entities"]["micro"]["f"])


def test_one_part_is_measured_alone(data: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            TRAINING / "evaluate.py",
            "--only",
            "joining",
            "--data",
            data,
            "--gold",
            data / "gold",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, model, *lines = done.stdout.splitlines()
    assert model.split()[0] == "model"
    assert {line.split(".")[0] for line in lines} == {"joining"}


def test_the_committed_figures_are_those_of_the_packaged_model() -> None:
    committed = json.loads((TRAINING / "metrics.json").read_text(encoding="utf-8"))
    assert committed["model"] == load().name_version


def test_the_packaged_recogniser_is_of_the_committed_configuration() -> None:
    asked = load_config(TRAINING / "configs" / "ner.cfg", interpolate=True)
    packaged = load_config(MODEL_DIR / "ner" / "config.cfg", interpolate=True)
    assert packaged["components"]["ner"]["model"] == asked["components"]["ner"]["model"]
