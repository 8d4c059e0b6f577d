"""The documentation as a site: it can be built, and is whole without the network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from docs.site import reference
from tests.documentation import pages

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `make docs` does it, where the slightest warning is an error."""
    folder = tmp_path_factory.mktemp("built").resolve() / "site"
    built = subprocess.run(
        [sys.executable, "docs/site/build.py", "--out", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


@cache
def parsed(page: Path) -> LexborHTMLParser:
    return LexborHTMLParser(page.read_text(encoding="utf-8"))


def references(page: Path, selector: str, attribute: str) -> Iterator[str]:
    for node in parsed(page).css(f"{selector}[{attribute}]"):
        yield node.attributes[attribute] or ""


def is_elsewhere(target: str) -> bool:
    return re.match(r"[a-z]+:|//", target) is not None


def targets(page: Path, selector: str = "*") -> Iterator[tuple[Path, str]]:
    """(file, anchor) of what a page links to or shows."""
    for attribute in ("href", "src"):
        for target in references(page, selector, attribute):
            if target not in {"", "#"} and not is_elsewhere(target):
                address = urlsplit(target)
                file = (page.parent / unquote(address.path)).resolve() if address.path else page
                yield file, unquote(address.fragment)


@cache
def anchors(page: Path) -> frozenset[str]:
    return frozenset(references(page, "*", "id"))


def is_there(file: Path, anchor: str) -> bool:
    return file.is_file() and (not anchor or anchor in anchors(file))


def test_every_link_and_anchor_leads_somewhere(site: Path) -> None:
    found = [(page, file, anchor) for page in site.rglob("*.html") for file, anchor in targets(page)]
    assert len(found) > 500
    assert [
        f"{page.relative_to(site)} -> {file}#{anchor}"
        for page, file, anchor in found
        if not is_there(file, anchor)
    ] == []


def test_every_page_of_the_documentation_is_reached_from_the_start_page(site: Path) -> None:
    reached: set[Path] = set()
    waiting = {site / "index.html"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = {file for file, _ in targets(page, "a") if file.suffix == ".html"}
        waiting |= linked - reached
    wanted = [
        page
        for page in pages()
        if re.match(r"docs/(?!site/)|bench/|(README|CHANGELOG|CONTRIBUTING)\.md|training/README", page)
    ]
    assert [page for page in wanted if (site / page).with_suffix(".html") not in reached] == []


def test_nothing_is_asked_for_from_elsewhere(site: Path) -> None:
    loaded = [("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src"), ("object", "data")]
    asked = [
        f"{page.relative_to(site)}: {target}"
        for page in site.rglob("*.html")
        for selector, attribute in loaded
        for target in references(page, selector, attribute)
        if is_elsewhere(target)
    ]
    asked += [
        f"{sheet.relative_to(site)}: {target}"
        for sheet in site.rglob("*.css")
        for target in re.findall(r"(?:url\(|@import )['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
        if is_elsewhere(target) and not target.startswith("data:")
    ]
    assert asked == []


def test_a_file_that_a_page_links_to_can_be_downloaded(site: Path) -> None:
    downloads = {
        file.name for page in site.rglob("*.html") for file, _ in targets(page) if "_downloads" in file.parts
    }
    assert {"asyncapi.yaml", "enriched-article.json", "worker.yaml", "client_service.py"} <= downloads


def test_the_reference_is_what_the_code_says() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in reference.FOLDER.iterdir()}
    assert written == reference.pages(), "run `make reference`"
