"""A publication that is scheduled, on each database: exactly once, exactly what was seen, or a reason."""

import copy
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import audit_log, users
from server.core.db import db, end_reading, transaction
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.notifications.models import Delivery, Notification
from server.sites import approvals, experiments, jobs, publications, schedules
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.publication_rules import Publication
from server.sites.values import Planned, Site
from tests.processes import PATIENCE
from tests.sites.documents import publishable

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
FRIDAY = datetime(2026, 12, 4, 8, tzinfo=UTC)


@pytest.fixture
def shop(app: Flask) -> Site:
    """A site with version 1 published."""
    with transaction():
        for email in ("kari@shop.no", "ola@shop.no"):
            users.create_user(email, "editor", password=None, site_ids=None, now=NOW)
        site = sites.create("shop", "Butikken", ["shop.no"], by="kari", now=NOW)
        sites.save_draft(site.id, publishable(), by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)
    return site


def banner(title: str, **changes: Any) -> Document:
    made = copy.deepcopy(publishable())
    made["texts"]["nb"]["title"] = title
    return {**made, **changes}  # type: ignore[typeddict-item]


def save(site: Site, title: str) -> None:
    with transaction():
        sites.save_draft(site.id, banner(title), by="kari", now=NOW)


def schedule(site: Site, title: str = "Jul", at: datetime = FRIDAY, **more: Any) -> Publication:
    save(site, title)
    with transaction():
        return schedules.schedule(site.id, at, note="Til jul", by="kari@shop.no", now=NOW, **more)


def titles(site: Site) -> list[str]:
    return [version.document["texts"]["nb"]["title"] for version in sites.versions(site.id)]


def messages() -> list[str]:
    end_reading()
    return list(db.session.scalars(sa.select(Notification.kind).order_by(Notification.number)))


def told() -> list[str]:
    """Who gets an e-mail."""
    query = sa.select(Delivery.target).where(Delivery.channel == "email").order_by(Delivery.target)
    return list(db.session.scalars(query))


def test_what_was_seen_is_published_when_it_is_due_and_the_draft_goes_its_own_way(shop: Site) -> None:
    made = schedule(shop)
    save(shop, "Nyttår")
    assert jobs.publish_due(FRIDAY - timedelta(seconds=1)) == 0
    assert len(sites.versions(shop.id)) == 1

    assert jobs.publish_due(FRIDAY) == 1
    newest = sites.newest(shop.id)
    assert newest is not None
    assert (newest.number, newest.note, newest.published_by) == (2, "Til jul", "kari@shop.no")
    assert newest.published_at == FRIDAY
    assert titles(shop)[0] == "Jul"
    assert sites.draft(shop.id).document["texts"]["nb"]["title"] == "Nyttår"
    done = publications.find(shop.id, made.number)
    assert (done.state, done.version, done.content_hash) == ("published", 2, newest.content_hash)
    assert publications.waiting(shop.id) is None


def test_two_workers_at_the_due_time_publish_once(app: Flask, shop: Site) -> None:
    schedule(shop)
    end_reading()
    ready, settled = threading.Barrier(2), []

    def work() -> None:
        with app.app_context():
            due = publications.due(FRIDAY)
            db.session.remove()
            ready.wait(timeout=PATIENCE)
            for site_id, number in due:
                with transaction():
                    settled.append(schedules.run(site_id, number, now=FRIDAY))
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(found is not None for found in settled) == [False, True]
    assert len(sites.versions(shop.id)) == 2
    assert jobs.publish_due(FRIDAY) == 0


def test_a_worker_that_read_an_older_state_changes_nothing(shop: Site) -> None:
    made = schedule(shop)
    assert jobs.publish_due(FRIDAY) == 1
    with pytest.raises(Conflict, match="is published already"), transaction():
        publications.move(made, "failed")
    assert publications.find(shop.id, made.number).state == "published"


