"""Apache Kafka for tests, as far as it lies on disk: a Java to run it, its jars, and formatted storage."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
POM = HERE / "pom.xml"
JARS = REPOSITORY / ".kafka"

MINIMUM_JAVA = 17
SCRAM_MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512")
# The tool runs for a second and exits: time spent on optimising it is lost.
TOOL_OPTIONS = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class NoKafkaError(RuntimeError):
    """Apache Kafka cannot run here; the message says what to install or where to look."""


def find_java() -> str:
    """The path of a `java` that is new enough, of JAVA_HOME or of PATH.

    Raises:
        NoKafkaError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    advice = (
        f"Apache Kafka needs Java {MINIMUM_JAVA} or newer (Debian: apt-get install openjdk-17-jre-headless)"
    )
    if java is None:
        raise NoKafkaError(f"{advice}, and there is no java here.")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    # "1.8.0_392" of the old numbering and "17.0.15" of the new.
    version = re.search(r'version "(?:1\.)?(\d+)', told)
    if version is None or int(version[1]) < MINIMUM_JAVA:
        raise NoKafkaError(f"{advice}, and {java} is {told.splitlines()[0] if told else 'silent'}.")
    return java


def fetch_jars() -> Path:
    """The folder with the node's jars, filled by Maven when they are not there yet.

    The folder is named after the contents of pom.xml, so that another version never mixes with this one.

    Raises:
        NoKafkaError: Maven is missing or could not fetch them.
    """
    jars = JARS / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise NoKafkaError("Fetching Apache Kafka needs Maven (Debian: apt-get install maven).")
    JARS.mkdir(exist_ok=True)
    # Filled aside and renamed whole: a run that was cut short, or one beside this, never leaves half a set.
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=JARS) as aside:
        command = [maven, "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"]
        command += ["-DincludeScope=runtime", f"-DoutputDirectory={aside}/jars"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoKafkaError(f"Maven could not fetch Apache Kafka: {(done.stdout or done.stderr).strip()}")
        try:
            Path(aside, "jars").rename(jars)
        except OSError:
            if not jars.is_dir():
                raise
    return jars


def format_storage(
    properties: Path, *, java: str, jars: Path, cluster_id: str, scram_users: Mapping[str, str]
) -> str:
    """Prepares the folders that server.properties names, checking all of it on the way; what Kafka logged.

    The users, with their passwords, can log in by either SCRAM mechanism where a listener offers it.

    Raises:
        NoKafkaError: Kafka refuses the properties, or the folders hold data already.
    """
    command = [java, *TOOL_OPTIONS, "-cp", f"{jars}/*", "kafka.tools.StorageTool", "format"]
    command += ["--cluster-id", cluster_id, "--config", str(properties)]
    for name, password in scram_users.items():
        for mechanism in SCRAM_MECHANISMS:
            command += ["--add-scram", f"{mechanism}=[name={name},password={password}]"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoKafkaError(f"Kafka could not format its storage: {(done.stderr or done.stdout).strip()}")
    return done.stdout + done.stderr
