"""What is in the wheel: everything that an installation needs beside its dependencies, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # A build leaves files behind, which the next would take along.
    source = folder / "source"
    shutil.copytree(REPOSITORY / "streams", source / "streams", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", folder, source], check=True, capture_output=True)
    [wheel] = folder.glob("kabar-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def tracked() -> set[str]:
    done = subprocess.run(
        ["git", "ls-files", "streams"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    return set(done.stdout.splitlines())


def test_every_module_and_every_file_that_a_module_reads_is_in_the_wheel(names: set[str]) -> None:
    assert {name for name in tracked() if not name.endswith(".md")} <= names


def test_nothing_but_the_package_is_in_the_wheel(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"streams"}
