"""The release rule, by example, by property, and against two attackers."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics import privacy
from server.analytics.privacy import BASE, DECIDED, PARTS, THRESHOLD, WITHDRAW, Day, Release
from tests.analytics.attacks import answers, indistinguishable, relations, subtract
from tests.analytics.histories import (
    FIRST_DAY,
    MEASURES,
    Kind,
    World,
    days_of,
    published,
    some_truth,
    some_world,
    true_cells,
)

seeds = st.integers(0, 10**9)


def _released(*days: Mapping[str, int]) -> list[Mapping[str, int]]:
    """Undivided figures of consecutive days; `decided` is added up."""
    counted = [{**day, DECIDED: sum(day.get(part, 0) for part in PARTS)} for day in days]
    return [
        r.figures for r in privacy.release(Day(FIRST_DAY + timedelta(n), c) for n, c in enumerate(counted))
    ]


def _divided(*days: Mapping[str, Mapping[str, int]], values: Sequence[str] = ("nb", "en")) -> list[Release]:
    """The same with values; each has only figures that are named."""
    made = []
    for number, rows in enumerate(days):
        by_value = {v: {**row, DECIDED: sum(row.get(p, 0) for p in PARTS)} for v, row in rows.items()}
        counts: Counter[str] = Counter()
        for row in by_value.values():
            counts.update(row)
        possible = dict.fromkeys((DECIDED, *PARTS, WITHDRAW), tuple(values))
        made.append(Day(FIRST_DAY + timedelta(number), counts, by_value, possible))
    return list(privacy.release(made))


@pytest.mark.parametrize(("count", "figure"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (412, 410)])
def test_figure_of_one_kind_is_rounded_to_the_nearest_five(count: int, figure: int) -> None:
    assert _released({"accept_all": count}) == [{"accept_all": figure, DECIDED: figure}]


@pytest.mark.parametrize("count", range(10))
def test_fewer_than_ten_decisions_are_not_published(count: int) -> None:
    assert _released({"accept_all": count, WITHDRAW: count}) == [{}]


def test_what_is_withheld_is_carried_until_ten_have_gathered() -> None:
    days = _released({"accept_all": 4}, {"accept_all": 4}, {"accept_all": 5}, {"accept_all": 9})
    assert days == [{}, {}, {"accept_all": 15, DECIDED: 15}, {}]


def test_rounding_does_not_add_up() -> None:
    days = _released(*[{"accept_all": 12}] * 100)
    assert sum(day["accept_all"] for day in days) == 1200


def test_rare_kind_takes_its_smallest_neighbour_along() -> None:
    assert _released({"accept_all": 40, "reject_all": 30, "save": 3}) == [{DECIDED: 75, "accept_all": 40}]


def test_pair_that_waited_is_published_together() -> None:
    first, second = _released(
        {"accept_all": 40, "reject_all": 30, "save": 3}, {"accept_all": 40, "reject_all": 30, "save": 8}
    )
    assert (set(first), set(second)) == ({DECIDED, "accept_all"}, {DECIDED, *PARTS})
    assert (second["reject_all"], second["save"]) == (60, 10)


def test_pair_stays_together_on_days_when_all_decisions_are_few() -> None:
    # Day by day, two unknowns would remain; over both days, one would.
    days = _released({"accept_all": 20, "reject_all": 9, "save": 9}, {"reject_all": 3})
    assert days == [{DECIDED: 40, "accept_all": 20}, {}]


def test_small_value_takes_its_smallest_neighbour_along() -> None:
    (day,) = _divided({"nb": {"accept_all": 40}, "en": {"accept_all": 3}})
    assert (day.figures["accept_all"], day.by_value) == (45, {})


def test_third_value_is_published_beside_two_that_wait() -> None:
    (day,) = _divided(
        {"nb": {"accept_all": 40}, "en": {"accept_all": 3}, "nn": {"accept_all": 12}},
        {"nb": {"accept_all": 40}},
        values=("nb", "en", "nn"),
    )[:1]
    assert set(day.by_value) == {"nb"}


def test_only_possible_value_has_the_undivided_figures() -> None:
    days = _divided({"nb": {"accept_all": 7}}, {"nb": {"accept_all": 7}}, values=("nb",))
    assert [day.by_value.get("nb", {}) for day in days] == [day.figures for day in days]


def test_value_that_nobody_used_is_withheld_like_a_small_one() -> None:
    (nobody,) = _divided({"nb": {"accept_all": 40}})
    (one,) = _divided({"nb": {"accept_all": 40}, "en": {"accept_all": 1}})
    assert nobody == one


def test_values_that_are_all_nine_are_not_revealed_by_their_sum() -> None:
    languages = ("nb", "en", "nn", "se", "pl")
    nines = {"nb": 12, "en": 9, "nn": 9, "se": 9, "pl": 9}
    other = {"nb": 9, "en": 12, "nn": 9, "se": 9, "pl": 9}
    days = [_divided({v: {WITHDRAW: n} for v, n in c.items()}, values=languages) for c in (nines, other)]
    assert days[0] == days[1]
    assert days[0][0].figures == {WITHDRAW: 50}


@given(seeds)
def test_published_figures_never_change_when_days_are_added(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 8), rng.randint(1, 4))
    days = list(days_of(some_truth(rng, world, 40), world, rng.choice(("version", "language"))))
    whole = list(privacy.release(days))
    assert all(list(privacy.release(days[:n])) == whole[:n] for n in range(len(days)))


@given(seeds)
def test_days_without_decisions_change_nothing(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, 4, 2)
    truth = Counter({k: n for k, n in some_truth(rng, world, 20).items() if k.day in (0, 2)})
    days = list(days_of(truth, world, "language"))
    released = list(privacy.release(days))
    assert [r for r in released if r.figures or r.by_value] == [
        r for r in privacy.release(days[::2]) if r.figures or r.by_value
    ]


@given(seeds)
def test_every_figure_is_a_multiple_of_five_and_describes_ten_or_more(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 6), rng.randint(1, 4))
    cells = published(some_truth(rng, world, 30), world)
    assert all(figure >= THRESHOLD and figure % BASE == 0 for figure in cells.values())


@given(seeds)
def test_undivided_figures_stay_close_to_the_truth(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 8), 1)
    truth = some_truth(rng, world, 30)
    cells, real = published(truth, world), true_cells(truth)
    days = range(len(world.live))
    pending = sum(real[d, ("", "", DECIDED)] - cells.get((d, ("", "", DECIDED)), 0) for d in days)
    assert -BASE / 2 < pending < THRESHOLD + BASE / 2


@given(seeds)
def test_undivided_figures_do_not_depend_on_the_dimension(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 6), rng.randint(1, 4))
    truth = some_truth(rng, world, 30)
    one, other = (
        [release.figures for release in privacy.release(days_of(truth, world, dimension))]
        for dimension in ("version", "language")
    )
    assert one == other


@given(seeds)
def test_in_no_window_is_exactly_one_figure_of_a_sum_withheld(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 6), rng.randint(1, 4))
    cells = published(some_truth(rng, world, 40), world)
    for first, last in _windows_without_change(world):
        known = answers(cells, first, last)
        for relation in relations(world, first, last):
            assert [cell in known for cell in relation].count(False) != 1


@given(seeds)
def test_subtraction_solves_nothing(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 6), rng.randint(1, 4))
    cells = published(some_truth(rng, world, 40), world)
    for first, last in _windows_without_change(world):
        assert subtract(world, answers(cells, first, last), first, last) == {}


@given(seeds)
def test_undivided_figures_stay_unsolved_over_a_change_of_versions(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 6), rng.randint(1, 4))
    cells = published(some_truth(rng, world, 40), world)
    for first in range(len(world.live)):
        for last in range(first, len(world.live)):
            solved = subtract(world, answers(cells, first, last), first, last)
            assert not [cell for cell in solved if cell[0] in ("", "language")]


def _windows_without_change(world: World) -> Iterator[tuple[int, int]]:
    """Windows in which the same versions were live all the time, whatever happened before them."""
    for first, live in enumerate(world.live):
        for last in range(first, len(world.live)):
            if world.live[last] == live:
                yield first, last


@pytest.mark.parametrize("seed", range(25))
def test_every_small_figure_could_have_been_another(seed: int) -> None:
    rng = random.Random(seed)
    world = some_world(rng, rng.randint(1, 3), rng.randint(1, 3))
    truth = some_truth(rng, world, rng.choice((12, 20, 40)))
    assert indistinguishable(truth, world, rng, steps=2500, repairs=3000) == set()


def test_two_nines_are_not_revealed_by_their_sum() -> None:
    world = World((("1",),), ("nb", "en"))
    truth = Counter(
        {
            Kind(0, "1", language, "accept_all", frozenset(("functional", "statistics"))): 9
            for language in ("nb", "en")
        }
    )
    assert published(truth, world)[0, ("", "", "accept_all")] == 20
    assert indistinguishable(truth, world, random.Random(1), steps=500, repairs=3000) == set()


def test_everything_the_attackers_solve_is_everything_published() -> None:
    rng = random.Random(3)
    world = some_world(rng, 3, 2)
    cells = {cell for relation in relations(world, 0, 2) for cell in relation}
    assert {measure for _, _, measure in cells} == set(MEASURES)
    assert {cell for _, cell in published(some_truth(rng, world, 40), world)} <= cells
