"""Released figures of the audience, lump by lump."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
        for start in starts:
            lump = self.lumps[start]
            if value in _values(lump.lists, self.by):
                sums.update(self.shown.get(start, {}).get(value, {}))
                _add_variances(variances, lump, self.by)
        return Measured(_named(sums), dict(variances))


def read(site_id: str, by: AudienceDimension | None, first: date, last: date) -> Audience:
    """What was published about the lumps that ended in a window."""
    lumps = queries.released_audience(site_id, first, last)
    shown: dict[date, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    if lumps:
        within = (min(lumps), max(lumps))
        dimension = {None: rule.TOTAL, "version": UNDIVIDED}.get(by, by or "")
        for start, value, version, event, _after, figure in queries.margins(site_id, dimension, *within):
            shown[start][str(version) if by == "version" else value][event] += figure
        if by is None:
            for start, _value, _version, event, after, figure in queries.margins(site_id, UNDIVIDED, *within):
                if after and event in _DECIDING:
                    shown[start][""][DELAYED + after] += figure
    return Audience(by, lumps, shown)


def _values(lists: AudienceLists, by: AudienceDimension | None) -> Sequence[str]:
    if by is None:
        return ("",)
    return tuple(map(str, lists.versions)) if by == "version" else lists.dimensions().get(by, ())


def _named(sums: Mapping[str, int]) -> dict[str, int]:
    figures = {measure: sums.get(event, 0) for event, measure in EVENT_MEASURES.items()}
    figures["decided"] = sum(sums.get(event, 0) for event in _DECIDING)
    delays = {name: figure for name, figure in sums.items() if name.startswith(DELAYED)}
    return {**figures, **delays}


def _add_variances(
    variances: defaultdict[str, float], lump: ReleasedAudience, by: AudienceDimension | None
) -> None:
    cell = rule.cell_variance(lump.epsilon)
    for event, measure in EVENT_MEASURES.items():
        draws = lump.lists.draws(event)
        if by is None or (by == "version" and len(lump.lists.versions) == 1):
            one = rule.total_variance(draws, lump.epsilon)
        elif by == "version":
            one = cell * draws[0] / len(lump.lists.versions)
        else:
            one = cell
        variances[measure] += one
        if event in _DECIDING:
            variances["decided"] += one
    if by is None:
        for after in DELAYS:
            variances[DELAYED + after] += len(_DECIDING) * len(lump.lists.versions) * cell
