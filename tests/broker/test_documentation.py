"""The blocks of commands in the guides, run as they are on a broker with a running worker."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams import topics
from tests.broker.articles import article
from tests.broker.pipeline import Pipeline, Raw
from tests.cli.command import environment
from tests.documentation import ON_A_BROKER, Block, blocks_run_by

# Not marked as those that run on Apache Kafka too: what the commands do there has tests of its own.


@pytest.fixture(scope="module")
def letter(pipeline: Pipeline) -> str:
    """A dead letter for the reason that the guide looks for, as its commands name it."""
    [outcome] = asyncio.run(pipeline.process([Raw(article("Kabar. " * 150_000))]))
    dead = outcome.on(topics.DEAD)
    return f"{dead.partition}@{dead.offset}"


@pytest.mark.parametrize("block", blocks_run_by(ON_A_BROKER), ids=str)
def test_a_block_runs_as_it_is(block: Block, pipeline: Pipeline, letter: str, tmp_path: Path) -> None:
    script = block.text.replace("3@17", letter)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment(
            KABAR_BROKERS=pipeline.settings.bootstrap,
            KABAR_PREFIX=pipeline.prefix,
            KABAR_GROUP=pipeline.prefix,
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        ),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout
