"""Where an experiment stands, and how that is put in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.experiments.confidence_sequence import NOTHING_KNOWN
from server.analytics.experiments.outcome import Look, Outcome, outcome, sentences
from server.analytics.intervals import Interval

UNCLEAR = Interval(-0.041, 0.083)
B_IS_BETTER = Interval(0.034, 0.066)
A_IS_BETTER = Interval(-0.066, -0.034)

intervals = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(lambda ends: Interval(min(ends), max(ends)))


@st.composite
def sequences(draw: st.DrawFn) -> list[Look]:
    found = draw(st.lists(intervals, max_size=8))
    steps = draw(st.lists(st.integers(1, 30), min_size=len(found), max_size=len(found)))
    return [Look(sum(steps[: place + 1]), each) for place, each in enumerate(found)]


def looks(*found: Interval) -> list[Look]:
    """One a day."""
    return [Look(day, each) for day, each in enumerate(found, 1)]


# --- states -----------------------------------------------------------------------------------------------


def test_an_experiment_runs_while_it_is_unclear() -> None:
    assert outcome([], limit=28) == Outcome("running", 0, NOTHING_KNOWN, 28)
    assert outcome(looks(NOTHING_KNOWN, UNCLEAR), limit=28) == Outcome("running", 2, UNCLEAR, 28)


@pytest.mark.parametrize(("found", "state"), [(B_IS_BETTER, "b_is_better"), (A_IS_BETTER, "a_is_better")])
def test_the_first_clear_interval_ends_it(found: Interval, state: str) -> None:
    result = outcome(looks(UNCLEAR, found, UNCLEAR), limit=28)
    assert (result.state, result.days, result.difference) == (state, 2, found)


def test_it_ends_at_its_limit() -> None:
    result = outcome(looks(UNCLEAR, UNCLEAR, B_IS_BETTER), limit=2)
    assert (result.state, result.days) == ("undecided", 2)


def test_a_lump_that_ends_after_the_limit_is_the_last_one() -> None:
    weeks = [Look(7, UNCLEAR), Look(14, B_IS_BETTER)]
    assert outcome(weeks, limit=10).state == "b_is_better"
    assert outcome([Look(7, UNCLEAR), Look(14, UNCLEAR)], limit=10) == Outcome("undecided", 14, UNCLEAR, 10)


def test_staff_may_stop_what_has_not_ended() -> None:
    assert outcome(looks(UNCLEAR), limit=28, stopped=True).state == "stopped"
    assert outcome(looks(B_IS_BETTER), limit=28, stopped=True).state == "b_is_better"
    assert outcome(looks(UNCLEAR), limit=1, stopped=True).state == "undecided"


@pytest.mark.parametrize("touching", [Interval(0, 0.1), Interval(-0.1, 0), Interval(0, 0)])
def test_a_difference_that_may_be_nothing_is_not_clear(touching: Interval) -> None:
    assert outcome(looks(touching), limit=28).state == "running"


@given(sequences(), st.integers(1, 100))
def test_what_has_ended_stays_as_it_was(given_: list[Look], limit: int) -> None:
    results = [outcome(given_[:number], limit=limit) for number in range(len(given_) + 1)]
    ended = [result for result in results if result.has_ended]
    assert all(result == ended[0] for result in ended)
    assert [result.has_ended for result in results] == sorted(result.has_ended for result in results)


@given(sequences(), st.integers(1, 100))
def test_exchanged_variants_have_exchanged_outcomes(given_: list[Look], limit: int) -> None:
    exchanged = [Look(look.days, Interval(-look.difference.high, -look.difference.low)) for look in given_]
    other = {"a_is_better": "b_is_better", "b_is_better": "a_is_better"}
    state = outcome(given_, limit=limit).state
    assert outcome(exchanged, limit=limit).state == other.get(state, state)


@pytest.mark.parametrize("days", [(1, 1), (2, 1), (0,), (-1,)])
def test_looks_follow_each_other(days: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="days"):
        outcome([Look(each, UNCLEAR) for each in days], limit=28)


def test_an_experiment_takes_a_day_at_least() -> None:
    with pytest.raises(ValueError, match="limit"):
        outcome([], limit=0)


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (
            Outcome("b_is_better", 12, B_IS_BETTER, 28),
            "Variant B is accepted by 3 to 7 points more. This is clear after 12 days.",
        ),
        (
            Outcome("a_is_better", 1, A_IS_BETTER, 28),
            "Variant A is accepted by 3 to 7 points more. This is clear after 1 day.",
        ),
        (
            Outcome("b_is_better", 20, Interval(0.0042, 0.009), 28),
            "Variant B is accepted by 0.4 to 0.9 points more. This is clear after 20 days.",
        ),
        (
            Outcome("b_is_better", 20, Interval(0.0002, 0.0101), 28),
            "Variant B is accepted by up to 2 points more. This is clear after 20 days.",
        ),
        (Outcome("running", 0, NOTHING_KNOWN, 28), "There are no figures yet."),
        (Outcome("stopped", 0, NOTHING_KNOWN, 28), "The experiment was stopped before its first figures."),
        (
            Outcome("running", 2, NOTHING_KNOWN, 28),
            "After 2 days, it is not clear yet which variant is accepted more often. There are too few"
            " decisions to compare them. The experiment ends after 28 days at the latest.",
        ),
        (
            Outcome("running", 5, UNCLEAR, 28),
            "After 5 days, it is not clear yet which variant is accepted more often. Variant B is accepted by"
            " between 5 points less and 9 points more than variant A. The experiment ends after 28 days at"
            " the latest.",
        ),
        (
            Outcome("stopped", 9, Interval(-0.01, 0.004), 28),
            "Stopped after 9 days, before it was clear which variant is accepted more often. Variant B is"
            " accepted by between 1 point less and 0.4 points more than variant A.",
        ),
        (
            Outcome("undecided", 28, UNCLEAR, 28),
            "Ended after 28 days, its limit, and it is not clear which variant is accepted more often."
            " Variant B is accepted by between 5 points less and 9 points more than variant A. A difference"
            " of 4 points would have been found in at least 80 of 100 experiments like this one.",
        ),
    ],
)
def test_an_outcome_is_put_in_words(result: Outcome, text: str) -> None:
    assert sentences(result, detectable=0.0371) == text


@given(sequences(), st.integers(1, 100), st.booleans())
def test_words_claim_no_more_than_the_interval(given_: list[Look], limit: int, stopped: bool) -> None:
    result = outcome(given_, limit=limit, stopped=stopped)
    text = sentences(result)
    assert ("This is clear" in text) == result.state.endswith("is_better")
    low, high = result.difference.low, result.difference.high
    if span := re.search(r"by ([\d.]+) to ([\d.]+) points more", text):
        smallest, largest = sorted((abs(low), abs(high)))
        assert float(span[1]) <= 100 * smallest + 1e-6
        assert float(span[2]) >= 100 * largest - 1e-6
    if span := re.search(r"between ([\d.]+) points? less and ([\d.]+) points? more", text):
        assert float(span[1]) >= -100 * low - 1e-6
        assert float(span[2]) >= 100 * high - 1e-6


def test_without_a_plan_nothing_is_said_of_what_would_have_been_found() -> None:
    assert "would have been found" not in sentences(Outcome("undecided", 28, UNCLEAR, 28))
