import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streams.errors import ModelMissing
from streams.nlp import model


def test_the_packaged_model_says_its_name_and_version() -> None:
    name, version = model.load().name_version.split(" ")
    assert name == "kabar-id"
    assert version[0].isdigit()


def test_the_model_is_read_once_per_process() -> None:
    assert model.load() is model.load()


def test_a_missing_model_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"^There is no model in .*: install") as caught:
        model.load_from(tmp_path / "nowhere")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["vectors.npz", "casing.json", "topics/weights.npz", "ner/config.cfg"])
def test_a_model_with_a_missing_part_is_damaged(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model.MODEL_DIR, folder)
    (folder / part).unlink()
    with pytest.raises(ModelMissing, match="is damaged"):
        model.load_from(folder)


@pytest.mark.parametrize(
    "part",
    [
        "vectors.npz",
        "casing.json",
        "topics/topics.json",
        "topics/terms.txt",
        "topics/weights.npz",
        "ner/ner/model",
    ],
)
def test_a_model_with_a_garbled_part_is_damaged(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model.MODEL_DIR, folder)
    (folder / part).write_bytes(b"\x00garbled")
    with pytest.raises(ModelMissing, match="is damaged"):
        model.load_from(folder)


def test_importing_the_stages_does_not_read_the_model() -> None:
    code = (
        "import streams.nlp.tagging, streams.nlp.classifying, streams.nlp.model as m; "
        "print(m.load.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_the_packaged_model_is_small() -> None:
    size = sum(path.stat().st_size for path in model.MODEL_DIR.rglob("*") if path.is_file())
    assert size < 40_000_000


def test_nothing_in_the_packaged_model_is_a_pickle() -> None:
    assert not list(model.MODEL_DIR.rglob("*.pkl"))
    assert json.loads((model.MODEL_DIR / "meta.json").read_text(encoding="utf-8"))["name"] == "kabar-id"


@pytest.mark.parametrize("part", ["vectors.npz", "topics/weights.npz"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.999])
def test_a_model_with_a_part_cut_short_is_damaged(tmp_path: Path, part: str, kept: float) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model.MODEL_DIR, folder)
    whole = (folder / part).read_bytes()
    (folder / part).write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(ModelMissing, match="is damaged"):
        model.load_from(folder)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("latent_gamma", lambda array: array * np.nan),
        ("latent_pulls", lambda array: array * np.nan),
        ("latent_pulls", lambda array: array[:1]),
        ("latent_pulls", lambda array: array[0]),
        ("latent_word_steps", lambda array: array[0]),
        ("latent_word_steps", lambda array: array * np.inf),
        ("latent_supports", lambda array: array[:, :-1]),
        ("latent_terms", lambda array: array + 10**6),
    ],
)
def test_a_latent_space_that_cannot_be_right_is_damage(
    tmp_path: Path, name: str, damage: Callable[[Any], Any]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model.MODEL_DIR, folder)
    with np.load(folder / "topics" / "weights.npz") as file:
        arrays = dict(file)
    arrays[name] = damage(arrays[name])
    np.savez(folder / "topics" / "weights.npz", **arrays)
    with pytest.raises(ModelMissing, match="is damaged"):
        model.load_from(folder)
