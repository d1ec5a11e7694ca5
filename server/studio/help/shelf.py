"""The pages of help by language and name, read once."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from server.studio.help.reading import Page, Section, read

TEXTS = Path(__file__).parent / "texts"

PAGES = (
    "start",
    "texts",
    "categories",
    "services",
    "appearance",
    "behaviour",
    "tools",
    "controller",
    "notice",
    "publish",
    "compare",
    "experiment",
    "install",
    "analytics",
    "consents",
    "requests",
    "register",
    "messages",
    "tokens",
    "website",
    "sites",
    "groups",
    "users",
    "account",
)
"""Names of the pages in the order of the contents, which is that of the studio's menus."""


@lru_cache(maxsize=3)
def pages(language: str) -> Mapping[str, Page]:
    """The pages in a language of the studio, by name."""
    folder = TEXTS / language
    return {name: read((folder / f"{name}.md").read_text(encoding="utf-8")) for name in PAGES}


def section(topic: str, language: str) -> tuple[Page, Section]:
    """A topic such as `appearance#theme`: its page and its section.

    :raises KeyError: there is none.
    """
    name, _, anchor = topic.partition("#")
    page = pages(language)[name]
    return page, page.sections[anchor]
