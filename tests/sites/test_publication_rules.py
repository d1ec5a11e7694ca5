"""Who may do what with a publication that waits, and for when one may be scheduled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Conflict, Forbidden
from server.sites import publication_rules as rules
from server.sites.publication_rules import TRANSITIONS, WAITING, Publication, State
from server.sites.values import Planned
from tests.sites.documents import publishable

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
STATES: tuple[State, ...] = get_args(State)
PEOPLE = ("kari", "ola", "nils")


def publication(state: State = "requested", asked_by: str = "kari") -> Publication:
    return Publication(
        site_id="s", number=1, kind="draft", state=state, document=publishable(), content_hash="",
        note="", announcement=None, of_version=None, plan=None, variant_a=None, publish_at=None, asked_at=NOW,
        asked_by=asked_by, decided_at=None, decided_by=None, reason="", faults={}, closed_at=None,
        closed_by=None, version=None,
    )  # fmt: skip


@given(st.sampled_from(STATES), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.booleans())
def test_nobody_decides_about_their_own_and_only_about_what_waits(
    state: State, asked_by: str, by: str, publishes: bool
) -> None:
    found = publication(state, asked_by)
    if rules.may_decide(found, by, publishes=publishes):
        assert state == "requested"
        assert publishes
        assert by != asked_by
        rules.refuse_own(found, by)
    if rules.may_withdraw(found, by):
        assert by == asked_by
        rules.refuse_others(found, by)
        # Those who may take it back may not approve it.
        assert not rules.may_decide(found, by, publishes=publishes)
    # What is over is over for everybody.
    if state not in WAITING:
        assert not rules.may_replace(found, by, publishes=publishes)
        assert not rules.may_cancel(found, publishes=publishes)


@given(st.sampled_from(PEOPLE), st.booleans())
def test_what_another_person_asks_for_is_decided_about_and_never_just_replaced(
    by: str, publishes: bool
) -> None:
    found = publication("requested", "kari")
    assert rules.may_replace(found, by, publishes=publishes) is (by == "kari")


@pytest.mark.parametrize("state", STATES)
def test_what_waits_can_end_and_what_has_ended_does_not_begin_again(state: State) -> None:
    assert bool(TRANSITIONS[state]) is (state in WAITING)
    assert publication(state).waits is (state in WAITING)
    if state in WAITING:
        assert {"published", "superseded"} <= TRANSITIONS[state]
    if state == "requested":
        rules.refuse_closed(publication(state), "requested")
    else:
        with pytest.raises(Conflict) as raised:
            rules.refuse_closed(publication(state), "requested")
        assert raised.value.reason == (
            "publication_waiting" if state == "scheduled" else "publication_closed"
        )


def test_refusals_say_why() -> None:
    with pytest.raises(Forbidden, match="nobody approves what they asked for themselves"):
        rules.refuse_own(publication(), "kari")
    with pytest.raises(Forbidden, match="somebody else asked"):
        rules.refuse_others(publication(), "ola")


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_only_moments_within_a_year_ahead_can_be_scheduled(ahead: timedelta) -> None:
    fault = rules.fault_in_time(NOW + ahead, NOW)
    if ahead <= timedelta(0):
        assert fault == "has passed"
    elif ahead > rules.FARTHEST:
        assert fault == "is more than a year ahead"
    else:
        assert fault is None


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "version"},
        {"content_hash": "sha256:1"},
        {"of_version": 1},
        {"plan": Planned(28, 4000.0, 0.04)},
        {"note": "Til jul"},
        {"announcement": {"nb": "Nytt"}},
        {"publish_at": NOW},
        {"asked_at": NOW + timedelta(seconds=1)},
        {"asked_by": "ola"},
    ],
)
def test_what_is_approved_is_all_that_was_shown(changed: dict[str, Any]) -> None:
    shown = publication()
    assert replace(shown, **changed).digest != shown.digest
    # Who decides, and when, is no part of what is decided about.
    assert replace(shown, state="scheduled", decided_by="ola", decided_at=NOW).digest == shown.digest
