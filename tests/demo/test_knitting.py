import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import knitting

charts = st.integers(1, 12).flatmap(
    lambda width: st.lists(st.text("ab.", min_size=width, max_size=width), min_size=1, max_size=10)
)


@given(charts)
def test_blocks_cover_each_stitch_of_a_chart_exactly_once(rows: list[str]) -> None:
    cells: dict[tuple[int, int], str] = {}
    for letter, x, y, width, height in knitting.blocks(rows):
        for column in range(x, x + width):
            for row in range(y, y + height):
                assert (column, row) not in cells
                cells[column, row] = letter

    assert cells == {
        (column, row): letter
        for row, line in enumerate(rows)
        for column, letter in enumerate(line)
        if letter != knitting.EMPTY
    }


def test_a_stitch_is_a_v() -> None:
    assert knitting._block(2, 1, 1, 1) == "M20 8l5 4 5-4v8l-5 4-5-4z"


@pytest.mark.parametrize("name", ["landscape", "rose", "votter", "lue", "sokker"])
def test_charts_are_whole_and_become_paths(name: str) -> None:
    rows = knitting.chart(name)

    assert len({len(row) for row in rows}) == 1
    for letter, path in knitting.knit(name):
        assert re.fullmatch(r"[a-z0-9]", letter)
        assert re.fullmatch(r"[Mlvz0-9 -]+", path)
