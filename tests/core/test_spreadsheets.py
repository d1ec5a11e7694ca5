"""No table that we write makes a spreadsheet run something."""

from hypothesis import given
from hypothesis import strategies as st

from server.core.spreadsheets import harmless


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=20))
def test_what_would_be_a_formula_becomes_text(first: str, rest: str) -> None:
    assert harmless(first + rest) == "'" + first + rest


@given(st.from_regex(r"[a-zA-Z0-9 ]*", fullmatch=True))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
