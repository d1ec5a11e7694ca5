"""Messages about tokens, and what is left of a token that is revoked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import passwords
from server.accounts.service import audit_log, message_choices, tokens, users
from server.accounts.service.message_choices import MessageChoices
from server.accounts.values import COMMAND_LINE, Identity, Token
from server.core.db import db, transaction
from server.notifications.models import Delivery, Notification
from server.sites import authors, jobs, program_tokens, publications, schedules
from server.sites.values import Site
from tests.studio.conftest import NOW, make_publishable, make_site


@pytest.fixture
def shop(app: Flask) -> Site:
    return make_site("butikken", "Butikken")


@pytest.fixture
def person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Identity]:
    monkeypatch.setattr(passwords, "digest", lambda _password: "not hashed: nobody logs in here")

    def make(email: str, role: str, *where: Site) -> Identity:
        site_ids = [one.id for one in where] or None
        with transaction():
            return users.create_user(f"{email}@example.no", role, password=None, site_ids=site_ids, now=NOW)[
                0
            ]

    return make


def make(scope: str, *where: Site, by: Identity | str = "command line", **options: object) -> Token:
    with transaction():
        made, _ = tokens.create_token(
            name="Nightly",
            scopes=[scope],
            site_ids=[one.id for one in where] or None,
            by=by,
            now=NOW,
            **options,  # type: ignore[arg-type]
        )
    return tokens.token(made.token_id)


def told(kind: str) -> set[tuple[str, str]]:
    """Site and address of all who are told by e-mail."""
    query = sa.select(Notification.site_id, Delivery.target).join(
        Delivery,
        sa.and_(Delivery.site_id == Notification.site_id, Delivery.notification_id == Notification.id),
    )
    return {(row.site_id, row.target) for row in db.session.execute(query.where(Notification.kind == kind))}


def tell(made: Token) -> bool:
    with transaction():
        return program_tokens.tell_of_new(made, COMMAND_LINE, now=NOW)


@pytest.mark.parametrize(
    ("scope", "wide"),
    [
        ("sites:read", False),
        ("analytics:read", False),
        ("banner:write", False),
        ("banner:publish", True),
        ("sites:write", True),
        ("consents:read", True),
    ],
)
def test_owners_are_told_of_a_token_that_may_do_much(
    shop: Site, person: Callable[..., Identity], scope: str, wide: bool
) -> None:
    person("olga", "owner")
    person("ove", "owner", shop)
    person("dina", "developer", shop)
    person("elin", "editor")
    person("odd", "owner", make_site("hytta", "Hytta"))
    assert tell(make(scope, shop)) is wide
    both = {(shop.id, "olga@example.no"), (shop.id, "ove@example.no")}
    assert told("token.created") == (both if wide else set())


def test_a_token_of_every_site_and_one_without_an_end_are_wide(
    shop: Site, person: Callable[..., Identity]
) -> None:
    person("olga", "owner")
    person("ove", "owner", shop)
    assert tell(make("sites:read"))
    assert told("token.created") == {("", "olga@example.no")}
    assert tell(make("sites:read", shop, lifetime=None, why_unlimited="x"))
    assert (shop.id, "ove@example.no") in told("token.created")


def test_maker_and_owners_are_told_once_two_weeks_before_the_end(
    shop: Site, person: Callable[..., Identity]
) -> None:
    person("olga", "owner")
    dina, _other = person("dina", "developer", shop), person("dag", "developer", shop)
    make("sites:read", shop, by=dina)
    end = NOW + tokens.LIFETIME
    assert jobs.tell_of_tokens(end - timedelta(days=15)) == 0
    assert jobs.tell_of_tokens(end - timedelta(days=14)) == 1
    assert jobs.tell_of_tokens(end - timedelta(days=13)) == 0
    assert told("token.expiring") == {(shop.id, "olga@example.no"), (shop.id, "dina@example.no")}


def test_who_wants_no_such_message_gets_none(shop: Site, person: Callable[..., Identity]) -> None:
    olga = person("olga", "owner")
    with transaction():
        message_choices.choose_messages(olga.user_id, MessageChoices({"token.created": "never"}))
    tell(make("sites:write", shop))
    assert told("token.created") == set()


def test_what_a_revoked_token_has_scheduled_is_cancelled_and_nothing_else(
    shop: Site, person: Callable[..., Identity]
) -> None:
    other = make_site("hytta", "Hytta")
    for one in (shop, other):
        make_publishable(one)
    mine, another = make("sites:write", shop), make("sites:write", other)
    with transaction():
        for site, token in ((shop, mine), (other, another)):
            schedules.schedule(
                site.id,
                NOW + timedelta(days=1),
                note="",
                by=authors.author(token.token_id),
                now=NOW,
            )
    with transaction():
        gone = tokens.revoke_token(mine.token_id, now=NOW)
        done = program_tokens.cancel_scheduled(gone, by=COMMAND_LINE, now=NOW)
    assert [(one.site_id, one.state) for one in done] == [(shop.id, "cancelled")]
    assert publications.waiting(shop.id) is None
    assert publications.waiting(other.id) is not None
    event = audit_log.audit_events(only={shop.id}, action="publish_cancelled", limit=1)[0]
    assert event.detail == f"scheduled by the token {mine.actor.name}"


@pytest.mark.parametrize("how", ["disabled", "lowered", "expired"])
def test_what_a_token_has_scheduled_follows_the_rights_of_its_maker(
    shop: Site, person: Callable[..., Identity], how: str
) -> None:
    make_publishable(shop)
    due = NOW + timedelta(days=1)
    maker = person("kari", "publisher", shop)
    token = make("sites:write", shop, by=maker, lifetime=timedelta(hours=1))
    with transaction():
        made = schedules.schedule(shop.id, due, note="", by=authors.author(token.token_id), now=NOW)
        if how == "disabled":
            users.disable_user(maker.user_id, now=NOW)
        elif how == "lowered":
            users.change_user(maker.user_id, role="auditor", site_ids=None, now=NOW)
    jobs.publish_due(due)
    done = publications.find(shop.id, made.number)
    assert (done.state, done.not_permitted) == (
        ("published", False) if how == "expired" else ("failed", True)
    )
