"""Links that show the installation instructions to somebody without an account."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerHour

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import db, transaction
from server.core.http import settings
from server.core.mail_server import mail_server
from server.notifications.models import Delivery, Notification
from server.sites import installation_links
from server.sites import service as sites
from server.sites.values import Site
from server.studio.installation import link_tokens as installation_tokens
from server.studio.installation import links as pages
from tests.sites.documents import service
from tests.studio.conftest import NOW, Visitor, browser, make_publishable

LINK = re.compile(r'<code id="link-1-address">([^<]+)</code>')
SEND = {"email": "siv@byraa.example", "language": "nn", "platform": "wordpress"}


@pytest.fixture
def mail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server can send e-mail."""
    server = mail_server("smtps://mail.example.no")
    sends = replace(settings(), smtp_url=server, mail_from="samtykke@example.no")
    monkeypatch.setitem(app.extensions, "samtykke", sends)


def publish(site: Site) -> None:
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)


def made_link(person: Visitor, site: Site) -> str:
    """The path of a new link, as the page shows it."""
    answer = person.post(f"/sites/{site.key}/install/links", {"platform": "html"}, follow_redirects=True)
    found = LINK.search(answer.text)
    assert found
    return found[1].removeprefix(settings().public_url)


def letters() -> list[dict[str, str]]:
    """What is in the outbox for people who are not staff: data, with address and language."""
    rows = db.session.execute(
        sa.select(Notification.data, Delivery.target, Delivery.language)
        .join(Delivery, Delivery.notification_id == Notification.id)
        .where(Notification.kind == pages.KIND)
    )
    return [{**json.loads(data), "to": target, "in": language} for data, target, language in rows]


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser of somebody who has no account."""
    return browser(app)


def test_link_shows_the_instructions_of_the_published_banner_without_a_login_and_nothing_else(
    as_role: Callable[..., Visitor], site: Site, stranger: FlaskClient
) -> None:
    developer = as_role("developer", site)
    publish(site)
    draft = sites.draft(site.id).document
    draft["services"].append(service("secret_plan", name="Hemmelig plan"))
    with transaction():
        sites.save_draft(site.id, draft, by="tests", now=NOW)
    path = made_link(developer, site)
    for platform in ("html", "tag-manager", "wordpress", "shopify", "nextjs", "webflow", "squarespace"):
        answer = stranger.get(path.replace("/html", f"/{platform}"))
        assert answer.status_code == 200, platform
        assert f"/w/{site.key}.js" in answer.text
        for absent in ("Hemmelig plan", "secret_plan", "developer-1@example.no", f"/studio/sites/{site.key}"):
            assert absent not in answer.text, (platform, absent)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "integrity=" in stranger.get(f"{path}?pinned=1").text


def test_link_speaks_the_language_of_the_browser_or_the_one_that_is_chosen(
    as_role: Callable[..., Visitor], site: Site, stranger: FlaskClient
) -> None:
    path = made_link(as_role("editor", site), site)
    for language, words in (("nn-NO,nn", "Legg inn"), ("nb-NO", "Legg inn"), ("de", "Install the")):
        assert words in stranger.get(path, headers={"Accept-Language": language}).text
    chosen = stranger.get(f"{path}?language=nn", headers={"Accept-Language": "en"})
    assert '<html lang="nn">' in chosen.text
    assert '<html lang="nn">' in stranger.get(path, headers={"Accept-Language": "en"}).text


def test_before_the_first_publication_there_is_nothing_to_install(
    as_role: Callable[..., Visitor], site: Site, stranger: FlaskClient
) -> None:
    answer = stranger.get(made_link(as_role("editor", site), site))
    assert "is not published yet" in answer.text
    assert "/w/" not in answer.text


def test_link_ends_after_seven_days_or_when_it_is_revoked(
    as_role: Callable[..., Visitor], site: Site, stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = as_role("editor", site)
    first, second = made_link(editor, site), made_link(editor, site)
    assert first != second
    newest, kept = installation_links.valid(site.id, now=clock.now())
    assert kept.expires_at - kept.created_at == timedelta(days=7)
    revoked = editor.post(f"/sites/{site.key}/install/links/{newest.link_id}/revoke", follow_redirects=True)
    assert "The link is revoked." in revoked.text
    assert sorted(stranger.get(path).status_code for path in (first, second)) == [200, 410]
    monkeypatch.setattr(clock, "now", lambda: kept.expires_at - timedelta(seconds=1))
    assert sorted(stranger.get(path).status_code for path in (first, second)) == [200, 410]
    monkeypatch.setattr(clock, "now", lambda: kept.expires_at)
    for path in (first, second):
        answer = stranger.get(path)
        assert answer.status_code == 410
        assert "This link has ended" in answer.text
        assert site.name not in answer.text


def test_link_of_another_site_cannot_be_revoked(
    as_role: Callable[..., Visitor], site: Site, other: Site
) -> None:
    editor = as_role("editor", site)
    with transaction():
        link = installation_links.create(other.id, by="tests", now=clock.now())
    assert editor.post(f"/sites/{site.key}/install/links/{link.link_id}/revoke").status_code == 404
    assert installation_links.valid(other.id, now=clock.now()) == (link,)


def test_auditors_make_no_links_and_see_none(as_role: Callable[..., Visitor], site: Site) -> None:
    with transaction():
        installation_links.create(site.id, by="tests", now=clock.now())
    auditor = as_role("auditor", site)
    assert "link-1-address" not in auditor.get(f"/sites/{site.key}/install").text
    assert auditor.post(f"/sites/{site.key}/install/links").status_code == 403


def test_so_many_links_work_at_once_and_no_more(as_role: Callable[..., Visitor], site: Site) -> None:
    editor = as_role("editor", site)
    with transaction():
        for _ in range(installation_links.MOST):
            installation_links.create(site.id, by="tests", now=clock.now())
    answer = editor.post(f"/sites/{site.key}/install/links", {"platform": "html"})
    assert answer.status_code == 409
    assert "revoke one first" in answer.text
    with transaction():
        installation_links.create(site.id, by="tests", now=clock.now() + installation_links.LIFETIME)
    assert len(installation_links.valid(site.id, now=clock.now())) == 1


@pytest.mark.usefixtures("mail")
def test_instructions_are_sent_in_a_language_with_the_link_and_who_asks(
    as_role: Callable[..., Visitor], site: Site, stranger: FlaskClient
) -> None:
    answer = as_role("editor", site).post(f"/sites/{site.key}/install/links", SEND, follow_redirects=True)
    assert "on their way to siv@byraa.example" in answer.text
    (letter,) = letters()
    assert (letter["to"], letter["in"], letter["asked_by"]) == (
        "siv@byraa.example",
        "nn",
        "editor-1@example.no",
    )
    opened = stranger.get(letter["link"].removeprefix(settings().public_url))
    assert opened.status_code == 200
    assert '<html lang="nn">' in opened.text
    event = audit_log.audit_events(only=None, limit=1)[0]
    assert (event.action, event.subject) == ("install_sent", "siv@byraa.example")


@pytest.mark.usefixtures("mail")
def test_wrong_address_is_refused_at_its_field_and_kept_and_no_link_is_made(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    answer = as_role("editor", site).post(f"/sites/{site.key}/install/links", {**SEND, "email": "siv@"})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert 'value="siv@"' in answer.text
    assert (letters(), installation_links.valid(site.id, now=clock.now())) == ([], ())


@pytest.mark.usefixtures("mail")
@pytest.mark.parametrize("limit", ["PER_SITE", "PER_ADDRESS"])
def test_so_many_e_mails_are_sent_and_no_more(
    as_role: Callable[..., Visitor], site: Site, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(pages, limit, RateLimitItemPerHour(2, 1, f"tests_{limit}"))
    editor = as_role("editor", site)
    answers = [editor.post(f"/sites/{site.key}/install/links", SEND).status_code for _ in range(3)]
    assert answers == [303, 303, 422]
    assert len(letters()) == 2


def test_without_a_mail_server_the_link_is_copied(as_role: Callable[..., Visitor], site: Site) -> None:
    editor = as_role("editor", site)
    assert 'id="email"' not in editor.get(f"/sites/{site.key}/install").text
    assert editor.post(f"/sites/{site.key}/install/links", SEND).status_code == 422


@given(st.text(max_size=80))
def test_token_that_was_not_made_here_opens_nothing(text: str) -> None:
    token = installation_tokens.sign("site", "link", secret_key="k")
    assert installation_tokens.read(token, secret_key="k") == ("site", "link")
    assert installation_tokens.read(token, secret_key="other") is None
    assert installation_tokens.read(text, secret_key="k") is None


def test_address_that_was_cut_off_is_explained(stranger: FlaskClient) -> None:
    answer = stranger.get("/studio/install/WyJhIiwiYiJd.x")
    assert answer.status_code == 404
    assert "Is the whole address there?" in answer.text
