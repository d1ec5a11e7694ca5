"""The overview of a site: next steps until the first decision, and the newest figures."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from server.accounts.service import audit_log, users
from server.accounts.values import Actor
from server.analytics.privacy.release import Counted
from server.analytics.service import opening, watermarks
from server.consents.service import decisions
from server.consents.values import Decision
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id
from server.scanner import service as scanner
from server.scanner.values import Fault, Installation
from server.sites import responsibility, setups
from server.sites import service as sites
from server.sites.jobs import record_edits
from server.sites.values import Site
from tests.analytics.visitors import SECRET, release_days, without_noise
from tests.sites.documents import service
from tests.sites.drafts import edit
from tests.studio.alarms import FELL, store
from tests.studio.conftest import Visitor, make_publishable
from tests.studio.test_analytics import text_of

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


@pytest.fixture
def published(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose banner is published since this morning, with its first lump."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW - timedelta(hours=4))
        opening.open_first([site.id], begins=watermarks.position(), now=NOW)
    return site


def decide(site: Site) -> None:
    everything = {"functional": True, "statistics": True, "advertising": True}
    decision = Decision(new_id(), new_id(), 1, "nb", "accept_all", "banner", everything)
    with transaction():
        decisions.record(site, decision, secret_key=SECRET, now=NOW)


def test_before_the_first_figures_a_sentence_says_when_they_come(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor", published)
    text = text_of(who.get(f"/sites/{published.key}/").text)
    assert "No decision has been received. The first figures come tonight after midnight." in text
    assert "<canvas" not in text
    decide(published)
    text = text_of(who.get(f"/sites/{published.key}/").text)
    assert "No decision" not in text
    assert "The first figures come tonight after midnight." in text


def test_next_steps_end_with_the_first_decision_whatever_may_be_published_of_it(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("editor", published)
    settle_notice(published)
    waiting = who.get(f"/sites/{published.key}/first-decision", headers={"HX-Request": "true"})
    assert (waiting.status_code, waiting.text) == (204, "")
    assert 'id="next-steps"' in who.get(f"/sites/{published.key}/").text
    decide(published)
    news = who.get(f"/sites/{published.key}/first-decision", headers={"HX-Request": "true"})
    assert 'id="messages" hx-swap-oob="innerHTML"' in news.text
    assert "We received your first decision" in news.text
    assert 'id="next-steps"' not in who.get(f"/sites/{published.key}/").text


def test_notice_stays_among_the_next_steps_until_it_says_more_or_somebody_says_that_there_is_nothing(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who, address = as_role("editor", published), f"/sites/{published.key}/"
    decide(published)
    news = who.get(f"{address}first-decision", headers={"HX-Request": "true"}).text
    for page in (news, who.get(address).text):
        assert re.findall(r'class="step-title">(?:<a[^>]*>)?([^<]+)', page) == ["Complete the privacy notice"]
        assert "data-poll" not in page[page.index('id="next-steps"') :].split("</section>")[0]
    assert as_role("auditor", published).post(f"{address}notice-complete").status_code == 403
    assert who.post(f"{address}notice-complete").status_code == 303
    assert 'id="next-steps"' not in who.get(address).text


def test_what_needs_somebody_stands_before_all_else(published: Site, as_role: Callable[..., Visitor]) -> None:
    who, address = as_role("editor", published), f"/sites/{published.key}/"
    installed(published, Fault("no_tag", {}))
    page = who.get(address).text
    places = [page.index(f'id="{name}"') for name in ("attention-title", "state-title", "steps-title")]
    assert places == sorted(places)


def test_a_check_that_finds_the_script_ends_the_step_as_a_decision_does(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who, address = as_role("editor", published), f"/sites/{published.key}/"
    assert "Put the script tag on the pages" in who.get(address).text
    installed(published)
    assert "Put the script tag on the pages" not in who.get(address).text


def test_who_is_responsible_is_named_and_owners_are_led_to_change_it(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    owner, editor, address = as_role("owner"), as_role("editor", published), f"/sites/{published.key}/"
    assert "Responsible: nobody yet Name somebody" in text_of(owner.get(address).text)
    assert "Responsible:" not in editor.get(address).text
    with transaction():
        named = users.with_address("editor-1@example.no")
        assert named
        responsibility.assign(published.id, named.user_id)
    page = owner.get(address).text
    assert "Responsible: editor-1@example.no Change who is responsible" in text_of(page)
    assert f'href="/studio/sites/{published.key}/domains#responsible"' in page
    text = text_of(editor.get(address).text)
    assert "Responsible: editor-1@example.no" in text
    assert "Change who is responsible" not in text


def test_list_of_a_site_without_a_banner_asks_for_nothing(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("editor", site).get(f"/sites/{site.key}/").text
    assert 'id="next-steps"' in page
    assert "first-decision" not in page
    # Only the bell does, which is on every page.
    assert "data-poll" not in page[page.index("<main") :]


def test_newest_figures_are_those_of_the_last_seven_closed_days(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    with transaction(), without_noise():
        days = {date(2026, 11, day): Counted(100, 50) for day in range(3, 17)}
        release_days(published, days, now=NOW)
    page = as_role("auditor", published).get(f"/sites/{published.key}/").text
    text = text_of(page)
    assert "10–16 November 2026 All figures" in text
    assert "Decided 1 050 ±" in text
    assert "no clear difference" in text
    assert "Today: not yet." in text
    assert '<canvas data-chart="outcomes"' in page


def test_a_page_with_older_figures_is_told_to_load_again(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor", published)
    same = who.get(f"/sites/{published.key}/running")
    assert "HX-Refresh" not in same.headers
    assert 'data-poll="60"' in same.text
    with transaction():
        release_days(published, {date(2026, 11, 16): Counted(100, 50)}, now=NOW)
    assert who.get(f"/sites/{published.key}/running").headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in who.get(f"/sites/{published.key}/running?until=2026-11-16").headers


def waiting(page: str) -> list[tuple[str, str]]:
    """What needs the reader: id and urgency of each line, in their order."""
    return re.findall(r'<li class="is-(danger|warning|note)" id="([a-z-]+[0-9]*)">', page)


def installed(site: Site, *faults: Fault) -> None:
    """What a check of the page has found."""
    with transaction():
        scanner.store(site, Installation("https://www.butikken.no/", NOW, faults), now=NOW)


def settle_notice(site: Site) -> None:
    """Somebody has said that the notice lacks nothing."""
    with transaction():
        setups.settle_notice(site.id, now=NOW)


def without_providers(site: Site) -> None:
    """A draft that cannot be published, and differs from what is live."""
    stored = sites.draft(site.id).document
    changed = {**stored, "controller": {**stored["controller"], "name": ""}}
    with transaction():
        sites.save_draft(site.id, changed, by="ola@butikken.no", now=NOW)


def test_page_says_since_when_visitors_are_asked(published: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("editor", published)
    text = text_of(who.get(f"/sites/{published.key}/").text)
    assert "Not seen on the website yet No check and no decision has shown the banner on the website." in text
    assert "Version 1. Published" in text
    assert "Visitors have exactly" not in text
    assert "is live" not in text
    installed(published)
    text = text_of(who.get(f"/sites/{published.key}/").text)
    assert "Version 1 is live Visitors have been asked since 17 November 2026" in text
    assert "Up to date Visitors have exactly the draft." in text
    installed(published, Fault("no_tag", {}))
    page = who.get(f"/sites/{published.key}/").text
    assert "Visitors are not asked The last check of the website found that, 17 November" in text_of(page)
    assert "is live" not in page


def test_a_service_that_does_not_wait_needs_somebody_and_is_never_called_live(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who, address = as_role("editor", published), f"/sites/{published.key}/"
    installed(published, Fault("unmarked_service", {"service": "YouTube", "declared": "youtube"}))
    page = who.get(address).text
    assert ("warning", "installation") in waiting(page)
    assert "YouTube does not wait for the visitors’ answer. See what to do" in text_of(page)
    assert f'href="/studio/sites/{published.key}/install#live">See what to do</a>' in page
    assert "Visitors are asked, but not everything waits for their answer" in text_of(page)
    assert "is live" not in page
    two = (Fault("unmarked_service", {"service": name, "declared": name}) for name in ("YouTube", "Vimeo"))
    installed(published, *two)
    assert "2 services do not wait for the visitors’ answer." in who.get(address).text


def test_a_check_of_the_version_before_is_not_said_of_this_one(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who, address = as_role("editor", published), f"/sites/{published.key}/"
    for faults in ((), (Fault("no_tag", {}),), (Fault("unmarked_service", {"service": "YouTube"}),)):
        installed(published, *faults)
        with transaction():
            sites.publish(published.id, note="", by="tests", now=NOW + timedelta(minutes=1))
        text = text_of(who.get(address).text)
        assert "was published after the last check of the website, 17 November" in text
        for untrue in ("not asked", "not everything waits", "YouTube", "have been asked since"):
            assert untrue not in text


def test_what_needs_somebody_is_listed_with_the_most_urgent_first(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who, address = as_role("editor", published), f"/sites/{published.key}/"
    decide(published)
    before = waiting(who.get(address).text)
    without_providers(published)
    installed(published, Fault("no_tag", {}))
    with transaction():
        store(published, FELL, opened_at=NOW)
    page = who.get(address).text
    found = waiting(page)
    assert found[:3] == [("danger", "installation"), ("warning", "alarm-line-1"), ("warning", "errors")]
    assert [one for one in found if one not in before] == found[:3]
    assert f'href="/studio/sites/{published.key}/install#live">See what is wrong</a>' in page
    assert 'href="#alarm-1">See what to do</a>' in page
    assert 'id="alarm-1"' in page
    assert f'href="/studio/sites/{published.key}/publish">Put it right</a>' in page


def test_who_cannot_edit_is_not_told_what_only_editing_puts_right(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    decide(published)
    without_providers(published)
    ids = [name for _, name in waiting(as_role("auditor", published).get(f"/sites/{published.key}/").text)]
    assert "errors" not in ids
    assert "hints" not in ids


def test_when_nothing_waits_the_page_says_so(
    published: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(published)
    settle_notice(published)
    monkeypatch.setattr(sites, "findings", lambda *_: ())
    page = as_role("editor", published).get(f"/sites/{published.key}/").text
    assert waiting(page) == []
    assert "What needs you Nothing needs you." in text_of(page)


def test_day_of_the_last_decision_is_for_those_who_may_list_decisions(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    decide(published)
    address = f"/sites/{published.key}/"
    text = text_of(as_role("auditor", published).get(address).text)
    assert "Last decision: Today" in text
    assert "12:00" not in text, "the day, not the minute"
    assert "Last decision" not in as_role("developer", published).get(address).text


def test_newest_changes_name_who_made_them_and_leave_out_who_read_what(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    kari, address = Actor("person", "kari@butikken.no"), f"/sites/{published.key}/"
    done = [("published", f"version {number}") for number in range(1, 7)]
    done += [("consent_looked_up", "consent 12ab-34cd"), ("request_opened", "request 7"), ("login", "")]
    with transaction():
        for action, subject in done:
            audit_log.record_event(action, by=kari, site_id=published.id, subject=subject, now=NOW)
    for role in ("owner", "editor", "developer", "auditor"):
        text = text_of(as_role(role, published).get(address).text)
        assert "kari@butikken.no published version 6" in text
        assert text.count("kari@butikken.no") == 5, "the newest five"
        assert "version 1" not in text.split("Changed lately")[1]


def test_a_colleague_reads_which_places_of_the_draft_were_edited_and_which_tags_changed(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    address = f"/sites/{published.key}/"
    edit(published, ("texts", "nb", "title"), "Hei", by="kari@butikken.no", now=NOW)
    edit(published, ("services",), [*sites.draft(published.id).document["services"], service("map")],
         by="ola@butikken.no", now=NOW)  # fmt: skip
    as_role("owner").post(f"/sites/{published.key}/tags", {"tags": "jul, fjell"})
    said = [
        "ola@butikken.no edited the draft of the banner Services › Map added",
        "kari@butikken.no edited the draft of the banner Texts › Title, Norwegian Bokmål",
        "changed the tags of the site butikken + fjell, + jul",
    ]
    auditor = as_role("auditor", published)
    text = text_of(auditor.get(address).text)
    assert [each for each in said if each not in text] == []
    record_edits(NOW + timedelta(minutes=10))
    assert text_of(auditor.get(address).text).split("Changed lately")[1] == text.split("Changed lately")[1]
    log = text_of(auditor.get(f"/sites/{published.key}/trail").text)
    assert [each for each in said if each not in log] == []


def test_opt_in_of_the_newest_closed_days_has_its_interval(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    address, who = f"/sites/{published.key}/", as_role("auditor", published)
    with transaction(), without_noise():
        days = {date(2026, 11, day): Counted(100, 50) for day in range(10, 17)}
        release_days(published, days, now=NOW)
    text = text_of(who.get(address).text)
    assert re.search(
        r"67 % \(\d\d–\d\d %\) of those who answered said yes to everything, 10–16 November 2026 "
        r"Funksjonelle \d\d % \(",
        text,
    ), text
