"""Two attackers. Both have every answer of the API; the second knows the release rule as well."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping

from server.analytics.privacy import DECIDED, PARTS, WITHDRAW
from tests.analytics.histories import (
    CATEGORIES,
    DIMENSIONS,
    MEASURES,
    Cell,
    Kind,
    Truth,
    World,
    measures,
    published,
    true_cells,
)

Place = tuple[int, int, Cell]
"""A cell in a window: first day, last day, which."""


# --- subtraction ------------------------------------------------------------------------------------------


def relations(world: World, first: int, last: int) -> Iterator[list[Cell]]:
    """What adds up in the answers about a window: the total, then its parts."""
    shown = {
        dimension: list(
            dict.fromkeys(v for day in range(first, last + 1) for v in world.values(dimension, day))
        )
        for dimension in DIMENSIONS
    }
    for dimension, values in shown.items():
        for measure in MEASURES:
            yield [("", "", measure), *((dimension, value, measure) for value in values)]
    for dimension, value in [("", ""), *((d, value) for d, values in shown.items() for value in values)]:
        yield [(dimension, value, measure) for measure in (DECIDED, *PARTS)]


def answers(cells: Mapping[tuple[int, Cell], int], first: int, last: int) -> dict[Cell, int]:
    """The figures of a window: sums of its days; what is not named is withheld."""
    sums: Counter[Cell] = Counter()
    for (day, cell), figure in cells.items():
        if first <= day <= last:
            sums[cell] += figure
    return dict(sums)


def subtract(world: World, known: dict[Cell, int], first: int, last: int) -> dict[Cell, int]:
    """What one gets for withheld cells of a window by solving relations with one unknown, again and again."""
    known, solved = dict(known), {}
    everything = list(relations(world, first, last))
    progress = True
    while progress:
        progress = False
        for total, *parts in everything:
            unknown = [cell for cell in (total, *parts) if cell not in known]
            if len(unknown) == 1:
                cell = unknown[0]
                others = sum(known[part] for part in parts if part != cell)
                known[cell] = solved[cell] = others if cell == total else known[total] - others
                progress = True
    return solved


# --- search for other histories with the same answers ------------------------------------------------------


def indistinguishable(
    truth: Truth, world: World, rng: random.Random, *, steps: int, repairs: int
) -> set[Place]:
    """Withheld cells of 1 to 9, of any window, for which no other history with the same answers was found.

    A history found is a proof: anyone who sees the answers cannot know which of the two happened.
    """
    base, real = published(truth, world), _windows(truth, len(world.live))
    left = {
        place
        for place, count in real.items()
        if 1 <= count <= 9 and place[2] not in answers(base, place[0], place[1])
    }
    current = Counter(truth)
    for _ in range(steps):
        changed = _changed(current, world, rng)
        if left and published(changed, world) == base:
            current = changed
            left = _equal(current, world, real, left)
    known = set()
    while left:
        place = left.pop()
        other = _repaired(truth, world, rng, place, repairs)
        if other is None:
            known.add(place)
        else:
            left = _equal(other, world, real, left)
    return known


def _windows(truth: Truth, days: int) -> Counter[Place]:
    """Every cell of every window as it truly was."""
    sums: Counter[Place] = Counter()
    for (day, cell), count in true_cells(truth).items():
        for first in range(day + 1):
            for last in range(day, days):
                sums[first, last, cell] += count
    return sums


def _equal(truth: Truth, world: World, real: Mapping[Place, int], places: set[Place]) -> set[Place]:
    counts = _windows(truth, len(world.live))
    return {place for place in places if counts[place] == real[place]}


def _repaired(
    truth: Truth, world: World, rng: random.Random, place: Place, repairs: int
) -> Counter[Kind] | None:
    """A history whose cell at `place` differs, annealed until all its answers are the same again."""
    days = len(world.live)
    base, real = published(truth, world), _windows(truth, days)[place]
    for _ in range(8):
        current = _with_other(truth, world, rng, place)
        cost = _distance(published(current, world), base)
        for step in range(repairs):
            if cost == 0:
                return current
            changed = _changed(current, world, rng)
            if _windows(changed, days)[place] == real:
                continue
            new = _distance(published(changed, world), base)
            heat = max(0.2, 1.5 * (1 - step / repairs))
            if new <= cost or rng.random() < math.exp((cost - new) / heat):
                current, cost = changed, new
    return None


def _with_other(truth: Truth, world: World, rng: random.Random, place: Place) -> Counter[Kind]:
    first, last, (dimension, value, measure) = place
    inside = [
        kind
        for kind in _kinds(world)
        if first <= kind.day <= last
        and measure in measures(kind)
        and (dimension == "" or getattr(kind, dimension) == value)
    ]
    present = [kind for kind in inside if truth.get(kind)]
    current = Counter(truth)
    if rng.random() < 0.5:
        current[rng.choice(inside)] += 1
    else:
        current[rng.choice(present)] -= 1
    return current


def _distance(one: Mapping[tuple[int, Cell], int], other: Mapping[tuple[int, Cell], int]) -> float:
    return sum(
        1 + (abs(one[place] - other[place]) / 5 if place in one and place in other else 1)
        for place in one.keys() | other.keys()
        if one.get(place) != other.get(place)
    )


def _changed(truth: Truth, world: World, rng: random.Random) -> Counter[Kind]:
    """A few decisions come, go, or exchange something."""
    current = Counter(truth)
    kinds = _kinds(world)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        present = [kind for kind, count in current.items() if count]
        chance = rng.random()
        if chance < 0.2 or not present:
            current[rng.choice(kinds)] += 1
        elif chance < 0.4:
            current[rng.choice(present)] -= 1
        else:
            _exchange(current, world, rng.choice(present), rng.choice(present), rng)
    return current


def _exchange(current: Counter[Kind], world: World, one: Kind, other: Kind, rng: random.Random) -> None:
    """Two decisions exchange their language, version, day or content: most sums stay as they were."""
    names = rng.choice((("language",), ("version",), ("day",), ("action", "granted")))
    first = one._replace(**{name: getattr(other, name) for name in names})
    second = other._replace(**{name: getattr(one, name) for name in names})
    if one == other or not {first.version, second.version} <= _live(world, first, second):
        return
    for kind, number in ((one, -1), (other, -1), (first, 1), (second, 1)):
        current[kind] += number


def _live(world: World, *kinds: Kind) -> set[str]:
    """Versions among theirs that were live on their own day; empty if one was not."""
    good = all(kind.version in world.live[kind.day] for kind in kinds)
    return {kind.version for kind in kinds} if good else set()


_known_kinds: dict[World, list[Kind]] = {}


def _kinds(world: World) -> list[Kind]:
    """Every kind of decision that can occur."""
    if world not in _known_kinds:
        both, neither = frozenset(CATEGORIES), frozenset[str]()
        contents = [
            ("accept_all", both),
            ("reject_all", neither),
            (WITHDRAW, neither),
            *(("save", granted) for granted in (both, neither, *(frozenset({key}) for key in CATEGORIES))),
        ]
        _known_kinds[world] = [
            Kind(day, version, language, action, granted)
            for day, versions in enumerate(world.live)
            for version in versions
            for language in world.languages
            for action, granted in contents
        ]
    return _known_kinds[world]
