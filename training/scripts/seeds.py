"""The recogniser trained from several seeds: how much of an entity figure is the configuration and how much is luck.

    cd training && python -m spacy project run spread

Each seed is a run of `spacy train` with one thread (12 to 15 minutes); `--at-once` of them run side by side. What is
measured is the recogniser alone, before packaging (which rounds its weights to half precision).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import components  # noqa: F401  (registers what the config names)
import numpy as np
import spacy
from labelled import rows
from measures import TYPES, in_capitals, prf, spans

from streams.nlp import recognise
from streams.nlp.casing import Caser
from streams.nlp.vectors import SubwordVectors

SEEDS = (1, 2, 3, 4, 5)


def train(seed: int, work: Path, steps: int) -> Path:
    """The folder of the model trained from `seed`.

    Raises:
        subprocess.CalledProcessError: training failed; its output is in the log in the folder.
    """
    out = work / "seeds" / str(seed)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = [sys.executable, "-m", "spacy", "train", "configs/ner.cfg", "--code", "scripts/components.py"]
    values = {
        "output": out,
        "paths.train": work / "train.spacy",
        "paths.dev": work / "watch.spacy",
        "paths.vectors": work / "vectors" / "vectors.npz",
        "training.max_steps": steps,
        "system.seed": seed,
    }
    for name, value in values.items():
        command += [f"--{name}", str(value)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    with (out / "log").open("w", encoding="utf-8") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, env=environment)  # noqa: S603
    return out / "model-last"


def measure(folder: Path, vectors: Path, articles: list[dict[str, Any]]) -> dict[str, Any]:
    """The scores of one model on the dev articles, as they are and in capitals."""
    nlp = spacy.load(folder, exclude=["vocab"])
    nlp.vocab.vectors = SubwordVectors.load(vectors / "vectors.npz", strings=nlp.vocab.strings)
    caser = Caser.load(vectors / "casing.json")
    gold = [{(s, e, t) for s, e, t in row["entities"]} for row in articles]
    texts = [row["text"] for row in articles]
    loud = [in_capitals(text) for text in texts]
    found, shouted = (list(map(set, recognise.spans(nlp, each, caser=caser))) for each in (texts, loud))
    return {**spans(gold, found), "upper_cased_f": prf(gold, shouted)["f"]}


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean, standard deviation, least and most of each F1 over the seeds."""

    def over(values: list[float]) -> dict[str, float]:
        return {
            "mean": round(float(np.mean(values)), 4),
            "sd": round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else 0.0,
            "least": min(values),
            "most": max(values),
        }

    figures = {"micro": over([run["micro"]["f"] for run in runs])}
    figures |= {
        name: over([run[name] for run in runs]) for name in ("macro_f", "macro_f_rare", "upper_cased_f")
    }
    return figures | {kind: over([run["types"][kind]["f"] for run in runs]) for kind in TYPES}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dev", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args()
    with ThreadPoolExecutor(options.at_once) as pool:
        folders = list(pool.map(lambda seed: train(seed, options.work, options.steps), options.seeds))
    listed = list(rows(options.dev))
    each = [measure(folder, options.work / "vectors", listed) for folder in folders]
    report = {"summary": summary(each), "seeds": dict(zip(map(str, options.seeds), each, strict=True))}
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report["summary"], indent=1))
