"""What is public beside the values, read from the code: commands, exit codes, settings, metrics, the Python client."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import typer.core
import typer.main
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel, TypeAdapter
from typing_extensions import is_protocol

from streams import client
from streams.cli.commands import app
from streams.contract import load_defaults
from streams.metrics import Metrics
from streams.settings import Settings, describe, variable

Schema = dict[str, Any]
"""What a value may be, as JSON Schema."""

_WORDS_OF_A_SCHEMA = {"title", "description", "default"}


@dataclass(frozen=True)
class Parameter:
    """An option or an argument of a command."""

    spellings: tuple[str, ...]
    """As it is written, the long form first: `--brokers`, `-b`. Of an argument, what stands for it in the usage."""
    is_argument: bool
    is_flag: bool
    metavar: str | None
    """What stands for a value of it, where that is not its type."""
    accepts: Schema
    """One value of it."""
    default: str | float | None
    is_required: bool
    is_repeatable: bool
    meaning: str
    """With default and range, as `--help` has it."""


@dataclass(frozen=True)
class Command:
    """A command, or `kabar` itself with the options that go before a command."""

    name: str
    meaning: str
    examples: tuple[str, ...]
    parameters: tuple[Parameter, ...]


def commands() -> list[Command]:
    """Every command in the order of `kabar --help`; those of a group after it."""
    return list(_commands(typer.main.get_command(app), "kabar", None))


def _commands(command: Any, name: str, parent: Any) -> Iterator[Command]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield Command(
        name=context.command_path,
        meaning=inspect.cleandoc(command.help or ""),
        examples=_examples(command.epilog or ""),
        parameters=tuple(_parameters(command, context)),
    )
    if isinstance(command, typer.core.TyperGroup):
        for child in command.list_commands(context):
            yield from _commands(command.get_command(context, child), child, context)


def _examples(epilog: str) -> tuple[str, ...]:
    """The lines under "Example"; what follows under another heading is none."""
    _, _, text = epilog.partition("[bold]Example[/bold]")
    return tuple(line.strip() for line in text.partition("[bold]")[0].splitlines() if line.strip())


def _parameters(command: Any, context: Any) -> Iterator[Parameter]:
    hints = get_type_hints(command.callback) if command.callback else {}
    for parameter in command.params:
        if parameter.name not in hints:
            continue  # Typer's own, for completion
        hint, is_list = _of_one_value(hints[parameter.name])
        is_argument = parameter.param_type_name == "argument"
        _, meaning = parameter.get_help_record(context)
        yield Parameter(
            spellings=(parameter.metavar or parameter.name.upper(),)
            if is_argument
            else tuple(sorted((*parameter.opts, *parameter.secondary_opts), key=len, reverse=True)),
            is_argument=is_argument,
            is_flag=bool(getattr(parameter, "is_flag", False)),
            metavar=parameter.metavar,
            accepts=_accepted(hint) | _limits(parameter),
            default=_plain(parameter.default),
            is_required=parameter.required,
            is_repeatable=is_list,
            meaning=" ".join(meaning.split()),
        )


def _of_one_value(hint: Any) -> tuple[Any, bool]:
    """The type of one value, and whether there may be several."""
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    if NoneType in get_args(hint):
        [hint] = kinds
    return (get_args(hint)[0], True) if get_origin(hint) is list else (hint, False)


def _accepted(hint: Any) -> Schema:
    return _without_words(TypeAdapter(hint).json_schema())


def _without_words(schema: Schema) -> Schema:
    return {keyword: value for keyword, value in schema.items() if keyword not in _WORDS_OF_A_SCHEMA}


def _limits(parameter: Any) -> Schema:
    limits = {"minimum": getattr(parameter, "min", None), "maximum": getattr(parameter, "max", None)}
    return {keyword: limit for keyword, limit in limits.items() if limit is not None}


def _plain(value: Any) -> str | float | None:
    if isinstance(value, Enum):
        return str(value.value)
    return str(value) if isinstance(value, Path) else value


@dataclass(frozen=True)
class Setting:
    """A setting, by its environment variable."""

    name: str
    accepts: Schema
    default: str
    meaning: str


def settings() -> list[Setting]:
    """Every setting in the order of `kabar worker --help`."""
    accepted = {
        variable(name): _without_words(schema)
        for name, schema in Settings.model_json_schema()["properties"].items()
    }
    return [Setting(name, accepted[name], default, meaning) for name, default, meaning in describe()]


@dataclass(frozen=True)
class Metric:
    """A metric as Prometheus has it, a counter with its `_total`."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class _Standing:
    """A worker that reads one partition, so that every metric with labels has a sample."""

    def lag(self) -> Mapping[tuple[str, int], int]:
        return {("news.articles.raw", 0): 0}

    def assigned(self) -> int:
        return 1

    def model(self) -> str:
        return ""

    def restarts(self) -> int:
        return 0

    def rebalances(self) -> int:
        return 0


def metrics() -> list[Metric]:
    """Every metric of a worker that is Kabar's own."""
    worker = Metrics(load_defaults())
    worker.watch(_Standing())
    # What has not happened yet has no sample that would tell its labels.
    declared = {
        one.describe()[0].name: tuple(one._labelnames)  # noqa: SLF001 - they have no public name
        for one in vars(worker).values()
        if isinstance(one, MetricWrapperBase)
    }
    found = []
    for family in worker.registry.collect():
        if not family.name.startswith("kabar"):
            continue
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = declared.get(family.name) or tuple(
            dict.fromkeys(name for sample in family.samples for name in sample.labels if name != "le")
        )
        # To Prometheus an "info" is a gauge that is always 1.
        kind = "gauge" if family.type == "info" else family.type
        found.append(Metric(family.name + suffix, kind, labels, family.documentation))
    return found


def exported() -> dict[str, dict[str, dict[str, bool] | None]]:
    """Of each name that `streams.client` exports what it offers, and how that is called.

    A function offers itself; a class its attributes and methods, and to be made if that is for others to do. What is
    called has its parameters, each with whether it has to be given; what is not called has None.
    """
    return {name: _offered(name, getattr(client, name)) for name in client.__all__}


def _offered(name: str, thing: Any) -> dict[str, dict[str, bool] | None]:
    if not inspect.isclass(thing):
        return {name: _signature(thing)} if callable(thing) else {}
    if issubclass(thing, BaseModel):
        return dict.fromkeys(sorted(thing.model_fields))
    ours = [parent for parent in thing.__mro__ if parent.__module__.startswith("streams.")]
    names = {each for parent in ours for each in (*vars(parent), *inspect.get_annotations(parent))}
    offered = {each: _signature(getattr(thing, each, None)) for each in sorted(names) if each[0].isalpha()}
    return ({name: _signature(thing)} if _is_made_by_others(thing) else {}) | offered


def _is_made_by_others(thing: Any) -> bool:
    """Not what Kabar hands out, nor what is there to be implemented."""
    return not (is_dataclass(thing) or is_protocol(thing) or thing is client.Client)


def _signature(thing: Any) -> dict[str, bool] | None:
    if not inspect.isroutine(thing) and not inspect.isclass(thing):
        return None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        name: one.default is inspect.Parameter.empty and one.kind not in kinds
        for name, one in inspect.signature(thing).parameters.items()
        if name != "self"
    }
