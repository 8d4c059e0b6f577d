"""Whether spans are made at all, under which name, and how they leave the process."""

from __future__ import annotations

import ast
import logging
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from streams import traces
from streams.errors import BadConfiguration
from streams.settings import load
from streams.traces import export
from streams.traces.stages import StageTraces
from tests.cli.command import environment
from tests.traces.spans import Seen, chain, made_of, raw


def test_traces_are_off_by_default() -> None:
    assert traces.of_stages(load()) is None
    assert traces.of_publisher(load(), service="meja") is None


@pytest.mark.parametrize(("name", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")])
def test_traces_are_off_where_opentelemetry_is_told_so(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert traces.of_stages(load(traces=True)) is None
    assert traces.of_publisher(load(traces=True), service="meja") is None


def python(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def test_while_they_are_off_nothing_of_opentelemetry_is_loaded() -> None:
    done = python(
        "import sys, streams.worker, streams.client, streams.cli.publish\n"
        "from streams import settings, traces\n"
        "assert traces.of_stages(settings.load()) is None\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google'))])"
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_without_opentelemetry_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    done = python(
        "import sys\nsys.modules['opentelemetry'] = None\nsys.argv = ['kabar', 'worker']\n"
        "from streams.cli import main\nmain()",
        KABAR_TRACES="true",
        KABAR_WEB_PORT="0",
        KABAR_DATA_DIR=str(tmp_path),
    )
    assert done.returncode == 2
    assert done.stderr == f"{traces.MISSING}\n"
    assert "pip install 'kabar[traces]'" in done.stderr


def test_a_variable_of_opentelemetrys_that_cannot_work_is_a_setting_that_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    with pytest.raises(BadConfiguration, match=r"OTEL_.*max_queue_size must be a positive integer"):
        traces.of_stages(load(traces=True))


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "kabar"),
        ({"OTEL_SERVICE_NAME": "berita"}, "berita"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=berita"}, "berita"),
    ],
)
def test_the_service_has_the_name_that_opentelemetrys_variables_give_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    seen = Seen()
    record = raw()
    seen.through(chain(), record, made_of(record))
    assert seen.spans["clean"].resource.attributes["service.name"] == name


class Moody(SpanExporter):
    """Takes spans or does not, as it is told."""

    is_willing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS if self.is_willing else SpanExportResult.FAILURE


def test_a_collector_that_is_away_is_told_of_once_and_once_more_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    moody = Moody()
    exporter = export.SaysOnce(moody)
    for is_willing in (False, False, False, True, True):
        moody.is_willing = is_willing
        exporter.export([])
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "Traces cannot be exported",
        "Traces are exported again.",
    ]


class Hanging(SpanExporter):
    """Takes until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.released.wait()
        return SpanExportResult.SUCCESS


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    exporter = Hanging()
    yield exporter
    exporter.released.set()


def test_the_end_does_not_wait_for_a_collector_that_hangs(
    hanging: Hanging, caplog: pytest.LogCaptureFixture
) -> None:
    stages = StageTraces(load(), processor=BatchSpanProcessor(hanging))
    record = raw()
    call = stages.of_call(chain(), [record], [made_of(record)])
    call.delivered(call.outcomes)
    stages.stop(0.1)
    assert "could not be exported within 0.1 s" in caplog.text


def test_no_function_is_called_as_a_module_beside_it_which_would_take_its_place() -> None:
    code = ast.parse(Path(traces.__file__).read_text(encoding="utf-8"))
    functions = {node.name for node in code.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert functions.isdisjoint(module.name for module in pkgutil.iter_modules(traces.__path__))
