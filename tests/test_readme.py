"""The README tells what is true: its commands run, its example is what comes out."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shlex
import subprocess
import sys
from inspect import CO_COROUTINE
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from streams import client, samples
from streams.chain import Chain
from streams.records import Emit, Record
from streams.settings import load
from tests.broker.articles import SUMMIT, article
from tests.broker.pipeline import Pipeline, Raw
from tests.cli.command import environment

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("kabar ")]


@pytest.mark.broker
def test_its_kabar_commands_work_one_after_the_other(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(SUMMIT, encoding="utf-8")
    variables = environment(
        KABAR_BROKERS=pipeline.settings.bootstrap,
        KABAR_PREFIX=pipeline.prefix,
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    )
    # `kabar up` is what the pipeline stands for here; test_bring_along.py runs it itself.
    for command in [command for command in commands() if command[1] != "up"]:
        result = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, check=False)
        assert result.returncode == 0, result.stderr.decode()


@pytest.mark.broker
async def test_its_publisher_publishes(pipeline: Pipeline) -> None:
    async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.bootstrap) as producer:
        async with asyncio.timeout(30):
            await _run(blocks("python")[0].replace("news.", f"{pipeline.prefix}."), producer=producer)


@pytest.mark.broker
async def test_its_consumer_consumes(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_PREFIX", pipeline.prefix)
    await pipeline.publish([Raw(article(SUMMIT, id="readme", title="Menlu RI dan Rusia Bertemu di Jakarta"))])
    printed: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()
    snippet = blocks("python")[1].replace("localhost:9092", pipeline.settings.bootstrap)
    consuming = asyncio.create_task(
        _run(snippet, client=client, print=lambda *said: printed.put_nowait(said))
    )
    try:
        async with asyncio.timeout(60):
            while "Menlu RI dan Rusia Bertemu di Jakarta" not in await printed.get():
                pass
    finally:
        consuming.cancel()
        await asyncio.wait([consuming])


async def _run(snippet: str, **names: Any) -> None:
    code = compile(snippet, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert code.co_flags & CO_COROUTINE
    await eval(code, names)  # noqa: S307 - our own README


def test_its_example_is_what_comes_out_of_the_sample() -> None:
    [block] = blocks("json")
    example = orjson.loads(block)
    records = [Record("raw", 0, 0, 0, None, value) for _, value in samples.articles()]
    outcomes = Chain.of(load()).outcomes(records)
    events = [orjson.loads(outcome.value or b"") for outcome in outcomes if isinstance(outcome, Emit)]
    [event] = [event for event in events if event["id"] == example["id"]]
    assert_shortened(example, event, "event")


def assert_shortened(shown: Any, real: Any, where: str) -> None:
    """`shown` is `real` with fields and items left out and long strings cut at "..."."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert_shortened(value, real[name], f"{where}.{name}")
    elif isinstance(shown, list):
        for item in shown:
            matching = [other for other in real if is_same_item(item, other)]
            assert matching, f"{where}: {item}"
            assert_shortened(item, matching[0], where)
    elif isinstance(shown, str) and shown.endswith("..."):
        assert real.startswith(shown.removesuffix("...").rstrip()), where
    else:
        assert shown == real, where


def is_same_item(shown: dict[str, Any], real: dict[str, Any]) -> bool:
    names = ("name",) if "name" in shown else ("id",) if "id" in shown else ("start", "end")
    return all(shown[name] == real[name] for name in names)
