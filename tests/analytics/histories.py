"""Small histories of small sites, and everything that may be published about them."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from server.analytics import privacy
from server.analytics.privacy import DECIDED, PARTS, WITHDRAW

FIRST_DAY = date(2026, 11, 2)
CATEGORIES = ("functional", "statistics")


class Kind(NamedTuple):
    """Decisions that the counters cannot tell apart."""

    day: int
    version: str
    language: str
    action: str
    granted: frozenset[str]


@dataclass(frozen=True)
class World:
    """What everybody knows: when which version was live, and the site's languages."""

    live: tuple[tuple[str, ...], ...]
    """Per day."""
    languages: tuple[str, ...]

    def values(self, dimension: str, day: int) -> tuple[str, ...]:
        return self.live[day] if dimension == "version" else self.languages


Truth = Mapping[Kind, int]
Cell = tuple[str, str, str]
"""Dimension (empty: undivided), value, measure."""

DIMENSIONS = ("version", "language")
MEASURES = (DECIDED, *PARTS, WITHDRAW, *CATEGORIES)


def some_world(rng: random.Random, days: int, languages: int) -> World:
    """Versions that follow one another, each live until the day after it was replaced."""
    published = [0]
    while rng.random() < 0.45:
        published.append(rng.randrange(published[-1], days))
    live = []
    for day in range(days):
        ends = [later + 1 for later in published[1:]] + [days]
        spans = zip(published, ends, strict=True)
        live.append(tuple(str(n) for n, (start, end) in enumerate(spans, 1) if start <= day <= end))
    return World(tuple(live), ("nb", "en", "nn", "se", "pl", "uk", "so")[:languages])


def some_truth(rng: random.Random, world: World, scale: int) -> Counter[Kind]:
    """What was decided, with many small figures and some larger."""
    truth: Counter[Kind] = Counter()
    for day in range(len(world.live)):
        for version in world.live[day]:
            for language in world.languages:
                for action in (*PARTS, WITHDRAW):
                    number = rng.choice((0, rng.randint(0, 4), rng.randint(0, 12), rng.randint(0, scale)))
                    for _ in range(number):
                        truth[Kind(day, version, language, action, _granted(rng, action))] += 1
    return truth


def _granted(rng: random.Random, action: str) -> frozenset[str]:
    if action == "accept_all":
        return frozenset(CATEGORIES)
    if action == "save":
        return frozenset(key for key in CATEGORIES if rng.random() < 0.5)
    return frozenset()


def measures(kind: Kind) -> tuple[str, ...]:
    """The figures that a decision of this kind is part of."""
    if kind.action == WITHDRAW:
        return (WITHDRAW,)
    return (DECIDED, kind.action, *sorted(kind.granted))


def days_of(truth: Truth, world: World, dimension: str) -> Iterator[privacy.Day]:
    """The history as the release rule sees it."""
    for day in range(len(world.live)):
        counts: Counter[str] = Counter()
        by_value: dict[str, Counter[str]] = {}
        for kind, number in truth.items():
            if kind.day == day and number:
                value = kind.version if dimension == "version" else kind.language
                for measure in measures(kind):
                    counts[measure] += number
                    by_value.setdefault(value, Counter())[measure] += number
        possible = {measure: world.values(dimension, day) for measure in MEASURES}
        yield privacy.Day(FIRST_DAY + timedelta(days=day), counts, by_value, possible)


def published(truth: Truth, world: World) -> dict[tuple[int, Cell], int]:
    """Every published day cell. All answers, whatever their window and interval, are sums of these."""
    cells: dict[tuple[int, Cell], int] = {}
    for dimension in DIMENSIONS:
        for day, release in enumerate(privacy.release(days_of(truth, world, dimension))):
            for measure, figure in release.figures.items():
                cells[day, ("", "", measure)] = figure
            for value, figures in release.by_value.items():
                for measure, figure in figures.items():
                    cells[day, (dimension, value, measure)] = figure
    return cells


def true_cells(truth: Truth) -> Counter[tuple[int, Cell]]:
    """The same cells as they truly were."""
    cells: Counter[tuple[int, Cell]] = Counter()
    for kind, number in truth.items():
        for measure in measures(kind):
            cells[kind.day, ("", "", measure)] += number
            cells[kind.day, ("version", kind.version, measure)] += number
            cells[kind.day, ("language", kind.language, measure)] += number
    return cells
