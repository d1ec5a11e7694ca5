"""Released figures as the rule compares them: by measure, language and length of time. Pure.

Days are compared with earlier days of the same weekday, parts of a day with the same hours of the same
weekday, weeks and months with those before. Besides each single lump, the last seven days and the last four
weeks are looked at together: what a small site loses is too little to be seen in one day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from server.analytics.alarms.baseline import MOST, Observation
from server.analytics.alarms.rule import Measure, Series, Span
from server.analytics.intervals import NOISE_Z, rate_half_width
from server.analytics.privacy.lumps import LumpKind
from server.analytics.values import Cells, added

SPANS: dict[LumpKind, tuple[tuple[int, Span], ...]] = {
    "day": ((1, "day"), (7, "7 days")),
    "week": ((1, "week"), (4, "4 weeks")),
    "month": ((1, "month"),),
}
"""Length of a lump → how many of them are taken together, and what that is called."""

LASTING: dict[LumpKind, timedelta] = {
    "day": timedelta(days=28),
    "week": timedelta(days=56),
    "month": timedelta(days=183),
}
"""After so long, what came is what is usual. That nothing comes is never usual."""

LOOKED_BACK: dict[LumpKind, timedelta] = {
    "day": timedelta(days=7 * (MOST + 1)) + LASTING["day"],
    "week": timedelta(days=28 * (MOST + 1)) + LASTING["week"],
    "month": timedelta(days=31 * (MOST + 1)) + LASTING["month"],
}
"""Figures that the rule looks at: so many that what was usual before an alarm is known while it is open."""

LEAST_DECIDED = 30
"""Shares of fewer decisions are not compared."""


@dataclass(frozen=True)
class LumpFigures:
    """What was released of one lump."""

    start: date
    end: date
    kind: LumpKind
    cells: Cells
    """Undivided."""
    languages: Mapping[str, Cells]

    @property
    def is_whole(self) -> bool:
        """Whether it is as long as its kind; the first one of a kind may be short."""
        return {"day": True, "week": self.start.weekday() == 0, "month": self.start.day == 1}[self.kind]


@dataclass(frozen=True)
class Block:
    """A part of the running day, with its coarse figure."""

    day: date
    hour: int
    """Local hour at which it ended, 24 at midnight."""
    figure: int
    noise: float
    """Variance of the noise in the figure."""


def newest_decided(lumps: Sequence[LumpFigures], language: str) -> Observation | None:
    """The newest count of decisions, undivided or in a language; None if it cannot occur any more."""
    return _observation([lumps[-1]], "decided", language, "day")


def series(lumps: Sequence[LumpFigures]) -> Iterator[Series]:
    """What the newest lump is compared by; lumps are released ones, oldest first."""
    newest = lumps[-1]
    alike = [lump for lump in lumps if lump.kind == newest.kind and lump.is_whole]
    if not newest.is_whole:
        return
    languages = newest.languages if len(newest.languages) > 1 else {}
    for number, span in SPANS[newest.kind]:
        windows = _windows(alike, number)
        yield from _of_windows(windows, "decided", span)
        yield from _of_windows(windows, "shown", span)
        yield from _of_windows(windows, "accepted", span)
        for language in languages:
            yield from _of_windows(windows, "decided", span, language)


def block_series(blocks: Sequence[Block]) -> Series | None:
    """What the newest part of the running day is compared by; None if there is none yet.

    :param blocks: those of the running day and of earlier ones, oldest first
    """
    if not blocks:
        return None
    *history, newest = (
        Observation(block.day, block.day, block.figure, block.noise, None, (block.day.weekday(), block.hour))
        for block in blocks
        if block.hour == blocks[-1].hour
    )
    return Series("decided", "block", history, newest)


def _windows(lumps: Sequence[LumpFigures], number: int) -> Sequence[Sequence[LumpFigures]]:
    """Lumps taken together from the newest backwards, oldest first; those with a gap are left out."""
    found = [lumps[max(0, end - number) : end] for end in range(len(lumps), 0, -number)]
    return [window for window in reversed(found) if len(window) == number and _is_contiguous(window)]


def _is_contiguous(window: Sequence[LumpFigures]) -> bool:
    return all(after.start - before.end == timedelta(days=1) for before, after in pairwise(window))


def _of_windows(
    windows: Sequence[Sequence[LumpFigures]], measure: Measure, span: Span, language: str = ""
) -> Iterator[Series]:
    if not windows:
        return
    *before, last = (_observation(window, measure, language, span) for window in windows)
    if last is not None:
        yield Series(measure, span, [each for each in before if each is not None], last, language)


def _observation(
    window: Sequence[LumpFigures], measure: Measure, language: str, span: Span
) -> Observation | None:
    """The figure of a window; None if it was not measured in all of it."""
    parts = [lump.languages.get(language) if language else lump.cells for lump in window]
    known = [cells for cells in parts if cells is not None]
    if len(known) < len(parts):
        return None
    cells = added(known) if len(known) > 1 else known[0]
    found = _share(cells) if measure == "accepted" else _count(cells, measure)
    if found is None:
        return None
    position = (window[0].start.weekday(),) if span == "day" else ()
    return replace(found, start=window[0].start, end=window[-1].end, position=position)


def _count(cells: Cells, measure: Measure) -> Observation | None:
    if measure not in cells.measures:
        return None
    return Observation(date.min, date.min, cells.measures[measure], cells.variances[measure])


def _share(cells: Cells) -> Observation | None:
    """The share of decisions that accepted all; None of too few."""
    decided = cells.measures["decided"]
    if decided < LEAST_DECIDED:
        return None
    rate = min(cells.measures["accept_all"] / decided, 1.0)
    accepted, all_ = cells.variances["accept_all"], cells.variances["decided"]
    half = rate_half_width(rate, decided, accepted, 0.0, variance_rest=max(0.0, all_ - accepted))
    return Observation(date.min, date.min, rate, (half / NOISE_Z) ** 2, decided)
