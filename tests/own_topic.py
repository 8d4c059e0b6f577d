"""A topic of one's own, learned from the labels that docs/topics.md walks through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from streams.own_topics import TrainedTopic
from streams.settings import load
from streams.train import labels
from streams.train.labels import Labelled, Question

LABELS = Path(__file__).parents[1] / "docs" / "examples" / "cyber.jsonl"

HACKED = (
    "Peretas membobol server sebuah koperasi dan mencuri data pribadi nasabah. Polisi siber menelusuri tautan phishing"
    " yang dikirim kepada korban.\n\nPakar keamanan siber meminta nasabah segera mengganti kata sandi."
)
HARVEST = (
    "Petani di lereng gunung memanen kentang lebih awal karena hujan. Harga di pasar tetap baik, kata kepala desa."
    "\n\nPemerintah kabupaten memperbaiki jalan ke kebun."
)


def labelled() -> list[Labelled]:
    """The articles of the walk-through."""
    lines = LABELS.read_bytes().splitlines()
    records = [(f"cyber.jsonl:{number}", line) for number, line in enumerate(lines, start=1)]
    return labels.read(records, [Question("cyber")], load()).articles


def learned(
    folder: Path, articles: Sequence[Labelled] | None = None, *, medtop: str | None = None
) -> TrainedTopic:
    """The topic, learned and written to a folder."""
    # It needs scikit-learn, which not every test does.
    from streams.train import learning  # noqa: PLC0415

    found = learning.learn("cyber", labelled() if articles is None else articles)
    return learning.save(found, folder, medtop=medtop)


def relabelled(articles: Sequence[Labelled]) -> list[Labelled]:
    """Other labels: of the first article, the opposite."""
    return [replace(articles[0], belongs=not articles[0].belongs), *articles[1:]]