def test_a_worker_that_is_stopped_midway_has_done_nothing_and_the_next_one_does_it(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = schedule(shop)
    with monkeypatch.context() as patch:
        patch.setattr(publications, "settle", _stopped)
        assert jobs.publish_due(FRIDAY) == 0
    end_reading()
    assert (len(sites.versions(shop.id)), publications.find(shop.id, made.number).state) == (1, "scheduled")
    assert jobs.publish_due(FRIDAY + timedelta(minutes=1)) == 1
    assert titles(shop) == ["Jul", publishable()["texts"]["nb"]["title"]]


def _stopped(*_arguments: object, **_more: object) -> None:
    raise RuntimeError("the machine stops here")


def test_what_the_law_lint_refuses_by_then_fails_with_its_reasons_and_a_message(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = schedule(shop)
    fault = Invalid("no", reason="not_publishable", errors={"controller.name": "is empty"})

    def refused(*_arguments: object, **_more: object) -> None:
        raise fault

    monkeypatch.setattr("server.sites.publishing.refuse", refused)
    assert jobs.publish_due(FRIDAY) == 1
    failed = publications.find(shop.id, made.number)
    assert (failed.state, failed.faults, failed.version) == ("failed", {"controller.name": "is empty"}, None)
    assert len(sites.versions(shop.id)) == 1
    assert messages()[-1] == "publication.failed"
    assert told() == ["kari@shop.no", "ola@shop.no"]
    assert jobs.publish_due(FRIDAY) == 0


@pytest.mark.parametrize("how", ["disabled", "lowered", "elsewhere", "publishers"])
def test_nothing_is_published_for_who_may_not_publish_any_more(shop: Site, how: str) -> None:
    made = schedule(shop)
    with transaction():
        kari = users.with_address("kari@shop.no")
        assert kari is not None
        users.create_user("siv@shop.no", "owner", password=None, site_ids=None, now=NOW)
        if how == "disabled":
            users.disable_user(kari.user_id, now=NOW)
        elif how == "lowered":
            users.change_user(kari.user_id, role="developer", site_ids=None, now=NOW)
        elif how == "elsewhere":
            other = sites.create("hytta", "Hytta", ["hytta.no"], by="siv@shop.no", now=NOW)
            users.change_user(kari.user_id, role="editor", site_ids={other.id}, now=NOW)
        else:
            users.change_user(kari.user_id, role="publisher", site_ids=None, now=NOW)
            approvals.require_publishers(shop.id, required=True, now=NOW)
            users.change_user(kari.user_id, role="editor", site_ids=None, now=NOW)
    assert jobs.publish_due(FRIDAY) == 1
    failed = publications.find(shop.id, made.number)
    assert (failed.state, failed.not_permitted, failed.version) == ("failed", True, None)
    assert len(sites.versions(shop.id)) == 1
    assert messages()[-1] == "publication.failed"
    assert "siv@shop.no" in told()
    event = audit_log.audit_events(only={shop.id}, action="publish_failed", limit=1)[0]
    assert event.detail == "kari@shop.no may not publish on this site any more"
    assert jobs.publish_due(FRIDAY) == 0


def test_a_rollback_supersedes_what_is_scheduled_and_those_who_publish_are_told(shop: Site) -> None:
    made = schedule(shop)
    with transaction():
        sites.rollback(shop.id, 1, by="nils@shop.no", now=NOW)
    gone = publications.find(shop.id, made.number)
    assert (gone.state, gone.version, gone.closed_by) == ("superseded", 2, "nils@shop.no")
    assert messages()[-2:] == ["publication.failed", "banner.published"]
    assert jobs.publish_due(FRIDAY) == 0


def test_nothing_else_is_published_beside_it_unless_it_is_cancelled_with_that(shop: Site) -> None:
    made = schedule(shop)
    save(shop, "Haster")
    with pytest.raises(Conflict) as raised, transaction():
        sites.publish(shop.id, note="", by="ola", now=NOW)
    assert raised.value.reason == "publication_waiting"
    with pytest.raises(Conflict), transaction():
        experiments.start(shop.id, Planned(28, 4000.0, None), by="ola", now=NOW)
    with transaction():
        sites.publish(shop.id, note="", by="kari@shop.no", now=NOW, replacing=made.number)
    assert publications.find(shop.id, made.number).state == "cancelled"
    assert titles(shop)[0] == "Haster"
    # Who cancelled it knows.
    assert "publication.failed" not in messages()


def test_it_can_be_put_off_cancelled_and_scheduled_anew(shop: Site) -> None:
    made = schedule(shop)
    later = FRIDAY + timedelta(days=3)
    with transaction():
        moved = schedules.reschedule(shop.id, made.number, later, by="ola@shop.no", now=NOW)
    assert (moved.publish_at, moved.asked_by, moved.content_hash) == (later, made.asked_by, made.content_hash)
    assert jobs.publish_due(FRIDAY) == 0
    with transaction():
        schedules.cancel(shop.id, made.number, by="ola@shop.no", now=NOW)
    # It is still that of the one who scheduled it, who is notified.
    assert messages()[-1] == "publication.failed"
    changes: tuple[Callable[[], object], ...] = (
        lambda: schedules.cancel(shop.id, made.number, by="ola", now=NOW),
        lambda: schedules.reschedule(shop.id, made.number, later, by="ola", now=NOW),
    )
    for change in changes:
        with pytest.raises(Conflict, match="is cancelled already"), transaction():
            change()
    again = schedule(shop, "Påske")
    assert again.number == made.number + 1
    with pytest.raises(NotFound), transaction():
        schedules.cancel(shop.id, 99, by="ola", now=NOW)


@pytest.mark.parametrize(
    ("at", "fault"),
    [(NOW, "has passed"), (NOW + timedelta(days=367), "is more than a year ahead")],
)
def test_a_moment_that_cannot_be_is_refused_by_its_field(shop: Site, at: datetime, fault: str) -> None:
    with pytest.raises(Invalid) as raised:
        schedule(shop, at=at)
    assert raised.value.errors == {"publish_at": fault}


def test_what_cannot_be_published_now_cannot_be_scheduled(shop: Site) -> None:
    with pytest.raises(PreconditionFailed):
        schedule(shop, expected_revision=1)
    with transaction():
        sites.save_draft(
            shop.id, banner("Jul", controller={**publishable()["controller"], "name": ""}), by="kari", now=NOW
        )
    with pytest.raises(Invalid) as raised, transaction():
        schedules.schedule(shop.id, FRIDAY, note="", by="kari", now=NOW)
    assert raised.value.reason == "not_publishable"
    assert publications.newest(shop.id) is None


def test_an_announcement_is_frozen_with_it(shop: Site) -> None:
    texts = dict.fromkeys(publishable()["texts"], "Ny adresse")
    schedule(shop, announcement=texts)
    jobs.publish_due(FRIDAY)
    newest = sites.newest(shop.id)
    assert newest is not None
    assert dict(newest.announcement) == texts


def test_the_newest_fifty_are_kept(shop: Site) -> None:
    for _ in range(publications.KEPT + 2):
        made = schedule(shop)
        with transaction():
            schedules.cancel(shop.id, made.number, by="kari", now=NOW)
    with pytest.raises(NotFound):
        publications.find(shop.id, 1)
    assert publications.find(shop.id, 3).state == "cancelled"


@pytest.mark.parametrize("expected", [0, 2])
def test_nothing_is_published_after_another_version_than_somebody_compared_it_with(
    shop: Site, expected: int
) -> None:
    save(shop, "Jul")
    common: dict[str, Any] = {"note": "", "by": "kari@shop.no", "now": NOW, "expected_version": expected}
    ways: tuple[Callable[[], object], ...] = (
        lambda: sites.publish(shop.id, **common),
        lambda: sites.rollback(shop.id, 1, **common),
        lambda: schedules.schedule(shop.id, FRIDAY, **common),
        lambda: approvals.ask(shop.id, **common),
        lambda: approvals.ask_for_version(shop.id, 1, **common),
    )
    for way in ways:
        with pytest.raises(PreconditionFailed, match="version 1 was published meanwhile"), transaction():
            way()
    assert titles(shop) != ["Jul"]
    assert publications.waiting(shop.id) is None
    with transaction():
        assert sites.publish(shop.id, **{**common, "expected_version": 1}).number == 2
