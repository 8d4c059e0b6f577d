"""`kabar train`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import orjson
import typer

from streams import own_topics
from streams.cli import sources
from streams.cli.console import out as console
from streams.cli.console import printable, progress, say
from streams.errors import BadConfiguration, SetupError
from streams.own_topics import TrainedTopic
from streams.settings import Settings
from streams.train import labels
from streams.train.labels import Labels, Question

if TYPE_CHECKING:
    from streams.train.learning import Figures, Learned

FEW = 100
"""With fewer articles of the topic, figures and topic are rough."""
POOR_F1 = 0.6
LARGE_SHARE = 0.3
_MOST_SAID = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What to learn."""

    topic: str
    medtop: str | None
    label: str | None
    where: Sequence[str]
    min_score: float | None

    def questions(self) -> list[Question]:
        """What makes an article belong to it.

        Raises:
            BadConfiguration: it cannot be called that, or is asked for in a way that cannot be.
        """
        own_topics.check(self.topic, self.medtop)
        if self.label is not None and self.where:
            raise BadConfiguration("--label and --where are two ways to say the same: take one of them.")
        return [Question.of(where) for where in self.where] or [Question(self.label or self.topic)]


def run(files: Sequence[str], tests: Sequence[str], asked: Asked, folder: Path, settings: Settings) -> int:
    """Learns a topic, writes it and prints how good it is; the exit code, 1 if a line could not be used.

    Raises:
        SetupError: it cannot be learned; the message says why.
    """
    questions = asked.questions()
    sources.check([*files, *tests])
    learning = _learning()
    learning.require_room(folder)
    known, unseen = _read(files, questions, settings), _read(tests, questions, settings)
    _require_both(known, asked)
    with progress("Training", total=learning.STEPS) as advance:
        learned = learning.learn(asked.topic, known.articles, min_score=asked.min_score, advance=advance)
    learnt = {article.text for article in known.articles}
    apart = [article for article in unseen.articles if article.text not in learnt]
    test = learning.measure(learned.model, apart) if apart else None
    if len(apart) < len(unseen.articles):
        say(f"{len(unseen.articles) - len(apart):,} of the articles of --test were learned from: left out.")
    try:
        topic = learning.save(learned, folder, medtop=asked.medtop)
    except OSError as error:
        raise BadConfiguration(f"{folder} cannot be written: {error.strerror}.") from error
    warnings = _warnings(learned)
    for warning in warnings:
        say(warning)
    if console.is_terminal:
        _print(topic, learned, test)
    else:
        typer.echo(orjson.dumps(_json(topic, learned, test, warnings)))
    return 1 if known.left_out or unseen.left_out else 0


def _learning() -> ModuleType:
    try:
        from streams.train import learning
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"sklearn", "scipy", "threadpoolctl"}:
            raise
        raise SetupError(
            "Training needs scikit-learn, which is not installed: pip install scikit-learn, or Kabar as kabar[train]."
        ) from error
    return learning


def _read(files: Sequence[str], questions: Sequence[Question], settings: Settings) -> Labels:
    total = sources.total_bytes(files) if files else 0
    with progress("Reading ", total=total, unit_is_bytes=True, is_shown=bool(files)) as advance:

        def records() -> Iterator[tuple[str, bytes]]:
            for source in sources.read(files):
                yield source.place, source.value
                advance(len(source.value) + 1)

        found = labels.read(records(), questions, settings)
    for line in found.left_out[:_MOST_SAID]:
        say(printable(line))
    if len(found.left_out) > _MOST_SAID:
        say(f"... and {len(found.left_out) - _MOST_SAID:,} more were left out.")
    if found.repeated:
        say(f"{found.repeated:,} articles stand there more than once; each counts once.")
    return found


def _require_both(known: Labels, asked: Asked) -> None:
    """Says what there is instead, where a value that was asked for does not occur."""
    if asked.where and known.articles and not known.belonging:
        raise SetupError(f"No article has {' or '.join(asked.where)}; there are {printable(known.told())}.")


def _warnings(learned: Learned) -> list[str]:
    found = learned.held_out
    warnings = []
    if found.belonging < FEW:
        warnings.append(
            f"Only {found.belonging} articles are about it: take the figures, and the topic, as a beginning,"
            f" and label more ({FEW} or better several hundred)."
        )
    if found.f1 < POOR_F1:
        warnings.append(
            "It is not told apart well: look whether the labels agree with one another, or label more."
        )
    if found.belonging > LARGE_SHARE * found.articles:
        warnings.append(
            f"{found.belonging / found.articles:.0%} of the labelled articles are about it. If far fewer are of those"
            " that will come in, scores will be too high and more will be wrong than precision says: label articles as"
            " they come, or set --min-score higher."
        )
    return warnings


def _print(topic: TrainedTopic, learned: Learned, test: Figures | None) -> None:
    console.print(
        f"Learned {topic.id} from {learned.held_out.articles:,} articles, {learned.held_out.belonging:,} about it."
        f" It is assigned from a score of {learned.threshold:.2f} on.",
        soft_wrap=True,
    )
    for name, figures in (("held out", learned.held_out), ("test", test)):
        if figures is not None:
            console.print(
                f"{name:>10}: precision {figures.precision:.2f}, recall {figures.recall:.2f}, F1 {figures.f1:.2f}"
                f" (95%: {figures.f1_95[0]:.2f} to {figures.f1_95[1]:.2f}), calibration error"
                f" {figures.calibration_error:.2f}, {figures.belonging:,} of {figures.articles:,} articles about it",
                soft_wrap=True,
            )
    console.print(f"Version {topic.version} is in {topic.folder}. To use it:", markup=False, soft_wrap=True)
    folder = shlex.quote(str(topic.folder))
    console.print(f"    KABAR_OWN_TOPICS={folder} kabar worker", markup=False, soft_wrap=True)


def _json(
    topic: TrainedTopic, learned: Learned, test: Figures | None, warnings: Sequence[str]
) -> dict[str, Any]:
    return {
        "topic": topic.id,
        "medtop": topic.medtop,
        "folder": str(topic.folder),
        "version": topic.version,
        "threshold": learned.threshold,
        "held_out": asdict(learned.held_out),
        "test": test and asdict(test),
        "warnings": warnings,
    }
