"""What docs/security.md shows, for the tests that try it."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = (Path(__file__).parents[1] / "docs" / "security.md").read_text(encoding="utf-8")

EXAMPLES = [
    dict(re.findall(r"^export (\w+)=(.*)$", block, re.MULTILINE))
    for block in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
]
"""The variables of each example."""
