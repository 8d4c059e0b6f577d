"""What a run was measured on, and with: for whoever compares two of them."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from tests.kafka.installation import POM, REPOSITORY, find_java


def machine() -> dict[str, Any]:
    """What a run was measured on."""
    cpu = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.+)", cpu.read_text(encoding="utf-8")) if cpu.exists() else None
    return {
        "cpu": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.release()}",
    }


def versions(*, with_kafka: bool = True) -> dict[str, str]:
    """Of all that takes part in a run.

    Raises:
        NoKafkaError: there is no Java to ask.
    """
    model = json.loads((REPOSITORY / "streams/nlp/model/meta.json").read_text(encoding="utf-8"))
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("kabar", "faust-streaming", "aiokafka", "spacy")},
        "model": f"{model['name']} {model['version']}",
        **(_kafka() if with_kafka else {}),
    }


def commit() -> str:
    """What is checked out."""
    found = _said("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD") or "?"
    changed = _said("git", "-C", str(REPOSITORY), "status", "--porcelain", "--untracked-files=no", "streams")
    return f"{found}, changed" if changed else found


def _kafka() -> dict[str, str]:
    kafka = re.search(r"<kafka.version>(.+)</kafka.version>", POM.read_text(encoding="utf-8"))
    java = subprocess.run(  # noqa: S603 - the java that runs Kafka too
        [find_java(), "-version"], capture_output=True, text=True, check=False
    ).stderr
    return {"Apache Kafka": kafka[1] if kafka else "?", "java": java.splitlines()[0] if java else "?"}


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - git, of ours
    except OSError:
        return ""
    return done.stdout.strip()
