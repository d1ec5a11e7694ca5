"""A second pair of eyes, on each database: who may ask and decide, and that what was shown is what comes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import users
from server.core.db import db, end_reading, transaction
from server.core.errors import Conflict, DomainError, Forbidden, Invalid, PreconditionFailed
from server.notifications.models import Delivery, Notification
from server.sites import approvals, experiments, jobs, publications, schedules
from server.sites import service as sites
from server.sites.publication_rules import Publication
from server.sites.values import Planned, Site
from tests.sites.documents import publishable
from tests.sites.test_schedules import FRIDAY, NOW, save, titles

KARI, OLA, NILS = "kari@shop.no", "ola@shop.no", "nils@shop.no"
PLAN = Planned(28, 4000.0, 0.04)


@pytest.fixture
def shop(app: Flask) -> Site:
    """A site with version 1 published, where a second person approves from now on."""
    with transaction():
        for email, role in ((KARI, "editor"), (OLA, "owner"), (NILS, "developer")):
            users.create_user(email, role, password=None, site_ids=None, now=NOW)
        site = sites.create("shop", "Butikken", ["shop.no"], by=KARI, now=NOW)
        sites.save_draft(site.id, publishable(), by=KARI, now=NOW)
        sites.publish(site.id, note="", by=KARI, now=NOW)
        return approvals.require(site.id, required=True, now=NOW)


def ask(site: Site, by: str = KARI, at: datetime | None = None, title: str = "Jul") -> Publication:
    save(site, title)
    with transaction():
        return approvals.ask(site.id, note="Til jul", by=by, now=NOW, publish_at=at)


def approve(site: Site, asked: Publication, by: str = OLA, now: datetime = NOW) -> Publication:
    with transaction():
        return approvals.approve(site.id, asked.number, asked.digest, by=by, now=now)


def notified(kind: str) -> list[str]:
    """Who got an e-mail of a kind."""
    end_reading()
    query = sa.select(Delivery.target).join(Notification, Notification.id == Delivery.notification_id)
    return list(db.session.scalars(query.where(Notification.kind == kind).order_by(Delivery.target)))


def test_one_person_alone_publishes_nothing_in_no_way(shop: Site) -> None:
    save(shop, "Jul")
    ways: tuple[Callable[[], object], ...] = (
        lambda: sites.publish(shop.id, note="", by=KARI, now=NOW),
        lambda: schedules.schedule(shop.id, FRIDAY, note="", by=KARI, now=NOW),
        lambda: sites.rollback(shop.id, 1, by=KARI, now=NOW),
        lambda: experiments.start(shop.id, PLAN, by=KARI, now=NOW),
    )
    for way in ways:
        with pytest.raises(Conflict) as raised, transaction():
            way()
        assert raised.value.reason == "approval_required"
    assert len(sites.versions(shop.id)) == 1


def test_what_another_person_approves_is_published_as_it_was_asked_for(shop: Site) -> None:
    asked = ask(shop)
    assert notified("publication.requested") == [OLA]
    save(shop, "Nyttår")
    done = approve(shop, asked)
    newest = sites.newest(shop.id)
    assert newest is not None
    assert (done.state, done.version, done.decided_by) == ("published", 2, OLA)
    assert (newest.published_by, newest.content_hash) == (KARI, asked.content_hash)
    assert titles(shop)[0] == "Jul"
    assert publications.approvers(shop.id, [1, 2]) == {2: OLA}
    assert notified("publication.decided") == [KARI]


def test_nobody_approves_or_refuses_their_own_and_only_the_asker_withdraws(shop: Site) -> None:
    asked = ask(shop, by=OLA)
    refused: list[DomainError] = []
    ways: tuple[Callable[[], object], ...] = (
        lambda: approvals.approve(shop.id, asked.number, asked.digest, by=OLA, now=NOW),
        lambda: approvals.refuse(shop.id, asked.number, reason="Nei", by=OLA, now=NOW),
        lambda: approvals.withdraw(shop.id, asked.number, by=KARI, now=NOW),
    )
    for way in ways:
        with pytest.raises(Forbidden) as raised, transaction():
            way()
        refused.append(raised.value)
    assert [each.reason for each in refused] == ["own_request", "own_request", "not_own_request"]
    assert publications.find(shop.id, asked.number).state == "requested"


def test_it_is_approved_once_and_not_after_it_was_withdrawn_or_refused(shop: Site) -> None:
    first = ask(shop)
    approve(shop, first)
    with pytest.raises(Conflict, match="is published already"):
        approve(shop, first)
    second = ask(shop, title="Påske")
    with transaction():
        approvals.withdraw(shop.id, second.number, by=KARI, now=NOW)
    with pytest.raises(Conflict, match="is withdrawn already"):
        approve(shop, second)
    third = ask(shop, title="Sommer")
    with transaction():
        done = approvals.refuse(shop.id, third.number, reason="Skrivefeil i tittelen", by=OLA, now=NOW)
    assert (done.state, done.reason, done.decided_by) == ("refused", "Skrivefeil i tittelen", OLA)
    with pytest.raises(Conflict, match="is refused already"):
        approve(shop, third)
    assert len(sites.versions(shop.id)) == 2


@pytest.mark.parametrize(("reason", "fault"), [(" ", "is empty"), ("x" * 1001, "has more than 1000")])
def test_a_refusal_says_why(shop: Site, reason: str, fault: str) -> None:
    asked = ask(shop)
    with pytest.raises(Invalid) as raised, transaction():
        approvals.refuse(shop.id, asked.number, reason=reason, by=OLA, now=NOW)
    assert str(raised.value.errors["reason"]).startswith(fault)


def test_what_was_not_shown_is_not_approved(shop: Site) -> None:
    asked = ask(shop)
    with pytest.raises(PreconditionFailed), transaction():
        approvals.approve(shop.id, asked.number, "sha256:" + "0" * 64, by=OLA, now=NOW)
    assert publications.find(shop.id, asked.number).decided_by is None


def test_a_moment_that_was_not_shown_is_not_approved(shop: Site) -> None:
    first = ask(shop, at=FRIDAY)
    approve(shop, first)
    with transaction():
        moved = schedules.reschedule(shop.id, first.number, FRIDAY + timedelta(days=2), by=KARI, now=NOW)
    with pytest.raises(PreconditionFailed) as raised:
        approve(shop, first)
    assert raised.value.reason == "changed_meanwhile"
    assert publications.find(shop.id, first.number).state == "requested"
    assert approve(shop, moved).state == "scheduled"


def test_a_moment_is_approved_with_it_and_a_new_one_waits_again(shop: Site) -> None:
    asked = ask(shop, at=FRIDAY)
    assert approve(shop, asked).state == "scheduled"
    later = FRIDAY + timedelta(days=1)
    with transaction():
        moved = schedules.reschedule(shop.id, asked.number, later, by=OLA, now=NOW)
    # Who moved it is the second person, and who asked is told.
    assert (moved.state, moved.asked_by, moved.decided_by) == ("scheduled", KARI, OLA)
    assert notified("publication.decided") == [KARI, KARI]
    with transaction():
        moved = schedules.reschedule(shop.id, asked.number, later, by=KARI, now=NOW)
    assert (moved.state, moved.asked_by, moved.decided_by) == ("requested", KARI, None)
    assert jobs.publish_due(later) == 0
    approve(shop, moved)
    assert jobs.publish_due(later) == 1
    assert titles(shop)[0] == "Jul"


def test_a_moment_that_another_chose_makes_nobody_approve_their_own(shop: Site) -> None:
    with transaction():
        approvals.require(shop.id, required=False, now=NOW)
    save(shop, "Jul")
    with transaction():
        made = schedules.schedule(shop.id, FRIDAY, note="", by=KARI, now=NOW)
        schedules.reschedule(shop.id, made.number, FRIDAY + timedelta(days=1), by=OLA, now=NOW)
        approvals.require(shop.id, required=True, now=NOW)
    waiting = publications.find(shop.id, made.number)
    assert (waiting.state, waiting.asked_by) == ("requested", KARI)
    with pytest.raises(Forbidden) as raised:
        approve(shop, waiting, by=KARI)
    assert raised.value.reason == "own_request"


def test_a_moment_that_has_passed_while_it_waited_means_at_once(shop: Site) -> None:
    asked = ask(shop, at=FRIDAY)
    assert jobs.publish_due(FRIDAY) == 0
    assert approve(shop, asked, now=FRIDAY).state == "published"


def test_an_old_version_comes_back_by_approval_too(shop: Site) -> None:
    approve(shop, ask(shop))
    with transaction():
        asked = approvals.ask_for_version(shop.id, 1, note="Feil", by=KARI, now=NOW)
    approve(shop, asked)
    newest = sites.newest(shop.id)
    assert newest is not None
    assert (newest.number, newest.note) == (3, "As version 1: Feil")
    assert newest.content_hash == sites.version(shop.id, 1).content_hash


@pytest.mark.parametrize("a_is_live", [True, False])
def test_an_experiment_starts_with_the_variants_that_were_asked_for(shop: Site, a_is_live: bool) -> None:
    save(shop, "Vi spør deg")
    kept = f"draft-{sites.draft(shop.id).revision}"
    save(shop, "Er det greit?")
    with transaction():
        a = None if a_is_live else kept
        asked = approvals.ask_for_experiment(shop.id, PLAN, a=a, by=KARI, now=NOW)
    assert (asked.variant_a is None) is a_is_live
    save(shop, "Noe annet")
    done = approve(shop, asked)
    (started,) = experiments.running()
    assert (started.plan, started.started_by) == (PLAN, KARI)
    assert (done.state, done.version) == ("published", started.version_b)
    assert sites.version(shop.id, started.version_b).document["texts"]["nb"]["title"] == "Er det greit?"
    assert started.version_a == (1 if a_is_live else 2)
    if not a_is_live:
        assert sites.version(shop.id, 2).document["texts"]["nb"]["title"] == "Vi spør deg"
    with pytest.raises(Conflict, match="experiment"), transaction():
        approvals.ask(shop.id, note="", by=KARI, now=NOW)


def test_a_developer_asks_where_nobody_has_to_approve_and_somebody_publishes_it(shop: Site) -> None:
    with transaction():
        approvals.require(shop.id, required=False, now=NOW)
    asked = ask(shop, by=NILS)
    assert notified("publication.requested") == [KARI, OLA]
    with pytest.raises(Conflict) as raised, transaction():
        sites.publish(shop.id, note="", by=KARI, now=NOW)
    assert raised.value.reason == "publication_waiting"
    approve(shop, asked, by=KARI)
    assert notified("publication.decided") == [NILS]


def test_two_who_may_publish_are_needed_to_require_it(app: Flask) -> None:
    with transaction():
        users.create_user(OLA, "owner", password=None, site_ids=None, now=NOW)
        users.create_user(NILS, "developer", password=None, site_ids=None, now=NOW)
        site = sites.create("shop", "Butikken", ["shop.no"], by=OLA, now=NOW)
    with pytest.raises(Invalid, match="nobody could approve"), transaction():
        approvals.require(site.id, required=True, now=NOW)
    assert not sites.find("shop").approval_required
    with transaction():
        users.create_user(KARI, "editor", password=None, site_ids=[site.id], now=NOW)
        approvals.require(site.id, required=True, now=NOW)
    assert sites.find("shop").approval_required
    assert approvals.approvers(site.id, KARI) == (OLA,)


def test_what_was_scheduled_before_waits_for_approval_once_it_is_required(shop: Site) -> None:
    with transaction():
        approvals.require(shop.id, required=False, now=NOW)
    save(shop, "Jul")
    with transaction():
        made = schedules.schedule(shop.id, FRIDAY, note="", by=KARI, now=NOW)
        approvals.require(shop.id, required=True, now=NOW)
    assert jobs.publish_due(FRIDAY) == 0
    assert publications.find(shop.id, made.number).state == "requested"
    approve(shop, made)
    assert jobs.publish_due(FRIDAY) == 1


def test_who_operates_the_server_publishes_without_and_what_waited_is_superseded(shop: Site) -> None:
    asked = ask(shop)
    with transaction():
        sites.rollback(shop.id, 1, by="command line", now=NOW, approved=True)
    assert publications.find(shop.id, asked.number).state == "superseded"
    assert notified("publication.failed") == [KARI, OLA]


def test_whoever_approved_answers_for_it_when_it_is_due(shop: Site) -> None:
    later = FRIDAY + timedelta(days=3)
    with transaction():
        users.create_user("siv@shop.no", "owner", password=None, site_ids=None, now=NOW)
    approve(shop, ask(shop, by=NILS, at=FRIDAY))
    assert jobs.publish_due(FRIDAY) == 1
    assert titles(shop)[0] == "Jul"  # a developer asked for it, who may not publish
    asked = ask(shop, at=later, title="Nyttår")
    approve(shop, asked)
    with transaction():
        ola = users.with_address(OLA)
        assert ola is not None
        users.disable_user(ola.user_id, now=NOW)
    assert jobs.publish_due(later) == 1
    failed = publications.find(shop.id, asked.number)
    assert (failed.state, failed.not_permitted, failed.answered_for_by) == ("failed", True, OLA)
    assert titles(shop)[0] == "Jul"
