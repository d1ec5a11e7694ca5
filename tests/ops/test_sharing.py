"""Processes that listen together share the connections."""

from hypothesis import given
from hypothesis import strategies as st

from server.ops.sharing import ALONE_SECONDS, PASS_SECONDS, Holdings, Turns


class Clock:
    """A clock that stands until it is set on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def two(mine: int, other: int) -> tuple[Holdings, Turns, Clock]:
    """The first of two processes that hold so many."""
    holdings, clock = Holdings(), Clock()
    holdings.tell(1, mine)
    holdings.tell(2, other)
    return holdings, Turns(holdings, 1, clock), clock


def test_whoever_is_alone_takes_everything() -> None:
    holdings = Holdings()
    holdings.tell(1, 9)
    assert not Turns(holdings, 1).passes(9)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_connection_is_left_to_whoever_holds_fewer(mine: int, other: int) -> None:
    _, turns, _ = two(mine, other)
    assert turns.passes(mine) == (other < mine)


def test_what_nobody_comes_for_is_taken_after_all_and_then_for_a_while_without_asking() -> None:
    _, turns, clock = two(5, 0)
    assert turns.passes(5)
    clock.now += PASS_SECONDS * 1.1
    assert not turns.passes(5)
    assert not turns.passes(6)
    clock.now += ALONE_SECONDS
    assert turns.passes(6)


def test_as_long_as_another_takes_some_it_is_left_more() -> None:
    holdings, turns, clock = two(5, 0)
    for taken in range(5):
        holdings.tell(2, taken)
        assert turns.passes(5)
        clock.now += PASS_SECONDS * 0.9
    holdings.tell(2, 5)
    assert not turns.passes(5)


def test_nothing_is_left_to_a_process_that_is_no_more() -> None:
    holdings, turns, _ = two(5, 0)
    holdings.leave(2)
    assert not turns.passes(5)


@given(st.lists(st.integers(1, 3), max_size=60))
def test_however_they_get_to_it_they_end_up_with_equal_shares(order: list[int]) -> None:
    """Whoever looks takes one, unless it is another's turn; then that one gets to look as well."""
    holdings, clock = Holdings(), Clock()
    turns = {each: Turns(holdings, each, clock) for each in (1, 2, 3)}
    held = dict.fromkeys(turns, 0)
    for each in held:
        holdings.tell(each, 0)
    for first in order:
        looking = [first, *(each for each in held if each != first)]
        taker = next(each for each in looking if not turns[each].passes(held[each]))
        held[taker] += 1
        holdings.tell(taker, held[taker])
    assert max(held.values()) - min(held.values()) <= 1
