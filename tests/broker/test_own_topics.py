"""docs/topics.md on a real broker: labels, training, a worker, a new topic downstream."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams import client, topics
from streams.errors import BadConfiguration, SetupError
from streams.records import last_header
from tests.broker.articles import ATTACK, FOOTBALL, article
from tests.broker.pipeline import Pipeline, Raw
from tests.cli.command import environment, kabar
from tests.own_topic import HACKED, HARVEST

pytestmark = pytest.mark.broker

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
CYBER = topics.own("cyber")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)


def commands() -> list[str]:
    """The commands of the walk-through, but for those on data that everybody has to bring."""
    lines = [line.partition("  #")[0] for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.strip() and "iptc" not in line and not line.startswith("pip ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody follows the walk-through up to the worker."""
    pytest.importorskip("sklearn", reason="`kabar train` needs the extra `train`")
    here = tmp_path_factory.mktemp("walk")
    (here / "docs").symlink_to(ROOT / "docs")
    (here / "article.txt").write_text(HACKED, encoding="utf-8")
    for command in commands():
        if "kabar worker" in command:
            break
        followed(command, here)
    return here


@pytest.fixture(scope="module")
def walk(broker_address: str, folder: Path) -> Iterator[Pipeline]:
    """The worker that it ends with."""
    with Pipeline(broker_address, folder, KABAR_OWN_TOPICS=str(folder / "cyber")) as pipeline:
        yield pipeline


def followed(command: str, here: Path, **variables: str) -> bytes:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=here,
        env=environment(PATH=path, **variables),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (command, done.stderr.decode())
    return done.stdout


async def test_an_article_about_it_arrives_on_its_topic_and_no_other_does(walk: Pipeline) -> None:
    bodies = (HACKED, HARVEST, ATTACK, FOOTBALL, f"{HACKED} {ATTACK}")
    found = await walk.process(Raw(article(body, id=f"own-{n}")) for n, body in enumerate(bodies))

    about = {topics.CLEAN.suffix, topics.TAGGED.suffix, topics.ENRICHED.suffix}
    assert [outcome.topics - about for outcome in found] == [
        {"topics.cyber"},
        set(),
        {"topics.terrorism"},
        set(),
        {"topics.cyber", "topics.terrorism"},
    ]
    [hacked, *_] = found
    assert hacked.on(CYBER).value == hacked.on(topics.ENRICHED).value
    assert hacked.on(CYBER).key == b"own-0"
    ids = [last_header(tuple(hacked.on(topic).headers), "ce_id") for topic in (CYBER, topics.ENRICHED)]
    assert ids[0] == ids[1] is not None


def test_the_walk_through_is_followed_to_its_end(walk: Pipeline, folder: Path) -> None:
    rest = commands()
    at = next(number for number, command in enumerate(rest) if "kabar worker" in command)
    variables = {"KABAR_BROKERS": walk.settings.bootstrap, "KABAR_PREFIX": walk.prefix}
    printed = [followed(command, folder, **variables) for command in rest[at + 1 :]]
    watched = [
        orjson.loads(lines.splitlines()[0])
        for command, lines in zip(rest[at + 1 :], printed, strict=True)
        if "watch" in shlex.split(command) and "--json" in command
    ]
    assert watched
    assert all(event["own_topics"][0]["assigned"] for event in watched)


async def test_its_consumer_consumes(walk: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KABAR_PREFIX", walk.prefix)
    await walk.process([Raw(article(HACKED, id="own-read", title="Peretas Dibekuk"))])
    printed: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()
    [snippet] = blocks("python")
    snippet = snippet.replace("localhost:9092", walk.settings.bootstrap)
    code = compile(snippet, "topics.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names: dict[str, Any] = {"client": client, "print": lambda *said: printed.put_nowait(said)}
    consuming = asyncio.ensure_future(eval(code, names))  # noqa: S307 - our own guide
    try:
        async with asyncio.timeout(60):
            while "Peretas Dibekuk" not in await printed.get():
                pass
    finally:
        consuming.cancel()
        await asyncio.wait([consuming])


def test_who_only_reads_needs_no_model_to_see_it(walk: Pipeline) -> None:
    variables = {"KABAR_BROKERS": walk.settings.bootstrap, "KABAR_PREFIX": walk.prefix}
    checked = kabar("topics", "--check", **variables, KABAR_PARTITIONS="3")
    watched = kabar("watch", "--topic", "siber", "--timeout", "20", **variables)

    assert checked.returncode == 0
    assert checked.stderr.decode() == f"All {len(topics.ALL)} topics are as they should be.\n"
    assert f"{walk.prefix}.topics.cyber\t3\t" in checked.stdout.decode()
    assert watched.returncode == 2
    sentence = watched.stderr.decode()
    assert sentence.startswith(f"There is no topic {walk.prefix}.topics.siber on ")
    assert "topics.terrorism, topics.cyber" in sentence
    assert sentence.endswith(": a worker whose KABAR_OWN_TOPICS has it creates it.\n")


async def test_a_client_is_told_of_a_topic_that_is_not_there(walk: Pipeline) -> None:
    async with client.connect(
        brokers=walk.settings.bootstrap, prefix=walk.prefix, group=f"{walk.prefix}-none"
    ) as kabar_:
        with pytest.raises(BadConfiguration, match="There is no topic 'Siber!': choose one of diplomacy,"):
            kabar_.enriched(topic="Siber!")
        with pytest.raises(
            SetupError, match=r"There is no topic .*\.topics\.siber on .* but .*topics\.cyber"
        ):
            await anext(aiter(kabar_.enriched(topic="siber")))


def test_a_worker_names_it_among_what_it_works_with(walk: Pipeline, folder: Path) -> None:
    doctor = kabar(
        "doctor",
        KABAR_BROKERS=walk.settings.bootstrap,
        KABAR_PREFIX=walk.prefix,
        KABAR_PARTITIONS="3",
        KABAR_OWN_TOPICS=str(folder / "cyber"),
    )
    found = [orjson.loads(line) for line in doctor.stdout.splitlines()]
    assert [finding["found"].split()[0] for finding in found if finding["about"] == "model"] == [
        "kabar-id",
        "cyber",
    ]
    assert any(f"{walk.prefix}.topics.cyber, 3 partitions" in finding["found"] for finding in found)
    assert doctor.returncode == 0
