"""Knitting charts become pictures: a chart is text, one letter per stitch, and so is its picture, in SVG.

A stitch is a V, not a square; rows of V lie in each other. So the edge between two colours is a zigzag.
"""

import functools
import importlib.resources
from collections.abc import Sequence

WIDTH, HEIGHT, SLOPE = 10, 8, 4
"""Size of a stitch, and how deep its V is, in the picture's units."""

EMPTY = "."
"""The letter of a stitch in the colour of the background, which has no path."""


@functools.cache
def chart(name: str) -> tuple[str, ...]:
    """A chart that comes with the shop, from its top row down."""
    file = importlib.resources.files("server.demo") / "charts" / f"{name}.txt"
    return tuple(file.read_text(encoding="ascii").split())


@functools.cache
def knit(name: str) -> tuple[tuple[str, str], ...]:
    """Letter and path of each colour of a chart; paths of one letter cover all of its stitches."""
    rows = chart(name)
    by_letter: dict[str, list[str]] = {}
    for letter, x, y, width, height in blocks(rows):
        by_letter.setdefault(letter, []).append(_block(x, y, width, height))
    return tuple((letter, "".join(paths)) for letter, paths in sorted(by_letter.items()))


def blocks(rows: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Letter, column, row, width and height of rectangles that together cover the chart, but for `EMPTY`.

    A run of stitches that stands unchanged in the rows below is one rectangle with them.
    """
    done: list[tuple[str, int, int, int, int]] = []
    above: dict[tuple[str, int, int], tuple[int, int]] = {}
    for y, row in enumerate((*rows, "")):
        here = dict.fromkeys(_runs(row), (y, 1))
        for (letter, x, width), (top, height) in above.items():
            if (letter, x, width) in here:
                here[letter, x, width] = (top, height + 1)
            else:
                done.append((letter, x, top, width, height))
        above = here
    return done


def _runs(row: str) -> list[tuple[str, int, int]]:
    runs, start = [], 0
    for x in range(1, len(row) + 1):
        if x == len(row) or row[x] != row[start]:
            if row[start] != EMPTY:
                runs.append((row[start], start, x - start))
            start = x
    return runs


def _block(x: int, y: int, width: int, height: int) -> str:
    half = WIDTH // 2
    forth = f"l{half} {SLOPE} {half}-{SLOPE}" * width
    back = f"l-{half} {SLOPE}-{half}-{SLOPE}" * width
    return f"M{x * WIDTH} {y * HEIGHT}{forth}v{height * HEIGHT}{back}z"
