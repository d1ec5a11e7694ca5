"""What a closed lump releases of the audience."""

import random
from collections import Counter
from fractions import Fraction
from math import sqrt
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.audience_parts import AudienceLists, lists_of
from server.analytics.privacy import audience, margins
from server.analytics.privacy.audience import MarginCell, Margins, total_cell
from server.analytics.privacy.release import UNIT
from server.audience import record
from server.audience.values import BROWSERS, DEVICES, EVENTS, SYSTEMS, Cell, Client, Event

ONE = Fraction(1)
LISTS = AudienceLists((1, 2), ("nb", "nn", "en"), countries=True)
events = st.builds(
    Event,
    st.sampled_from(EVENTS),
    st.sampled_from((1, 2, 7)),
    st.just(""),
    st.sampled_from(("nb", "nn", "other")),
    st.builds(
        Client,
        st.sampled_from(DEVICES),
        st.sampled_from(tuple(BROWSERS)),
        st.sampled_from(tuple(SYSTEMS)),
        st.sampled_from(("NO", "SE", "JP", "other")),
    ),
)


def counters(happened: list[Event]) -> Counter[Cell]:
    return Counter(cell for event in happened for cell in record.cells(event))


def close(happened: list[Event], lists: AudienceLists = LISTS, *, seed: int = 1) -> Margins:
    counted = lists.counted(counters(happened))
    return audience.close(counted, lists.parts(), {}, epsilon=ONE, randbelow=random.Random(seed).randrange)


@given(st.lists(events, max_size=40))
def test_one_event_is_in_one_cell_of_each_part(happened: list[Event]) -> None:
    counted = LISTS.counted(counters(happened))
    cells = {cell for part in LISTS.parts() for of_event in part.cells.values() for cell in of_event}
    assert set(counted) <= cells
    for part in LISTS.parts():
        for event, of_event in part.cells.items():
            assert sum(counted.get(cell, 0) for cell in of_event) == sum(
                one.event == event for one in happened
            )
    assert len(LISTS.parts()) == audience.PARTS


def test_every_cell_costs_a_sixth_of_epsilon_and_is_drawn_once() -> None:
    shares: list[Fraction] = []

    def draw(numerator: int, denominator: int, _randbelow: object) -> int:
        shares.append(Fraction(numerator, denominator))
        return 0

    with patch.object(audience, "discrete_laplace", draw):
        close([])
    cells = [cell for part in LISTS.parts() for of_event in part.cells.values() for cell in of_event]
    assert shares == [Fraction(1, 6)] * len(cells)
    assert len(set(cells)) == len(cells)


@given(st.lists(events, max_size=40))
def test_without_noise_the_figures_are_what_was_counted(happened: list[Event]) -> None:
    with patch.object(audience, "discrete_laplace", lambda *_: 0):
        released = close(happened)
    counted = LISTS.counted(counters(happened))
    shown = {cell: figures.shown for cell, figures in released.items() if cell.dimension != audience.TOTAL}
    assert {cell: figure for cell, figure in shown.items() if figure} == counted


@given(st.lists(events, max_size=40), st.integers(0, 10**6))
def test_every_part_adds_up_to_the_total(happened: list[Event], seed: int) -> None:
    released = close(happened, seed=seed)
    for part in LISTS.parts():
        for event, cells in part.cells.items():
            assert sum(released[cell].shown for cell in cells) == released[total_cell(event)].shown >= 0


def test_totals_are_as_exact_as_their_parts_together_allow() -> None:
    """Standard deviation 5.9 of the undivided number, where one draw has 8.5 (anonymity of figures, § 3)."""
    draws = LISTS.draws("shown")
    assert sqrt(audience.cell_variance(ONE)) == pytest.approx(8.5, abs=0.05)
    one_version = AudienceLists((1,), ("nb", "nn", "en"), countries=True).draws("shown")
    assert sqrt(audience.total_variance(one_version, ONE)) == pytest.approx(6.3, abs=0.1)
    dice, lists, off = random.Random(2), LISTS, []
    carried: dict[MarginCell, int] = {}
    phone = Client("mobile", "safari", "ios", "NO")
    counted = lists.counted(counters([Event("shown", 1, "", "nb", phone)] * 300))
    for _ in range(60):
        released = audience.close(counted, lists.parts(), carried, epsilon=ONE, randbelow=dice.randrange)
        for cell, figures in released.items():
            carried[cell] = carried.get(cell, 0) + figures.noisy - UNIT * figures.shown
        off.append(released[total_cell("shown")].shown - 300)
    margin = margins.plus_minus(audience.total_variance(draws, ONE))
    assert sum(abs(each) <= margin for each in off) >= 0.93 * len(off)
    assert abs(sum(off)) <= 4 * margin, off


def test_lists_are_stored_and_read_again() -> None:
    assert lists_of(LISTS.text()) == LISTS


@pytest.mark.parametrize("lumps", [1, 14])
def test_a_full_cell_among_many_empty_ones_is_within_its_margin(lumps: int) -> None:
    """Countries: 460 of 500 events from one of 35; the noise of the others is not taken from it."""
    dice, off = random.Random(4), []
    phones = {code: Client("mobile", "safari", "ios", code) for code in ("NO", "SE", "DK")}
    happened = {"NO": 460, "SE": 20, "DK": 20}
    shown = [Event("shown", 1, "", "nb", phones[code]) for code in happened for _ in range(happened[code])]
    counts = counters(shown)
    counted = LISTS.counted(counts)
    norway = MarginCell("country", "NO", 0, "shown", "")
    for _ in range(30):
        carried: dict[MarginCell, int] = {}
        total = 0
        for _ in range(lumps):
            released = audience.close(counted, _only("shown"), carried, epsilon=ONE, randbelow=dice.randrange)
            for cell, figures in released.items():
                carried[cell] = carried.get(cell, 0) + figures.noisy - UNIT * figures.shown
            total += released[norway].shown
        off.append(total - 460 * lumps)
    margin = margins.plus_minus(lumps * audience.cell_variance(ONE))
    assert sum(abs(each) > margin for each in off) <= 3
    assert abs(sum(off) / len(off)) < margin / 2


def _only(event: str) -> list[audience.Part]:
    """The parts of one event alone."""
    return [audience.Part({event: part.cells[event]}) for part in LISTS.parts()]
