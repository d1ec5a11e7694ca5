"""Owners are told of a new owner, and of many refused logins; on both databases."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import jobs
from server.accounts.service import account_alarms, deferred, invitations, users
from server.accounts.service.message_choices import MessageChoices, choose_messages
from server.accounts.values import Actor
from server.core.db import db, end_reading, transaction
from server.core.http import settings
from server.notifications.models import Delivery, InboxMessage, Notification
from server.notifications.texts import LANGUAGES, paragraphs
from tests.studio.conftest import make_site

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
KARI, OLA = "kari@example.no", "ola@example.no"
PASSWORD = "tre hester på vidda"


@pytest.fixture
def kari(app: Flask) -> str:
    """The first owner, who is told of nothing when she becomes one."""
    return make(KARI, "owner")


def make(email: str, role: str, *, site_ids: list[str] | None = None) -> str:
    with transaction():
        made, _ = users.create_user(email, role, password=PASSWORD, site_ids=site_ids, now=NOW)
    return made.user_id


def told(kind: str) -> list[tuple[str, dict[str, object]]]:
    """To whom messages of a kind go by e-mail, and what they say."""
    end_reading()
    rows = db.session.execute(
        sa.select(Delivery.target, Notification.data)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Notification.kind == kind)
        .order_by(Notification.number, Delivery.target)
    )
    return [(to, json.loads(data)) for to, data in rows]


def test_a_new_owner_is_told_of_to_the_other_owners_by_mail_and_at_the_bell(kari: str) -> None:
    assert told(account_alarms.OWNER_ADDED) == []
    make("editor@example.no", "editor")
    make(OLA, "owner")
    assert told(account_alarms.OWNER_ADDED) == [(KARI, {"email": OLA, "reach": "all"})]
    assert [row.user_id for row in db.session.scalars(sa.select(InboxMessage))] == [kari]


@pytest.mark.parametrize("how", ["changed", "wider", "enabled", "invited", "some sites"])
def test_it_makes_no_difference_how_somebody_becomes_one(kari: str, how: str) -> None:
    site = make_site("butikken", "Butikken")
    made = how in ("changed", "wider", "enabled")
    role, sites = ("editor", None) if how == "changed" else ("owner", [site.id] if how == "wider" else None)
    ola = make(OLA, role, site_ids=sites) if made else ""
    before = len(told(account_alarms.OWNER_ADDED))
    with transaction():
        if how in ("changed", "wider"):
            users.change_user(ola, role="owner", site_ids=None, now=NOW)
        elif how == "enabled":
            users.disable_user(ola, now=NOW)
            users.enable_user(ola, now=NOW)
        elif how == "invited":
            _row, token = invitations.invite(OLA, "owner", site_ids=None, by=KARI, now=NOW)
            invitations.accept(token, PASSWORD, now=NOW)
        else:
            users.create_user(OLA, "owner", password=PASSWORD, site_ids=[site.id], now=NOW)
    new = told(account_alarms.OWNER_ADDED)[before:]
    assert new == [(KARI, {"email": OLA, "reach": "some" if how == "some sites" else "all"})]


def test_who_stays_an_owner_or_becomes_something_else_is_not_told_of(kari: str) -> None:
    site = make_site("butikken", "Butikken")
    ola = make(OLA, "owner")
    with transaction():
        users.change_user(ola, role="owner", site_ids=None, now=NOW)
        users.change_user(ola, role="owner", site_ids=[site.id], now=NOW)
        users.change_user(ola, role="auditor", site_ids=None, now=NOW)
        users.disable_user(ola, now=NOW)
        users.enable_user(ola, now=NOW)
    assert len(told(account_alarms.OWNER_ADDED)) == 1, "the one of the beginning"


@pytest.mark.parametrize(
    ("by", "who"),
    [
        (Actor("person", KARI), "person"),
        (Actor("person", OLA), "self"),
        (Actor("command", "command line"), "command"),
    ],
)
def test_the_other_owners_are_told_that_a_password_alone_lets_somebody_in(
    kari: str, by: Actor, who: str
) -> None:
    make(OLA, "owner")
    with transaction():
        account_alarms.factors_removed(OLA, by=by, now=NOW)
    said = {"email": OLA, "who": who, "by": by.name}
    assert told(account_alarms.FACTORS_REMOVED) == [(KARI, said)]
    for language in LANGUAGES:
        assert OLA in " ".join(paragraphs(account_alarms.FACTORS_REMOVED, said, language))


def test_an_owner_who_wants_none_gets_none(kari: str) -> None:
    with transaction():
        choose_messages(kari, MessageChoices({account_alarms.OWNER_ADDED: "never"}))
    make(OLA, "owner")
    assert told(account_alarms.OWNER_ADDED) == []


def refuse(email: str, times: int, *, at: datetime = NOW) -> None:
    with transaction():
        for _ in range(times):
            deferred.defer("refusal", email, secret_key=settings().secret_key, now=at)
    while jobs.do_deferred():
        pass


def test_many_refused_logins_to_an_account_are_told_once_in_an_hour(kari: str) -> None:
    make(OLA, "editor")
    most = account_alarms.MANY["account"]
    refuse(OLA, most - 1)
    assert told(account_alarms.LOGINS_REFUSED) == []
    refuse(OLA.upper(), 1)
    said = (KARI, {"scope": "account", "email": OLA, "count": most})
    assert told(account_alarms.LOGINS_REFUSED) == [said]
    refuse(OLA, most)
    assert told(account_alarms.LOGINS_REFUSED) == [said]
    refuse(OLA, most, at=NOW + timedelta(minutes=61))
    assert told(account_alarms.LOGINS_REFUSED) == [said] * 2


def test_many_refused_logins_to_anything_are_told_without_what_was_typed(kari: str) -> None:
    most = account_alarms.MANY["server"]
    for number in range(10):
        refuse(f"stranger{number}@example.org", most // 10)
    assert told(account_alarms.LOGINS_REFUSED) == [(KARI, {"scope": "server", "email": "", "count": most})]
    end_reading()
    assert "stranger" not in repr(db.session.scalars(sa.select(Notification.data)).all())
