"""Every command and snippet in the project's Markdown is run by a test or by CI, or at least read by its program."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.core
import yaml
from typer.testing import CliRunner

from streams.cli.commands import app
from tests.documentation import (
    NOT_IN_CI,
    ONLY_PARSED,
    ROOT,
    RUN_BY,
    Block,
    Command,
    blocks,
    commands,
    links,
    split,
)

CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
EXAMPLES = ROOT / "docs" / "examples"

LOOKED_AT = {"kabar", "make", "python", "pip", "docker"}
# Parts of the shell; jq and page-me are the reader's.
SHELL = {".", "cd", "echo", "cat", "export", "jq", "page-me"}

READ_OPTIONS = """
import argparse, json, runpy, sys, typer.core

def end(*_):
    raise SystemExit(0)

def parse_and_end(*given, **named):
    parse(*given, **named)
    end()

parse, argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_args, parse_and_end
typer.core.TyperCommand.invoke = end
for words in json.loads(sys.argv[1]):
    sys.argv = words
    try:
        runpy.run_path(words[0], run_name="__main__")
        print("has no options")
    except SystemExit as said:
        print(said.code)
"""
"""Runs scripts up to where they have read their options, and prints what each would have ended with."""


def of(program: str) -> list[Command]:
    """The commands that start a program, each once."""
    found: dict[tuple[str, ...], Command] = {}
    for one in commands():
        if one.words[0] == program:
            found.setdefault(one.words, one)
    return list(found.values())


def is_of_make(block: Block) -> bool:
    return block.language == "sh" and {program for program, *_ in split(block.text)} == {"make"}


def registered() -> Iterator[tuple[str, str]]:
    for table in (RUN_BY, ONLY_PARSED):
        for page, entries in table.items():
            yield from ((page, beginning) for beginning in entries)


def registered_as(page: str, beginning: str) -> list[Block]:
    return [block for block in blocks() if block.page == page and block.begins_with(beginning)]


def test_every_block_is_run_by_a_test_or_by_ci_or_it_is_said_why_not() -> None:
    known = {block for entry in registered() for block in registered_as(*entry)}
    unknown = [str(block) for block in blocks() if block not in known and not is_of_make(block)]
    assert unknown == [], "register them in tests/documentation.py"


def test_what_is_registered_is_one_block_of_its_page() -> None:
    found = {entry: len(registered_as(*entry)) for entry in registered()}
    assert {entry: count for entry, count in found.items() if count != 1 and entry[1]} == {}
    assert [page for (page, beginning), count in found.items() if not beginning and not count] == []


@pytest.mark.parametrize("test", sorted({test for entries in RUN_BY.values() for test in entries.values()}))
def test_a_test_that_runs_a_block_exists(test: str) -> None:
    path, _, name = test.partition("::")
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_program_is_one_that_is_looked_at() -> None:
    known = {*LOOKED_AT, *SHELL}
    assert [str(one) for one in commands() if one.words[0] not in known] == []


def test_every_make_target_of_a_block_is_run_by_ci_or_it_is_said_why_not() -> None:
    targets = {one.words[1] for one in of("make") if one.is_in_block}
    assert {target for target in targets if f"make {target}" not in CI} == set(NOT_IN_CI)


@pytest.mark.parametrize("command", of("make"), ids=str)
def test_make_knows_the_target(command: Command) -> None:
    done = subprocess.run(
        ["make", "--dry-run", *command.words[1:]], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def read_by_kabar(words: tuple[str, ...]) -> tuple[int, str]:
    """What the command line says to the arguments, without doing anything."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(typer.core.TyperCommand, "invoke", lambda _command, _context: None)
        result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


@pytest.mark.parametrize("command", of("kabar"), ids=str)
def test_kabar_takes_the_command(command: Command) -> None:
    words = command.words[1:]
    if not command.is_in_block:  # where NAME stands for a name
        words = tuple(word.lower() if word.isupper() else word for word in words)
    code, said = read_by_kabar(words)
    # Within a line of text `kabar publish` is what it is called, whatever has to follow.
    is_name = not command.is_in_block and "Missing argument" in said
    assert code == 0 or is_name, f"{command}\n{said}"


@pytest.mark.parametrize(
    "words", [("lag", "--beyond", "3"), ("dead", "forget"), ("watch", "--topic", "Sports!"), ("publish",)]
)
def test_kabar_refuses_what_it_does_not_know(words: tuple[str, ...]) -> None:
    assert read_by_kabar(words)[0] == 2


def scripts() -> Iterator[tuple[str, ...]]:
    """Each script of ours with its arguments, those that make starts too."""
    for one in of("python"):
        if one.words[1] != "-m":
            yield one.words[1:]
    for target in ("soak", "bench"):
        plan = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
        )
        yield from (words[1:] for words in split(plan.stdout) if words[0] == ".venv/bin/python")


def test_every_script_is_there() -> None:
    names = {name for name, *_ in scripts()}
    assert names
    assert [name for name in names if not (ROOT / name).exists() and not (EXAMPLES / name).exists()] == []


def test_every_script_takes_its_options_and_none_that_it_does_not_know() -> None:
    shown = [words for words in dict.fromkeys(scripts()) if len(words) > 1 and (ROOT / words[0]).exists()]
    misspelt = [("training/clean_report.py", "--taking", "RULE"), ("bench/soak.py", "--article", "1")]
    program = [sys.executable, "-c", READ_OPTIONS, json.dumps([*shown, *misspelt])]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    said = dict(zip([*shown, *misspelt], done.stdout.split("\n"), strict=False))
    assert shown
    assert said == dict.fromkeys(shown, "0") | dict.fromkeys(misspelt, "2"), done.stderr


def test_the_training_project_has_the_workflows() -> None:
    project = yaml.safe_load((ROOT / "training" / "project.yml").read_text(encoding="utf-8"))
    started = {one.words[-1] for one in of("python") if one.words[1:5] == ("-m", "spacy", "project", "run")}
    assert started
    assert started <= set(project["workflows"])


def test_what_pip_installs_is_there() -> None:
    files = [
        one.words[number + 1]
        for one in of("pip")
        for number, word in enumerate(one.words)
        if word in {"-r", "--requirement"}
    ]
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_docker_is_asked_for_profiles_and_services_that_there_are() -> None:
    """There is no engine to ask; the file itself is checked in test_compose.py and test_observability.py."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", ())}
    lines = [" ".join(one.words) for one in of("docker")]
    assert lines
    assert [line for line in lines if not line.startswith("docker compose ")] == []
    assert {profile for line in lines for profile in re.findall(r"--profile (\S+)", line)} <= profiles
    assert {name for line in lines for name in re.findall(r"--scale (\w+)=", line)} <= set(services)


def test_every_link_leads_to_a_file() -> None:
    # Those of the start page are checked in the site, where it lies elsewhere.
    found = [(page, target) for page, target in links() if not page.startswith("docs/site/")]
    assert found
    assert [
        (page, target) for page, target in found if not (ROOT / Path(page).parent / target).exists()
    ] == []
