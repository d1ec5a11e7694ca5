"""A report for a terminal: figures, then one line for each finding, by kind. Pure.

Names that a page chose are escaped, so that none moves the cursor or hides another. Colours are left out
where there is no terminal.
"""

from collections.abc import Iterator, Sequence

import click

from server.core.plain_text import escaped
from server.scanner.findings.finding import Evidence, Weight
from server.scanner.findings.words import TITLES
from server.scanner.reports import labels
from server.scanner.reports.kinds import KIND_WORDS
from server.scanner.reports.report import Report, Worded, by_kind, declaration_words
from server.scanner.reports.summary import Amount, Row, Summary

MOST = 50
"""Findings of one kind that are printed."""

_COLOURS: dict[Weight, str] = {"fault": "red", "warning": "yellow", "note": "blue"}

_HEADINGS = ("visit", "visits", "before", "third parties", "stored", "after", "third parties", "stored")


def lines(report: Report) -> Iterator[str]:
    """A report, line by line."""
    crawl = report.crawl
    yield click.style(
        f"{_safe(crawl.start)}, {_safe(labels.time(crawl.begun_at))}, {_safe(crawl.browser)}", bold=True
    )
    yield " ".join(_pages(report.summary))
    yield _safe(declaration_words(report.declaration))
    if not crawl.whole:
        yield "The scan is not whole: it was stopped, or pages could not be visited."
    yield ""
    yield from _table(report.summary.rows)
    yield from _outcomes(report.summary.rows)
    for kind, worded in by_kind(report):
        yield ""
        yield f"{click.style(TITLES[kind], bold=True)} ({kind}, {len(worded)}): {KIND_WORDS[kind].change}"
        yield from map(_finding, worded[:MOST])
        if len(worded) > MOST:
            yield f"  and {len(worded) - MOST:,} more, which --json and --html name"
    yield ""
    yield _end(report)


def _pages(summary: Summary) -> Iterator[str]:
    yield f"{labels.counted(summary.pages, 'page')} visited."
    if summary.unvisited:
        yield f"{labels.counted(summary.unvisited, 'page')} could not be visited."
    if summary.left:
        yield f"{labels.counted(summary.left, 'more page')} found and not asked for."


def _table(rows: Sequence[Row]) -> Iterator[str]:
    cells = [
        (labels.visit(row.choice, row.category), str(row.visits), *_amount(row.before), *_amount(row.after))
        for row in rows
    ]
    table = [_HEADINGS, *(tuple(map(_safe, line)) for line in cells)]
    widths = [max(len(line[column]) for line in table) for column in range(len(_HEADINGS))]
    for line in table:
        first, *rest = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join((first, *rest)).rstrip()


def _amount(amount: Amount | None) -> tuple[str, str, str]:
    if amount is None:
        return "", "", ""
    return f"{amount.requests:,}", f"{amount.third_parties:,}", f"{amount.stored:,}"


def _outcomes(rows: Sequence[Row]) -> Iterator[str]:
    """What kept a visit from answering, since its figures then say nothing about the answer."""
    for row in rows:
        for outcome, count in row.outcomes.items():
            if outcome not in ("none", "made"):
                visit = _safe(labels.visit(row.choice, row.category))
                yield f"{visit}: {labels.OUTCOMES[outcome]} in {labels.counted(count, 'visit')}."


def _finding(worded: Worded) -> str:
    finding = worded.finding
    weight = click.style(finding.weight.ljust(7), fg=_COLOURS[finding.weight])
    said = [_safe(worded.title), *map(_safe, _where(finding.evidence))]
    return f"  {weight}  {'; '.join(said)}"


def _where(evidence: Sequence[Evidence]) -> Iterator[str]:
    """The first place where it is seen: the line to look at, else the page."""
    if evidence:
        first = evidence[0]
        yield labels.place(first.initiator) or first.page


def _end(report: Report) -> str:
    weights = report.summary.weights
    if not weights:
        return "No findings. That says what was seen on these pages, and not more."
    counts = (labels.counted(weights[each], each) for each in ("fault", "warning", "note") if each in weights)
    return f"{', '.join(counts)}."


def _safe(text: str) -> str:
    return escaped(text)
