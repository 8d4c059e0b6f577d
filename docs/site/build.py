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
PAGES = ("*.md", "docs/*.md", "docs/reference/*.md", "bench/**/*.md", "deploy/**/*.md", "training/*.md")
START_PAGES = ("index.md", "client.rst")


class Layout:
    """The folder that Sphinx reads.

    Args:
        target: where it is made anew.
    """

    def __init__(self, target: Path) -> None:
        self._target = target

    def make(self) -> None:
        """Copies the pages, and all that they link to."""
        shutil.rmtree(self._target, ignore_errors=True)
        self._target.mkdir(parents=True)
        for name in START_PAGES:
            shutil.copy2(HERE / name, self._target / name)
        for pattern in PAGES:
            for page in sorted(ROOT.glob(pattern)):
                self._add_page(page, in_the_list=True)

    def _add_page(self, page: Path, *, in_the_list: bool = False) -> None:
        copy = self._target / page.relative_to(ROOT)
        if copy.exists():
            return
        copy.parent.mkdir(parents=True, exist_ok=True)
        # It has to be there before its links are followed: pages link to each other.
        copy.touch()
        text = page.read_text(encoding="utf-8")
        for link in _links(text):
            path = (page.parent / link).resolve()
            if not path.is_relative_to(ROOT):
                continue
            if path.is_dir():
                name = self._add_folder(path)
                text = re.sub(rf"\]\({re.escape(link)}\)", f"]({link.rstrip('/')}/{name})", text)
            elif path.suffix == ".md" and path.exists():
                self._add_page(path)
            elif path.exists():
                self._add_file(path)
        copy.write_text(text if in_the_list else f"---\norphan: true\n---\n\n{text}", encoding="utf-8")

    def _add_folder(self, folder: Path) -> str:
        """The name of the page within it that a link to the folder leads to."""
        if (folder / "README.md").exists():
            self._add_page(folder / "README.md")
            return "README.md"
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        for file in files:
            self._add_file(file)
        page = self._target / folder.relative_to(ROOT) / "index.md"
        lines = "\n".join(f"- [{file.name}]({file.name})" for file in files)
        page.write_text(
            f"---\norphan: true\n---\n\n# {folder.relative_to(ROOT)}\n\n{lines}\n", encoding="utf-8"
        )
        return page.name

    def _add_file(self, file: Path) -> None:
        copy = self._target / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)


def _links(text: str) -> list[str]:
    """Where the links and pictures of a page lead to in the repository, each once."""
    found = {}
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for inline in token.children or ():
            target = str(inline.attrGet("href") or inline.attrGet("src") or "").partition("#")[0]
            if target and not re.match(r"[a-z]+:", target):
                found[target] = None
    return list(found)


def build(site: Path, work: Path) -> int:
    """Builds into the folder `site` with its files in between in `work`; the exit code, 1 at the slightest warning."""
    Layout(work / "source").make()
    shutil.rmtree(site, ignore_errors=True)
    options = ("--quiet", "--fail-on-warning", "--fresh-env", "--doctree-dir", str(work / "doctrees"))
    return sphinx([*options, "--conf-dir", str(HERE), "--builder", "html", str(work / "source"), str(site)])


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "site-work", help="files in between")
    options = parser.parse_args()
    code = build(options.out, options.work)
    if code == 0:
        print(options.out / "index.html")
    sys.exit(code)


if __name__ == "__main__":
    main()
