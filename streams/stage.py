"""What a stage is, and what it makes of records: plain functions, run in the worker's processes and by the tests.

The stage decodes each record, transforms the decoded ones together, and encodes the results. Every record gets
exactly one outcome, in order: something to emit, or the reason why not. Nothing a record holds can raise here.
"""

from __future__ import annotations

import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

import orjson
from pydantic import ValidationError

import streams
from streams import envelope
from streams.envelope import EventType, Origin
from streams.errors import (
    InvalidRecord,
    KabarError,
    ProcessKilled,
    SetupError,
    TookTooLong,
    UndecodableValue,
)
from streams.events import CleanArticle
from streams.records import Emit, Outcome, Record, Reject
from streams.topics import Topic

# They say that the installation is broken; to judge records by them would send every record to the dead letters.
FAULTS_OF_OURS = (SetupError, ImportError, OSError)

MAX_MESSAGE_CHARS = 1_000
MAX_STACKTRACE_CHARS = 8_000

spent: defaultdict[str, float] = defaultdict(float)
"""Seconds that this process has spent in each stage; whoever wants to know empties it before."""

In = TypeVar("In")
Out = TypeVar("Out", bound=CleanArticle)


class Work(Protocol):
    """What an agent does with the records it reads: one stage, or all of them in a row."""

    @property
    def name(self) -> str:
        """What it is called where it is told of."""
        ...

    @property
    def reads(self) -> Topic:
        """Where the records come from."""
        ...

    @property
    def parts(self) -> Sequence[Stage[Any, Any]]:
        """The stages that a record goes through, in order."""
        ...

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        """One outcome for each record, in order."""
        ...


@dataclass(frozen=True)
class Stage(Generic[In, Out]):
    """One step of the pipeline. It is sent to other processes, so its functions must be importable by name."""

    name: str
    reads: Topic
    writes: tuple[Topic, ...]
    """Everything it may write to; a tombstone goes to all of them."""
    emits: EventType
    decode: Callable[[Record], tuple[Origin, In]]
    """Raises `InvalidRecord` for a record that is not what the stage reads."""
    transform: Callable[[Sequence[In]], Sequence[Out] | Sequence[Out | InvalidRecord]]
    """One result for each value, in order; the result of one must not depend on its neighbours."""
    destinations: Callable[[Out], tuple[Topic, ...]] | None = None
    """Which of `writes` a result goes to; without it, to all."""
    version: str = streams.__version__
    """What its results depend on beside their input: another version gives other event ids."""

    @property
    def parts(self) -> tuple[Stage[In, Out]]:
        """What it is made of: itself alone."""
        return (self,)

    def outcomes(self, records: Sequence[Record]) -> list[Outcome]:
        """One outcome for each record, in order.

        Raises:
            SetupError, ImportError, OSError: the installation is at fault, so that no record may be judged.
        """
        began_ns, began = time.time_ns(), time.perf_counter()
        outcomes: dict[int, Outcome] = {}
        decoded: list[tuple[int, Origin, In]] = []
        for index, record in enumerate(records):
            try:
                if record.value is None:
                    outcomes[index] = self._tombstone(record)
                else:
                    decoded.append((index, *self.decode(record)))
            except FAULTS_OF_OURS:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a record causes is that record's outcome
                outcomes[index] = rejection(error)
        results = self._transform_all([value for _, _, value in decoded])
        for (index, origin, _), result in zip(decoded, results, strict=True):
            outcomes[index] = self._outcome(origin, result)
        seconds = time.perf_counter() - began
        spent[self.name] += seconds
        worked = (began_ns, began_ns + round(seconds * 1e9))
        return [replace(outcomes[index], worked=worked) for index in range(len(records))]

    def _transform_all(self, values: Sequence[In]) -> Sequence[Out | Exception]:
        if not values:
            return []
        try:
            return self.transform(values)
        except FAULTS_OF_OURS:
            raise
        except Exception as error:  # noqa: BLE001 - one value spoils the batch: each alone tells which
            if len(values) == 1:
                return [error]
            return [self._transform_all([value])[0] for value in values]

    def _outcome(self, origin: Origin, result: Out | Exception) -> Outcome:
        if isinstance(result, Exception):
            return rejection(result)
        try:
            return Emit(
                topics=self.destinations(result) if self.destinations else self.writes,
                key=result.id.encode(),
                value=result.encode(),
                headers=envelope.headers_for(
                    self.emits,
                    origin,
                    subject=result.id,
                    version=self.version,
                ),
                stage=self.name,
            )
        except Exception as error:  # noqa: BLE001 - for instance metadata that cannot be encoded
            return rejection(error)

    def _tombstone(self, record: Record) -> Emit:
        """A deletion, passed on under its key."""
        if record.key is None:
            raise UndecodableValue("a null value deletes the article of its key, but the key is null too")
        return Emit(
            topics=self.writes,
            key=record.key,
            value=None,
            headers=envelope.headers_for(
                self.emits,
                envelope.origin_of(record, is_raw=self.reads.value_is_published),
                subject=record.key.decode("utf-8", errors="replace"),
                version=self.version,
            ),
            stage=self.name,
        )


def decode_event(event: type[Any], record: Record) -> tuple[Origin, Any]:
    """The `decode` of a stage that reads what an earlier stage wrote.

    Raises:
        UndecodableValue: the value is not that event.
    """
    try:
        return envelope.origin_of(record, is_raw=False), event.decode(record.value or b"")
    except orjson.JSONDecodeError as error:
        raise UndecodableValue(f"the value is not JSON: {error.msg} at character {error.pos}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the value"
        raise UndecodableValue(f"not a {event.__name__}: {field}: {first['msg']}") from error


def rejection(error: BaseException, *, attempts: int = 1) -> Reject:
    """The outcome of a record that raised `error`: its class, a message of one line, and the stack trace."""
    kind = type(error)
    message = " ".join(str(error).split()) or kind.__name__
    if not isinstance(error, KabarError):
        message = f"{kind.__name__}: {message}"
    trace = "".join(traceback.format_exception(error))
    return Reject(
        exception=f"{kind.__module__}.{kind.__qualname__}",
        message=_readable(message[:MAX_MESSAGE_CHARS])[:MAX_MESSAGE_CHARS],
        stacktrace=_readable(trace[-MAX_STACKTRACE_CHARS:])[-MAX_STACKTRACE_CHARS:],
        attempts=attempts,
        is_foreseen=isinstance(error, InvalidRecord) and not isinstance(error, ProcessKilled | TookTooLong),
    )


def _readable(text: str) -> str:
    """`text` with whatever could steer a terminal or end a header written as its escape; lines stay lines."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )
