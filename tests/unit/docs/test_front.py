"""The pages that a stranger sees first: links, versions, no repetition."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath

import pytest

from tools.cluster.paths import CHECKOUT as ROOT
from tools.testbed.helm import CHART

LINK = re.compile(r"\]\(([^)\s]+)\)")
FRONT = [
    *sorted(ROOT.glob("*.md")),
    ROOT / CHART / "README.md",
    ROOT / ".github" / "pull_request_template.md",
]

DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the forge makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def pages(page: Path) -> Iterator[str]:
    """Yield the other pages of docs/ that a page links to."""
    for link in LINK.findall(page.read_text()):
        if (target := link.partition("#")[0]).endswith(".md") and "://" not in target:
            yield normpath((page.parent / target).relative_to(DOCS).as_posix())


@pytest.mark.parametrize("page", FRONT, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    """`make docs` checks those below docs/ only."""
    for link in LINK.findall(page.read_text()):
        if "://" not in link:
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_page_is_two_clicks_from_the_first() -> None:
    """The first page links to it, or to a page that does; a decision by the list of decisions."""
    first = set(pages(DOCS / "index.md"))
    second = {page for each in first for page in pages(DOCS / each)}
    everything = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert everything - first - second == {"index.md"}


def test_the_newest_minor_version_is_the_one_that_gets_fixes() -> None:
    """SECURITY.md and MAINTAINING.md say that only it is supported."""
    minor = ".".join(str(PROJECT["version"]).split(".")[:2])
    rows = re.findall(r"^\| (\S+) \| yes \|", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    assert rows == [f"{minor}.x"]


def test_readme_index_and_tutorial_do_not_repeat_each_other() -> None:
    """No paragraph and no block of one is in another."""
    seen: dict[str, str] = {}
    for page in (ROOT / "README.md", DOCS / "index.md", DOCS / "tutorial.md"):
        for part in page.read_text().split("\n\n"):
            plain = " ".join(part.split())
            if len(plain) > 60:
                assert seen.setdefault(plain, page.name) == page.name, plain
