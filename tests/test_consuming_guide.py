"""docs/consuming.md shows the very scripts that the tests run, and names headers that exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.contract_documents import asyncapi

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "consuming.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def test_every_script_is_shown_as_it_is() -> None:
    shown = dict(BLOCK.findall(GUIDE))
    scripts = [*(DOCS / "examples").glob("*.py"), DOCS / "examples" / "typescript" / "read_events.ts"]
    assert shown == {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in scripts}


def test_every_header_of_the_contract_is_explained() -> None:
    messages = asyncapi()["components"]["messages"].values()
    names = {name for message in messages for name in message["headers"]["properties"]}
    shortened = {"__streams.errors.partition": ".partition", "__streams.errors.offset": ".offset"}
    assert [name for name in sorted(names) if f"`{shortened.get(name, name)}`" not in GUIDE] == []
