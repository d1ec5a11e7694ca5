"""The bell: how many messages are unread, what they say, and the way to what they are about."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from server.accounts.service import message_choices, sessions, users
from server.core import clock
from server.core.db import transaction
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import approvals
from server.sites import service as sites
from server.sites.values import Site
from server.studio.messages import inbox
from tests.studio.conftest import NOW, Visitor, make_publishable
from tests.studio.test_analytics import text_of

NONE = "A" * 22

OPEN = re.compile(r'action="/studio(/inbox/[A-Za-z0-9_-]{22})"')


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def published(site: Site, version: int, *, minutes: int = 0) -> None:
    """Tell everybody who sees the site of a version."""
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "version": version,
        "change": "text",
        "shown_to": "all",
    }
    kind, now = "banner.published", NOW - timedelta(hours=1) + timedelta(minutes=minutes)
    with transaction():
        people = message_choices.recipients(site.id, kind)
        outbox.record(Message(site.id, kind, data, f"{kind} {version}"), people, now=now)


def test_bell_says_how_many_are_unread_and_a_message_leads_to_its_place(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    auditor = as_role("auditor", site)
    assert "unread" not in auditor.get("/inbox/unread").text.split(">", 1)[1]
    for version in (1, 2):
        published(site, version, minutes=version)
    assert "2 unread" in text_of(auditor.get("/account").text)
    menu = auditor.get("/inbox/newest").text
    assert text_of(menu).index("Butikken: version 2 is published") < text_of(menu).index("version 1")
    first = OPEN.findall(menu)[0]
    answer = auditor.post(first)
    assert (answer.status_code, answer.location) == (303, f"/studio/sites/{site.key}/versions")
    assert "one unread" in text_of(auditor.get("/inbox").text)
    assert text_of(auditor.get("/inbox?show=unread").text).count("is published") == 1


def test_all_are_marked_as_read_but_what_came_after_the_page(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    auditor = as_role("auditor", site)
    published(site, 1)
    until = re.findall(r'name="until" value="([^"]+)"', auditor.get("/inbox").text)
    published(site, 2, minutes=1)
    assert auditor.post("/inbox", {"until": until[0]}).status_code == 303
    assert "One message is marked as read." in auditor.get("/inbox").text
    assert "one unread" in text_of(auditor.get("/inbox").text)
    for odd in ("", "yesterday", "2026-11-20T11:00:00", "0001-01-01T00:00:00+01:00"):
        assert auditor.post("/inbox", {"until": odd}).status_code == 303
    assert "Mark all as read" not in auditor.get("/inbox").text


def test_list_has_pages_and_one_site_at_a_time(
    as_role: Callable[..., Visitor], site: Site, other: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "SHOWN", 2)
    auditor = as_role("auditor", site, other)
    for version in (1, 2, 3):
        published(site, version, minutes=version)
    published(other, 1, minutes=9)
    first = auditor.get("/inbox").text
    assert re.findall(r"(Hytta|Butikken): version (\d)", first) == [("Hytta", "1"), ("Butikken", "3")]
    older = re.search(r'href="/studio(/inbox\?before=[^"]+)"', first)
    assert older
    second = auditor.get(older[1].replace("&amp;", "&")).text
    assert re.findall(r"Butikken: version (\d)", second) == ["2", "1"]
    here = auditor.get(f"/inbox?site={other.key}").text
    assert re.findall(r"(Hytta|Butikken): version (\d)", here) == [("Hytta", "1")]
    assert (
        "No message found"
        in auditor.get(f"/inbox?site={other.key}&before=2020-01-01T00:00:00%2B00:00~{NONE}").text
    )
    for odd in ("before=x", "site=../x", "show=x", "before=2026-11-20T11:00:00%2B00:00~x"):
        assert auditor.get(f"/inbox?{odd}").status_code == 200


def test_who_loses_a_site_no_longer_sees_what_it_told(
    as_role: Callable[..., Visitor], site: Site, other: Site
) -> None:
    auditor = as_role("auditor", site, other)
    published(site, 1)
    path = OPEN.findall(auditor.get("/inbox").text)[0]
    (known,) = (one for one in users.users() if one.role == "auditor")
    with transaction():
        users.change_user(known.user_id, role="auditor", site_ids=[other.id], now=NOW)
    auditor.log_in(known.email)
    page = auditor.get("/inbox").text
    assert "Butikken" not in page
    assert "unread" not in text_of(auditor.get("/inbox/unread").text)
    assert auditor.post(path).status_code == 404


def test_who_asks_for_approval_and_who_approves_are_told(as_role: Callable[..., Visitor], site: Site) -> None:
    make_publishable(site)
    developer, owner = as_role("developer", site), as_role("owner", site)
    with transaction():
        asked = approvals.ask(site.id, note="", by="developer-1@example.no", now=NOW - timedelta(hours=2))
    assert "developer-1@example.no asks for approval" in text_of(owner.get("/inbox").text)
    assert "asks for approval" not in text_of(developer.get("/inbox").text), "who asks knows it"
    with transaction():
        approvals.approve(
            site.id, asked.number, asked.digest, by="owner-1@example.no", now=NOW - timedelta(hours=1)
        )
    text = text_of(developer.get("/inbox").text)
    assert "owner-1@example.no approved the publication" in text
    assert "Butikken: version 1 is published" in text


def test_who_publishes_is_not_told_that_it_is_published(as_role: Callable[..., Visitor], site: Site) -> None:
    make_publishable(site)
    editor, owner = as_role("editor", site), as_role("owner", site)
    with transaction():
        sites.publish(site.id, note="", by="editor-1@example.no", now=NOW)
    assert "version 1 is published" not in editor.get("/inbox").text
    for path in ("/inbox", "/inbox/newest"):
        assert "version 1 is published editor-1@example.no · " in text_of(owner.get(path).text)


def test_what_somebody_never_wants_is_not_under_the_bell(as_role: Callable[..., Visitor], site: Site) -> None:
    auditor = as_role("auditor", site)
    form = {"frequency-banner.published": "never"}
    assert auditor.post("/account/messages", form).status_code == 303
    published(site, 1)
    assert "is published" not in auditor.get("/inbox").text
    assert auditor.post("/account/messages", {"frequency-banner.published": "studio"}).status_code == 303
    published(site, 2)
    assert "version 2 is published" in auditor.get("/inbox").text
    (known,) = (one for one in users.users() if one.role == "auditor")
    stored = message_choices.message_choices(known.user_id)
    assert stored.frequencies["banner.published"] == "studio"


def test_asking_for_the_number_keeps_no_session_alive(
    as_role: Callable[..., Visitor], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = as_role("auditor", site)
    for minutes in range(0, 12 * 60, 60):
        monkeypatch.setattr(clock, "now", lambda at=minutes: NOW + timedelta(minutes=at))
        answer = auditor.get("/inbox/unread", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    monkeypatch.setattr(clock, "now", lambda: NOW + sessions.DEFAULT.idle)
    assert auditor.get("/inbox/unread", headers={"HX-Request": "true"}).status_code == 401


def test_a_message_of_an_earlier_release_is_listed_by_its_kind(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    auditor = as_role("auditor", site)
    with transaction():
        people = message_choices.recipients(site.id, "alarm.opened")
        outbox.record(Message(site.id, "alarm.opened", {"site": site.key}, "old"), people, now=NOW)
    page = auditor.get("/inbox")
    assert page.status_code == 200
    assert len(OPEN.findall(page.text)) == 1
