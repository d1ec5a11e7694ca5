"""No table that we write makes a spreadsheet run something."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.spreadsheets import harmless


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=20))
def test_what_would_be_a_formula_becomes_text(first: str, rest: str) -> None:
    assert harmless(first + rest).startswith("'" + first)


@given(st.from_regex(r"[a-zA-Z0-9 ]*", fullmatch=True))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Kunder;=1+1;x", "Kunder;'=1+1;x"),
        ("one\n@SUM(A1)", "one\n'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("a-b; c=d", "a-b; c=d"),
        ('x;"=1+1;"', 'x;"\'=1+1;"'),
        ("  =1", "  '=1"),
    ],
)
def test_no_formula_begins_where_other_spreadsheets_begin_a_cell(text: str, safe: str) -> None:
    assert harmless(text) == safe


@given(st.lists(st.text("=+-@＝;\"'\t\r\n ax1,", max_size=12), min_size=1, max_size=3))
def test_no_cell_of_a_row_is_a_formula_whatever_the_spreadsheet_separates_cells_by(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([harmless(text) for text in texts])
    for separator in ",;\t":
        file.seek(0)
        cells = [cell for row in csv.reader(file, delimiter=separator) for cell in row]
        assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@＝")]


def test_a_long_text_of_separators_is_read_once() -> None:
    assert harmless("\n" * 100_000 + "x") == "\n" * 100_000 + "x"
