"""What a part of a notice is made of, and each block as plain lines. Pure."""

from dataclasses import dataclass
from html.parser import HTMLParser

from server.notices.values import Text
from server.sites.rich_text import INLINE

Cell = tuple[Text, ...]
"""Texts below each other."""


@dataclass(frozen=True)
class Paragraph:
    """A sentence or a link."""

    text: Text

    @property
    def lines(self) -> tuple[str, ...]:
        """It as plain text."""
        return (self.text.text,)


@dataclass(frozen=True)
class Facts:
    """A list of labels with what they stand for."""

    rows: tuple[tuple[Text, Cell], ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each label."""
        return tuple(f"{label.text}: {_joined(cell)}" for label, cell in self.rows)


@dataclass(frozen=True)
class Table:
    """Rows with the same columns; the first column names the row."""

    caption: Text
    headings: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """An entry for each row: each cell on a line with its heading, unless it is empty."""
        return tuple(self._line(row) for row in self.rows)

    def _line(self, row: tuple[Cell, ...]) -> str:
        parts = zip(self.headings[1:], row[1:], strict=True)
        others = [f"{heading.text}: {_joined(cell)}" for heading, cell in parts if cell]
        return "\n".join((_joined(row[0]), *others))


Block = Paragraph | Facts | Table


def _joined(cell: Cell) -> str:
    return "; ".join(" ".join(text.text.split()) for text in cell)


def lines_of_html(source: str) -> tuple[str, ...]:
    """The text of rich text, one line for each paragraph, list item, heading or line break."""
    reader = _Lines()
    reader.feed(source)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\0"))
    return tuple(filter(None, lines))


class _Lines(HTMLParser):
    """Collects text, with NUL where a line ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - HTMLParser's signature
        """An element begins; only inline ones go on with the line."""
        if tag not in INLINE:
            self.found.append("\0")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        self.handle_starttag(tag, None)

    def handle_data(self, data: str) -> None:
        """Text."""
        self.found.append(data.replace("\0", ""))
