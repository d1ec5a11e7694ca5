"""What is kept of an element says nothing of a visitor."""

import pytest

from server.scanner.findings import bare


@pytest.mark.parametrize(
    ("element", "kept"),
    [
        ('<img src="/p.gif?id=1&amp;who=2#x" alt="a">', '<img src="/p.gif?…" alt="a">'),
        ('<img src="?id=1">', '<img src="?…">'),
        ("<img src=?id=1>", "<img src=?…>"),
        ("<iframe src='#token'>", "<iframe src='?…'>"),
        ('<img srcset="/a.png?v=1 1x, /b.png?v=2 2x">', '<img srcset="/a.png?… 1x, /b.png?… 2x">'),
        ('<img src="data:image/png;base64,AAAA">', '<img src="data:image/…">'),
        ('<script onload="a ? b() : c()">', '<script onload="a ? b() : c()">'),
    ],
)
def test_markup_is_kept_without_queries_fragments_and_data(element: str, kept: str) -> None:
    assert bare.markup(element) == kept
    assert bare.markup(kept) == kept
