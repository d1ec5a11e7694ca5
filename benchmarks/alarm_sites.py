"""Sites over a year of weekdays, holidays, campaigns and publications, released by the real rule. Pure.

What differs from site to site is drawn with a seed: how much an office's website loses at Easter, how much a
shop gains before Christmas, how restless its days are. The holidays' effect is not that of
`server/analytics/alarms/holidays.py`, which knows only what they may do at worst.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import exp
from typing import Literal

from benchmarks.simulated import CATEGORIES, EPSILON, poisson
from server.analytics.alarms.observations import Block, LumpFigures
from server.analytics.privacy import lumps, margins, release
from server.analytics.privacy.lumps import LumpKind, Observed
from server.analytics.privacy.noise import discrete_laplace
from server.analytics.privacy.release import UNIT, Cells, Counted, Leaf
from server.analytics.values import Cells as Figures
from server.core.working_days import easter

BEGINS = date(2025, 11, 3)
"""A Monday. Two months before the year that is counted, so that it is known what is usual."""

COUNTED_FROM = date(2026, 1, 5)
COUNTED_UNTIL = date(2027, 1, 3)

LANGUAGES = {"nb": 0.60, "en": 0.38, "nn": 0.02}

Fault = Literal["broken", "language", "pages", "opt_in"]
FAULTS: Mapping[Fault, str] = {
    "broken": "banner broken entirely",
    "language": "broken in a language (38 %)",
    "pages": "broken on half of the pages",
    "opt_in": "opt-in falls by a third",
}

_BLOCK_SHARES = (0.08, 0.10, 0.14, 0.14, 0.13, 0.12, 0.11, 0.11, 0.07)
"""Of a day's decisions, until 08, 10, … 24 o'clock."""

_OFFICE = (1.2, 1.2, 1.2, 1.15, 1.0, 0.6, 0.65)
_SHOP = (1.05, 1.0, 1.0, 1.05, 1.1, 0.9, 0.9)
_SAVE, _WITHDRAW = 0.07, 0.03
_GRANTED = (0.8, 0.5, 0.2)


@dataclass(frozen=True)
class Traits:
    """What does not change about a site."""

    a_day: int
    weekdays: Sequence[float]
    feast: float
    """Share of the usual number on public holidays."""
    bridge: float
    """The same on the days around them."""
    july: float
    december: float
    growth: float
    """By how much of the first day's number a year later more come."""
    restless: float
    """Standard deviation of the logarithm of what is left of day-to-day variation."""
    campaigns: Sequence[tuple[date, int, float]]
    """First day, number of days, times the usual number."""
    publications: Sequence[tuple[date, float, bool]]
    """Day, change of the accepted share in parts of 1, whether many are asked again."""


def traits(a_day: int, dice: random.Random) -> Traits:
    """Draw a site."""
    office = dice.random() < 0.5

    def some(number: int) -> list[date]:
        days = dice.sample(range((COUNTED_UNTIL - BEGINS).days), number)
        return sorted(BEGINS + timedelta(days=day) for day in days)

    return Traits(
        a_day,
        _OFFICE if office else _SHOP,
        feast=dice.uniform(0.3, 0.6) if office else dice.uniform(0.5, 1.2),
        bridge=dice.uniform(0.55, 0.8) if office else dice.uniform(0.8, 1.2),
        july=dice.uniform(0.6, 0.9) if office else dice.uniform(0.75, 1.1),
        december=dice.uniform(0.8, 1.0) if office else dice.uniform(1.1, 1.6),
        growth=dice.uniform(-0.3, 1.0),
        restless=dice.uniform(0.04, 0.15),
        campaigns=[(day, dice.randint(2, 14), dice.uniform(1.3, 2.2)) for day in some(5)],
        publications=[(day, dice.gauss(0, 0.025), dice.random() < 0.25) for day in some(9)],
    )


