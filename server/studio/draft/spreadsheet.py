"""Cells copied from a spreadsheet, or lines of a CSV file. Pure.

Spreadsheets put cells on the clipboard with tabs between them and a line for each row. A cell with a tab, a
line break or a quotation mark in it is quoted as in CSV (RFC 4180).
"""

import csv
import io

SEPARATORS = ("\t", ";", ",")
"""What may stand between cells, the surest first: in languages that write 1,5, CSV files have semicolons."""

MAX_CHARACTERS = 100_000
"""Longest text that is read."""

MAX_ROWS = 200
"""Most rows that are read: a service stores 100 things at most."""


def cells(text: str) -> list[list[str]]:
    """The rows of a text, each with its cells; rows without any text are left out.

    :raises ValueError: there is more than is read
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_CHARACTERS:
        raise ValueError("is longer than 100,000 characters")
    separator, text = _separator(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found = [[cell.strip() for cell in row] for row in rows]
    found = [row for row in found if any(row)]
    if len(found) > MAX_ROWS:
        raise ValueError("has more than 200 rows")
    return found


def _separator(text: str) -> tuple[str, str]:
    """What stands between the cells of a text, and the text; Excel names it in a first line of its own."""
    first, _newline, rest = text.partition("\n")
    if first[:4].lower() == "sep=" and first[4:5] in SEPARATORS and len(first) == 5:
        return first[4], rest
    line = _outside_of_quotes(text)
    return next((each for each in SEPARATORS if each in line), "\t"), text


def _outside_of_quotes(text: str) -> str:
    """The first row with something in it, without its quoted cells."""
    line, quoted = "", False
    for letter in text:
        if letter == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif letter == "\n":
            if line.strip():
                break
        else:
            line += letter
    return line
