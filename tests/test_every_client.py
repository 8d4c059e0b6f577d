"""No client of the broker is made past the settings of TLS and SASL, and every consumer ends as it should."""

from __future__ import annotations

import ast
from pathlib import Path

import aiokafka
import aiokafka.admin
import aiokafka.client
import aiokafka.conn
import pytest

import streams

CONNECTING = {
    name
    for module in (aiokafka, aiokafka.admin, aiokafka.client, aiokafka.conn)
    for name in dir(module)
    if (name.startswith("AIOKafka") and name.endswith(("Client", "Consumer", "Producer", "Connection")))
    or name == "create_conn"
}  # fmt: skip


def constructions(tree: ast.AST) -> list[ast.Call]:
    """Where something that connects to a broker is made, by whatever path or other name it was imported."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in CONNECTING
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in names)
            or (isinstance(node.func, ast.Attribute) and node.func.attr in CONNECTING)
        )
    ]


def is_made_with_the_settings(call: ast.Call) -> bool:
    unpacked = [ast.unparse(keyword.value) for keyword in call.keywords if keyword.arg is None]
    return any(value.startswith("client_options(") for value in unpacked) and not any(
        keyword.arg == "bootstrap_servers" for keyword in call.keywords
    )


SOURCES = {
    path: ast.parse(path.read_text(encoding="utf-8")) for path in Path(streams.__path__[0]).rglob("*.py")
}


def test_every_client_is_made_with_the_settings_of_tls_and_sasl() -> None:
    calls = [(path, call) for path, tree in SOURCES.items() for call in constructions(tree)]
    # It asks a broker how it wants to be talked to, so it has to talk in other ways too.
    calls = [(path, call) for path, call in calls if path.name != "connecting.py"]
    assert len(calls) >= 3
    assert [f"{path}:{call.lineno}" for path, call in calls if not is_made_with_the_settings(call)] == []


@pytest.mark.parametrize(
    "source",
    [
        "from aiokafka import AIOKafkaProducer as P\nP(bootstrap_servers='kafka:9092')",
        "import aiokafka\naiokafka.AIOKafkaConsumer(**client_options(settings), bootstrap_servers='kafka:9092')",
        "from aiokafka.admin import AIOKafkaAdminClient\nAIOKafkaAdminClient(**options)",
    ],
)
def test_a_client_made_past_the_settings_would_be_found(source: str) -> None:
    [call] = constructions(ast.parse(source))
    assert not is_made_with_the_settings(call)


def consumers_made(tree: ast.AST) -> list[ast.Call]:
    return [call for call in constructions(tree) if ast.unparse(call.func).endswith("Consumer")]


def ended_by_aiokafka(tree: ast.AST) -> list[ast.AST]:
    """Where a consumer is ended by aiokafka's own means, by a block of its own or by `stop`."""
    blocks = [item for node in ast.walk(tree) if isinstance(node, ast.AsyncWith) for item in node.items]
    made = consumers_made(tree)
    return [
        *(
            item
            for item in blocks
            if item.context_expr in made or ast.unparse(item.context_expr) == "consumer"
        ),
        *(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("consumer.stop")
        ),
    ]


def test_every_consumer_is_ended_by_what_can_do_it_while_the_broker_is_away() -> None:
    makers = [path for path, tree in SOURCES.items() if consumers_made(tree)]
    assert len(makers) >= 3
    assert [path for path in makers if ended_by_aiokafka(SOURCES[path])] == []


@pytest.mark.parametrize(
    "source",
    [
        "async def f():\n    async with AIOKafkaConsumer(**client_options(settings)) as reading:\n        pass",
        "async def f():\n    async with consumer:\n        pass",
        "async def f():\n    await self._consumer.stop()",
    ],
)
def test_a_consumer_ended_by_aiokafka_would_be_found(source: str) -> None:
    imported = ast.parse(f"from aiokafka import AIOKafkaConsumer\n{source}")
    assert len(ended_by_aiokafka(imported)) == 1
