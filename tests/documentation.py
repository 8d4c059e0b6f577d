"""Every block of code and every command in the project's Markdown, and what runs it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]

Beginning = str
"""Of the one block that is registered by it: its title, or how its text begins; empty for all blocks of a page."""

ON_A_BROKER = "tests/broker/test_documentation.py::test_a_block_runs_as_it_is"
_EXAMPLES = "tests/broker/test_consuming_examples.py"
_AIOKAFKA = f"{_EXAMPLES}::test_an_article_published_with_aiokafka_is_consumed_with_aiokafka"
_CONFLUENT = f"{_EXAMPLES}::test_articles_published_with_confluent_are_consumed_with_confluent"
_SECURITY = "tests/broker/test_security.py::test_each_example_of_the_guide_leads_to_the_topics"
_README = "tests/test_readme.py"
_TOPICS = "tests/broker/test_own_topics.py::test_the_walk_through_is_followed_to_its_end"

RUN_BY: dict[str, dict[Beginning, str]] = {
    "README.md": {
        "kabar publish article.txt": f"{_README}::test_its_kabar_commands_work_one_after_the_other",
        "await producer": f"{_README}::test_its_publisher_publishes",
        '{"id": "trb-jokowi-turnbull"': f"{_README}::test_its_example_is_what_comes_out_of_the_sample",
        "async with client.connect": f"{_README}::test_its_consumer_consumes",
        "kabar dead list": f"{_README}::test_its_kabar_commands_work_one_after_the_other",
    },
    "docs/consuming.md": {
        "examples/client_service.py": f"{_EXAMPLES}"
        "::test_an_article_published_with_the_client_is_consumed_with_it_and_not_again_after_a_restart",
        "examples/aiokafka_publish.py": _AIOKAFKA,
        "examples/aiokafka_consume.py": _AIOKAFKA,
        "examples/confluent_publish.py": _CONFLUENT,
        "examples/confluent_consume.py": _CONFLUENT,
        "examples/faust_service.py": f"{_EXAMPLES}::test_a_faust_service_publishes_and_follows_one_topic",
        "const words =": "tests/built/test_typescript.py"
        "::test_the_javascript_of_the_guide_is_right_after_emoji",
        "String field =": "tests/test_offsets.py::test_the_java_of_the_guide_finds_the_words",
        "examples/dead_letters.py": f"{_EXAMPLES}::test_dead_letters_are_shown_with_where_and_why",
        "kabar dead list": ON_A_BROKER,
        "examples/typescript/read_events.ts": "tests/built/test_typescript.py"
        "::test_the_example_cuts_out_the_right_words_after_emoji",
        "examples/validate.py": f"{_EXAMPLES}::test_events_are_validated_by_their_schema_file",
    },
    "docs/topics.md": {
        "kabar train docs/examples/cyber.jsonl": _TOPICS,
        "KABAR_OWN_TOPICS=cyber kabar enrich": _TOPICS,
        "KABAR_OWN_TOPICS=cyber kabar worker": _TOPICS,
        "kabar publish article.txt": _TOPICS,
        "async with client.connect": "tests/broker/test_own_topics.py::test_its_consumer_consumes",
    },
    "docs/operations.md": {
        "kabar lag": ON_A_BROKER,
        '{"stage": "clean",': "tests/test_logs.py::test_the_guide_shows_a_line_as_it_is",
    },
    "docs/security.md": {
        "export KABAR_BROKERS=broker.kafka.example:9092": _SECURITY,
        "export KABAR_BROKERS=b-1.kafka.example:9096": _SECURITY,
        "export KABAR_BROKERS=kafka-1.example:9093": _SECURITY,
        "export KABAR_BROKERS=kafka.example:12835": _SECURITY,
        "export KABAR_BROKERS=kafka.internal:9092": _SECURITY,
    },
}
"""By page: a block, and the test that runs it, with addresses of its own."""

ONLY_PARSED: dict[str, dict[Beginning, str]] = {
    "README.md": {
        ". .venv/bin/activate": "goes on until Ctrl-C; tests/cli/test_bring_along.py runs `kabar up` on free ports",
    },
    "bench/README.md": {
        "": "over an hour; tests/bench/test_speed.py runs a small one",
    },
    "bench/soak/README.md": {
        "python bench/soak.py": "over half an hour; tests/bench/test_soak.py runs a small one",
    },
    "docs/cleaning.md": {
        "python training/clean_report.py": "needs articles that are not part of the project",
    },
    "docs/operations.md": {
        "export KABAR_TRACES=true": "goes on until it is stopped; tests/broker/test_traces.py runs it with traces",
    },
    "docs/topics.md": {
        "labels ->": "a drawing",
        "Only 26 articles": "what training prints",
        '{"own_topics"': "an event, shortened",
        "kabar train iptc": "labels that are not part of the project",
        '{"title": "Situs': "labels, shortened",
    },
    "docs/page.md": {
        "kabar web": "goes on until Ctrl-C; tests/web/test_command.py runs it on a free port",
    },
    "docs/reference/commands.md": {
        "": "the examples of --help: files and addresses in them are made up",
    },
    "docs/site/index.md": {
        "": "no code, but what Sphinx reads: tests/test_site.py builds it",
    },
    "training/README.md": {
        "python -m venv .venv": "half an hour, and labelled data that is not part of the project;"
        " tests/nlp/test_training.py runs every script",
    },
}
"""By page: a block that no test runs, and why. Its commands are still read by the programs that they start."""

NOT_IN_CI = {
    "chaos": "40 minutes; `make test` runs the same in small",
    "bench": "over an hour; tests/bench runs its parts",
}
"""Targets of make that blocks show and CI does not run, and why."""

_NOT_OURS = {"build", "work", "node_modules"}
_PROGRAMS = ("kabar", "make", "python", "pip", "docker", "kubectl")
_COMMANDS = tuple(f"{program} " for program in _PROGRAMS)
_BETWEEN_COMMANDS = set("|&;")
_REDIRECTIONS = set("<>")


@dataclass(frozen=True)
class Block:
    """A block of code in a Markdown file."""

    page: str
    line: int
    language: str
    """Of a block that does not say: `sh` if it begins with one of our commands, else `text`."""
    title: str
    text: str

    def begins_with(self, beginning: Beginning) -> bool:
        """Whether it is registered so, if it is on the page."""
        return (self.title or self.text).startswith(beginning)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.title or self.text.partition(chr(10))[0]}"


@dataclass(frozen=True)
class Command:
    """A command with its arguments, in a block or within a line of text."""

    words: tuple[str, ...]
    page: str
    line: int
    is_in_block: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {shlex.join(self.words)}"


def pages() -> list[str]:
    """Every Markdown file of the project, from its root."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _NOT_OURS]
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in files if name.endswith(".md")]
    return sorted(found)


