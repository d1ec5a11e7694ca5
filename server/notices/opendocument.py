"""Spreadsheets with text alone, as OpenDocument 1.3 (ISO/IEC 26300), by the standard library. Pure.

The libraries for it bring a tree of XML for what is three short files, and all cells here are texts, which no
spreadsheet evaluates.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow at all."""

_NOT_IN_NAMES = re.compile(r"[\[\]*?:/\\']")
"""What names of sheets must not have in LibreOffice or Excel."""

LONGEST_NAME = 31
"""Characters of a sheet's name in Excel."""

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the archive, so that the same cells give the same bytes."""


@dataclass(frozen=True)
class Sheet:
    """A sheet, whose first row holds the headings."""

    name: str
    rows: Sequence[Sequence[str]]


def spreadsheet(sheets: Iterable[Sheet], *, title: str, language: str) -> bytes:
    """A file with these sheets. A line break in a cell begins a new paragraph of it."""
    files = {
        "META-INF/manifest.xml": _MANIFEST,
        "content.xml": _content(sheets, language),
        "meta.xml": _META.format(title=_text(title), language=_text(language)),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        # The first file, and not compressed: by it programs know what the archive is.
        archive.writestr(zipfile.ZipInfo("mimetype", _LONG_AGO), MEDIA_TYPE)
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return made.getvalue()


def _content(sheets: Iterable[Sheet], language: str) -> str:
    base, _, region = language.partition("-")
    return _CONTENT.format(
        language=_text(base), country=_text(region or "none"), tables="".join(_sheet(each) for each in sheets)
    )


def _sheet(sheet: Sheet) -> str:
    name = _NOT_IN_NAMES.sub(" ", _plain(sheet.name))[:LONGEST_NAME].strip() or "1"
    width = max((len(row) for row in sheet.rows), default=1)
    first, *others = sheet.rows or ([""],)
    head = f"<table:table-header-rows>{_row(first, 'head')}</table:table-header-rows>"
    body = "".join(_row(row, "cell") for row in others)
    columns = f'<table:table-column table:style-name="wide" table:number-columns-repeated="{width}"/>'
    return f"<table:table table:name={quoteattr(name)}>{columns}{head}{body}</table:table>"


def _row(cells: Sequence[str], style: str) -> str:
    return f"<table:table-row>{''.join(_cell(cell, style) for cell in cells)}</table:table-row>"


def _cell(text: str, style: str) -> str:
    lines = "".join(f"<text:p>{_spaced(line)}</text:p>" for line in _plain(text).splitlines())
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="string">{lines}</table:table-cell>'
    )


def _spaced(line: str) -> str:
    """A line with all of its spaces, of which XML readers would else drop some."""
    return re.sub(
        r"(^ )|( {2,})| $",
        lambda found: f'<text:s text:c="{len(found[0])}"/>',
        escape(line.replace("\t", " ")),
    )


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _text(text: str) -> str:
    return escape(_plain(text))


_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""  # noqa: E501 - an element a line

_META = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3">
<office:meta><dc:title>{title}</dc:title><dc:language>{language}</dc:language></office:meta>
</office:document-meta>
"""  # noqa: E501 - as above

_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3">
<office:automatic-styles>
<style:style style:name="wide" style:family="table-column"><style:table-column-properties style:column-width="5cm"/></style:style>
<style:style style:name="cell" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/><style:text-properties fo:language="{language}" fo:country="{country}"/></style:style>
<style:style style:name="head" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/><style:text-properties fo:language="{language}" fo:country="{country}" fo:font-weight="bold"/></style:style>
</office:automatic-styles>
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>
</office:document-content>
"""  # noqa: E501 - as above
