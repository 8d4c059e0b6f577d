"""Builds the documentation as a site: `python docs/site/build.py` (`make docs`), then open build/site/index.html.

Sphinx reads one folder, and a code host the whole repository. So every page is laid out as it lies in the repository,
with the files that pages link to, and relative links lead to the same things on both. A link to a folder leads to its
README, else to a list of its files.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from markdown_it import MarkdownIt
from sphinx.cmd.build import main as sphinx

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LISTED = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md"),
    *("docs/*.md", "docs/reference/*.md", "bench/**/README.md", "training/*.md"),
)
"""Pages that the start page has to list; others are taken in when one of them links to them."""
UNLISTED = "---\norphan: true\n---\n\n"
"""Tells Sphinx that no list of contents has the page."""


class Layout:
    """The folder that Sphinx reads.

    Args:
        target: where it is made anew.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listed = [page for pattern in LISTED for page in sorted(ROOT.glob(pattern))]

    def make(self) -> None:
        """Copies the pages, and all that they link to."""
        shutil.rmtree(self._target, ignore_errors=True)
        self._target.mkdir(parents=True)
        shutil.copy2(HERE / "client.rst", self._target)
        start = (HERE / "index.md").read_text(encoding="utf-8")
        (self._target / "index.md").write_text(_without_empty_patterns(start), encoding="utf-8")
        for page in self._listed:
            self._add_page(page)

    def _place(self, path: Path) -> Path:
        place = self._target / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _add_page(self, page: Path) -> None:
        copy = self._place(page)
        if copy.exists():
            return
        # It has to be there before its links are followed: pages link to each other.
        copy.touch()
        text = page.read_text(encoding="utf-8")
        for link in _links(text):
            path = (page.parent / link).resolve()
            if path.is_dir():
                text = text.replace(f"]({link})", f"]({link.rstrip('/')}/{self._add_folder(path)})")
            elif path.is_file() and path.is_relative_to(ROOT):  # of others Sphinx warns
                self._add_file(path)
        copy.write_text(text if page in self._listed else UNLISTED + text, encoding="utf-8")

    def _add_folder(self, folder: Path) -> str:
        """The name of the page within it that a link to the folder leads to."""
        if (folder / "README.md").exists():
            self._add_page(folder / "README.md")
            return "README.md"
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        for file in files:
            self._add_file(file)
        page = self._place(folder / "index.md")
        lines = "\n".join(f"- [{file.name}]({file.name})" for file in files)
        page.write_text(f"{UNLISTED}# {folder.relative_to(ROOT)}\n\n{lines}\n", encoding="utf-8")
        return page.name

    def _add_file(self, file: Path) -> None:
        if file.suffix == ".md":
            self._add_page(file)
        else:
            shutil.copy2(file, self._place(file))


def _without_empty_patterns(text: str) -> str:
    """A list of contents may name pages by a pattern; Sphinx warns of one that nothing fits."""
    lines = text.splitlines(keepends=True)
    patterns = [line for line in lines if re.fullmatch(r"[\w/]*\*[\w/*]*\n", line)]
    empty = [pattern for pattern in patterns if not any(ROOT.glob(f"{pattern.strip()}.md"))]
    return "".join(line for line in lines if line not in empty)


def _links(text: str) -> list[str]:
    """Where the links and pictures of a page lead to in the repository, each once."""
    found = {}
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for inline in token.children or ():
            target = str(inline.attrGet("href") or inline.attrGet("src") or "").partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                found[target] = None
    return list(found)


def build(site: Path) -> int:
    """Builds into the folder `site`, with its files in between beside it; the exit code, 1 at the slightest warning."""
    work = site.with_name(f"{site.name}-work")
    Layout(work / "source").make()
    if (site / ".buildinfo").exists():  # an earlier one: pages of it may be gone
        shutil.rmtree(site)
    options = ("--quiet", "--fail-on-warning", "--fresh-env", "--doctree-dir", str(work / "doctrees"))
    return sphinx([*options, "--conf-dir", str(HERE), "--builder", "html", str(work / "source"), str(site)])


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    options = parser.parse_args()
    site = options.out.resolve()
    code = build(site)
    if code == 0:
        print(site / "index.html")
    sys.exit(code)


if __name__ == "__main__":
    main()
