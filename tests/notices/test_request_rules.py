"""The rules of requests: states, time limits and reference numbers."""

import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.working_days import is_working_day
from server.notices import request_rules as rules

DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))
SIGNS = st.text(st.sampled_from(rules.ALPHABET), min_size=10, max_size=10)


@given(st.sampled_from(rules.STATES), st.sampled_from(sorted(rules.TRANSITIONS)))
def test_a_step_leads_to_a_known_state_or_is_refused(state: str, step: str) -> None:
    try:
        found = rules.after(state, step)
    except rules.StepNotAllowed:
        assert state not in rules.TRANSITIONS[step]
    else:
        assert found in rules.STATES
        assert found != state


def test_a_closed_request_stays_closed_and_an_open_one_can_be_answered_refused_and_withdrawn() -> None:
    leads = {(state, step): after for step, by in rules.TRANSITIONS.items() for state, after in by.items()}
    assert not {state for state, _step in leads} & set(rules.CLOSED)
    for state in rules.OPEN:
        assert {leads[state, step] for step in ("answer", "refuse", "withdraw")} == set(rules.CLOSED)
    assert leads["unconfirmed", "confirm"] == "received"
    assert ("unconfirmed", "answer") not in leads


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 3, 5), date(2026, 4, 7)),  # 5 April is Easter Sunday, the 6th Easter Monday
        (date(2026, 1, 30), date(2026, 3, 2)),  # 28 February is a Saturday
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 4, 17), date(2026, 5, 18)),  # Constitution Day is a Sunday
        (date(2025, 11, 25), date(2025, 12, 29)),  # Christmas, then a weekend
        (date(2026, 11, 29), date(2026, 12, 29)),
    ],
)
def test_an_answer_is_due_a_month_after_receipt_on_a_working_day(received: date, due: date) -> None:
    assert rules.due_on(received) == due


@given(DAYS, st.integers(0, 2))
def test_due_date_is_a_working_day_and_never_before_the_month_is_over(received: date, further: int) -> None:
    due = rules.due_on(received, further)
    assert is_working_day(due)
    assert due >= received + timedelta(days=28 * (1 + further))
    assert due <= received + timedelta(days=31 * (1 + further) + 5)


@given(DAYS, DAYS)
def test_later_requests_are_due_no_earlier(one: date, other: date) -> None:
    assert (rules.due_on(one) <= rules.due_on(other)) or one > other


@given(DAYS, st.integers(-1, 4), st.integers(0, 40))
def test_time_is_extended_by_one_or_two_months_within_the_first(
    received: date, months: int, later: int
) -> None:
    today = received + timedelta(days=later)
    try:
        due = rules.extended(received, months, today=today)
    except rules.StepNotAllowed:
        assert months not in (1, 2) or today > rules.due_on(received)
    else:
        assert due == rules.due_on(received, months) > rules.due_on(received)


@given(st.sampled_from(rules.STATES), DAYS, st.integers(-3, 3))
def test_what_waits_is_overdue_from_the_day_after(state: str, due: date, later: int) -> None:
    today = due + timedelta(days=later)
    assert rules.is_overdue(state, due, today=today) is (state in rules.OPEN and later > 0)


# --- reference numbers -----------------------------------------------------------------------------------


def test_reference_numbers_have_no_signs_that_are_mistaken_for_each_other() -> None:
    assert len(set(rules.ALPHABET)) == 31
    assert set(rules.ALPHABET) <= set(string.ascii_uppercase + string.digits) - set("01IOU")
    numbers = {rules.new_reference() for _ in range(500)}
    assert len(numbers) == 500
    assert all(rules.reference_as_written(number) == number for number in numbers)


@given(SIGNS)
def test_a_reference_number_may_be_written_in_any_case_and_without_dashes(signs: str) -> None:
    number = rules.grouped(signs + rules.check_sign(signs))
    assert len(number) == 13
    assert rules.reference_as_written(f" {number.lower().replace('-', ' ')} ") == number


@given(SIGNS, st.integers(0, 10), st.sampled_from(rules.ALPHABET))
def test_one_wrong_sign_is_found(signs: str, at: int, wrong: str) -> None:
    whole = signs + rules.check_sign(signs)
    changed = whole[:at] + wrong + whole[at + 1 :]
    assert (rules.reference_as_written(changed) is None) is (changed != whole)


@given(SIGNS, st.integers(0, 10), st.integers(0, 10))
def test_two_signs_that_changed_places_are_found(signs: str, one: int, other: int) -> None:
    whole = list(signs + rules.check_sign(signs))
    changed = [*whole]
    changed[one], changed[other] = whole[other], whole[one]
    assert (rules.reference_as_written("".join(changed)) is None) is (changed != whole)


@given(st.text(max_size=30))
def test_anything_can_be_typed_for_a_reference_number(text: str) -> None:
    found = rules.reference_as_written(text)
    assert found is None or rules.reference_as_written(found) == found


# --- what is written -------------------------------------------------------------------------------------
