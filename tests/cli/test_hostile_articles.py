"""What articles and dead letters can do to a terminal, or to what reads a pipe: nothing."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import subprocess
import threading
from pathlib import Path

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from streams import dead_letters, topics
from streams.cli import console
from streams.cli.render import article_panel, dead_letter_table, summary_table
from streams.events import EnrichedArticle
from tests.broker.articles import SUMMIT, article
from tests.broker.pipeline import Pipeline
from tests.cli.command import KABAR, environment, kabar
from tests.hostile.texts import STEERING

HARM = "".join(piece for piece in STEERING if piece.encode("utf-8", "ignore").decode() == piece)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE: dict[str, str | None] = {
    "title": f"Judul {HARM} akhir",
    "url": f"http://contoh.example/{HARM}",
    "source": HARM,
}


def hostile(**fields: object) -> bytes:
    metadata = {HARM: HARM}
    return article(f"{SUMMIT} {HARM}", **{**HOSTILE, "metadata": metadata, **fields})


def unsafe(output: bytes) -> list[str]:
    """What in the output a terminal would not print, line feeds apart."""
    text = output.decode()
    return sorted({char for char in text if char != "\n" and not char.isprintable()})


def on_a_terminal(*arguments: str, **variables: str) -> bytes:
    """What a command writes to a terminal on its stdout, without colours and returns; its stderr is a pipe."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*KABAR, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment(TERM="xterm-256color", COLUMNS="200", **variables),
    ) as process:
        os.close(theirs)
        errors: list[bytes] = []
        assert process.stderr is not None
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))  # type: ignore[union-attr]
        reader.start()
        written = bytearray()
        try:
            while block := os.read(ours, 65_536):
                written += block
        except OSError:
            # Linux tells in this way that the other side has closed.
            pass
        reader.join()
        os.close(ours)
    assert unsafe(errors[0]) == []
    return COLOURS.sub("", written.decode().replace("\r\n", "\n")).encode()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    path = tmp_path / "jahat.jsonl"
    broken = [
        hostile(id=f"a{HARM}"),
        article("\u202e\u200b", id="\u202eterbalik"),
        hostile(language=HARM),
        hostile(published_at=HARM),
        article(None, judul=HARM),
        b'{"body": "x", \x1b[31m}',
        b'{"body": "\xc2\x9b31m\xff"}',
    ]
    path.write_bytes(b"\n".join([hostile(id="a-1"), hostile(id="\u202ea-2[bold]"), *broken]) + b"\n")
    return [str(path)]


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["readable", "json"])
def test_enrich_writes_nothing_that_steers_a_terminal(files: list[str], form: tuple[str, ...]) -> None:
    output = on_a_terminal("enrich", *files, *form)
    assert b"Judul" in output
    assert unsafe(output) == []


def test_enrich_writes_nothing_odd_into_a_pipe_and_loses_nothing(files: list[str]) -> None:
    result = kabar("enrich", *files)
    events = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert [event["id"] for event in events] == ["a-1", "\u202ea-2[bold]"]
    assert events[0]["metadata"] == {HARM: HARM}
    assert (unsafe(result.stdout), unsafe(result.stderr)) == ([], [])
    assert len(result.stderr.decode().splitlines()) == 7


def test_markup_of_the_tables_library_in_an_article_is_text() -> None:
    [line] = kabar(
        "enrich", "-", stdin=article(SUMMIT, title="[bold]Judul[/bold] [link=http://x]y[/link]")
    ).stdout.splitlines()
    enriched = EnrichedArticle.decode(line)
    with console.out.capture() as captured:
        console.out.print(article_panel(enriched))
        console.out.print(summary_table([enriched], title="1"))
        console.out.print(dead_letter_table([("clean", "[bold]sebab[/bold]", b"[/x]")]))
    assert captured.get().count("[bold]Judul[/bold]") == 2
    assert "[bold]sebab[/bold]" in captured.get()


@pytest.mark.parametrize("text", STEERING)
def test_what_is_printable_is_one_line_of_visible_characters(text: str) -> None:
    assert console.printable(text).isprintable()


@pytest.mark.parametrize(
    "text", [piece for piece in STEERING if piece.encode("utf-8", "ignore").decode() == piece]
)
def test_an_escaped_line_of_json_says_the_same(text: str) -> None:
    line = console.escaped(orjson.dumps({text: text}))
    assert line.decode().isprintable()
    assert orjson.loads(line) == {text: text}


def test_a_file_name_that_steers_is_named_harmlessly(tmp_path: Path) -> None:
    result = kabar("enrich", str(tmp_path / "a\x1b[31m\u202e.txt"))
    assert result.returncode == 2
    assert unsafe(result.stderr) == []


@pytest.mark.broker
@pytest.mark.parametrize("topic", ["enriched", "dead"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["readable", "json"])
def test_watch_writes_nothing_that_steers_a_terminal(
    pipeline: Pipeline, files: list[str], topic: str, form: tuple[str, ...]
) -> None:
    variables = {"KABAR_BROKERS": pipeline.settings.bootstrap, "KABAR_PREFIX": f"jahat-{topic}-{len(form)}"}
    kabar("topics", **variables)
    [line, *_] = kabar("enrich", *files).stdout.splitlines()
    reason = ((dead_letters.MESSAGE, HARM.encode()), (dead_letters.STAGE, HARM.encode()))
    name = f"{variables['KABAR_PREFIX']}.{(topics.ENRICHED if topic == 'enriched' else topics.DEAD).suffix}"
    asyncio.run(write(pipeline, name, [line, None, HARM.encode(), b"\x9b\xff"], reason))

    arguments = ("watch", "--topic", topic, "--from-beginning", "--max", "4", "--timeout", "60", *form)
    on_terminal = on_a_terminal(*arguments, **variables)
    in_pipe = kabar(*arguments, **variables)
    assert len(in_pipe.stdout.splitlines()) == 4
    assert (unsafe(on_terminal), unsafe(in_pipe.stdout), unsafe(in_pipe.stderr)) == ([], [], [])


async def write(
    pipeline: Pipeline, topic: str, values: list[bytes | None], headers: tuple[tuple[str, bytes], ...]
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=pipeline.settings.bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(topic, value, key=HARM.encode(), headers=list(headers))


@pytest.mark.broker
def test_publish_says_nothing_that_steers_a_terminal(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\u202e.jsonl"
    path.write_bytes(hostile(metadata={"a": "x" * 10_000}))
    result = kabar(
        "publish",
        str(path),
        KABAR_BROKERS=pipeline.settings.bootstrap,
        KABAR_PREFIX=pipeline.prefix,
        KABAR_MAX_RECORD_BYTES="2048",
    )
    assert result.returncode == 1
    assert b"MessageSizeTooLarge" in result.stderr
    assert unsafe(result.stderr) == []


@pytest.mark.broker
def test_the_worker_says_nothing_that_steers_a_terminal(pipeline: Pipeline, files: list[str]) -> None:
    variables = {"KABAR_BROKERS": pipeline.settings.bootstrap, "KABAR_PREFIX": pipeline.prefix}
    kabar("publish", *files, **variables)
    dead = ("watch", "--topic", "dead", "--from-beginning", "--max", "7", "--timeout", "60")
    assert kabar(*dead, **variables).returncode == 0
    assert unsafe(pipeline.log.read_bytes()) == []
