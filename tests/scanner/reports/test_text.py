"""A scan in a terminal."""

import click

from server.core.plain_text import unseen
from server.scanner.reports import text
from tests.scanner.reports import scans

SHOP = """\
https://shop.example/, 2026-11-22 12:00 UTC, Chromium 142.0
2 pages visited. 1 page could not be visited. 2 more pages found and not asked for.
Held against the published banner of the site shop.

visit       visits  before  third parties  stored  after  third parties  stored
no answer        2       4              1       1
refuse all       2       1              1       1      1              1       0
accept all       1       1              1       1      0              0       0
refuse all: no button for it was found in 1 visit.

Before an answer (before-consent, 1): Let the element wait: mark it with data-consent, or start it from \
samtykke.on("change").
  fault    Stats was requested before an answer; https://shop.example/:12

Not declared (undeclared, 1): Add it to the banner, or remove it from the page.
  warning  _st is not declared; https://shop.example/

Not observed (not-observed, 1): See why, and scan it again; a page that needs a login needs one for the scan \
too.
  note     A page was not visited

1 fault, 1 warning, 1 note.
"""


def plain(lines: list[str]) -> str:
    return "".join(f"{click.unstyle(line)}\n" for line in lines)


def test_figures_come_first_then_a_line_for_each_finding_by_kind() -> None:
    assert plain(list(text.lines(scans.shop()))) == SHOP


def test_a_clean_scan_says_that_nothing_was_found_and_what_that_is_worth() -> None:
    printed = plain(list(text.lines(scans.clean())))
    assert printed.endswith("No findings. That says what was seen on these pages, and not more.\n")
    assert "Held against no declaration." in printed


def test_no_name_moves_the_cursor_or_hides_another() -> None:
    lines = list(text.lines(scans.hostile()))
    assert len([line for line in lines if "is not declared;" in line]) == len(scans.HOSTILE)
    assert [line for line in lines if unseen(click.unstyle(line))] == []
    assert "\\u001b[2J" in plain(lines)
    assert "The scan is not whole" in plain(lines)


def test_of_very_many_findings_of_a_kind_the_first_are_printed() -> None:
    one = scans.shop().findings[0]
    many = scans.report(scans.shop().crawl, *[one] * (text.MOST + 3))
    printed = plain(list(text.lines(many)))
    assert printed.count(one.title) == text.MOST
    assert "  and 3 more, which --json and --html name\n" in printed
