"""docs/security.md: every requirement once, in order, with a state, and no test that is not there."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GUIDE.splitlines()
    if re.match(r"\| \d", line)
]
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", GUIDE)))

LEVEL_2 = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
}
"""Chapter → how many requirements of levels 1 and 2 it has in ASVS 5.0.0."""

SHOWN_BY_NO_TEST = {
    *("2.1.2", "2.1.3", "5.1.1", "6.1.1", "6.1.2", "6.1.3", "7.1.1", "7.1.3", "11.1.1", "11.1.2", "13.1.1"),
    *("14.1.1", "14.1.2", "15.1.1", "15.1.3", "16.1.1"),
    *("3.7.1", "6.2.10", "6.4.2", "11.2.1", "12.1.2"),
}
"""What is met and can be read alone: what is documented, and then what is absent or another program's."""


@cache
def functions_of(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("named", NAMED)
def test_each_test_that_is_named_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert (ROOT / path).is_file()
    assert not name or name in functions_of(ROOT / path)


def numbers(cell: str) -> list[tuple[int, ...]]:
    """The requirements of a row: one, or several such as `6.6.1–6.6.3`."""
    first, _, last = cell.partition("–")
    begin, end = (tuple(map(int, one.split("."))) for one in (first, last or first))
    assert begin[:2] == end[:2]
    return [(*begin[:2], third) for third in range(begin[2], end[2] + 1)]


def test_each_requirement_of_a_chapter_stands_once_and_in_order() -> None:
    found = [number for row in ROWS for number in numbers(row[0])]
    assert all(one < next_ for one, next_ in pairwise(found))
    assert {chapter: sum(one[0] == chapter for one in found) for chapter in LEVEL_2} == LEVEL_2


def test_each_says_whether_it_is_met_and_what_is_not_says_why() -> None:
    for number, about, state, how, *_shown in ROWS:
        assert about, number
        assert state in ("met", "partly", "not met", "does not apply"), number
        assert state == "met" or how, number


def test_what_is_met_is_shown_by_a_test() -> None:
    without = {number for number, _about, state, _how, shown in ROWS if state == "met" and not shown}
    assert without == SHOWN_BY_NO_TEST
