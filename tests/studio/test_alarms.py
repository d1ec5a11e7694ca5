"""Alarms on the pages of a site."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from server.analytics.privacy.release import Counted
from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from tests.analytics.visitors import release_days
from tests.studio.alarms import FELL, SILENT, TUESDAY, store
from tests.studio.conftest import Visitor, make_publishable
from tests.studio.test_analytics import text_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def published(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW - timedelta(days=3))
        release_days(site, {TUESDAY: Counted(60, 52)}, now=NOW)
    return site


@pytest.mark.parametrize("address", ["", "analytics"])
def test_an_open_alarm_says_what_is_usual_what_came_and_what_to_do(
    published: Site, as_role: Callable[..., Visitor], address: str
) -> None:
    with transaction():
        store(published, SILENT, opened_at=NOW)
        store(published, FELL, opened_at=NOW)
    page = as_role("auditor", published).get(f"/sites/{published.key}/{address}").text
    text = text_of(page)
    assert "No decisions in English Usually 120–190 decisions on a Tuesday; fewer than 10 on 24" in text
    assert "Far fewer decisions than usual Usually 302–421 decisions on a Tuesday; 112 on 24" in text
    assert "What to do Open pages of the website in that language in a private window" in text
    assert "This closes by itself when decisions are counted again." in text
    assert page.count("panel-danger") == 1


def test_a_closed_alarm_is_listed_on_the_analytics_page_alone(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    later = {"closed_at": NOW + timedelta(days=1), "last": TUESDAY, "outcome": "usual_again"}
    with transaction():
        store(published, FELL, opened_at=NOW, **later)
    who = as_role("auditor", published)
    assert "Earlier alarms" not in who.get(f"/sites/{published.key}/").text
    text = text_of(who.get(f"/sites/{published.key}/analytics").text)
    assert "Earlier alarms There is an alarm when" in text
    assert "Far fewer decisions than usual. Usually 302–421" in text
    assert "Figures are as before." in text
    assert "What to do" not in text


def test_a_site_without_alarms_says_what_they_are_and_that_there_is_none(
    published: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor", published)
    assert "alarm" not in who.get(f"/sites/{published.key}/").text
    text = text_of(who.get(f"/sites/{published.key}/analytics").text)
    assert "No alarm There is an alarm when a figure is far below what is usual" in text
