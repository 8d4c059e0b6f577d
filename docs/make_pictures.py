"""Draws the README's pictures from what Kabar makes of bundled samples: `python docs/make_pictures.py`."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, RenderableType

from streams import samples
from streams.chain import Chain
from streams.cli.render import article_panel, summary_table
from streams.events import EnrichedArticle
from streams.records import Emit, Record
from streams.settings import load

IMAGES = Path(__file__).parent / "img"
IN_THE_TABLE = (
    "trb-jokowi-turnbull",
    "cnn-vonis-bom-gereja",
    "viva-estonia-dubes",
    "antara-3401177",
    "bola-teror-lini-depan",
)
IN_FULL = "trb-jokowi-turnbull"


def main() -> None:
    """Writes docs/img/table.svg and docs/img/article.svg."""
    records = [Record("raw", 0, 0, 0, None, value) for _, value in samples.articles()]
    outcomes = Chain.of(load()).outcomes(records)
    values = [outcome.value for outcome in outcomes if isinstance(outcome, Emit) and outcome.value]
    articles = {event.id: event for event in map(EnrichedArticle.decode, values)}
    table = summary_table([articles[name] for name in IN_THE_TABLE], title="kabar demo")
    _draw(table, IMAGES / "table.svg", title="kabar demo", width=132)
    _draw(
        article_panel(articles[IN_FULL]), IMAGES / "article.svg", title="kabar enrich article.txt", width=110
    )


def _draw(content: RenderableType, path: Path, *, title: str, width: int) -> None:
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    console.print(content)
    # Rich would have the reader's browser fetch a font from elsewhere; any fixed-width one does.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console.save_svg(str(path), title=title, unique_id=path.stem, code_format=template)


if __name__ == "__main__":
    main()
