"""Kabar's functions without Kafka: what is possible at most.

    python -m bench.bare ARTICLES WARM_UP PROCESSES

ARTICLES has a record as JSON a line, of which the first WARM_UP are not measured. Prints what was measured as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import orjson

from bench.contestants import cpu_seconds
from streams.chain import Chain
from streams.children import ended_with_us
from streams.nlp import model
from streams.records import Emit, Outcome, Record
from streams.settings import load
from streams.topics import RAW

BATCH = 32


@cache
def _chain() -> Chain:
    model.load()
    return Chain.of(load())


def _start() -> None:
    end_with_parent = ended_with_us(signal.SIGKILL)
    if end_with_parent is not None:
        end_with_parent()
    _chain()


def outcomes(records: Sequence[Record]) -> list[Outcome]:
    """What the functions make of some records; the first call reads the model."""
    return _chain().outcomes(records)


def read(path: Path) -> list[Record]:
    """The records of a file of articles."""
    listed = map(orjson.loads, path.read_bytes().splitlines())
    name = RAW.name(load())
    return [
        Record(name, 0, offset, 0, one["key"].encode(), one["value"].encode())
        for offset, one in enumerate(listed)
    ]


def _run(pool: ProcessPoolExecutor, records: Sequence[Record]) -> int:
    batches = [records[start : start + BATCH] for start in range(0, len(records), BATCH)]
    return sum(isinstance(outcome, Emit) for done in pool.map(outcomes, batches) for outcome in done)


def main(path: Path, warm_up: int, processes: int) -> None:
    """Measures, and prints the result."""
    records = read(path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["streams.preload"])
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start) as pool:
        _run(pool, records[:warm_up])
        began, cpu = time.perf_counter(), cpu_seconds(os.getpid())
        out = _run(pool, records[warm_up:])
        seconds, cpu = time.perf_counter() - began, cpu_seconds(os.getpid()) - cpu
    print(json.dumps({"articles": out, "seconds": seconds, "cpu_seconds": cpu}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
