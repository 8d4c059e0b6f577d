"""The documentation as a site; `docs/site/build.py` lays out what Sphinx reads."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import streams

project = "Kabar"
release = streams.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

# Links to headings are made as code hosts make them.
myst_heading_anchors = 4
# Options of commands begin with two hyphens, not with a dash.
smartquotes = False

napoleon_numpy_docstring = False
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_title = f"Kabar {release}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False


def setup(app: Any) -> None:
    """Docstrings are translated before Napoleon, whose priority is 500, sees them."""
    app.connect("autodoc-process-docstring", _translate, priority=400)


def _translate(_app: Any, what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    """To reStructuredText: the docstrings have `code` and indented examples as Markdown has them."""
    text = "\n".join(_with_directives(lines))
    if what == "attribute":  # what is before a colon would be taken for its type
        text = f": {text}"
    lines[:] = re.sub(r"`([^`]+)`(\w?)", _literal, text).split("\n")


def _literal(code: re.Match[str]) -> str:
    """What follows at once, as in "`ce_id`s", needs a separator that does not show."""
    return f"``{code[1]}``" + (rf"\ {code[2]}" if code[2] else "")


def _with_directives(lines: list[str]) -> Iterator[str]:
    """An example is indented after a blank line, and what was before that is not."""
    previous = last_words = ""
    for line in lines:
        if line.startswith("    ") and not previous and re.match(r"\S", last_words):
            yield from (".. code-block:: python", "")
        yield line
        previous = line
        last_words = line or last_words
