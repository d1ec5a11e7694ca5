"""Cells of spreadsheets and CSV files."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.studio.draft import spreadsheet

LETTERS = st.text(st.sampled_from("aæ1 ,;\t\n\"'=*._-"), max_size=8).map(str.strip)
CELL = LETTERS.filter(lambda text: "\r" not in text)
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width).filter(any), min_size=1, max_size=6)
)


def written(rows: list[list[str]], separator: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


@given(TABLES)
def test_what_a_spreadsheet_copies_is_read_cell_by_cell(rows: list[list[str]]) -> None:
    assert spreadsheet.cells(written(rows, "\t")) == rows


@given(TABLES, st.sampled_from(spreadsheet.SEPARATORS))
def test_a_file_that_names_its_separator_or_quotes_everything_is_read_cell_by_cell(
    rows: list[list[str]], separator: str
) -> None:
    assert spreadsheet.cells(f"sep={separator}\r\n{written(rows, separator)}") == rows
    assert spreadsheet.cells("\ufeff" + written(rows, separator, csv.QUOTE_ALL)) == rows


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_read_without_blank_rows(text: str) -> None:
    rows = spreadsheet.cells(text)
    assert all(any(row) for row in rows)
    assert sum(len(cell) for row in rows for cell in row) <= len(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb, c; d", [["a", "b, c; d"]]),
        ("a;1,5\nb;2", [["a", "1,5"], ["b", "2"]]),
        ('"a;b",c\nd,e', [["a;b", "c"], ["d", "e"]]),
        ("_ga\n_gid\n\n", [["_ga"], ["_gid"]]),
        ("\n \n", []),
        ("", []),
    ],
)
def test_the_surest_separator_of_the_first_row_counts(text: str, rows: list[list[str]]) -> None:
    assert spreadsheet.cells(text) == rows


@pytest.mark.parametrize("text", ["x" * (spreadsheet.MAX_CHARACTERS + 1), "x\n" * (spreadsheet.MAX_ROWS + 1)])
def test_more_than_is_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"more than|longer than"):
        spreadsheet.cells(text)
