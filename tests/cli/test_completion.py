"""TAB in a real bash, as a person has it after `kabar --install-completion`."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import environment

STALL_S = 30.0
SCRIPTS = Path(sys.executable).parent
PROMPT = "siap> "

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


def of(home: Path) -> dict[str, str]:
    """The environment of somebody who lives there and has `kabar` on the path."""
    return environment(
        HOME=str(home),
        PATH=f"{SCRIPTS}:{os.environ['PATH']}",
        TERM="dumb",
        INPUTRC=os.devnull,
        HISTFILE=os.devnull,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where completion is installed, and an article lies."""
    home = tmp_path_factory.mktemp("home")
    (home / ".bashrc").write_text(f"PS1='{PROMPT}'\n", encoding="utf-8")
    (home / "article.txt").write_text("Presiden tiba di Jakarta.", encoding="utf-8")
    # It looks which shell it was called from; a bash with nothing left to do would have become the command itself.
    install = ["bash", "-c", "kabar --install-completion; exit $?"]
    subprocess.run(install, cwd=home, env=of(home), check=True, capture_output=True, timeout=STALL_S)
    return home


class Terminal:
    """What somebody sees who presses keys."""

    def __init__(self, side: int) -> None:
        self._side = side
        self.seen = ""

    def press(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    def wait_for(self, text: str) -> None:
        """Returns once the text is to be seen.

        Raises:
            AssertionError: it does not come.
        """
        deadline = time.monotonic() + STALL_S
        while text not in self.seen:
            ready, _, _ = select.select([self._side], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{text!r} did not come after {self.seen!r}"
            self.seen += os.read(self._side, 65_536).decode(errors="replace")


@contextmanager
def bash(home: Path) -> Iterator[Terminal]:
    """An interactive bash that waits for keys."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        ["bash", "-i"], stdin=its, stdout=its, stderr=its, cwd=home, env=of(home), start_new_session=True
    )
    os.close(its)
    try:
        terminal = Terminal(ours)
        terminal.wait_for(PROMPT)
        yield terminal
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@needs_bash
@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("kabar wat", "kabar watch "),
        ("kabar dead rep", "kabar dead replay "),
        ("kabar watch --from", "kabar watch --from-beginning "),
        ("kabar watch --topic ter", "kabar watch --topic terrorism "),
        ("kabar publish art", "kabar publish article.txt "),
    ],
)
def test_tab_completes_commands_options_their_values_and_files(home: Path, typed: str, becomes: str) -> None:
    with bash(home) as terminal:
        terminal.press(f"{typed}\t")
        terminal.wait_for(f"{PROMPT}{becomes}")


def test_a_completion_waits_for_nothing_that_takes_long_to_load() -> None:
    variables = {"COMP_WORDS": "kabar wat", "COMP_CWORD": "1", "_KABAR_COMPLETE": "complete_bash"}
    result = subprocess.run(
        [sys.executable, "-X", "importtime", SCRIPTS / "kabar"],
        env=environment(**variables),
        capture_output=True,
        timeout=STALL_S,
        check=False,
    )
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.decode().splitlines()}
    heavy = {"aiohttp", "aiokafka", "faust", "numpy", "pydantic_settings", "spacy", "streams.settings"}
    assert result.stdout == b"watch\n"
    assert "streams.cli.commands" in loaded
    assert loaded & heavy == set()
