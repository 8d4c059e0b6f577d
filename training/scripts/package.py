"""Puts the trained parts together as the folder that the install brings along."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import components  # noqa: F401  (registers what the config names)
import numpy as np
import spacy

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ner", type=Path, required=True, help="a trained spaCy pipeline")
    parser.add_argument("--vectors", type=Path, required=True, help="folder with vectors.npz and casing.json")
    parser.add_argument("--topics", type=Path, required=True, help="folder that train_topics.py wrote")
    parser.add_argument("--version", required=True)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)

    nlp = spacy.load(options.ner)
    nlp.config["initialize"]["before_init"] = None
    nlp.config["paths"] = dict.fromkeys(nlp.config["paths"])
    ner = nlp.get_pipe("ner")
    # Half precision on disk: the scores move in the fourth digit, the folder halves.
    for node in ner.model.walk():  # type: ignore[attr-defined]
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name).astype(np.float16))
    nlp.to_disk(options.out / "ner", exclude=["vocab"])
    shutil.rmtree(options.out / "ner" / "vocab", ignore_errors=True)

    shutil.copy(options.vectors / "vectors.npz", options.out / "vectors.npz")
    shutil.copy(options.vectors / "casing.json", options.out / "casing.json")
    shutil.copytree(options.topics, options.out / "topics")
    meta = {"name": "kabar-id", "version": options.version}
    (options.out / "meta.json").write_text(json.dumps(meta) + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{options.out}: {size / 1e6:.1f} MB")
