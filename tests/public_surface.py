"""What is public beside the values' schemas, as data, and what a change of it takes from those who rely on it.

`python -m tests.public_surface` (`make released`) writes today's to where the next change is held against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

import streams
from docs.site import public
from streams.cli import EXIT_CODES
from tests.compatibility import Way, schema_breaches
from tests.contract_documents import asyncapi

RELEASED = Path(__file__).parent / "data" / "released-surface.json"

Surface = dict[str, Any]


def surface() -> Surface:
    """Everything public of this version, as it is in the code."""
    return {
        "version": streams.__version__,
        "commands": {command.name: _command(command) for command in public.commands()},
        "exit codes": sorted(EXIT_CODES),
        "settings": {one.name: {"accepts": one.accepts, "default": one.default} for one in public.settings()},
        "metrics": {one.name: {"kind": one.kind, "labels": one.labels} for one in public.metrics()},
        "topics": {
            channel["address"]: sorted(channel["messages"]) for channel in asyncapi()["channels"].values()
        },
        "headers": {
            name: sorted(message["headers"]["properties"])
            for name, message in asyncapi()["components"]["messages"].items()
        },
        "streams.client": public.exported(),
    }


def _command(command: public.Command) -> Surface:
    arguments = [one for one in command.parameters if one.is_argument]
    return {
        "arguments": [_parameter(one) for one in arguments],
        "options": {
            spelling: _parameter(one)
            for one in command.parameters
            if not one.is_argument
            for spelling in one.spellings
        },
    }


def _parameter(one: public.Parameter) -> Surface:
    return {
        "accepts": one.accepts,
        "default": one.default,
        "flag": one.is_flag,
        "required": one.is_required,
        "repeatable": one.is_repeatable,
    }


def breaches(old: Surface, new: Surface) -> list[str]:
    """What was taken away or changed between the two, a plain sentence each; empty if there are only additions."""
    return [
        *_command_breaches(old["commands"], new["commands"]),
        *(f"no command ends with {code} any more" for code in _gone(old["exit codes"], new["exit codes"])),
        *_setting_breaches(old["settings"], new["settings"]),
        *_metric_breaches(old["metrics"], new["metrics"]),
        *_list_breaches("topic", "value", old["topics"], new["topics"]),
        *_list_breaches("message", "header", old["headers"], new["headers"]),
        *_client_breaches(old["streams.client"], new["streams.client"]),
    ]


def _gone(old: Any, new: Any) -> list[Any]:
    return [one for one in old if one not in new]


def _command_breaches(old: Surface, new: Surface) -> Iterator[str]:
    yield from (f"the command `{name}` is gone" for name in _gone(old, new))
    for name in old.keys() & new.keys():
        before, now = old[name], new[name]
        yield from (
            f"`{name}` no longer takes {option}" for option in _gone(before["options"], now["options"])
        )
        for option, parameter in now["options"].items():
            yield from _parameter_breaches(f"`{name} {option}`", before["options"].get(option), parameter)
        for number in range(max(len(before["arguments"]), len(now["arguments"]))):
            what = f"argument {number + 1} of `{name}`"
            parameter, earlier = (dict(enumerate(side["arguments"])).get(number) for side in (now, before))
            if parameter is None:
                yield f"{what} is gone"
            else:
                yield from _parameter_breaches(what, earlier, parameter)


def _parameter_breaches(what: str, old: Surface | None, new: Surface) -> Iterator[str]:
    if new["required"] and (old is None or not old["required"]):
        yield f"{what} has to be given now"
    if old is None:
        return
    if old["flag"] != new["flag"]:
        yield f"{what} {'takes a value now' if old['flag'] else 'takes no value any more'}"
        return
    if old["repeatable"] and not new["repeatable"]:
        yield f"{what} can be given only once now"
    yield from _value_breaches(what, old, new)


def _value_breaches(what: str, old: Surface, new: Surface) -> Iterator[str]:
    if old["default"] != new["default"]:
        yield f"{what} is {new['default']} where nothing is said, and was {old['default']}"
    for breach in schema_breaches(old["accepts"], new["accepts"], Way.READ):
        yield f"{what} accepts less: {breach.removeprefix('$: ')}"


def _setting_breaches(old: Surface, new: Surface) -> Iterator[str]:
    yield from (f"the setting {name} is gone" for name in _gone(old, new))
    for name in old.keys() & new.keys():
        yield from _value_breaches(f"the setting {name}", old[name], new[name])


def _metric_breaches(old: Surface, new: Surface) -> Iterator[str]:
    yield from (f"the metric {name} is gone" for name in _gone(old, new))
    for name in old.keys() & new.keys():
        before, now = old[name], new[name]
        if before["kind"] != now["kind"]:
            yield f"the metric {name} was a {before['kind']} and is a {now['kind']}"
        yield from (
            f"the metric {name} has no label {label} any more"
            for label in _gone(before["labels"], now["labels"])
        )


def _list_breaches(kind: str, part: str, old: Surface, new: Surface) -> Iterator[str]:
    yield from (f"the {kind} {name} is gone" for name in _gone(old, new))
    for name in old.keys() & new.keys():
        yield from (f"the {kind} {name} has no {part} {one} any more" for one in _gone(old[name], new[name]))


def _client_breaches(old: Surface, new: Surface) -> Iterator[str]:
    yield from (f"streams.client has no {name} any more" for name in _gone(old, new))
    for name in old.keys() & new.keys():
        for offered, parameters in old[name].items():
            what = f"streams.client.{name}" if offered == name else f"{offered} of streams.client.{name}"
            if offered not in new[name]:
                yield f"{what} is gone"
            elif (parameters is None) != (new[name][offered] is None):
                yield f"{what} {'is called now' if parameters is None else 'is not called any more'}"
            elif parameters is not None:
                yield from _call_breaches(what, parameters, new[name][offered])


def _call_breaches(what: str, old: Surface, new: Surface) -> Iterator[str]:
    yield from (f"{what} has no parameter {name} any more" for name in _gone(old, new))
    yield from (
        f"{what} has to be given {name} now"
        for name, is_required in new.items()
        if is_required and not old.get(name)
    )


def main() -> None:
    """Writes today's surface over that of the last release."""
    RELEASED.write_bytes(orjson.dumps(surface(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
