"""Invitations: a link that works once, for 72 hours, and a password that only the invited has."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from server.accounts.models import Invitation as Row
from server.accounts.models import InvitationSite, Session
from server.accounts.service import audit_log, invitations, users
from server.core import clock
from server.core.db import db, end_reading, transaction
from server.core.errors import Conflict, NotFound
from server.core.http import settings
from server.core.limits import counters
from server.core.mail_server import mail_server
from server.notifications.models import Delivery, Notification
from server.sites.values import Site
from tests.studio.conftest import PASSWORD, Visitor, browser, make_site
from tests.studio.test_confirmation import OWN, age, hidden

KARI = "kari@example.no"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
SECRET = re.compile(r'id="secret"[^>]*>([^<]+)<')


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    """An owner of every site."""
    return as_role("owner")


@pytest.fixture
def mail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server can send e-mail."""
    server = mail_server("smtps://mail.example.no")
    sends = replace(settings(), smtp_url=server, mail_from="samtykke@example.no")
    monkeypatch.setitem(app.extensions, "samtykke", sends)
    counters(app).forget()


def invite(owner: Visitor, **typed: Any) -> TestResponse:
    return owner.post("/users/new", {"email": KARI, "role": "editor", "reach": "all", **typed})


def link_in(answer: TestResponse) -> str:
    found = SECRET.search(answer.text)
    assert found, answer.text
    return found[1]


def send(who: Visitor, path: str, **typed: str) -> TestResponse:
    """Send a form of the pages of the invited, whose token is on the page that they are on."""
    pages = (who.get(page, follow_redirects=True).text for page in ("/invitation/answer", "/login"))
    found = next(filter(None, map(TOKEN.search, pages)))
    return who.client.post(f"/studio/invitation{path}", data={"csrf_token": found[1], **typed})


def opened(who: Visitor, link: str) -> TestResponse:
    """Paste a link, and follow to what it opens."""
    answer = send(who, "", link=link)
    return who.get("/invitation/answer") if answer.status_code == 303 else answer


def letters() -> list[dict[str, str]]:
    """Invitations in the outbox."""
    rows = db.session.execute(
        sa.select(Notification.data, Delivery.target, Delivery.language, Delivery.state)
        .join(Delivery, Delivery.notification_id == Notification.id)
        .where(Notification.kind == "user.invitation")
    )
    return [{**json.loads(data), "to": to, "in": spoken, "state": state} for data, to, spoken, state in rows]


def test_the_invited_choose_their_password_and_are_in(site: Site, owner: Visitor, visitor: Visitor) -> None:
    link = link_in(invite(owner, email="Kari@example.no", reach="some", sites=[site.id]))
    page = opened(visitor, link).text
    may = "Writes and publishes banners, answers requests, and finds or erases a visitor’s decision."
    for said in ("owner-0@example.no invites you", KARI, "Editor", may, site.name):
        assert said in page
    assert send(visitor, "/answer", password=PASSWORD).location == "/studio/sites"
    assert visitor.get("/").location == f"/studio/sites/{site.key}/"
    assert may in visitor.get("/account").text
    made = users.with_address(KARI)
    assert made is not None
    assert (made.role, set(made.site_ids)) == ("editor", {site.id})
    (event,) = audit_log.audit_events(only=None, action="invitation_accepted", limit=9)
    assert (event.by.name, event.subject, event.detail) == (KARI, "owner-0@example.no", "editor of butikken")
    assert Visitor(browser(owner.client.application)).log_in(KARI, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("said", "kept"), [("Europe/Oslo", "Europe/Oslo"), ("", ""), ("Mars/Olympus_Mons", "")]
)
def test_the_invited_read_times_in_the_zone_of_their_browser_if_it_is_known(
    owner: Visitor, visitor: Visitor, said: str, kept: str
) -> None:
    opened(visitor, link_in(invite(owner, role="owner")))
    assert send(visitor, "/answer", password=PASSWORD, time_zone=said).status_code == 303
    made = users.with_address(KARI)
    assert made is not None
    assert users.active_identity(made.user_id).time_zone == kept  # type: ignore[union-attr]
    page = visitor.get(f"/users/{made.user_id}").text
    assert f"Times are in {kept or 'UTC'}." in page
    assert ("Change your time zone" in page) == (not kept)


