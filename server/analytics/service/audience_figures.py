"""Released figures of the audience, lump by lump."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import groupby

from server.analytics import queries
from server.analytics.audience_parts import AudienceLists
from server.analytics.privacy import audience as rule
from server.analytics.queries import ReleasedAudience
from server.analytics.values import DELAYED, EVENT_MEASURES, AudienceDimension
from server.audience.values import DELAYS, UNDIVIDED

_DECIDING = ("accept_all", "reject_all", "save")
"""The events whose sum is `decided`."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one value in some lumps."""

    figures: Mapping[str, int]
    """Measure → published sum."""
    variances: Mapping[str, float]


@dataclass(frozen=True)
class Audience:
    """The released lumps of a window, and what was published of them in one division."""

    by: AudienceDimension | None
    lumps: Mapping[date, ReleasedAudience]
    """First day → lump."""
    shown: Mapping[date, Mapping[str, Mapping[str, int]]]
    """First day → value (empty if undivided) → event or `after.…` → published."""

    def covers(self, starts: Iterable[date]) -> bool:
        """Whether all lumps that began on these days were measured."""
        return all(start in self.lumps for start in starts)

    def values(self, starts: Iterable[date]) -> Sequence[str]:
        """The values that could occur in lumps, in order."""
        lists = [self.lumps[start].lists for start in starts if start in self.lumps]
        return list(dict.fromkeys(value for each in lists for value in _values(each, self.by)))

    def measured(self, starts: Iterable[date], value: str) -> Measured:
        """The sum of lumps, for one value."""
        sums: Counter[str] = Counter()
        variances: defaultdict[str, float] = defaultdict(float)
        lumps = [self.lumps[start] for start in starts]
        for (lists, epsilon), group in groupby(lumps, key=lambda lump: (lump.lists, lump.epsilon)):
            if value not in _values(lists, self.by):
                continue
            alike = tuple(group)
            for lump in alike:
                sums.update(self.shown.get(lump.start, {}).get(value, ()))
            for measure, variance in _variances(lists, epsilon, self.by).items():
                variances[measure] += len(alike) * variance
        return Measured(_named(sums), dict(variances))


def read(
    site_id: str, by: AudienceDimension | None, first: date, last: date, *, together: bool = False
) -> Audience:
    """What was published about the lumps that ended in a window.

    :param together: whether only sums of all of them will be asked for, which takes less time
    """
    lumps = queries.released_audience(site_id, first, last)
    shown: dict[date, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    if lumps:
        within = (min(lumps), max(lumps))
        dimension = {None: rule.TOTAL, "version": UNDIVIDED}.get(by, by or "")
        cells = queries.margins(site_id, dimension, *within, together=together)
        for start, value, version, event, _after, figure in cells:
            shown[start][str(version) if by == "version" else value][event] += figure
        if by is None:
            cells = queries.margins(site_id, UNDIVIDED, *within, together=together)
            for start, _value, _version, event, after, figure in cells:
                if after and event in _DECIDING:
                    shown[start][""][DELAYED + after] += figure
    return Audience(by, lumps, shown)


def _values(lists: AudienceLists, by: AudienceDimension | None) -> Sequence[str]:
    if by is None:
        return ("",)
    return tuple(map(str, lists.versions)) if by == "version" else lists.dimensions().get(by, ())


def _named(sums: Mapping[str, int]) -> dict[str, int]:
    """The sums as they are shown: noise may have made those of empty cells negative."""
    figures = {measure: max(0, sums.get(event, 0)) for event, measure in EVENT_MEASURES.items()}
    # Of the sums before they are bounded at zero, whose noise would add up: an empty cell has no decisions.
    decided = max(0, sum(sums.get(event, 0) for event in _DECIDING))
    figures.update({event: min(figures[event], decided) for event in _DECIDING}, decided=decided)
    delays = {name: max(0, figure) for name, figure in sums.items() if name.startswith(DELAYED)}
    return {**figures, **delays}


@lru_cache(maxsize=64)
def _variances(lists: AudienceLists, epsilon: Fraction, by: AudienceDimension | None) -> Mapping[str, float]:
    """Measure → variance of one value in one lump; few lumps of a site have lists of their own."""
    cell, versions = rule.cell_variance(epsilon), len(lists.versions)
    found: defaultdict[str, float] = defaultdict(float)
    for event, measure in EVENT_MEASURES.items():
        draws = lists.draws(event)
        if by is None or (by == "version" and versions == 1):
            found[measure] = rule.total_variance(draws, epsilon)
        else:
            found[measure] = cell * draws[0] / versions if by == "version" else cell
        if event in _DECIDING:
            found["decided"] += found[measure]
    if by is None:
        found.update((DELAYED + after, len(_DECIDING) * versions * cell) for after in DELAYS)
    return found
