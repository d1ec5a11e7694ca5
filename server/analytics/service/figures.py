"""The released figures of a site; nothing else is published."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from server.analytics import queries
from server.analytics.privacy import margins
from server.analytics.privacy.margins import Variances
from server.analytics.privacy.release import ACCEPT_ALL, GRANTED, KINDS, REJECT_ALL, SAVE
from server.analytics.queries import Released, Shown
from server.analytics.values import (
    MEASURES,
    Cells,
    Dimension,
    Figures,
    Live,
    Privacy,
    Query,
    ReleaseChoice,
    Row,
    period_of,
)
from server.core.local_days import day_of
from server.sites import service as sites
from server.sites.values import Site


def today(site_id: str, *, now: datetime) -> date:
    """The day of a site that is running."""
    return day_of(now, sites.time_zone(site_id))


def figures(query: Query, *, site: Site) -> Figures:
    """What was released about the lumps that ended in a window."""
    lumps = queries.released(site.id, query.start, query.end)
    shown = queries.figures(site.id, query.by, query.start, query.end)
    undivided = shown if query.by is None else queries.figures(site.id, None, query.start, query.end)
    zone = sites.time_zone(site.id)
    return Figures(
        site=site.key,
        query=query,
        time_zone=zone.key,
        privacy=privacy(site.id),
        rows=tuple(_rows(query, lumps, shown)),
        totals=_Sum(None).add_all(lumps, undivided, "").cells(),
        live=live(site.id, zone),
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
    )


def choice(site_id: str) -> ReleaseChoice:
    """What the site's owner chose about releases."""
    return queries.setting(site_id)


def live(site_id: str, zone: ZoneInfo) -> Live | None:
    """The sum of the ended blocks of the running lump; None before the first."""
    running = queries.running(site_id)
    blocks = queries.blocks(site_id, running.start) if running else ()
    if running is None or not blocks:
        return None
    variance = len(blocks) * margins.live_variance(running.epsilon)
    decided = max(0, sum(figure for _, figure in blocks))
    return Live(running.start, blocks[-1][0].astimezone(zone), decided, margins.plus_minus(variance))


def _rows(query: Query, lumps: Sequence[Released], shown: Mapping[date, Shown]) -> Iterator[Row]:
    by_period: defaultdict[str, list[Released]] = defaultdict(list)
    for lump in lumps:
        by_period[period_of(lump.end, query.interval)].append(lump)
    for name, within in by_period.items():
        for value in _values(query.by, within):
            cells = _Sum(query.by).add_all(within, shown, value).cells()
            yield Row(name, within[0].start, within[-1].end, value if query.by else None, cells)


def _values(by: Dimension | None, lumps: Iterable[Released]) -> Sequence[str]:
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
        for category in categories:
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
        found["decided"] = sum(found[kind] for kind in (ACCEPT_ALL, REJECT_ALL, SAVE))
        variances = {measure: self._variances[measure] for measure in MEASURES} | self._variances
        return Cells(
            {measure: found[measure] for measure in MEASURES},
            dict(self._granted),
            variances,
            dict(self._covariances),
        )
