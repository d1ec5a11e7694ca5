"""The released figures of a site; nothing else is published."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from server.analytics import queries
from server.analytics.privacy import margins
from server.analytics.privacy.lumps import last_day
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
    Figures,
    Live,
    Privacy,
    Query,
    Row,
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
    window = (query.start, query.end)
    lumps = queries.released(site.id, *window)
    zone = sites.time_zone(site.id)
    undivided = audience_figures.read(site.id, None, *window)
    shown = queries.figures(site.id, None, *window)
    totals = _Sum(None).add_all(lumps, shown, "").cells()
    return Figures(
        site=site.key,
        query=query,
        time_zone=zone.key,
        privacy=privacy(site.id),
        rows=tuple(_rows(query, site.id, lumps, shown, undivided)),
        totals=_with_audience(totals, undivided, [lump.start for lump in lumps], ""),
        live=live(site.id, zone),
        audience_epsilon=max((lump.epsilon for lump in undivided.lumps.values()), default=None),
    )


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


def _rows(
    query: Query,
    site_id: str,
    lumps: Sequence[Released],
    shown: Mapping[date, Shown],
    undivided: Audience,
) -> Iterator[Row]:
    """The rows; `shown` and `undivided` are what was published undivided."""
    by = query.by
    audience = undivided if by is None else audience_figures.read(site_id, by, query.start, query.end)
    by_period: defaultdict[str, list[Released]] = defaultdict(list)
    for lump in lumps:
        by_period[period_of(lump.end, query.interval)].append(lump)
    if by is None or by == "version" or by == "language":
        if by is not None:
            shown = queries.figures(site_id, by, query.start, query.end)
        for name, within in by_period.items():
            starts = [lump.start for lump in within]
            for value in _values(by, within):
                cells = _Sum(by).add_all(within, shown, value).cells()
                cells = _with_audience(cells, audience, starts, value)
                yield Row(name, within[0].start, within[-1].end, value if by else None, cells)
        return
    for name, within in by_period.items():
        starts = [lump.start for lump in within if lump.start in audience.lumps]
        for value in audience.values(starts):
            first, last = audience.lumps[starts[0]], audience.lumps[starts[-1]]
            yield Row(name, first.start, last.end, value, _audience_cells(audience.measured(starts, value)))


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

    def __init__(self, by: DecisionDimension | None) -> None:
        self._by = by
        self._figures: Counter[str] = Counter(dict.fromkeys(MEASURES, 0))
        self._granted: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._variances: defaultdict[str, float] = defaultdict(float)
        self._covariances: defaultdict[str, float] = defaultdict(float)

    def add_all(self, lumps: Iterable[Released], shown: Mapping[date, Shown], value: str) -> "_Sum":
        """Add the figures of a value in these lumps, and their variances."""
        for lump in lumps:
            found = shown.get(lump.start, {}).get(value, {})
            for version, codes in lump.leaves.languages.items():
                leaves = self._leaves(version, codes, value)
                if leaves:
                    categories = lump.leaves.categories[version]
                    self._add(found.get(version, {}), categories)
                    self._add_variances(margins.variances(len(categories), lump.epsilon), categories, leaves)
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
