"""No table that we write makes a spreadsheet run something."""

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
    ],
)
def test_no_formula_begins_where_other_spreadsheets_begin_a_cell(text: str, safe: str) -> None:
    assert harmless(text) == safe
