"""Copies files outside docs/ that a page links to into the site.

It never copies a Markdown page, whose own links would break.
"""

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

LINK = re.compile(r"\]\((\.\.[^)#\s]*)\)")
SHELF = "repository"
"""The folder of the site in which they lie, under their paths in the repository."""


def _outside(source: str, link: str, root: Path) -> str:
    """Return the path in the repository of the file that a page links to.

    It is empty if the link stays in docs/ or leads to no such file.
    """
    path = normpath(str(PurePosixPath("docs", source).parent / link))
    inside = path.startswith(("docs/", "../")) or path.endswith(".md")
    return "" if inside or not (root / path).is_file() else path


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The site's files, with those that the pages link to."""
    root = Path(config.docs_dir).parent
    pages = [(each.src_uri, each.content_string) for each in files.documentation_pages()]
    found = {_outside(source, link, root) for source, text in pages for link in LINK.findall(text)}
    for path in sorted(found - {""}):
        files.append(File.generated(config, f"{SHELF}/{path}", abs_src_path=str(root / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """The page, with such links led to the file's place in the site."""
    source, root = page.file.src_uri, Path(config.docs_dir).parent
    home = str(PurePosixPath(source).parent)

    def moved(link: re.Match[str]) -> str:
        path = _outside(source, link[1], root)
        return f"]({relpath(f'{SHELF}/{path}', home)})" if path else link[0]

    return LINK.sub(moved, markdown)
