"""What the site of the documentation has besides its pages in this folder.

Links to the repository are checked against the checkout, and shown as file names. Known services get a page
each, the catalog is there as a file, and the studio's help as its English pages.
"""

import importlib.metadata
import re
from pathlib import Path
from typing import Any

import service_pages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from server.catalog import service as catalog
from server.studio.help import shelf

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)#]+)(#[^)]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages on known services, and the catalog as a file with its schema."""
    made: dict[str, str | bytes] = dict(service_pages.pages(catalog.services()))
    made |= catalog.exported(importlib.metadata.version("samtykke"))
    made |= _help()
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    return files


def _help() -> dict[str, str]:
    """The studio's own pages of help in English, with a list of them."""
    found = shelf.pages("en")
    listed = [f"- [{page.title}]({name}.md): {page.lead}" for name, page in found.items()]
    about = (
        "What stands behind the question marks in the studio. It comes with the product, in Norwegian too."
    )
    made = {f"help/{name}.md": (shelf.TEXTS / "en" / f"{name}.md").read_text("utf-8") for name in found}
    return {"help/index.md": "\n".join(["# Help in the studio", "", about, "", *listed, ""]), **made}


_SEARCH = '<div class="md-search" data-md-component="search" role="dialog"'


def on_post_page(output: str, **_: Any) -> str:
    """Give the dialog of the search a name: the theme has none, and screen readers say it."""
    return output.replace(_SEARCH, f'{_SEARCH} aria-label="Search"')


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Replace links out of `docs/` by the file's name as code.

    :raises FileNotFoundError: the repository has no such file.
    """
    if page.file.abs_src_path is None:  # made here, and not in the repository
        return markdown
    here = Path(page.file.abs_src_path).parent

    def named(match: re.Match[str]) -> str:
        target = (here / match[2]).resolve()
        if target.is_relative_to(ROOT / "docs"):
            return match[0]
        if not target.exists():
            raise FileNotFoundError(f"{page.file.src_uri} links to {match[2]}, which does not exist")
        label = match[1].strip("`")
        place = str(target.relative_to(ROOT))
        return f"`{place}`" if label in place else f"{label} (`{place}`)"

    return _LINK.sub(named, markdown)
