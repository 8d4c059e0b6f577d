"""What is written can be read: the contrast that WCAG 2.2 asks for at level AA, light and dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STYLE = files("streams.web").joinpath("static", "colours.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in STYLE.split("@media", maxsplit=2)[:2]
)

ON_PAGES = [
    (text, page) for text in ("ink", "soft", "accent", "bad", "wait", "live") for page in ("paper", "sheet")
]
ON_MARKS = [("ink", kind) for kind in ("person", "org", "gpe", "loc", "fac", "norp", "event", "law")]
ON_TINTS = [
    ("on-accent", "accent"),
    ("accent", "tint"),
    ("ink", "tint"),
    ("soft", "tint"),
    ("bad", "bad-tint"),
    ("diplomacy", "diplomacy-tint"),
    ("terrorism", "terrorism-tint"),
    ("ink", "diplomacy-tint"),
    ("ink", "terrorism-tint"),
    ("own", "own-tint"),
    ("ink", "own-tint"),
]
LINES = [
    (line, page)
    for line in ("line-strong", "diplomacy", "terrorism", "own", "accent")
    for page in ("paper", "sheet")
]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("text", "ground"), [*ON_PAGES, *ON_MARKS, *ON_TINTS])
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_from_what_it_is_on(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize(("line", "ground"), LINES)
@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_underlines_and_focus_can_be_seen(scheme: dict[str, str], line: str, ground: str) -> None:
    assert contrast(scheme[line], scheme[ground]) >= 3


def test_both_schemes_have_all_colours() -> None:
    assert set(LIGHT) == set(DARK)