@dataclass
class SimulatedSite:
    """A site, and what its release carries from lump to lump."""

    traits: Traits
    dice: random.Random
    start: date = BEGINS
    kind: LumpKind = "day"
    lumps: list[LumpFigures] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    carried: dict[Leaf, dict[str, int]] = field(default_factory=dict)
    fault: tuple[Fault, date, float] | None = None
    """What breaks, on which day, and when on that day, in parts of it."""

    @property
    def published(self) -> list[date]:
        """Days of publications, the first left out."""
        return [day for day, _, _ in self.traits.publications]

    @property
    def end(self) -> date:
        """Last day of the running lump."""
        return lumps.last_day(self.start, self.kind)

    def branch(self, fault: tuple[Fault, date, float], seed: int) -> "SimulatedSite":
        """The same site, on which something breaks from here on."""
        return replace(
            self,
            dice=random.Random(seed),
            lumps=list(self.lumps),
            blocks=list(self.blocks),
            carried=deepcopy(self.carried),
            fault=fault,
        )

    def live(self) -> Iterator[Block]:
        """The coarse figures of the running lump; of days alone."""
        if self.kind != "day":
            return
        share = margins.LIVE * EPSILON
        mean = self._mean(self.start)
        for number, part in enumerate(_BLOCK_SHARES):
            begins = sum(_BLOCK_SHARES[:number])
            works = self._working(self.start, begins, begins + part)
            noise = discrete_laplace(share.numerator, share.denominator, self.dice.randrange)
            figure = poisson(self.dice, mean * part * works) + noise
            yield Block(self.start, 8 + 2 * number, figure, margins.live_variance(EPSILON))

    def close(self) -> LumpFigures:
        """Release the running lump, and begin the next one."""
        days = [self.start + timedelta(days=number) for number in range((self.end - self.start).days + 1)]
        versions = sorted({self._version(day) for day in days})
        true = {Leaf(version, code): Counted() for version in versions for code in LANGUAGES}
        for day in days:
            for code, counted in self._day(day):
                leaf = Leaf(self._version(day), code)
                true[leaf] = true[leaf] + counted
        cells = release.close(
            true,
            dict.fromkeys(versions, CATEGORIES),
            self.carried,
            epsilon=EPSILON,
            randbelow=self.dice.randrange,
        )
        self._carry(cells)
        found = LumpFigures(self.start, self.end, self.kind, figures(cells), _by_language(cells))
        self.lumps.append(found)
        self.start, self.kind = found.end + timedelta(days=1), self._next_kind(found)
        return found

    # --- what is decided ----------------------------------------------------------------------------------

    def _version(self, day: date) -> int:
        return 1 + sum(first <= day for first in self.published)

    def _mean(self, day: date) -> float:
        """Expected decisions of a day, with what is left of chance between days."""
        one = self.traits
        mean = one.a_day * one.weekdays[day.weekday()] * _season(one, day)
        mean *= 1 + one.growth * (day - BEGINS).days / 365
        for first, days, times in one.campaigns:
            if 0 <= (day - first).days < days:
                mean *= times
        for first, _, again in one.publications:
            if again and 0 <= (day - first).days < 21:
                mean *= 1 + 0.5 * exp(-(day - first).days / 7)
        # The same for the coarse figures as for the closed ones, in every branch.
        own = random.Random(f"{one.a_day} {one.growth} {day}")
        return mean * exp(own.gauss(0, one.restless))

    def _working(self, day: date, begins: float, ends: float) -> float:
        """Share of the decisions in a part of a day that still arrive."""
        if self.fault is None or day < self.fault[1] or self.fault[0] == "opt_in":
            return 1.0
        what, first, moment = self.fault
        left = {"broken": 0.0, "language": 1 - LANGUAGES["en"], "pages": 0.5}[what]
        before = 1.0 if ends <= moment else max(0.0, (moment - begins) / (ends - begins))
        return left if day > first else before + (1 - before) * left

    def _day(self, day: date) -> Iterator[tuple[str, Counted]]:
        accept = 0.52 + sum(change for first, change, _ in self.traits.publications if first <= day)
        mean = self._mean(day)
        what, first, moment = self.fault or (None, date.max, 0.0)
        part = 0.0 if day < first else 1 - moment if day == first else 1.0
        if what == "opt_in":
            accept *= 1 - part / 3
        for code, share in LANGUAGES.items():
            works = 1.0
            if what == "broken" or (what == "language" and code == "en"):
                works = 1 - part
            elif what == "pages":
                works = 1 - part / 2
            yield code, self._counted(mean * share * works, accept)

    def _counted(self, mean: float, accept: float) -> Counted:
        shares = (accept, 1 - accept - _SAVE - _WITHDRAW, _WITHDRAW, _SAVE)
        yes, no, withdraw, save = (poisson(self.dice, mean * share) for share in shares)
        granted = {
            key: min(save, poisson(self.dice, save * share))
            for key, share in zip(CATEGORIES, _GRANTED, strict=True)
        }
        return Counted(yes, no, withdraw, save, granted)

    # --- what is carried ----------------------------------------------------------------------------------

    def _carry(self, cells: Cells) -> None:
        for leaf, measures in cells.items():
            left = self.carried.setdefault(leaf, {})
            for measure, cell in measures.items():
                left[measure] = left.get(measure, 0) + cell.noisy - UNIT * cell.shown

    def _next_kind(self, last: LumpFigures) -> LumpKind:
        since = last.end - timedelta(days=lumps.OBSERVED_DAYS)
        recent = [lump for lump in self.lumps[-lumps.OBSERVED_DAYS :] if lump.end > since]
        days = sum((lump.end - lump.start).days + 1 for lump in recent)
        observed = Observed(days, sum(lump.cells.measures["decided"] for lump in recent))
        categories = [len(CATEGORIES)] * len(LANGUAGES)
        return lumps.next_kind(
            last.kind,
            last.end + timedelta(days=1),
            first=BEGINS,
            observed=observed,
            categories=categories,
            epsilon=EPSILON,
        )


def _season(one: Traits, day: date) -> float:
    after_easter = (day - easter(day.year)).days
    if after_easter in (-3, -2, 0, 1, 39, 50) or (day.month, day.day) in _FEASTS:
        return one.feast
    if after_easter in range(-8, 2) or after_easter == 40 or (day.month, day.day) in _CHRISTMAS:
        return one.bridge
    if day.month == 12 or (day.month == 11 and day.day > 20):
        return one.december
    return one.july if day.month == 7 else (1 + one.july) / 2 if (day.month, day.day // 16) == (8, 0) else 1.0


_FEASTS = frozenset({(1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26), (12, 31)})
_CHRISTMAS = frozenset({(1, 2), (12, 22), (12, 23), (12, 27), (12, 28), (12, 29), (12, 30)})


def figures(cells: Cells) -> Figures:
    """The undivided figures of a lump, or those of some leaves."""
    found = {
        kind: sum(measures[kind].shown for measures in cells.values())
        for kind in (release.ACCEPT_ALL, release.REJECT_ALL, release.SAVE, release.WITHDRAW)
    }
    one = margins.variances(len(CATEGORIES), EPSILON)
    variances = {"accept_all": len(cells) * one.kind, "decided": len(cells) * one.decided}
    decided = found["accept_all"] + found["reject_all"] + found["save"]
    return Figures({"decided": decided, **found}, {}, variances, {})


def _by_language(cells: Cells) -> Mapping[str, Figures]:
    return {
        code: figures({leaf: found for leaf, found in cells.items() if leaf.language == code})
        for code in LANGUAGES
    }
