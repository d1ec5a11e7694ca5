"""What a closed lump releases: proven sensitivity, consistency, and the best attack at its bound."""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.privacy import margins, release
from server.analytics.privacy.noise import discrete_laplace
from server.analytics.privacy.release import GRANTED, KINDS, UNIT, Cells, Counted, Leaf

ONE = Fraction(1)
CATEGORIES = ("functional", "statistics", "advertising", "maps", "video", "chat", "ads", "ab")

numbers = st.integers(0, 30)
leaves = st.builds(Leaf, st.integers(1, 3), st.sampled_from(("nb", "nn", "en")))


@st.composite
def counted(draw: Callable[..., Any], categories: tuple[str, ...]) -> Counted:
    save = draw(numbers)
    granted = {key: draw(st.integers(0, save)) for key in categories}
    return Counted(draw(numbers), draw(numbers), draw(numbers), save, granted)


@st.composite
def histories(draw: Callable[..., Any]) -> tuple[tuple[str, ...], list[dict[Leaf, Counted]]]:
    """Lumps of one site, whose leaves come and go."""
    categories = CATEGORIES[: draw(st.integers(0, 8))]
    lump = st.dictionaries(leaves, counted(categories), min_size=1, max_size=4)
    return categories, draw(st.lists(lump, min_size=1, max_size=4))


def carry(carried: dict[Leaf, dict[str, int]], cells: Cells) -> None:
    """Add what a lump has left over."""
    for leaf, measures in cells.items():
        left = carried.setdefault(leaf, {})
        for measure, cell in measures.items():
            left[measure] = left.get(measure, 0) + cell.noisy - UNIT * cell.shown


def closed(
    categories: tuple[str, ...], lumps: list[dict[Leaf, Counted]], seed: int, epsilon: Fraction = ONE
) -> list[Cells]:
    """What follows one another in a site's life."""
    dice, found = random.Random(seed), []
    carried: dict[Leaf, dict[str, int]] = {}
    by_version = dict.fromkeys(range(1, 4), categories)
    for lump in lumps:
        cells = release.close(lump, by_version, carried, epsilon=epsilon, randbelow=dice.randrange)
        carry(carried, cells)
        found.append(cells)
    return found


# --- what is proven ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(9))
@pytest.mark.parametrize("epsilon", [ONE, Fraction(1, 2), Fraction(1, 4)], ids=str)
def test_one_decision_costs_exactly_its_share_of_epsilon(number: int, epsilon: Fraction) -> None:
    """Each counter that one decision changes is noised; ε of those draws add up to 4/5 ε."""
    categories = CATEGORIES[:number]
    base = Counted(9, 9, 9, 9, dict.fromkeys(categories, 4))
    more = {
        "accept_all": Counted(accept_all=1),
        "reject_all": Counted(reject_all=1),
        "withdraw": Counted(withdraw=1),
        "save, all granted": Counted(save=1, granted=dict.fromkeys(categories, 1)),
        "save, none granted": Counted(save=1),
    }
    before = _inputs(base, categories, epsilon)
    for what, decision in more.items():
        after = _inputs(base + decision, categories, epsilon)
        spent = sum(
            share for (one, share), (other, _) in zip(before, after, strict=True) if abs(one - other) == 1
        )
        assert {abs(one - other) for (one, _), (other, _) in zip(before, after, strict=True)} <= {0, 1}
        assert spent == Fraction(4, 5) * epsilon, what


def _inputs(counts: Counted, categories: tuple[str, ...], epsilon: Fraction) -> list[tuple[int, Fraction]]:
    """Every counter of a leaf that gets noise, with the ε of its draw."""
    shares: list[Fraction] = []

    def record(numerator: int, denominator: int, _randbelow: object) -> int:
        shares.append(Fraction(numerator, denominator))
        return 0

    with patch.object(release, "discrete_laplace", record):
        leaf = Leaf(1, "nb")
        release.close({leaf: counts}, {1: categories}, {}, epsilon=epsilon, randbelow=lambda n: 0)
    inputs = [counts.accept_all, counts.reject_all, counts.withdraw]
    for category in categories:
        granted = counts.granted.get(category, 0)
        inputs += [granted, counts.save - granted]
    return list(zip(inputs if categories else [*inputs, counts.save], shares, strict=True))


def test_noise_does_not_depend_on_what_was_counted() -> None:
    """The same draws, whatever the counters: so which figures there are reveals nothing."""
    empty = closed(CATEGORIES[:3], [{Leaf(1, "nb"): Counted()}], seed=7)[0][Leaf(1, "nb")]
    busy = closed(CATEGORIES[:3], [{Leaf(1, "nb"): Counted(50, 40, 3, 0)}], seed=7)[0][Leaf(1, "nb")]
    for kind, number in (("accept_all", 50), ("reject_all", 40), ("withdraw", 3), ("save", 0)):
        assert busy[kind].noisy - empty[kind].noisy == UNIT * number


# --- what adds up -----------------------------------------------------------------------------------------


@given(histories(), st.integers(0, 10**6))
def test_figures_are_whole_not_negative_and_nobody_grants_who_did_not_save(
    history: tuple[tuple[str, ...], list[dict[Leaf, Counted]]], seed: int
) -> None:
    categories, lumps = history
    for cells in closed(categories, lumps, seed):
        for measures in cells.values():
            assert set(measures) == {*KINDS, *(GRANTED + key for key in categories)}
            assert all(cell.shown >= 0 for cell in measures.values())
            assert all(measures[GRANTED + key].shown <= measures["save"].shown for key in categories)


