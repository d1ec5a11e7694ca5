"""Scheduling and replacing publications over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.accounts.service import audit_log, users
from server.core import clock
from server.core.db import transaction
from server.sites import approvals, jobs, publications, schedules
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import publishable
from tests.sites.test_api import API, DRAFT, Call, call, refused, shop, token

__all__ = ["call", "shop", "token"]

PUBLISH, WAITING = f"{API}/shop/banner/publish", f"{API}/shop/banner/waiting"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
CHRISTMAS = "2026-12-24T09:00:00+01:00"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def live(call: Call, shop: Site) -> Site:
    """The shop with version 1 published, and a draft that differs."""
    call("PUT", DRAFT, json=publishable())
    assert call("POST", PUBLISH).status_code == 201
    changed = publishable()
    changed["texts"]["nb"]["title"] = "Er det greit?"
    assert call("PUT", DRAFT, json=changed).status_code == 200
    return shop


def waiting(call: Call) -> dict[str, Any] | None:
    answer = call("GET", WAITING)
    assert answer.status_code == 200
    return answer.get_json()["waiting"]  # type: ignore[no-any-return]


def test_a_draft_is_scheduled_shown_and_published_when_it_is_due(
    call: Call, live: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waiting(call) is None

    answer = call("POST", PUBLISH, json={"at": CHRISTMAS, "note": "Jul"})

    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (202, WAITING)
    assert (made["state"], made["publish_at"], made["note"]) == (
        "scheduled",
        "2026-12-24T08:00:00+00:00",
        "Jul",
    )
    assert made["asked_by"].startswith("token ")
    assert waiting(call) == made
    assert len(sites.versions(live.id)) == 1
    call("PUT", DRAFT, json=publishable("en"))  # is not part of what was scheduled
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 24, 8, tzinfo=UTC))
    jobs.publish_due()
    newest = sites.newest(live.id)
    assert newest is not None
    assert (newest.number, newest.content_hash, newest.note) == (2, made["content_hash"], "Jul")
    assert waiting(call) is None


def test_what_is_scheduled_is_replaced_on_request_and_never_otherwise(call: Call, live: Site) -> None:
    first = call("POST", PUBLISH, json={"at": CHRISTMAS}).get_json()
    refused(call("POST", PUBLISH), 409, "publication_waiting")
    refused(call("POST", PUBLISH, json={"at": CHRISTMAS}), 409, "publication_waiting")

    second = call("POST", PUBLISH, json={"at": "2026-12-26T09:00:00Z", "replace": True}).get_json()

    assert second["number"] == first["number"] + 1
    assert publications.find(live.id, first["number"]).state == "cancelled"
    assert call("POST", PUBLISH, json={"replace": True}).status_code == 201
    assert publications.find(live.id, second["number"]).state == "cancelled"
    assert call("POST", PUBLISH, json={"replace": True}).status_code == 201  # with nothing in the way


def test_what_is_scheduled_is_cancelled_once_and_the_draft_stays(call: Call, live: Site) -> None:
    draft = sites.draft(live.id)
    made = call("POST", PUBLISH, json={"at": CHRISTMAS}).get_json()

    gone = call("DELETE", WAITING)

    assert gone.get_json() == {**made, "state": "cancelled"}
    refused(call("DELETE", WAITING), 404, "publication_unknown")
    assert (waiting(call), sites.draft(live.id)) == (None, draft)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-12-01T12:00:00Z", "has passed"),
        ("2027-12-03T12:00:00Z", "is more than a year ahead"),
        ("2026-12-24", "is not a time such as 2026-11-22T12:00:00Z"),
        (1798099200, "is not a time such as 2026-11-22T12:00:00Z"),
    ],
)
def test_a_time_that_nothing_can_be_scheduled_for_is_refused_by_name(
    call: Call, live: Site, at: object, why: str
) -> None:
    assert refused(call("POST", PUBLISH, json={"at": at}), 422, "invalid") == {"at": why}
    assert waiting(call) is None


def test_a_draft_that_was_saved_meanwhile_is_not_scheduled(call: Call, live: Site) -> None:
    seen = call("GET", DRAFT).headers["ETag"]
    call("PUT", DRAFT, json=publishable("en"))
    answer = call("POST", PUBLISH, json={"at": CHRISTMAS}, headers={"If-Match": seen})
    refused(answer, 412, "changed_meanwhile")
    seen = call("GET", DRAFT).headers["ETag"]
    answer = call("POST", PUBLISH, json={"at": CHRISTMAS}, headers={"If-Match": seen})
    assert answer.status_code == 202


def test_what_cannot_be_published_is_not_scheduled(call: Call, shop: Site) -> None:
    errors = refused(call("POST", PUBLISH, json={"at": CHRISTMAS}), 422, "not_publishable")
    assert set(errors) == {"controller.name", "controller.contacts"}


def two_people(shop: Site) -> None:
    with transaction():
        for email in ("kari@shop.no", "ola@shop.no"):
            users.create_user(email, "editor", password=None, site_ids=None, now=NOW)
        approvals.require(shop.id, required=True, now=NOW)


def test_programs_schedule_nothing_where_a_second_person_approves(call: Call, live: Site) -> None:
    two_people(live)
    refused(call("POST", PUBLISH, json={"at": CHRISTMAS}), 409, "approval_required")
    assert waiting(call) is None


def test_what_a_person_asked_for_is_shown_and_cancelled_or_replaced_by_no_program(
    call: Call, live: Site
) -> None:
    two_people(live)
    with transaction():
        asked = approvals.ask(live.id, note="Se", by="kari@shop.no", now=NOW)
    shown = waiting(call)
    assert shown is not None
    assert (shown["state"], shown["publish_at"], shown["asked_by"]) == ("requested", None, "kari@shop.no")

    refused(call("DELETE", WAITING), 403, "not_own_request")
    with transaction():
        approvals.require(live.id, required=False, now=NOW)
    refused(call("POST", PUBLISH, json={"replace": True}), 409, "publication_waiting")

    assert publications.find(live.id, asked.number).state == "requested"


def test_a_program_takes_back_what_it_had_scheduled_before_approval_was_asked_for(
    call: Call, live: Site
) -> None:
    made = call("POST", PUBLISH, json={"at": CHRISTMAS}).get_json()
    two_people(live)
    shown = waiting(call)
    assert shown is not None
    assert shown["state"] == "requested"
    assert call("DELETE", WAITING).get_json()["state"] == "withdrawn"
    assert publications.find(live.id, made["number"]).state == "withdrawn"


def test_a_program_cancels_what_a_person_scheduled_as_its_maker_could(call: Call, live: Site) -> None:
    with transaction():
        schedules.schedule(live.id, NOW + timedelta(days=1), note="", by="kari@shop.no", now=NOW)
    assert call("DELETE", WAITING).get_json()["state"] == "cancelled"


def test_the_audit_log_says_what_a_program_scheduled_and_cancelled(call: Call, live: Site) -> None:
    call("POST", PUBLISH, json={"at": CHRISTMAS})
    call("DELETE", WAITING)
    entries = [
        (one.action, one.subject, one.detail) for one in audit_log.audit_events(only=[live.id], limit=2)
    ]
    assert entries == [
        ("publish_cancelled", "publication 1", ""),
        ("publish_scheduled", "publication 1", "due 2026-12-24 08:00"),
    ]
