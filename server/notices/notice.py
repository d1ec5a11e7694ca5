"""The privacy notice of a published version: its sections in order, in one language. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from server.notices.blocks import Block, lines_of_html
from server.notices.declaration import Wording
from server.notices.notice_context import Circumstances, Context
from server.notices.notice_parts import GENERATED
from server.notices.values import Text
from server.sites import rich_text
from server.sites.document_types import Document, Section


@dataclass(frozen=True)
class Part:
    """A section as it is shown: the site's own words, then what the document says."""

    key: str
    """Also its anchor on the page."""
    heading: Text
    body: Text
    """HTML that was cleaned; perhaps empty."""
    blocks: tuple[Block, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """It as plain text: a line for each paragraph, list item, label or table row."""
        generated = (line for block in self.blocks for line in block.lines)
        return (*lines_of_html(self.body.text), *generated)


@dataclass(frozen=True)
class Notice:
    """A privacy notice."""

    language: str
    title: Text
    parts: tuple[Part, ...]


def composed(document: Document, domains: Collection[str], language: str, about: Circumstances) -> Notice:
    """The notice of a document of a site with these domains, in a language of the banner.

    Sections follow each other as in the document. One that has neither words nor anything from the document
    is left out, and so is a hidden one.
    """
    of = Context(Wording(document, language, domains), about)
    sections = document["notice"]["sections"]
    parts = [_part(of, section) for section in sections if not section["hidden"]]
    shown = tuple(part for part in parts if part.heading.text and (part.body.text or part.blocks))
    return Notice(language, of.ours("title"), shown)


def _part(of: Context, section: Section) -> Part:
    body = of.wording.of(section["body"])
    generate = GENERATED.get(section["key"])
    return Part(
        key=section["key"],
        heading=of.wording.of(section["heading"]),
        body=Text(str(rich_text.as_html(body.text)) if body.text else "", body.language),
        blocks=tuple(generate(of)) if generate else (),
    )