@cache
def blocks() -> tuple[Block, ...]:
    """Every block of code, in the order of pages and lines."""
    return tuple(
        Block(
            page,
            _line(token),
            language=token.info.partition(" ")[0]
            or ("sh" if token.content.startswith(_COMMANDS) else "text"),
            title="".join(re.findall(r'title="([^"]+)"', token.info)),
            text=token.content,
        )
        for page in pages()
        for token in _tokens(page)
        if token.type in {"fence", "code_block"}
    )


def blocks_run_by(test: str) -> list[Block]:
    """The blocks that are registered with a test."""
    return [
        block
        for block in blocks()
        for beginning, name in RUN_BY.get(block.page, {}).items()
        if name == test and block.begins_with(beginning)
    ]


@cache
def commands() -> tuple[Command, ...]:
    """Every command in a block of shell, or as code within a line of text."""
    found = [
        Command(words, one.page, one.line, is_in_block=True)
        for one in blocks()
        if one.language == "sh"
        for words in split(one.text)
    ]
    found += [
        Command(words, page, _line(token), is_in_block=False)
        for page in pages()
        for token in _tokens(page)
        for part in token.children or ()
        if part.type == "code_inline" and part.content.startswith(_COMMANDS)
        for words in split(part.content)
    ]
    return tuple(found)


def split(script: str) -> Iterator[tuple[str, ...]]:
    """The commands of simple lines of shell, without their redirections and the variables set before them."""
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
        lexer.whitespace_split = True
        words: list[str] = []
        is_file = False
        for word in [*lexer, ";"]:
            if set(word) <= _BETWEEN_COMMANDS:
                if words:
                    yield tuple(words)
                words = []
            elif set(word) <= _REDIRECTIONS:
                is_file = True
            elif is_file:
                is_file = False
            elif words or not re.fullmatch(r"\w+=.*", word):
                words.append(word)


def links() -> list[tuple[str, str]]:
    """(page, target) of every link and picture that leads to a file of the project."""
    return [
        (page, target.partition("#")[0])
        for page in pages()
        for token in _tokens(page)
        for part in token.children or ()
        for target in (str(part.attrGet("href") or part.attrGet("src") or ""),)
        if target.partition("#")[0] and not re.match(r"[a-z]+:", target)
    ]


@cache
def _tokens(page: str) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8")))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0
