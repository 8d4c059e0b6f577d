"""One Apache Kafka node for tests: KRaft, broker and controller in one process, from its Maven Central jars.

    with KafkaNode() as node:
        producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap)

The jars are fetched once by Maven into `.kafka/` at the repository root and reused. Data and log lie in a
temporary folder, so no node sees what another left. Needs Java 17 or newer, and Maven for the first run.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.kafka.installation import NoKafkaError, fetch_jars, find_java, format_storage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

# Below the kernel's ephemeral range: a client that keeps reconnecting to a stopped node could otherwise be
# given the node's own port as its source, connect to itself, and so keep the node from coming back.
PORTS = range(20_000, 32_000)
POLL_S = 0.05
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0

# A broker that lives for minutes beside the tests that load it.
JVM_OPTIONS = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
LOG_OPTIONS = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
    # Every setting and its value, several times over: longer than all the rest of the log.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",
)


INNER = "PLAINTEXT"
CONTROLLER = "CONTROLLER"


@dataclass(frozen=True)
class Listener:
    """A port of its own, with a way of its own to be talked to."""

    protocol: str
    """SSL, SASL_PLAINTEXT or SASL_SSL."""
    properties: Mapping[str, str]
    """As in server.properties, without `listener.name.<name>.` before them."""
    advertised: str | None = None
    """The address that clients are told, if it is not the true one."""


class KafkaNode:
    """A single Apache Kafka node on 127.0.0.1; as a context manager it is running inside the block.

    `stop`, `kill` and `restart` keep data and address; leaving the block (or `close`) removes the data.

    Args:
        extra_properties: added to server.properties, over the defaults here.
        listeners: further listeners by their names, beside the one of `bootstrap`, which stays PLAINTEXT.
        scram_users: passwords of users by their names, for listeners that offer SCRAM.
        folder: where data and log go; a folder given is kept, a temporary one is removed by `close`.
    """

    def __init__(
        self,
        *,
        extra_properties: Mapping[str, str] | None = None,
        listeners: Mapping[str, Listener] | None = None,
        scram_users: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.extra_properties = dict(extra_properties or {})
        self.listeners = dict(listeners or {})
        self.scram_users = dict(scram_users or {})
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="kabar-kafka-"))
        self.log_path = self.folder / "kafka.log"
        self._ports: dict[str, int] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # A test run that ends badly leaves no node behind.
        atexit.register(self.close)

    @property
    def bootstrap(self) -> str:
        """The address clients connect to, `host:port`.

        Raises:
            RuntimeError: the node was never started, so it has no address yet.
        """
        return self.address(INNER)

    def address(self, listener: str) -> str:
        """The address of one of `listeners`, `host:port`.

        Raises:
            RuntimeError: the node was never started, so it has no address yet.
        """
        if self._ports is None:
            raise RuntimeError("The Kafka node has no address before its first start.")
        return f"127.0.0.1:{self._ports[listener]}"

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The id of its process.

        Raises:
            RuntimeError: it has none.
        """
        if self._process is None:
            raise RuntimeError("The Kafka node has no process.")
        return self._process.pid

    def wait(self, timeout: float) -> int:
        """Waits, up to `timeout` seconds, until its process has ended by itself; with which code.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        assert self._process is not None
        return self._process.wait(timeout)

    def start(self) -> None:
        """Starts the node and returns once it answers as a broker that is part of its cluster.

        Raises:
            NoKafkaError: Java or Maven is missing, or the node did not come up.
        """
        if self.running:
            return
        java = find_java()
        jars = fetch_jars()
        if self._ports is None:
            self._ports = _free_ports(INNER, CONTROLLER, *self.listeners)
            self._format(java, jars)
        classpath = f"{jars}/*"
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    java,
                    *JVM_OPTIONS,
                    *LOG_OPTIONS,
                    "-cp",
                    classpath,
                    "kafka.Kafka",
                    str(self._properties_path),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                # Ctrl-C is for whoever started it, and ends the node when that one is done with it.
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stops the node in an orderly way; one that does not go within `STOP_TIMEOUT_S` is killed."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Ends the process at once (SIGKILL), as a crash would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stops the node and starts it again on the same data and address."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stops the node and removes its temporary folder."""
        self.stop()
        atexit.unregister(self.close)
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _properties_path(self) -> Path:
        return self.folder / "server.properties"

    def _properties(self) -> dict[str, str]:
        assert self._ports is not None
        places = {name: f"{name}://127.0.0.1:{port}" for name, port in self._ports.items()}
        told = places | {
            name: f"{name}://{listener.advertised}"
            for name, listener in self.listeners.items()
            if listener.advertised
        }
        del told[CONTROLLER]
        protocols = {INNER: "PLAINTEXT", CONTROLLER: "PLAINTEXT"}
        protocols |= {name: listener.protocol for name, listener in self.listeners.items()}
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._ports[CONTROLLER]}",
            "listeners": ",".join(places.values()),
            "advertised.listeners": ",".join(told.values()),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in protocols.items()
            ),
            "controller.listener.names": CONTROLLER,
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # The default takes a quarter of the heap for compaction at start.
            "log.cleaner.dedupe.buffer.size": str(16 << 20),
            # Half a minute after its start it would delete the records that tests write with times long past.
            "log.initial.task.delay.ms": "86400000",
            # After a kill the controller refuses the broker until its old session has run out.
            "broker.session.timeout.ms": "4000",
            "broker.heartbeat.interval.ms": "500",
            **{
                f"listener.name.{name.lower()}.{key}": value
                for name, listener in self.listeners.items()
                for key, value in listener.properties.items()
            },
            **self.extra_properties,
        }

    def _format(self, java: str, jars: Path) -> None:
        lines = "".join(f"{name}={value}\n" for name, value in self._properties().items())
        self.folder.mkdir(parents=True, exist_ok=True)
        self._properties_path.write_text(lines, encoding="utf-8")
        format_storage(
            self._properties_path,
            java=java,
            jars=jars,
            cluster_id=uuid.uuid4().hex[:22],
            scram_users=self.scram_users,
        )

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        assert self._ports is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _answers(self._ports[INNER]):
            if self._process.poll() is not None:
                told = (
                    f"Kafka ended with status {self._process.returncode} while starting: {self._last_words()}"
                )
                self._process = None
                raise NoKafkaError(told)
            if time.monotonic() > deadline:
                self.kill()
                raise NoKafkaError(
                    f"Kafka did not answer within {START_TIMEOUT_S:.0f} s: {self._last_words()}"
                )
            time.sleep(POLL_S)

    def _last_words(self) -> str:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        telling = [line for line in lines if " ERROR " in line or "Exception" in line] or lines
        return " | ".join(telling[-3:]) or "its log is empty"


def _free_ports(*names: str) -> dict[str, int]:
    """A port of `PORTS` for each name that nobody listens on at the moment."""
    free: set[int] = set()
    while len(free) < len(names):
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        free.add(port)
    return dict(zip(names, free, strict=True))


def _answers(port: int) -> bool:
    """Whether the node lists itself in its metadata: only then it takes part and topics can be made.

    Speaks the Metadata request, version 0, of the Kafka protocol: an open port answers a little earlier.
    """
    request = struct.pack(">hhih5si", 3, 0, 1, 5, b"ready", 0)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as answer:
                head = answer.read(12)
    except OSError:
        return False
    if len(head) < 12:
        return False
    _length, _correlation, brokers = struct.unpack(">iii", head)
    return bool(brokers >= 1)
