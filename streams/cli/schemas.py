"""`kabar schemas`."""

from __future__ import annotations

from pathlib import Path

from streams.cli.console import say
from streams.contract import documents
from streams.errors import BadConfiguration


def run(directory: Path, *, check: bool) -> int:
    """Writes the contract's files, or compares them; the exit code, 1 if a check finds a difference."""
    if check and not directory.is_dir():
        raise BadConfiguration(f"There is no folder {directory}; name one with --directory.")
    different = 0
    if not check:
        directory.mkdir(parents=True, exist_ok=True)
    for name, content in documents().items():
        path = directory / name
        if check:
            if not path.is_file() or path.read_text(encoding="utf-8") != content:
                say(f"{path} differs from the code: run `kabar schemas`")
                different += 1
        else:
            path.write_text(content, encoding="utf-8")
            say(f"wrote {path}")
    return 1 if different else 0
