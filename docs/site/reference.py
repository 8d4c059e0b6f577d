"""Writes docs/reference/ from the code: `python docs/site/reference.py` (`make reference`). A test keeps them equal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))

from docs.site import public
from streams import contract
from streams.cli import EXIT_CODES

FOLDER = Path(__file__).parents[1] / "reference"
WRITTEN = "Written from the code by `make reference`."
DAY_MS = 24 * 60 * 60 * 1000
PLACEHOLDERS = {
    "integer": "INTEGER",
    "number": "NUMBER",
    "path": "PATH",
    "date-time": "TIME",
    "string": "TEXT",
}


def pages() -> dict[str, str]:
    """File name to content of everything in docs/reference/."""
    made = {
        "commands.md": _commands(),
        "settings.md": _settings(),
        "metrics.md": _metrics(),
        "topics.md": _topics(),
    }
    return {name: "\n".join(lines) + "\n" for name, lines in made.items()}


def main() -> None:
    """Writes the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in pages().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
        print(f"wrote {FOLDER / name}")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = tuple(head)
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _commands() -> Iterator[str]:
    yield from ("# Commands", "", f"What `kabar --help` and the `--help` of each command say. {WRITTEN}", "")
    yield from ("Every command ends with one of these:", "")
    yield from _table(("exit code", "means"), ((f"{code}", means) for code, means in EXIT_CODES.items()))
    for command in public.commands():
        yield from ("", f"## {command.name}", "", command.meaning)
        if command.examples:
            yield from ("", "```sh", *command.examples, "```")
        rows = [(_spelt(parameter), parameter.meaning) for parameter in command.parameters]
        if rows:
            yield ""
            yield from _table(("", "meaning"), rows)


def _spelt(parameter: public.Parameter) -> str:
    """As it is written on a command line: `--port INTEGER`, `FILES...`."""
    if parameter.is_argument:
        return f"`{parameter.spellings[0]}{'...' if parameter.is_repeatable else ''}`"
    value = "" if parameter.is_flag else f" {parameter.metavar or _placeholder(parameter.accepts)}"
    return ", ".join(f"`{spelling}{value}`" for spelling in parameter.spellings)


def _placeholder(accepts: public.Schema) -> str:
    return "|".join(accepts.get("enum", ())) or PLACEHOLDERS[accepts.get("format", accepts["type"])]


def _settings() -> Iterator[str]:
    yield from ("# Settings", "")
    yield (
        "Environment variables, read by every command that has a use for them; `kabar worker --show-settings`"
        f" prints what is in force. Sizes are in bytes and times in seconds unless a name says otherwise. {WRITTEN}"
    )
    yield ""
    yield from _table(
        ("variable", "default", "meaning"),
        ((f"`{one.name}`", _default(one.default), one.meaning) for one in public.settings()),
    )


def _default(text: str) -> str:
    """As code, but for the words that stand for no fixed value."""
    return text if text in {"unset", "the cores"} else f"`{text}`"


def _metrics() -> Iterator[str]:
    yield from ("# Metrics", "")
    yield (
        "What a worker answers at `/metrics`. Counts are of one worker since its start."
        f" [Operating Kabar](../operations.md) says what to watch. {WRITTEN}"
    )
    yield ""
    yield from _table(
        ("metric", "kind", "labels", "meaning"),
        (
            (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.meaning)
            for one in public.metrics()
        ),
    )


def _topics() -> Iterator[str]:
    documents = contract.documents()
    asyncapi = yaml.safe_load(documents["asyncapi.yaml"])
    messages = asyncapi["components"]["messages"]
    yield from ("# Topics and values", "")
    yield (
        "Names with the prefix `news` (`KABAR_PREFIX`). The same for programs is in"
        f" [asyncapi.yaml](../../schemas/asyncapi.yaml). {WRITTEN}"
    )
    yield ""
    rows = (
        (f"`{channel['address']}`", channel["description"], _values_on(channel, messages), _kept(channel))
        for channel in asyncapi["channels"].values()
    )
    yield from _table(("topic", "what is on it", "value", "kept"), rows)
    yield from ("", "## Headers", "")
    yield from _table(("header", "value", "on"), _headers(messages))
    yield from _values(
        {name: orjson.loads(text) for name, text in documents.items() if name.endswith(".json")}
    )


def _values_on(channel: dict[str, Any], messages: dict[str, Any]) -> str:
    return ", ".join(
        f"[{name}](#{name.lower()})" if _has_file(messages[name]) else name for name in channel["messages"]
    )


def _has_file(message: dict[str, Any]) -> bool:
    payload = message.get("payload", {})
    return "$ref" in payload.get("schema", payload)


def _kept(channel: dict[str, Any]) -> str:
    configuration = channel["bindings"]["kafka"]["topicConfiguration"]
    if "compact" in configuration["cleanup.policy"]:
        return "for ever, of each key the last"
    kept = configuration["retention.ms"]
    return "for ever" if kept < 0 else f"{kept // DAY_MS} days"


def _headers(messages: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    names = dict.fromkeys(name for one in messages.values() for name in one["headers"]["properties"])
    for name in names:
        those = {key: one for key, one in messages.items() if name in one["headers"]["properties"]}
        schemas = [one["headers"]["properties"][name] for one in those.values()]
        values = dict.fromkeys(f"`{schema['const']}`" for schema in schemas if "const" in schema)
        meanings = dict.fromkeys(schema["description"] for schema in schemas if "description" in schema)
        yield f"`{name}`", "; ".join([*meanings, *values]), ", ".join(those)


def _values(schemas: dict[str, Any]) -> Iterator[str]:
    parts: dict[str, Any] = {}
    for file, schema in schemas.items():
        parts |= schema.get("$defs", {})
        yield from (
            "",
            f"## {schema['title']}",
            "",
            f"{schema['description']} [{file}](../../schemas/{file})",
            "",
        )
        yield from _fields(schema)
    yield from ("", "## Parts of values", "")
    yield "What the fields above are made of."
    for name, schema in sorted(parts.items()):
        yield from ("", f"### {name}", "", schema.get("description", ""), "")
        yield from _fields(schema)


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    rows = (
        (
            f"`{name}`",
            _type(field) + ("" if name in required else ", may be absent"),
            field.get("description", ""),
        )
        for name, field in schema["properties"].items()
    )
    return _table(("field", "type", "meaning"), rows)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("const") or schema.get("type") or "any")


if __name__ == "__main__":
    main()
