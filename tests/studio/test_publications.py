"""Scheduling and approval in the studio: what is asked, said and done, by role, without JavaScript."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from server.accounts.service import audit_log, preferences, users
from server.accounts.service.preferences import Preferences
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid
from server.sites import approvals, jobs, publications
from server.sites import service as sites
from server.sites.values import Planned, Site
from tests.studio.conftest import Visitor, make_publishable
from tests.studio.test_comparisons import title
from tests.studio.test_comparisons import words as words_of

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
LATER = {"when": "later", "publish_on": "2026-12-04", "publish_time": "09:00"}
DUE = datetime(2026, 12, 4, 8, 0, tzinfo=UTC)  # nine o'clock in Oslo


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Monday in November."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def shop(site: Site) -> Site:
    """A site with version 1 published, whose draft differs from it."""
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW - timedelta(days=1))
    title(site, "Jul hos oss")
    return site


@pytest.fixture
def editor(shop: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who publishes."""
    return as_role("editor", shop)


@pytest.fixture
def owner(shop: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody else who publishes."""
    return as_role("owner", shop)


def words(page: str) -> str:
    """What is read of a page."""
    return re.sub(" (?=[.,])", "", words_of(page))


def required(site: Site) -> None:
    with transaction():
        approvals.require(site.id, required=True, now=NOW)


def recorded(site: Site) -> list[str]:
    return [event.action for event in audit_log.audit_events(only=[site.id], limit=100)]


def test_the_draft_is_scheduled_in_the_persons_own_time_zone_and_published_then(
    shop: Site, editor: Visitor
) -> None:
    path = f"/sites/{shop.key}/publish"
    page = editor.get(path).text
    assert "Time zone: Europe/Oslo" in words(page)
    answer = editor.save(path, {"note": "Til jul", **LATER})
    assert answer.status_code == 303
    page = words(editor.get(path).text)
    assert "The draft is scheduled for 4 December 2026, 09:00." in page
    assert "Scheduled for 4 December 2026, 09:00" in page
    assert "By editor-1@example.no, 30 November 2026, 09:00." in page
    assert "Til jul" in page
    assert "The draft has changed since" not in page

    title(shop, "Nyttår")
    assert "The draft has changed since One change is not part of it." in words(editor.get(path).text)
    assert "A publication is scheduled for 4 December 2026, 09:00." in words(
        editor.get(f"/sites/{shop.key}/").text
    )
    assert jobs.publish_due(DUE) == 1
    newest = sites.newest(shop.id)
    assert newest is not None
    assert newest.document["texts"]["nb"]["title"] == "Jul hos oss"
    assert "Scheduled for" not in words(editor.get(path).text)
    assert {"publish_scheduled", "published"} <= set(recorded(shop))


def test_times_are_read_and_shown_by_the_clock_that_the_person_chose(shop: Site, editor: Visitor) -> None:
    with transaction():
        who = next(each for each in users.users() if each.email == "editor-1@example.no")
        preferences.choose_preferences(who.user_id, Preferences("en", "America/New_York"))
    path = f"/sites/{shop.key}/publish"
    assert "Time zone: America/New_York" in words(editor.get(path).text)
    editor.save(path, {"note": "", **LATER})
    waiting = publications.waiting(shop.id)
    assert waiting is not None
    assert waiting.publish_at == datetime(2026, 12, 4, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"publish_on": "2026-11-30", "publish_time": "08:59"}, "publish_time", "has passed"),
        ({"publish_on": "2026-11-29"}, "publish_on", "has passed"),
        ({"publish_on": "2028-01-01"}, "publish_on", "is more than a year ahead"),
        ({"publish_on": ""}, "publish_on", "is empty"),
        ({"publish_on": "2027-03-28", "publish_time": "02:30"}, "publish_time", "does not exist on that day"),
        ({"publish_on": "2027-10-31", "publish_time": "02:30"}, "publish_time", "comes twice on that day"),
    ],
)
def test_a_time_that_cannot_be_is_explained_at_its_field_and_nothing_typed_is_lost(
    shop: Site, editor: Visitor, typed: dict[str, str], field: str, sentence: str
) -> None:
    path = f"/sites/{shop.key}/publish"
    answer = editor.save(path, {"note": "Til jul", **LATER, **typed})
    assert answer.status_code == 422
    found = re.search(rf'id="{field}-error".*?</p>', answer.text, re.S)
    assert found is not None
    assert sentence in found[0]
    assert f'<a href="#{field}">' in answer.text
    assert ">Til jul</textarea>" in answer.text
    assert f'value="{ {**LATER, **typed}["publish_time"] }"' in answer.text
    assert publications.waiting(shop.id) is None


def test_what_is_scheduled_is_seen_put_off_and_cancelled(shop: Site, editor: Visitor) -> None:
    editor.save(f"/sites/{shop.key}/publish", {"note": "", **LATER})
    path = f"/sites/{shop.key}/publications/1"
    page = editor.get(path).text
    assert "Jul hos oss" in page
    assert f'src="/studio/sites/{shop.key}/states/publication-1/preview' in page
    assert f'src="/studio/sites/{shop.key}/states/1/preview' in page
    assert editor.get(f"/sites/{shop.key}/states/publication-1/preview").status_code == 200
    assert editor.get(f"/sites/{shop.key}/states/publication-2/preview").status_code == 404

    answer = editor.post(f"{path}/time", {"publish_on": "2026-11-01", "publish_time": "09:00"})
    assert answer.status_code == 422
    assert 'id="publish_on-error"' in answer.text
    answer = editor.post(f"{path}/time", {"publish_on": "2026-12-05", "publish_time": "10:30"})
    assert answer.status_code == 303
    assert "The new time is 5 December 2026, 10:30." in words(editor.get(f"/sites/{shop.key}/publish").text)
    assert editor.post(f"{path}/cancel").status_code == 303
    answer = editor.post(f"{path}/cancel")
    assert answer.status_code == 409
    assert "Publication 1 is cancelled already." in words(answer.text)
    assert jobs.publish_due(DUE + timedelta(days=9)) == 0


def test_publishing_now_says_that_it_cancels_what_is_scheduled(shop: Site, editor: Visitor) -> None:
    path = f"/sites/{shop.key}/publish"
    editor.save(path, {"note": "", **LATER})
    title(shop, "Haster")
    page = editor.get(path).text
    assert "it would undo what you publish now" in page
    assert 'name="replacing" value="1"' in page
    # A page from before it was scheduled does not know of it.
    answer = editor.save(path, {"note": "Viktig"})
    assert answer.status_code == 409
    assert "Another publication waits on this site" in answer.text
    assert ">Viktig</textarea>" in answer.text
    assert editor.save(path, {"note": "", "replacing": "1"}).status_code == 303
    assert publications.find(shop.id, 1).state == "cancelled"


def test_what_could_not_be_published_stands_with_its_reason_until_something_is(
    shop: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/sites/{shop.key}/publish"
    editor.save(path, {"note": "", **LATER})

    def refused(*_arguments: object, **_more: object) -> None:
        raise Invalid("no", reason="not_publishable", errors={"controller.name": "is empty"})

    with monkeypatch.context() as patch:
        patch.setattr("server.sites.publishing.refuse", refused)
        jobs.publish_due(DUE)
    page = words(editor.get(path).text)
    assert "What was scheduled for 4 December 2026, 09:00 was not published." in page
    assert "is empty" in page
    assert "was not published" in words(editor.get(f"/sites/{shop.key}/").text)
    assert "It was not published when it was due." in words(
        editor.get(f"/sites/{shop.key}/publications/1").text
    )
    assert "publish_failed" in recorded(shop)
    with transaction():
        sites.publish(shop.id, note="", by="tests", now=DUE + timedelta(hours=1))
    assert "was not published" not in words(editor.get(path).text)


def test_what_somebody_scheduled_who_may_not_publish_any_more_says_so(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    path = f"/sites/{shop.key}/publish"
    editor.save(path, {"note": "", **LATER})
    gone = users.with_address("editor-0@example.no") or users.with_address("editor-1@example.no")
    assert gone is not None
    with transaction():
        users.disable_user(gone.user_id, now=NOW)
    jobs.publish_due(DUE)
    said = f"{gone.email} scheduled it, but could no longer publish on this site then."
    for page in (path, f"/sites/{shop.key}/publications/1"):
        shown = words(owner.get(page).text)
        assert said in shown
        assert "It breaks rules" not in shown
    assert "was not published" in words(owner.get(f"/sites/{shop.key}/").text)
    assert "publish_failed" in recorded(shop)


def test_with_approval_one_asks_another_sees_and_approves_and_it_is_live(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    required(shop)
    path = f"/sites/{shop.key}/publish"
    page = editor.get(path).text
    assert "Ask for approval" in page
    assert "Publish version 2" not in page
    assert "owner-1@example.no" in page
    answer = editor.save(path, {"note": "x"})
    assert answer.status_code == 409
    assert "a second person approves what is published" in answer.text

    assert editor.save(f"{path}/ask", {"note": "Til jul"}, at=path).status_code == 303
    own = editor.get(f"/sites/{shop.key}/publications/1").text
    assert "Withdraw the request" in own
    assert "Approve and publish" not in own
    assert "editor-1@example.no asks for approval" in words(owner.get(f"/sites/{shop.key}/").text)

    title(shop, "Nyttår")
    page = owner.get(f"/sites/{shop.key}/publications/1").text
    assert "The draft has changed since: one change is not part of this." in words(page)
    assert "nobody is asked again" in page
    digest = re.search(r'name="digest" value="([^"]+)"', page)
    assert digest is not None
    approve = f"/sites/{shop.key}/publications/1/approve"
    assert editor.post(approve, {"digest": digest[1]}).status_code == 403
    assert owner.post(approve, {"digest": "sha256:0"}).status_code == 409
    assert sites.newest(shop.id).number == 1  # type: ignore[union-attr]
    assert owner.post(approve, {"digest": digest[1]}).status_code == 303
    newest = sites.newest(shop.id)
    assert newest is not None
    assert newest.document["texts"]["nb"]["title"] == "Jul hos oss"
    assert "Approved by owner-1@example.no." in words(owner.get(f"/sites/{shop.key}/versions").text)
    again = owner.post(approve, {"digest": digest[1]})
    assert again.status_code == 409
    assert "is published already" in again.text
    assert recorded(shop)[:3] == ["published", "approved", "approval_asked"]


def test_a_developer_asks_and_a_refusal_needs_a_reason_and_says_it(
    shop: Site, editor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    developer = as_role("developer", shop)
    path = f"/sites/{shop.key}/publish"
    page = developer.get(path).text
    assert "does not publish, but you can ask those who do" in page
    assert developer.save(f"{path}/ask", {"note": "Ferdig", **LATER}, at=path).status_code == 303
    refuse = f"/sites/{shop.key}/publications/1/refuse"
    answer = editor.post(refuse, {"reason": " "})
    assert answer.status_code == 422
    assert "The reason is empty: say what should be changed." in words(answer.text)
    assert editor.post(refuse, {"reason": "Feil i <b>tittelen</b>"}).status_code == 303
    page = developer.get(path).text
    assert "editor-1@example.no sent back what you asked for." in words(page)
    assert "Feil i &lt;b&gt;tittelen&lt;/b&gt;" in page
    # The form is there again, for what is mended.
    assert developer.save(f"{path}/ask", {"note": "Rettet"}, at=path).status_code == 303
    assert developer.post(f"/sites/{shop.key}/publications/2/withdraw").status_code == 303
    assert publications.find(shop.id, 2).state == "withdrawn"


def test_a_rollback_is_asked_for_too_and_ends_what_is_scheduled(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    path = f"/sites/{shop.key}/publish"
    assert editor.save(path, {"note": ""}).status_code == 303
    title(shop, "Påske")
    editor.save(path, {"note": "", **LATER})
    rollback = f"/sites/{shop.key}/versions/1/rollback"
    assert "is cancelled by this" in editor.get(rollback).text
    required(shop)
    # Nobody has approved what is scheduled, so it waits for that now; its owner may replace it.
    answer = editor.save(rollback, {"note": "Feil", "replacing": "1"})
    assert answer.status_code == 303
    assert [publications.find(shop.id, number).state for number in (1, 2)] == ["withdrawn", "requested"]
    page = owner.get(f"/sites/{shop.key}/publications/2").text
    assert "Roll back to version 1" in page
    digest = re.search(r'name="digest" value="([^"]+)"', page)
    assert digest is not None
    owner.post(f"/sites/{shop.key}/publications/2/approve", {"digest": digest[1]})
    newest = sites.newest(shop.id)
    assert newest is not None
    assert (newest.number, newest.note) == (3, "As version 1: Feil")


def test_approval_is_switched_on_where_somebody_could_approve(
    shop: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    path = f"/sites/{shop.key}/domains"
    assert "Only owner-1@example.no may publish here" in owner.get(path).text
    answer = owner.post(f"/sites/{shop.key}/approval", {"approval_required": "on"})
    assert answer.status_code == 422
    assert 'id="approval_required-error"' in answer.text
    as_role("editor", shop)
    assert owner.post(f"/sites/{shop.key}/approval", {"approval_required": "on"}).status_code == 303
    assert "From now on a second person approves" in owner.get(path).text
    assert sites.find(shop.key).approval_required
    assert owner.post(f"/sites/{shop.key}/approval").status_code == 303
    assert not sites.find(shop.key).approval_required
    assert recorded(shop)[:2] == ["approval_changed", "approval_changed"]


def test_where_nobody_else_may_publish_any_more_the_page_says_so(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    required(shop)
    path = f"/sites/{shop.key}/publish"
    editor.save(f"{path}/ask", {"note": ""}, at=path)
    gone = next(each for each in users.users() if each.email == "owner-1@example.no")
    with transaction():
        users.change_user(gone.user_id, role="auditor", site_ids=[shop.id], now=NOW)
    assert "Nobody else may publish on this site" in editor.get(f"/sites/{shop.key}/publications/1").text
    owner.log_in(gone.email)
    assert owner.get(path).status_code == 200


def asked_for_experiment(shop: Site, a: str | None = None) -> None:
    with transaction():
        approvals.ask_for_experiment(
            shop.id, Planned(28, 4000.0, 0.04), a=a, by="editor-1@example.no", now=NOW
        )


def test_who_approves_an_experiment_sees_what_each_variant_changes_of_what_visitors_have(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    required(shop)
    document = sites.draft(shop.id).document
    with transaction():
        changed = {**document, "behaviour": {**document["behaviour"], "validity_days": 90}}
        sites.save_draft(shop.id, changed, by="tests", now=NOW)
    a = f"draft-{sites.draft(shop.id).revision}"
    title(shop, "Bare en annen tittel")
    asked_for_experiment(shop, a)
    page = owner.get(f"/sites/{shop.key}/publications/1").text
    first, second = page.split("Variant B, compared with variant A")
    first = first.partition("Variant A, compared with version 1")[2]
    assert "Jul hos oss" in words(first)
    assert "90" in words(first)
    assert "Bare en annen tittel" not in words(first)
    assert "Bare en annen tittel" in words(second)
    # Each is a banner of its own to look at.
    shown = re.findall(r'src="/studio/sites/[^/]+/states/([^/]+)/preview', page)
    assert shown == ["1", "variant-1", "variant-1", "publication-1"]
    assert "Variant A as version 2 and, at the same time, variant B as version 3." in words(page)
    assert "nobody is asked again" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_an_experiment_with_the_live_version_is_one_comparison(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    required(shop)
    asked_for_experiment(shop)
    page = owner.get(f"/sites/{shop.key}/publications/1").text
    assert re.findall(r'src="/studio/sites/[^/]+/states/([^/]+)/preview', page) == ["1", "publication-1"]
    said = "Variant B as version 2, beside version 1, which is published. Nobody is asked again."
    assert said in words(page)
    assert "Variant A, compared" not in page


def test_the_audit_log_has_the_planned_moment_by_the_readers_clock(shop: Site, owner: Visitor) -> None:
    owner.save(f"/sites/{shop.key}/publish", {"note": "Jul", **LATER})
    page = owner.get(f"/sites/{shop.key}/trail")
    assert page.status_code == 200
    assert "planned for 4 December 2026, 09:00" in page.text


def test_nobody_is_said_to_be_notified_where_the_server_sends_no_mail(
    shop: Site, editor: Visitor, owner: Visitor
) -> None:
    required(shop)
    path = f"/sites/{shop.key}/publish"
    editor.save(f"{path}/ask", {"note": "Til jul"}, at=path)
    page = words(editor.get(f"/sites/{shop.key}/publications/1").text)
    assert "This server sends no e-mail, so tell those who may approve it: owner-1@example.no." in page
    decision = owner.get(f"/sites/{shop.key}/publications/1").text
    assert 'href="#decision"' in decision
    assert "reads it on the page Publish; this server sends no e-mail." in words(decision)
    owner.post(f"/sites/{shop.key}/publications/1/refuse", {"reason": "For langt"})
    page = words(owner.get(f"/sites/{shop.key}/publications/1").text)
    assert "so tell editor-1@example.no" in page
    assert "Sent back" in page
    assert "owner-1@example.no sent back what you asked for." in words(editor.get(path).text)


def test_approval_is_offered_only_where_two_people_may_publish(
    shop: Site, owner: Visitor, as_role: Callable[..., Visitor]
) -> None:
    page = owner.get(f"/sites/{shop.key}/domains").text
    assert "Only owner-1@example.no may publish here, and nobody approves their own." in words(page)
    assert 'id="approval_required"' not in page
    as_role("editor", shop)
    assert 'id="approval_required"' in owner.get(f"/sites/{shop.key}/domains").text
