"""The wheel has everything that an installation needs beside its dependencies, nothing else, and works by itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest
from uv import find_uv_bin

from streams import __version__, samples
from tests.cli.command import none_left_soon

REPOSITORY = Path(__file__).parents[2]
MARK = re.compile(r"([●○]) (diplomacy|terrorism) \d")


def uv(*arguments: str | Path, python: str | Path = sys.executable) -> None:
    """It has no checkout around it, and takes the Python that it is given and no other."""
    subprocess.run(
        [find_uv_bin(), *arguments, "--quiet", "--python", python],
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build takes from this checkout. It leaves files behind, which the next would take along."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(REPOSITORY / "streams", source / "streams", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    return source


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--no-build-isolation", "--out-dir", folder, source)
    [wheel] = folder.glob("kabar-*.whl")
    return wheel


def contents(wheel: Path) -> dict[str, int]:
    """Each file with its checksum."""
    with zipfile.ZipFile(wheel) as archive:
        return {file.filename: file.CRC for file in archive.infolist()}


def tracked() -> set[str]:
    done = subprocess.run(
        ["git", "ls-files", "streams"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    return set(done.stdout.splitlines())


def test_every_module_and_every_file_that_a_module_reads_is_in_the_wheel(wheel: Path) -> None:
    assert {name for name in tracked() if not name.endswith(".md")} <= contents(wheel).keys()


def test_nothing_but_the_package_is_in_the_wheel(wheel: Path) -> None:
    assert {name.split("/")[0] for name in contents(wheel) if ".dist-info/" not in name} == {"streams"}


def test_the_wheel_that_is_built_from_the_sdist_is_the_same(
    source: Path, wheel: Path, tmp_path: Path
) -> None:
    # Without --wheel, the sdist is built first and the wheel from it.
    uv("build", "--no-build-isolation", "--out-dir", tmp_path, source)
    [from_sdist] = tmp_path.glob("kabar-*.whl")
    assert contents(from_sdist) == contents(wheel)


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`kabar` in an environment that has the wheel and its locked dependencies, and nothing else."""
    environment = tmp_path_factory.mktemp("installed") / "environment"
    uv("venv", environment)
    locked = REPOSITORY / "requirements.lock"
    uv("pip", "install", "--require-hashes", "--requirement", locked, python=environment)
    uv("pip", "install", "--no-deps", wheel, python=environment)
    return environment / "bin" / "kabar"


def run(command: Path, *arguments: str, home: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Runs it in an empty folder, for somebody who has set nothing."""
    return subprocess.run(
        [command, *arguments],
        cwd=home,
        env={"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", **variables},
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_the_installed_command_tells_its_version(command: Path, tmp_path: Path) -> None:
    result = run(command, "--version", home=tmp_path)
    assert (result.returncode, result.stdout.decode()) == (0, f"kabar {__version__}\n")


def test_the_installed_demo_shows_every_sample_with_its_topics_and_every_dead_letter(
    command: Path, tmp_path: Path
) -> None:
    result = run(command, "demo", home=tmp_path, PENANDA="kabar-demo-test")

    text = result.stdout.decode()
    assert result.returncode == 0, result.stderr.decode()
    assert f"{len(list(samples.articles()))} enriched articles" in text
    assert f"{len(list(samples.broken()))} dead letters" in text
    marks = MARK.findall(text)
    rows = [{topic for mark, topic in marks[i : i + 2] if mark == "●"} for i in range(0, len(marks), 2)]
    expected = expected_topics()
    differ = {article for row, (article, topics) in zip(rows, expected, strict=True) if row != topics}
    # It is in English, and the model knows the topics of Indonesian articles only.
    assert differ <= {"jp-timor-border"}
    assert none_left_soon("PENANDA=kabar-demo-test")


def expected_topics() -> list[tuple[str | int, set[str]]]:
    """The topics of each article, by its id or else its line, in the order of the demo.

    That is the order of publishing, but versions of one article stand together.
    """
    articles = json.loads((files(samples) / "expected.json").read_bytes())["articles"]
    names = [article["id"] or article["line"] for article in articles]
    last = {name: place for place, name in enumerate(names)}
    topics = zip(names, (set(article["topics"]) for article in articles), strict=True)
    return sorted(topics, key=lambda named: last[named[0]])
