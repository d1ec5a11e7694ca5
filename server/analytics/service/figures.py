"""The released figures of a site; nothing else is published."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from server.analytics import queries
from server.analytics.privacy import margins
from server.analytics.privacy.lumps import LumpKind, block_end, last_day
from server.analytics.privacy.margins import Variances
from server.analytics.privacy.release import ACCEPT_ALL, GRANTED, KINDS, REJECT_ALL, SAVE
from server.analytics.queries import Released, Shown
from server.analytics.service import audience_figures
from server.analytics.service.audience_figures import Audience, Measured
from server.analytics.values import (
    AUDIENCE_MEASURES,
    DELAYED,
    IGNORED,
    MEASURES,
    SEEN,
    Cells,
    DecisionDimension,
    Dimension,
    Figures,
    Interval,
    Live,
    Privacy,
    Query,
    Row,
    Totals,
    period_of,
)
from server.core.local_days import day_of
from server.sites import service as sites
from server.sites.values import Site

_DECIDED = (ACCEPT_ALL, REJECT_ALL, SAVE)


def today(site_id: str, *, now: datetime) -> date:
    """The day of a site that is running."""
    return day_of(now, sites.time_zone(site_id))


def figures(query: Query, *, site: Site) -> Figures:
    """What was released about the lumps that ended in a window."""
    zone = sites.time_zone(site.id)
    undivided = _read(site.id, query, None)
    found = undivided if query.by is None else _read(site.id, query, query.by)
    return Figures(
        site=site.key,
        query=query,
        time_zone=zone.key,
        privacy=privacy(site.id),
        rows=tuple(_rows(found, _by_period(found.lumps, query.interval))),
        totals=_row(undivided, undivided.lumps, ""),
        live=live(site.id, zone),
        audience_epsilon=max((lump.epsilon for lump in undivided.audience.lumps.values()), default=None),
    )


def totals(start: date, end: date, *, site: Site) -> Totals | None:
    """The sum of all lumps that ended in a window; None if none did."""
    found = _read(site.id, Query(start, end), None, together=True)
    if not found.lumps:
        return None
    return Totals(found.lumps[0].start, found.lumps[-1].end, _row(found, found.lumps, ""))


def parts(query: Query, *, site: Site) -> Mapping[str, Cells]:
    """Value of the dimension → the sum of all lumps that ended in the window; empty without a dimension.

    Rows of events must not be added up instead: of what noise makes of empty cells, only that below zero is
    shown as zero, so the sums would be too large.
    """
    if query.by is None:
        return {}
    found = _read(site.id, query, query.by, together=True)
    return {row.value or "": row.cells for row in _rows(found, {"": found.lumps} if found.lumps else {})}


def privacy(site_id: str) -> Privacy:
    """What is promised about the figures of a site."""
    running, first = queries.running(site_id), queries.first_start(site_id)
    chosen = queries.setting(site_id)
    return Privacy(
        running.epsilon if running else chosen.epsilon,
        running.kind if running else "day",
        first or (running.start if running else None),
        queries.released_until(site_id),
        last_day(running.start, running.kind) if running else None,
        queries.sample_until(site_id),
    )


def live(site_id: str, zone: ZoneInfo) -> Live | None:
    """The sum of the ended blocks of the running lump; None before the first."""
    running = queries.running(site_id)
    blocks = queries.blocks(site_id, running.start) if running else ()
    if running is None or not blocks:
        return None
    variance = len(blocks) * margins.live_variance(running.epsilon)
    decided = max(0, sum(figure for _, figure in blocks))
    return Live(running.start, blocks[-1][0].astimezone(zone), decided, margins.plus_minus(variance))


def next_block(lump: LumpKind, zone: ZoneInfo, *, now: datetime) -> datetime:
    """When the running block of a lump of this length ends and its coarse figure comes, in UTC."""
    return block_end(now, lump, zone)


# --- sums of lumps ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Published:
    """What was published about the lumps of a window, in one division."""

    by: Dimension | None
    lumps: Sequence[Released]
    shown: Mapping[date, Shown]
    """Nothing where events alone have the dimension."""
    audience: Audience


def _read(site_id: str, query: Query, by: Dimension | None, *, together: bool = False) -> _Published:
    """:param together: whether only sums of all lumps will be asked for, which takes less time"""
    window = (query.start, query.end)
    shown: Mapping[date, Shown] = {}
    if by is None or by == "version" or by == "language":
        shown = queries.figures(site_id, by, *window, together=together)
    audience = audience_figures.read(site_id, by, *window, together=together)
    return _Published(by, queries.released(site_id, *window), shown, audience)


def _by_period(lumps: Iterable[Released], interval: Interval) -> Mapping[str, Sequence[Released]]:
    found: defaultdict[str, list[Released]] = defaultdict(list)
    for lump in lumps:
        found[period_of(lump.end, interval)].append(lump)
    return found


def _rows(found: _Published, by_period: Mapping[str, Sequence[Released]]) -> Iterator[Row]:
    by, audience = found.by, found.audience
    for name, within in by_period.items():
        if by is None or by == "version" or by == "language":
            for value in _values(by, within):
                cells = _row(found, within, value)
                yield Row(name, within[0].start, within[-1].end, value if by else None, cells)
            continue
        starts = [lump.start for lump in within if lump.start in audience.lumps]
        for value in audience.values(starts):
            first, last = audience.lumps[starts[0]], audience.lumps[starts[-1]]
            yield Row(name, first.start, last.end, value, _audience_cells(audience.measured(starts, value)))


def _row(found: _Published, lumps: Sequence[Released], value: str) -> Cells:
    """The sum of these lumps for one value of a dimension that decisions have, or undivided."""
    cells = _Sum(found.by).add_all(lumps, found.shown, value).cells()
    return _with_audience(cells, found.audience, [lump.start for lump in lumps], value)


def _with_audience(cells: Cells, audience: Audience, starts: Sequence[date], value: str) -> Cells:
    """A row with what events say besides, where they were counted in all of its lumps."""
    if not starts or not audience.covers(starts) or value not in audience.values(starts):
        return cells
    measured = audience.measured(starts, value)
    figures = {measure: measured.figures[measure] for measure in SEEN}
    figures[IGNORED] = max(0, figures["shown"] - cells.measures["decided"])
    variances = {**measured.variances, **cells.variances}
    variances[IGNORED] = variances["shown"] + variances["decided"]
    names = ("shown", *MEASURES[:1], IGNORED, *MEASURES[1:], *SEEN[1:])
    both = {**cells.measures, **figures}
    return Cells(
        {name: both[name] for name in names},
        cells.granted,
        variances,
        cells.covariances,
        _delays(measured),
        cells.asked,
    )


def _audience_cells(measured: Measured) -> Cells:
    """A row that events alone say."""
    figures, variances = dict(measured.figures), dict(measured.variances)
    figures[IGNORED] = max(0, figures["shown"] - figures["decided"])
    variances[IGNORED] = variances["shown"] + variances["decided"]
    return Cells({name: figures[name] for name in AUDIENCE_MEASURES}, {}, variances, {}, _delays(measured))


def _delays(measured: Measured) -> dict[str, int]:
    names = [name for name in measured.variances if name.startswith(DELAYED)]
    return {name.removeprefix(DELAYED): measured.figures.get(name, 0) for name in names}


def _values(by: DecisionDimension | None, lumps: Iterable[Released]) -> Sequence[str]:
    """The values that could occur in lumps, in order."""
    if by is None:
        return [""]
    versions = {version: codes for lump in lumps for version, codes in lump.leaves.languages.items()}
    if by == "version":
        return [str(version) for version in sorted(versions)]
    return list(
        dict.fromkeys(code for version in sorted(versions, reverse=True) for code in versions[version])
    )


class _Sum:
    """A row as the sum of lumps."""

    def __init__(self, by: Dimension | None) -> None:
        self._by = by
        self._figures: Counter[str] = Counter(dict.fromkeys(MEASURES, 0))
        self._granted: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._variances: defaultdict[str, float] = defaultdict(float)
        self._covariances: defaultdict[str, float] = defaultdict(float)

    def add_all(self, lumps: Iterable[Released], shown: Mapping[date, Shown], value: str) -> "_Sum":
        """Add the figures of a value in these lumps, and their variances."""
        for (leaves, epsilon), group in groupby(lumps, key=lambda lump: (lump.leaves, lump.epsilon)):
            alike = [shown.get(lump.start, {}).get(value, {}) for lump in group]
            for version, codes in leaves.languages.items():
                number, categories = self._leaves(version, codes, value), leaves.categories[version]
                if not number:
                    continue
                variances = margins.variances(len(categories), epsilon)
                self._add_variances(variances, categories, number * len(alike))
                for found in alike:
                    self._add(found.get(version, {}), categories)
        return self

    def _leaves(self, version: int, codes: Sequence[str], value: str) -> int:
        """How many leaves of a version count under the value."""
        if self._by == "version":
            return len(codes) if value == str(version) else 0
        return len(codes) if self._by is None else int(value in codes)

    def _add(self, shown: Mapping[str, int], categories: Sequence[str]) -> None:
        for kind in KINDS:
            self._figures[kind] += shown.get(kind, 0)
        decided = sum(shown.get(kind, 0) for kind in _DECIDED)
        for category in categories:
            self._asked[category] += decided
            self._granted[category] += shown.get(ACCEPT_ALL, 0) + shown.get(GRANTED + category, 0)

    def _add_variances(self, one: Variances, categories: Sequence[str], leaves: int) -> None:
        for measure in MEASURES:
            variance = {"decided": one.decided, "save": one.save}.get(measure, one.kind)
            self._variances[measure] += leaves * variance
        for category in categories:
            self._variances[GRANTED + category] += leaves * one.granted
            self._covariances[category] += leaves * one.covariance

    def cells(self) -> Cells:
        """The row."""
        found = self._figures
        found["decided"] = sum(found[kind] for kind in _DECIDED)
        variances = {measure: self._variances[measure] for measure in MEASURES} | self._variances
        return Cells(
            {measure: found[measure] for measure in MEASURES},
            dict(self._granted),
            variances,
            dict(self._covariances),
            asked=dict(self._asked),
        )
