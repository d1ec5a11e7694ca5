"""The table that is made from the Open Cookie Database."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MODULE: dict[str, Any] = runpy.run_path(
    str(Path(__file__).resolve().parents[2] / "docs" / "open_cookie_database.py")
)
SOURCE: str = MODULE["SOURCE"]
table: Callable[[str, str, str], str] = MODULE["table"]

HEAD = (
    "ID,Platform,Category,Cookie / Data Key name,Domain,Description,Retention period,Data Controller,"
    "User Privacy & GDPR Rights Portals,Wildcard match\n"
)

ROWS = (
    "1,Zeta,Marketing,zz,ads.test (3rd party) or .px.ads.test,Somebody's words,1 year,Zeta,https://zeta.test/,0\n"
    "2,Alpha,Analytics,aa_,,Somebody's words,2 years,Alpha,https://alpha.test/,1\n"
    "3,Alpha,Analytics,aa_,,Other words,2 years,Alpha,https://alpha.test/,1\n"
    "4,Beta,Necessary,bb*,,Somebody's words,session,Beta,https://beta.test/,0\n"
    "5,Beta,Security,,,No name,session,Beta,https://beta.test/,0\n"
)


def test_rows_keep_what_recognises_them_and_nothing_else() -> None:
    made = table(HEAD + ROWS, "0123abc", "2026-01-21")
    read = json.loads(made)
    assert read["cookies"] == [
        ["aa_*", "Alpha", "statistics", "2 years", []],
        ["bb*", "Beta", "functional", "session", []],
        ["zz", "Zeta", "advertising", "1 year", ["ads.test", "px.ads.test"]],
    ]
    assert (read["source"], read["commit"], read["date"]) == (SOURCE, "0123abc", "2026-01-21")
    assert "words" not in made.partition('"cookies"')[2]
    assert "Changed" in read["changes"]


def test_the_same_rows_in_another_order_make_the_same_bytes() -> None:
    turned = "".join(reversed(ROWS.splitlines(keepends=True)))
    assert table(HEAD + turned, "c", "d") == table(HEAD + ROWS, "c", "d")


def test_a_category_that_is_not_known_stops_it() -> None:
    with pytest.raises(KeyError):
        table(f"{HEAD}1,Zeta,Mystery,zz,,,1 year,Zeta,,0\n", "c", "d")
