"""The overview of a site: next steps until the first decision, and the newest figures."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from server.analytics.privacy.release import Counted
from server.analytics.service import opening, watermarks
from server.consents.service import decisions
from server.consents.values import Decision
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id
from server.sites import service as sites
from server.sites.values import Site
from tests.analytics.visitors import SECRET, release_days, without_noise
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
    waiting = who.get(f"/sites/{published.key}/first-decision", headers={"HX-Request": "true"})
    assert (waiting.status_code, waiting.text) == (204, "")
    assert 'id="next-steps"' in who.get(f"/sites/{published.key}/").text
    decide(published)
    news = who.get(f"/sites/{published.key}/first-decision", headers={"HX-Request": "true"})
    assert 'id="messages" hx-swap-oob="innerHTML"' in news.text
    assert "We received your first decision" in news.text
    assert 'id="next-steps"' not in who.get(f"/sites/{published.key}/").text


def test_list_of_a_site_without_a_banner_asks_for_nothing(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("editor", site).get(f"/sites/{site.key}/").text
    assert 'id="next-steps"' in page
    assert "data-poll" not in page


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
