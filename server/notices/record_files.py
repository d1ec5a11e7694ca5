"""The record of processing as CSV, as OpenDocument spreadsheet, and as the page for a PDF. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Literal

from markupsafe import Markup

from server.core.spreadsheets import harmless
from server.notices import opendocument
from server.notices.processing_record import AREA, OF_ALL, OF_ROWS, Column, Lines, ProcessingRecord
from server.notices.words import words

Format = Literal["csv", "ods", "pdf"]

FORMATS: Mapping[Format, str] = {
    "csv": "text/csv",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf",
}
"""Format → media type."""

_COLUMNS: tuple[Column, ...] = (*OF_ROWS, *OF_ALL)


def as_csv(record: ProcessingRecord) -> str:
    """A line for each purpose with all columns; several values of a cell are lines of it (RFC 4180).

    It begins with a byte order mark, by which spreadsheets know that it is UTF-8.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for row in _table(record):
        writer.writerow(harmless(cell) for cell in row)
    return "\ufeff" + file.getvalue()


def as_ods(record: ProcessingRecord) -> bytes:
    """A spreadsheet with the purposes, and a second sheet with what is missing."""
    said = words(AREA, record.language)
    gaps = [[gap.label, gap.name or said["parts"].get(gap.kind, gap.label)] for gap in record.gaps]
    sheets = [opendocument.Sheet(said["parts"]["activities"], list(_table(record)))]
    if gaps:
        columns = [said["missing"], said["columns"]["activity"]]
        sheets.append(opendocument.Sheet(said["missing"], [columns, *gaps]))
    return opendocument.spreadsheet(sheets, title=record.title, language=record.language)


def _table(record: ProcessingRecord) -> Iterable[list[str]]:
    yield [record.headings[column] for column in _COLUMNS]
    for row in record.rows:
        cells = {**row, **record.about}
        yield ["\n".join(cells[column]) for column in _COLUMNS]


def as_html(record: ProcessingRecord) -> str:
    """A page with all of it, for a PDF: the controller, a table for each purpose, and what is missing."""
    said = words(AREA, record.language)
    owner = record.about["controller"][0]
    about = [column for column in OF_ALL if column != "security"]
    purposes = Markup().join(
        Markup("<section><h3>{}</h3>{}</section>").format(
            " ".join(row["activity"]), _facts((record.headings[each], row[each]) for each in OF_ROWS[1:])
        )
        for row in record.rows
    )
    missing = Markup().join(
        Markup("<li>{}</li>").format(f"{gap.name}: {gap.label}" if gap.name else gap.label)
        for gap in record.gaps
    )
    return str(
        _PAGE.format(
            language=record.language,
            title=record.title,
            owner=owner,
            law=said["law"],
            source=record.source,
            made=record.made,
            controller=said["parts"]["controller"],
            about=_facts((record.headings[each], record.about[each]) for each in about),
            activities=said["parts"]["activities"],
            purposes=purposes,
            security_heading=said["parts"]["security"],
            security=_paragraphs(record.about["security"]),
            missing=Markup("<h2>{}</h2><ul>{}</ul>").format(said["missing"], missing)
            if record.gaps
            else Markup("<p class=complete>{}</p>").format(said["nothing_missing"]),
        )
    )


def _facts(rows: Iterable[tuple[str, Lines]]) -> Markup:
    made = (Markup("<tr><th scope=row>{}</th><td>{}</td></tr>").format(a, _broken(b)) for a, b in rows)
    return Markup("<table>{}</table>").format(Markup().join(made))


def _broken(lines: Iterable[str]) -> Markup:
    return Markup("<br>").join(lines)


def _paragraphs(lines: Iterable[str]) -> Markup:
    return Markup().join(Markup("<p>{}</p>").format(line) for line in lines)


_PAGE = Markup("""<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title} – {owner}</title><meta name="author" content="{owner}"></head>
<body>
<p class="owner">{owner}</p>
<h1>{title}</h1>
<p>{law}<br>{source}.<br>{made}.</p>
<h2>{controller}</h2>{about}
<h2>{activities}</h2>{purposes}
<h2>{security_heading}</h2>{security}
{missing}
</body>
</html>
""")

STYLES = """
@page { size: A4; margin: 22mm 20mm 20mm;
  font: 8pt system-ui, sans-serif; color: #444;
  @bottom-left { content: string(owner); }
  @bottom-right { content: counter(page) " / " counter(pages); } }
@page :first { @bottom-left { content: ""; } }
html { color: #111; font: 10pt/1.5 system-ui, "Noto Sans", "DejaVu Sans", sans-serif; }
body { overflow-wrap: anywhere; }
body { margin: 0; }
.owner { margin: 0; font-weight: 600; string-set: owner content(); }
h1 { margin: 0 0 4pt; font-size: 22pt; line-height: 1.2; }
h2 { margin: 20pt 0 4pt; font-size: 14pt; line-height: 1.25; }
h3 { margin: 14pt 0 3pt; font-size: 11pt; }
h2, h3 { break-after: avoid; }
p, ul { margin: 5pt 0; }
.complete { margin-top: 16pt; font-weight: 600; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: 9pt; line-height: 1.4; }
th, td { padding: 3pt 8pt 3pt 0; border-top: .5pt solid #bbb; text-align: start; vertical-align: top; }
th { width: 30%; font-weight: 600; }
tr { break-inside: avoid; }
"""
"""How the PDF looks, on A4."""