@given(histories(), st.integers(0, 10**6))
def test_released_sums_follow_the_noised_sums(
    history: tuple[tuple[str, ...], list[dict[Leaf, Counted]]], seed: int
) -> None:
    """To within one half; or they are ahead, where a noised sum went down, as nothing is taken back."""
    categories, lumps = history
    noised: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for cells in closed(categories, lumps, seed):
        before = Counter(shown)
        for measures in cells.values():
            for kind in KINDS:
                noised[kind] += measures[kind].noisy
                shown[kind] += measures[kind].shown
        for kind in KINDS:
            difference = Fraction(noised[kind], UNIT) - shown[kind]
            assert abs(difference) <= Fraction(1, 2) or (difference < 0 and shown[kind] == before[kind])


@given(histories())
def test_without_noise_the_figures_are_what_was_counted(
    history: tuple[tuple[str, ...], list[dict[Leaf, Counted]]],
) -> None:
    categories, lumps = history
    with patch.object(release, "discrete_laplace", lambda *_: 0):
        found = closed(categories, lumps, seed=0)
    for lump, cells in zip(lumps, found, strict=True):
        for leaf, counts in lump.items():
            for kind in KINDS:
                assert cells[leaf][kind].shown == getattr(counts, kind)
            for key in categories:
                assert cells[leaf][GRANTED + key].shown == counts.granted[key]


@given(st.dictionaries(leaves, st.integers(-50 * UNIT, 50 * UNIT), min_size=1), st.integers(0, 100))
def test_projection_has_the_sum_and_is_nearest(due: Mapping[Leaf, int], whole: int) -> None:
    found = release.project(due, whole)
    assert sum(found.values()) == whole
    assert min(found.values()) >= 0
    exact = {leaf: Fraction(number, UNIT) for leaf, number in due.items()}

    def distance(numbers: Mapping[Leaf, int]) -> Fraction:
        return sum(((numbers[leaf] - exact[leaf]) ** 2 for leaf in exact), Fraction(0))

    for source in found:
        for target in found:
            if source != target and found[source] > 0:
                moved = {**found, source: found[source] - 1, target: found[target] + 1}
                assert distance(moved) >= distance(found)


# --- what is only tested ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "bound"), [(margins.CLOSED, 0.690), (margins.LIVE, 0.550)], ids=["closed", "live"]
)
def test_the_best_attack_on_one_decision_is_right_as_often_as_the_bound_and_no_more(
    share: Fraction, bound: float
) -> None:
    """Who knows all other decisions sees n or n + 1 with noise, and says what is likelier."""
    dice = random.Random(3)
    rounds, right = 20_000, 0
    for number in range(rounds):
        truth = number % 2
        seen = truth + discrete_laplace(share.numerator, share.denominator, dice.randrange)
        right += (seen >= 1) == (truth == 1)
    assert bound == pytest.approx(math.exp(share) / (1 + math.exp(share)), abs=0.001)
    assert right / rounds == pytest.approx(bound, abs=0.012)


def test_the_whole_pipeline_with_and_without_one_decision_differs_by_less_than_epsilon() -> None:
    """Figures of a small site: no outcome is more than e^ε times as likely with the decision as without."""
    rounds = 4_000
    tallies: list[Counter[object]] = []
    for more in (0, 1):
        tally: Counter[object] = Counter()
        for seed in range(rounds):
            lump = {Leaf(1, "nb"): Counted(3 + more, 2)}
            shown = closed(("statistics",), [lump], seed=seed * 2 + more)[0][Leaf(1, "nb")]
            tally[shown["accept_all"].shown] += 1
        tallies.append(tally)
    without, with_it = tallies
    for outcome in {*without, *with_it}:
        low, high = sorted((without[outcome], with_it[outcome]))
        # Four standard deviations of what counting so few rounds adds.
        assert high <= low * math.e**0.8 + 4 * math.sqrt(high + low * math.e**1.6) + 1, outcome


@pytest.mark.parametrize("categories", [0, 1, 3, 6, 8])
def test_margins_cover_the_truth_in_95_of_100_lumps(categories: int) -> None:
    names = CATEGORIES[:categories]
    dice = random.Random(5)
    one = margins.variances(categories, ONE)
    variance = {"decided": one.decided, "accept_all": one.kind, "save": one.save}
    truth = Counted(40, 30, 5, 20, dict.fromkeys(names, 9))
    missed: Counter[str] = Counter()
    lumps = [dict.fromkeys((Leaf(1, "nb"), Leaf(1, "en"), Leaf(1, "nn")), truth) for _ in range(150)]
    for cells in closed(names, lumps, seed=dice.randrange(1000)):
        sums = {kind: sum(measures[kind].shown for measures in cells.values()) for kind in KINDS}
        sums["decided"] = sums["accept_all"] + sums["reject_all"] + sums["save"]
        for name, true in (("decided", 270), ("accept_all", 120), ("save", 60)):
            missed[name] += abs(sums[name] - true) > margins.plus_minus(3 * variance[name])
        if names:
            granted = sum(m["accept_all"].shown + m[GRANTED + names[0]].shown for m in cells.values())
            missed["granted"] += abs(granted - 147) > margins.plus_minus(3 * one.granted)
    assert max(missed.values()) <= 0.07 * 150


def test_margins_are_those_of_the_reference_tables() -> None:
    three = margins.variances(3, ONE)
    names = ("decided", "kind", "save", "granted")
    assert [margins.plus_minus(3 * getattr(three, name)) for name in names] == [18, 7, 16, 17]
    assert [margins.plus_minus(21 * getattr(three, name)) for name in names] == [46, 17, 41, 44]
    assert math.sqrt(margins.variances(6, ONE).granted) == pytest.approx(8.3, abs=0.05)
    assert margins.plus_minus(9 * margins.live_variance(ONE)) == 43
