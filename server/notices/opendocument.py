"""Spreadsheets of texts as OpenDocument (ISO/IEC 26300). Pure."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from odfdo import Cell, Document, Paragraph, Row, Style, Table

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow at all."""

_NOT_IN_NAMES = re.compile(r"[\[\]*?:/\\'\s]+")
"""What names of sheets must not have in LibreOffice or Excel, and line breaks."""

LONGEST_NAME = 31
"""Characters of a sheet's name in Excel."""


@dataclass(frozen=True)
class Sheet:
    """A sheet, whose first row holds the headings."""

    name: str
    rows: Sequence[Sequence[str]]


def spreadsheet(sheets: Iterable[Sheet], *, title: str, language: str) -> bytes:
    """A file with these sheets. A line break in a cell begins a new paragraph of it.

    All cells are typed as texts, which no spreadsheet program evaluates.
    """
    document = Document("spreadsheet")
    document.body.clear()
    head = document.insert_style(_cells("head", bold=True), automatic=True)
    cell = document.insert_style(_cells("cell", bold=False), automatic=True)
    wide = document.insert_style(Style("table-column", name="wide", width="5cm"), automatic=True)
    for sheet in sheets:
        document.body.append(_table(sheet, head=head, cell=cell, column=wide))
    document.meta.title = _plain(title)
    document.meta.language = language
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _cells(name: str, *, bold: bool) -> Style:
    made = Style("table-cell", name=name, wrap_option="wrap", vertical_align="top")
    if bold:
        made.set_properties(area="text", properties={"fo:font-weight": "bold"})
    return made


def _table(sheet: Sheet, *, head: str, cell: str, column: str) -> Table:
    table = Table(_NOT_IN_NAMES.sub(" ", _plain(sheet.name))[:LONGEST_NAME].strip() or "1")
    for index, texts in enumerate(sheet.rows):
        row = Row()
        for place, text in enumerate(texts):
            row.set_cell(place, _cell(text, cell if index else head))
        table.append_row(row)
    for each in table.columns:
        each.style = column
        table.set_column(each.x or 0, each)
    return table


def _cell(text: str, style: str) -> Cell:
    made = Cell(cell_type="string", style=style)
    for line in _plain(text).splitlines():
        made.append(Paragraph(line.replace("\t", " ")))
    return made


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
