"""Sites of a known size for a quarter of a year, with their true numbers, released by the real rule. Pure."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import exp, sqrt

from server.analytics.privacy import lumps, release
from server.analytics.privacy.lumps import LumpKind, Observed
from server.analytics.privacy.release import GRANTED, UNIT, Cells, Counted, Leaf

BEGINS = date(2026, 1, 5)
DAYS = 90
EPSILON = Fraction(1)
CATEGORIES = ("functional", "statistics", "advertising")

_LANGUAGES = {"nb": 0.60, "en": 0.38, "nn": 0.02}
_ACCEPT, _REJECT, _SAVE, _WITHDRAW = 0.52, 0.38, 0.07, 0.03
_WEEKDAYS = (1.1, 1.05, 1.0, 1.05, 1.1, 0.9, 0.8)
_GRANTED = (0.8, 0.5, 0.2)
_PUBLISHED = 45
"""The day on which version 2 replaces version 1."""

_OLD_SHARE = {0: 0.5, 1: 0.02}
"""Days since then → share of the decisions that are on version 1."""


@dataclass(frozen=True)
class Lump:
    """A released lump with the truth."""

    end: date
    kind: LumpKind
    true: Mapping[Leaf, Counted]
    cells: Cells


@dataclass
class _Life:
    """What a site carries from lump to lump."""

    carried: dict[Leaf, dict[str, int]] = field(default_factory=dict)
    decided: list[tuple[date, int, int]] = field(default_factory=list)
    """Last day, number of days and published decisions of each lump."""


def site(a_day: int, seed: int) -> Iterator[Lump]:
    """The lumps of a site with so many decisions on an average day."""
    dice = random.Random(seed)
    days = [_day(dice, a_day, number) for number in range(DAYS)]
    life, start = _Life(), BEGINS
    kind: LumpKind = "day"
    last = BEGINS + timedelta(days=DAYS - 1)
    while (end := lumps.last_day(start, kind)) <= last:
        within = range((start - BEGINS).days, (end - BEGINS).days + 1)
        true = {leaf: _sum(days[number].get(leaf) for number in within) for leaf in _leaves(within)}
        cells = release.close(
            true, dict.fromkeys((1, 2), CATEGORIES), life.carried, epsilon=EPSILON, randbelow=dice.randrange
        )
        _carry(life.carried, cells)
        life.decided.append((end, len(within), decided(cells)))
        yield Lump(end, kind, true, cells)
        start = end + timedelta(days=1)
        kind = _next(life, kind, start)


def decided(cells: Cells) -> int:
    """Published decisions of a lump."""
    kinds = (release.ACCEPT_ALL, release.REJECT_ALL, release.SAVE)
    return sum(measures[kind].shown for measures in cells.values() for kind in kinds)


def published(measures: Mapping[str, release.Cell]) -> dict[str, int]:
    """The figures of a leaf as they are served."""
    found = {kind: measures[kind].shown for kind in release.KINDS}
    granted = {key: found["accept_all"] + measures[GRANTED + key].shown for key in CATEGORIES}
    return {**found, "decided": found["accept_all"] + found["reject_all"] + found["save"], **granted}


def truth(counted: Counted) -> dict[str, int]:
    """The same figures, as they are."""
    found = {kind: getattr(counted, kind) for kind in release.KINDS}
    granted = {key: counted.accept_all + counted.granted.get(key, 0) for key in CATEGORIES}
    return {**found, "decided": counted.accept_all + counted.reject_all + counted.save, **granted}


def _next(life: _Life, kind: LumpKind, start: date) -> LumpKind:
    since = start - timedelta(days=lumps.OBSERVED_DAYS)
    recent = [(days, number) for end, days, number in life.decided if end >= since]
    observed = Observed(sum(days for days, _ in recent), sum(number for _, number in recent))
    categories = [len(CATEGORIES)] * len(_LANGUAGES)
    return lumps.next_kind(
        kind, start, first=BEGINS, observed=observed, categories=categories, epsilon=EPSILON
    )


def _leaves(within: range) -> list[Leaf]:
    versions = [1] if within[0] <= _PUBLISHED + 1 else []
    versions += [2] if within[-1] >= _PUBLISHED else []
    return [Leaf(version, language) for version in versions for language in _LANGUAGES]


def _day(dice: random.Random, a_day: int, number: int) -> dict[Leaf, Counted]:
    mean = a_day * _WEEKDAYS[number % 7]
    old = 1.0 if number < _PUBLISHED else _OLD_SHARE.get(number - _PUBLISHED, 0.0)
    shares = {Leaf(1, language): old * share for language, share in _LANGUAGES.items()}
    shares |= {Leaf(2, language): (1 - old) * share for language, share in _LANGUAGES.items()}
    return {leaf: _counted(dice, mean * share) for leaf, share in shares.items() if share}


def _counted(dice: random.Random, mean: float) -> Counted:
    accept, reject, withdraw, save = (
        poisson(dice, mean * share) for share in (_ACCEPT, _REJECT, _WITHDRAW, _SAVE)
    )
    granted = {
        key: sum(dice.random() < share for _ in range(save))
        for key, share in zip(CATEGORIES, _GRANTED, strict=True)
    }
    return Counted(accept, reject, withdraw, save, granted)


def poisson(dice: random.Random, mean: float) -> int:
    """A number of the Poisson distribution; above 50 of the normal one that is nearest."""
    if mean > 50:
        return max(0, round(dice.gauss(mean, sqrt(mean))))
    number, product, least = 0, dice.random(), exp(-mean)
    while product > least:
        number, product = number + 1, product * dice.random()
    return number


def _sum(counts: Iterator[Counted | None]) -> Counted:
    return sum((each for each in counts if each is not None), Counted())


def _carry(carried: dict[Leaf, dict[str, int]], cells: Cells) -> None:
    for leaf, measures in cells.items():
        left = carried.setdefault(leaf, {})
        for measure, cell in measures.items():
            left[measure] = left.get(measure, 0) + cell.noisy - UNIT * cell.shown


def windows(found: Iterator[Lump]) -> Iterator[list[Lump]]:
    """The lumps that ended in each ISO week after the first, which is of days whatever the site's size."""
    by_week: defaultdict[tuple[int, int], list[Lump]] = defaultdict(list)
    for lump in found:
        by_week[lump.end.isocalendar()[:2]].append(lump)
    yield from list(by_week.values())[1:]


def divided(lumps_of_window: list[Lump], by: str) -> dict[str, tuple[Counter[str], Counter[str], int]]:
    """Value → published and true figures, and the number of leaves that were added up.

    :param by: `language`, `version` or `all`
    """
    found: dict[str, tuple[Counter[str], Counter[str], int]] = {}
    for lump in lumps_of_window:
        for leaf, measures in lump.cells.items():
            value = {"language": leaf.language, "version": str(leaf.version)}.get(by, "")
            shown, true, leaves = found.get(value, (Counter(), Counter(), 0))
            shown.update(published(measures))
            true.update(truth(lump.true[leaf]))
            found[value] = shown, true, leaves + 1
    return found