def test_a_page_of_the_studio_never_shows_a_password_of_somebody_new(owner: Visitor) -> None:
    answer = invite(owner)
    assert answer.status_code == 201
    assert "#" in link_in(answer)
    assert users.with_address(KARI) is None
    assert link_in(answer) not in owner.get("/users").text


def test_the_least_trusted_role_stands_first_and_is_chosen(owner: Visitor) -> None:
    page = owner.get("/users/new").text
    assert re.findall(r'name="role" value="(\w+)"( checked)?', page) == [
        ("auditor", " checked"), ("support", ""), ("developer", ""), ("editor", ""), ("publisher", ""),
        ("owner", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(("asked", "heading"), [("nn-NO, en", "Du er invitert"), ("en", "You are invited")])
def test_the_browser_of_the_invited_says_in_which_language_they_read(
    owner: Visitor, visitor: Visitor, asked: str, heading: str
) -> None:
    owner.post("/account/preferences", {"language": "nb", "time_zone": ""})
    path, _, token = link_in(invite(owner)).removeprefix(settings().public_url).partition("#")
    headers = {"Accept-Language": asked}
    assert visitor.client.get(path, headers=headers).status_code == 200
    send(visitor, "", link=token)
    page = visitor.get("/invitation/answer", headers=headers).text
    assert f">{heading}</h1>" in page
    assert 'hreflang="nb"' in page, "and there is a choice"


def test_the_link_is_in_no_address_that_is_sent_to_the_server(owner: Visitor, visitor: Visitor) -> None:
    link = link_in(invite(owner))
    path, _, token = link.removeprefix(settings().public_url).partition("#")
    assert path == "/studio/invitation"
    answer = visitor.client.get(path)
    assert (answer.status_code, token in answer.text) == (200, False)
    moved = send(visitor, "", link=token)
    assert moved.location == "/studio/invitation/answer"
    page = visitor.get("/invitation/answer")
    assert token not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    stored = db.session.execute(sa.select(Row.__table__)).one()
    assert token[22:] not in repr(stored)


def test_a_link_works_once_and_says_so_afterwards(owner: Visitor, visitor: Visitor) -> None:
    link = link_in(invite(owner))
    opened(visitor, link)
    send(visitor, "/answer", password=PASSWORD)
    again = Visitor(browser(owner.client.application))
    answer = opened(again, link)
    assert (answer.status_code, "This invitation has been used" in answer.text) == (410, True)
    assert again.get("/invitation/answer").location == "/studio/invitation"
    with pytest.raises(NotFound), transaction():
        invitations.accept(link, PASSWORD, now=clock.now())


def test_two_browsers_with_one_link_make_one_account(owner: Visitor, app: Flask) -> None:
    link = link_in(invite(owner))
    first, second = Visitor(browser(app)), Visitor(browser(app))
    assert opened(first, link).status_code == opened(second, link).status_code == 200
    assert send(first, "/answer", password=PASSWORD).status_code == 303
    page = TOKEN.search(second.get("/login").text)
    assert page
    late = second.client.post(
        "/studio/invitation/answer", data={"csrf_token": page[1], "password": "fire rever i skogen"}
    )
    assert late.status_code == 410
    assert second.log_in(KARI, "fire rever i skogen").status_code == 401


@pytest.mark.parametrize("hours", [71, 72])
def test_a_link_works_for_72_hours(
    owner: Visitor, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    link = link_in(invite(owner))
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(hours=hours))
    answer = opened(visitor, link)
    assert answer.status_code == (200 if hours < 72 else 410)
    assert ("This invitation has expired" in answer.text) is (hours == 72)
    assert ("Ask owner-0@example.no for a new one" in answer.text) is (hours == 72)


def test_sending_again_makes_a_link_and_ends_the_one_before(owner: Visitor, app: Flask) -> None:
    old = link_in(invite(owner))
    (listed,) = invitations.listed(now=clock.now())
    new = link_in(owner.post(f"/users/invitations/{listed.invitation_id}/renew"))
    replaced = opened(Visitor(browser(app)), old)
    assert (replaced.status_code, "There is a newer link" in replaced.text) == (410, True)
    assert opened(Visitor(browser(app)), new).status_code == 200
    assert len(invitations.listed(now=clock.now())) == 1
    assert owner.post(f"/users/invitations/{listed.invitation_id}/renew").status_code == 409


def test_inviting_an_address_again_leaves_one_invitation(owner: Visitor, app: Flask) -> None:
    old = link_in(invite(owner))
    link_in(invite(owner, role="auditor"))
    assert [one.role for one in invitations.listed(now=clock.now())] == ["auditor"]
    assert opened(Visitor(browser(app)), old).status_code == 410


def test_a_withdrawn_invitation_says_so(owner: Visitor, visitor: Visitor) -> None:
    link = link_in(invite(owner))
    (listed,) = invitations.listed(now=clock.now())
    answer = owner.post(f"/users/invitations/{listed.invitation_id}/withdraw", follow_redirects=True)
    assert "is withdrawn. Its link says so." in answer.text
    page = opened(visitor, link)
    assert (page.status_code, "This invitation was withdrawn" in page.text) == (410, True)
    assert owner.post(f"/users/invitations/{listed.invitation_id}/withdraw").status_code == 409


@pytest.mark.parametrize("typed", ["", "https://example.no/#x", "A" * 65, "A" * 4000, "æ\x00" * 40])
def test_what_is_no_link_is_refused_at_the_field(owner: Visitor, visitor: Visitor, typed: str) -> None:
    answer = opened(visitor, typed)
    assert (answer.status_code, 'id="link-error"' in answer.text) == (422, True)


def test_a_weak_password_is_refused_at_the_field_and_the_link_still_works(
    owner: Visitor, visitor: Visitor
) -> None:
    opened(visitor, link_in(invite(owner)))
    weak = send(visitor, "/answer", password="password1234")
    assert (weak.status_code, 'id="password-error"' in weak.text) == (422, True)
    assert send(visitor, "/answer", password=PASSWORD).status_code == 303


def test_somebody_else_who_is_logged_in_is_told_and_can_make_room(
    owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    link = link_in(invite(owner))
    ola = as_role("auditor")
    page = opened(ola, link).text
    assert "You are logged in as auditor-0@example.no" in page
    assert 'name="password"' not in page.partition("login-again")[0]
    assert send(ola, "/answer", password=PASSWORD).status_code == 403
    assert users.with_address(KARI) is None
    assert send(ola, "/leave").location == "/studio/invitation/answer"
    assert ola.get("/sites").status_code == 303
    assert send(ola, "/answer", password=PASSWORD).status_code == 303
    assert KARI in ola.get("/account").text


def test_an_account_that_was_made_meanwhile_gets_the_sites_too(owner: Visitor, visitor: Visitor) -> None:
    one, two = make_site("butikken", "Butikken"), make_site("hytta", "Hytta")
    link = link_in(invite(owner, reach="some", sites=[two.id]))
    with transaction():
        users.create_user(KARI, "editor", password=PASSWORD, site_ids=[one.id], now=clock.now())
    page = opened(visitor, link).text
    assert "This address has an account already" in page
    assert send(visitor, "/answer", password=PASSWORD).location == "/studio/invitation/answer"
    assert visitor.log_in(KARI, next="/studio/invitation/answer").location == "/studio/invitation/answer"
    page = visitor.get("/invitation/answer").text
    for said in ("Editor", "Butikken, Hytta"):
        assert said in page
    assert send(visitor, "/answer").location == "/studio/sites"
    joined = users.with_address(KARI)
    assert joined is not None
    assert (joined.role, set(joined.site_ids)) == ("editor", {one.id, two.id})


def test_who_has_been_logged_in_for_long_confirms_that_it_is_them_before_they_get_a_role(
    owner: Visitor, visitor: Visitor
) -> None:
    one, two = make_site("butikken", "Butikken"), make_site("hytta", "Hytta")
    link = link_in(invite(owner, reach="some", sites=[two.id]))
    with transaction():
        known, _ = users.create_user(KARI, "editor", password=PASSWORD, site_ids=[one.id], now=clock.now())
    visitor.log_in(KARI)
    opened(visitor, link)
    age(60)
    token = hidden(visitor.get("/invitation/answer").text)["csrf_token"]
    asked = visitor.client.post("/studio/invitation/answer", data={"csrf_token": token}, headers=OWN)
    assert asked.status_code == 401
    assert set(users.user(known.user_id).site_ids) == {one.id}
    proof = {**hidden(asked.text), "password": PASSWORD}
    onward = visitor.client.post("/studio/confirm", data=proof, headers=OWN).text
    action = re.search(r'<form class="panel" method="post" action="([^"]+)"', onward)
    assert action
    assert visitor.client.post(action[1], data=hidden(onward), headers=OWN).location == "/studio/sites"
    assert set(users.user(known.user_id).site_ids) == {one.id, two.id}


def test_another_role_is_taken_only_with_all_sites_of_the_account(owner: Visitor, visitor: Visitor) -> None:
    one, two = make_site("butikken", "Butikken"), make_site("hytta", "Hytta")
    some = link_in(invite(owner, role="owner", reach="some", sites=[two.id]))
    with transaction():
        users.create_user(KARI, "auditor", password=PASSWORD, site_ids=[one.id], now=clock.now())
    visitor.log_in(KARI)
    assert "You have another role on other sites" in opened(visitor, some).text
    assert send(visitor, "/answer").location == "/studio/invitation/answer"
    kept = users.with_address(KARI)
    assert kept is not None
    assert (kept.role, set(kept.site_ids)) == ("auditor", {one.id})


def test_an_invitation_stops_when_who_invited_may_not_any_more(
    owner: Visitor, app: Flask, visitor: Visitor
) -> None:
    with transaction():
        now = clock.now()
        gone, _ = users.create_user("siv@example.no", "owner", password=PASSWORD, site_ids=None, now=now)
    leaving = Visitor(browser(app))
    leaving.log_in("siv@example.no")
    link = link_in(invite(leaving, role="owner"))
    with transaction():
        users.disable_user(gone.user_id, now=clock.now())
    assert opened(visitor, link).status_code == 410
    assert users.with_address(KARI) is None


def test_an_owner_of_every_site_loses_nothing_by_an_invitation(owner: Visitor, visitor: Visitor) -> None:
    link = link_in(invite(owner, role="auditor"))
    with transaction():
        users.create_user(KARI, "owner", password=PASSWORD, site_ids=None, now=clock.now())
    visitor.log_in(KARI)
    opened(visitor, link)
    assert send(visitor, "/answer").status_code == 303
    kept = users.with_address(KARI)
    assert kept is not None
    assert (kept.role, kept.all_sites) == ("owner", True)


def test_a_disabled_account_is_not_let_in_by_an_invitation(owner: Visitor, visitor: Visitor) -> None:
    link = link_in(invite(owner))
    with transaction():
        made, _ = users.create_user(KARI, "auditor", password=PASSWORD, site_ids=None, now=clock.now())
        users.disable_user(made.user_id, now=clock.now())
    assert "an account that is disabled" in opened(visitor, link).text
    assert send(visitor, "/answer", password=PASSWORD).status_code == 303
    disabled = users.with_address(KARI)
    assert disabled is not None
    assert disabled.disabled_at is not None


def test_who_has_an_account_is_not_invited(owner: Visitor) -> None:
    answer = invite(owner, email="owner-0@example.no")
    assert (answer.status_code, 'id="email-error"' in answer.text) == (409, True)
    assert invitations.listed(now=clock.now()) == ()


def test_accepting_begins_a_new_session(owner: Visitor, visitor: Visitor) -> None:
    with visitor.client.session_transaction() as stored:
        stored["login"] = "planted"
    opened(visitor, link_in(invite(owner)))
    send(visitor, "/answer", password=PASSWORD)
    with visitor.client.session_transaction() as stored:
        assert stored["login"] != "planted"
        assert "invitation" not in stored
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Session)) == 2


@pytest.mark.parametrize("path", ["", "/answer", "/leave"])
def test_a_form_of_another_website_does_nothing(owner: Visitor, visitor: Visitor, path: str) -> None:
    link = link_in(invite(owner))
    opened(visitor, link)
    data = {"link": link, "password": PASSWORD}
    assert visitor.client.post(f"/studio/invitation{path}", data=data).status_code == 419
    assert users.with_address(KARI) is None


def test_the_link_is_sent_where_there_is_a_mail_server(site: Site, owner: Visitor, mail: None) -> None:
    sent = invite(owner, reach="some", sites=[site.id], do="send")
    assert sent.location == "/studio/users"
    assert "Invitation sent to kari@example.no. It holds for 72 hours." in owner.get("/users").text
    (letter,) = letters()
    assert (letter["to"], letter["where"], letter["role"]) == (KARI, "Butikken", "editor")
    assert invitations.open_link(letter["link"], now=clock.now()).email == KARI
    assert link_in(invite(owner, do="link"))
    assert letters() == [], "what still waited has a link that works no more"


def test_an_address_gets_only_so_many_invitations_by_mail(owner: Visitor, mail: None) -> None:
    for _time in range(5):
        assert invite(owner, do="send").status_code == 303
    refused = invite(owner, do="send")
    assert (refused.status_code, "has had several e-mails already" in refused.text) == (422, True)
    (listed,) = invitations.listed(now=clock.now())
    again = owner.post(f"/users/invitations/{listed.invitation_id}/renew", {"do": "send"})
    assert (again.status_code, "has had several e-mails already" in again.text) == (422, True)
    assert invitations.listed(now=clock.now()) == (listed,)
    assert link_in(owner.post(f"/users/invitations/{listed.invitation_id}/renew", {"do": "link"}))


def test_an_invitation_is_forgotten_a_month_after_its_link_ended(site: Site, owner: Visitor) -> None:
    link = link_in(invite(owner, reach="some", sites=[site.id]))
    late = clock.now() + invitations.LIFETIME + invitations.KEPT
    with transaction():
        assert invitations.forget(now=late - timedelta(minutes=1)) == 0
        assert invitations.forget(now=late) == 1
    end_reading()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(InvitationSite)) == 0
    with pytest.raises(NotFound, match="is not a link of an invitation"):
        invitations.open_link(link, now=clock.now())


def test_an_account_that_is_made_at_the_same_moment_is_not_overwritten(owner: Visitor) -> None:
    link = link_in(invite(owner))
    with transaction():
        users.create_user(KARI, "owner", password=PASSWORD, site_ids=None, now=clock.now())
    with pytest.raises(Conflict), transaction():
        invitations.accept(link, "fire rever i skogen", now=clock.now())
    end_reading()
    assert invitations.open_link(link, now=clock.now()).state == "open"
    assert users.authenticate(KARI, PASSWORD, now=clock.now()).role == "owner"
