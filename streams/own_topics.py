"""Topics of one's own: folders that `kabar train` wrote, which KABAR_OWN_TOPICS names.

This much of them is known without loading a model: which topics there are, and which version of each.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import streams
from streams.errors import BadConfiguration, ModelMissing
from streams.events import MEDTOP_PATTERN, OWN_TOPIC_PATTERN, TopicId
from streams.settings import Settings

FORMAT = 1
DESCRIPTION = "topic.json"
FILES = (DESCRIPTION, "topics.json", "terms.txt", "weights.npz")
"""What is in a folder; all of it makes up the version."""

TAKEN = frozenset((*get_args(TopicId), "enriched", "dead", "none"))
"""Kabar's own topics, and what `kabar watch` and the page mean by these words."""

_VERSION_DIGITS = 12
_ID = re.compile(OWN_TOPIC_PATTERN)
_MEDTOP = re.compile(MEDTOP_PATTERN)


@dataclass(frozen=True, slots=True)
class TrainedTopic:
    """A topic that articles can be assigned to beside Kabar's two."""

    id: str
    medtop: str | None
    """Its IPTC Media Topics code, if it has one."""
    folder: Path
    """Where its model lies."""
    version: str
    """The first digits of the SHA-256 of the folder's files: trained anew from other labels, it is another."""

    @property
    def name_version(self) -> str:
        """As it is named in events, for example "cyber 3f2a91c0de12"."""
        return f"{self.id} {self.version}"


def is_id(text: str) -> bool:
    """Whether a topic of one's own could be called that."""
    return _ID.fullmatch(text) is not None and text not in TAKEN


def check(topic_id: str, medtop: str | None) -> None:
    """Returns if a topic of one's own can be called that.

    Raises:
        BadConfiguration: it cannot; the message says why.
    """
    if topic_id in TAKEN:
        raise BadConfiguration(
            f"A topic of your own cannot be called {topic_id!r}: Kabar means another by it."
        )
    if not is_id(topic_id):
        raise BadConfiguration(
            f"A topic cannot be called {topic_id!r}: take at most 40 small letters, digits and hyphens, a letter first."
        )
    if medtop is not None and _MEDTOP.fullmatch(medtop) is None:
        raise BadConfiguration(f"{medtop!r} is no IPTC Media Topics code such as medtop:04000000.")


def of(settings: Settings) -> tuple[TrainedTopic, ...]:
    """The topics in KABAR_OWN_TOPICS, in that order.

    Raises:
        ModelMissing: a folder is absent or damaged.
        BadConfiguration: two of them have the same name.
    """
    found = tuple(_first_described(folder) for folder in settings.own_topics)
    by_id: dict[str, TrainedTopic] = {}
    for topic in found:
        other = by_id.setdefault(topic.id, topic)
        if other is not topic:
            raise BadConfiguration(
                f"KABAR_OWN_TOPICS has the topic {topic.id!r} twice, in {other.folder} and in {topic.folder}."
            )
    return found


def described(folder: Path) -> TrainedTopic:
    """The topic whose model is in a folder.

    Raises:
        ModelMissing: there is none, or it is damaged.
    """
    if not (folder / DESCRIPTION).is_file():
        raise ModelMissing(
            f"There is no topic in {folder}: `kabar train` makes one, or correct KABAR_OWN_TOPICS."
        )
    try:
        return _read(folder)
    except (OSError, ValueError, LookupError, TypeError, BadConfiguration) as error:
        raise damaged(folder, error) from error


# A process goes on with what it began with, whatever is trained meanwhile.
_first_described = cache(described)


def _read(folder: Path) -> TrainedTopic:
    told = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    if told["format"] != FORMAT:
        raise ValueError(f"it is of format {told['format']!r}, not {FORMAT}")
    check(told["id"], told["medtop"])
    return TrainedTopic(told["id"], told["medtop"], folder, version_of(folder))


def damaged(folder: Path, error: Exception) -> ModelMissing:
    """What to raise of a folder that cannot be used."""
    problem = str(error).removesuffix(".")
    return ModelMissing(f"The topic in {folder} is damaged ({problem}): train it anew with `kabar train`.")


def version_of(folder: Path) -> str:
    """The version of the model in a folder.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for name in FILES:
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:_VERSION_DIGITS]


def description(topic_id: str, medtop: str | None, figures: dict[str, Any]) -> str:
    """The content of a folder's `topic.json`."""
    told = {"format": FORMAT, "id": topic_id, "medtop": medtop, "figures": figures}
    return json.dumps(told, indent=1) + "\n"


def pipeline_version(own: Sequence[TrainedTopic]) -> str:
    """What the id of an enriched event depends on beside its input: Kabar's version, and what else classifies."""
    return "\n".join((streams.__version__, *(topic.name_version for topic in own)))
