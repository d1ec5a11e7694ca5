"""What people type stays as they wrote it, without what would do harm where it is shown."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.plain_text import escaped, one_line, prose, unseen

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "می\u200cخواهم"
NEWEST = "\U0001fae9"
"""An emoji of Unicode 16."""
OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (FAMILY, FAMILY),
        (PERSIAN, PERSIAN),
        (NEWEST, NEWEST),
        ("sam\xadtykke", "sam\xadtykke"),
        ("20\xa0000\u202fkr\u2009i\u3000alt", "20 000 kr i alt"),
        ("en\r\nto\rtre\u2028fire\u2029fem\x85seks", "en\nto\ntre\nfire\nfem\nseks"),
        (f"a\x00\x1b[31mb\x9f{OVERRIDES}\ud800c", "a[31mbc"),
        ("\ufeff\n \tKari\n\n", "\ufeff\n \tKari"),
    ],
)
def test_writing_is_kept_and_what_does_harm_is_not(typed: str, kept: str) -> None:
    assert prose(typed) == kept


@given(st.text(st.characters()))
def test_prose_can_be_stored_and_overrides_no_direction(text: str) -> None:
    found = prose(text)
    found.encode("utf-8")
    assert all(sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") for sign in found)
    assert not set(found) & set(OVERRIDES)
    assert prose(found) == found


@given(st.text(st.characters()))
def test_one_line_is_one_with_single_spaces(text: str) -> None:
    line = one_line(text)
    assert line.splitlines() in ([line], [])
    assert "  " not in line
    assert one_line(line) == line


def test_one_line_keeps_joiners() -> None:
    assert one_line(f" {PERSIAN}\r\nog\xa0{FAMILY}\x00") == f"{PERSIAN} og {FAMILY}"


@pytest.mark.parametrize("text", [FAMILY, PERSIAN, NEWEST, "sam\xadtykke", "20\xa0000", "a\tb"[:1], ""])
def test_what_writing_needs_can_be_shown_as_it_is(text: str) -> None:
    assert (unseen(text), escaped(text)) == (None, text)


@pytest.mark.parametrize(
    "sign", [*OVERRIDES, *"\x00\n\x1b\x7f\x9b\u200b\u200e\u2028\u2029\ufeff\ud800\U000e0041"]
)
def test_what_cannot_be_seen_is_escaped_as_in_json(sign: str) -> None:
    shown = escaped(f"a{sign}b")

    assert unseen(f"a{sign}b") == sign
    assert shown.isprintable()
    assert json.loads(f'"{shown}"') == f"a{sign}b"
    assert escaped(f"a{sign}b", keep=sign) == f"a{sign}b"
