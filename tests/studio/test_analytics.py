"""The analytics page, its table, its file, and how figures are released."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from flask import Flask

from server.accounts.service import audit_log
from server.analytics.privacy import audience as rule
from server.analytics.privacy.release import Counted
from server.analytics.service import choices
from server.audience import service as audience
from server.audience.values import Client, Event
from server.core import clock
from server.core.db import transaction
from server.core.ids import new_id
from server.sites import service as sites
from server.sites.values import Site
from tests.analytics.visitors import MONDAY, at, close, open_site, release_days, without_noise
from tests.sites.documents import publishable
from tests.studio.conftest import Visitor, make_publishable

FIRST = date(2026, 11, 3)
NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)


@pytest.fixture
def counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with a fortnight of figures, the second week of which has more who accepted."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    make_publishable(site)
    with transaction(), without_noise():
        sites.publish(site.id, note="", by="tests", now=datetime(2026, 11, 3, 8, tzinfo=UTC))
        days = {
            FIRST + timedelta(back): Counted(400 if back < 7 else 500, 300, save=0 if back else 4)
            for back in range(14)
        }
        release_days(site, days, now=NOW)
    return site


def text_of(page: str) -> str:
    """What is read: no tags, no help that is folded away, one plain space at a time."""
    unseen = r'<script.*?</script>|<details class="help".*?</details>|<[^>]+>'
    return " ".join(re.sub(unseen, " ", page, flags=re.S).split())


def test_headline_figures_are_compared_with_the_days_before(
    counted: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("auditor", counted).get(f"/sites/{counted.key}/analytics?range=7d")
    text = text_of(page.text)
    assert page.status_code == 200
    assert "10–16 November 2026 Compared with 3–9 November 2026" in text
    assert "Accepted all 3 500 ±" in text
    assert "▲ up 25.0 %" in text
    assert "Rejected all 2 100" in text
    assert "no clear difference" in text
    assert "too few for a rate of decided" in text
    assert '<canvas data-chart="outcomes"' in page.text
    assert '<canvas data-chart="rate-statistics"' in page.text


@pytest.mark.parametrize(
    ("language", "compared", "clear"),
    [
        ("nb", "Sammenlignet med 3.–9. november 2026", "▲ opp 25,0 %"),
        ("nn", "Samanlikna med 3.–9. november 2026", "▲ opp 25,0 %"),
    ],
)
def test_figures_are_in_the_language_of_the_reader(
    counted: Site, as_role: Callable[..., Visitor], language: str, compared: str, clear: str
) -> None:
    who = as_role("auditor", counted)
    page = who.get(f"/sites/{counted.key}/analytics?range=7d", headers={"Accept-Language": language}).text
    assert f"10.–16. november 2026 {compared}" in text_of(page)
    assert clear in text_of(page)
    assert '"10. nov."' in page


def test_days_without_figures_say_when_figures_begin(counted: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("auditor", counted)
    month = text_of(who.get(f"/sites/{counted.key}/analytics?range=30d").text)
    assert "3–16 November 2026 Nothing to compare with yet: figures begin on 3 November 2026" in month
    before = text_of(who.get(f"/sites/{counted.key}/analytics?from=2026-10-01&to=2026-10-02").text)
    assert "No figures of these days Figures begin on 3 November 2026." in before
    assert "<canvas" not in before
    today = text_of(who.get(f"/sites/{counted.key}/analytics?from=2026-11-17&to=2026-11-17").text)
    assert "final figures until 16 November 2026; the next come tonight after midnight." in today


def test_today_is_rough_and_stands_apart(counted: Site, as_role: Callable[..., Visitor]) -> None:
    text = text_of(as_role("auditor", counted).get(f"/sites/{counted.key}/analytics?range=today").text)
    assert "Today: not yet. The first rough figure comes at 14:00." in text
    assert "The last final figures: 16 November 2026 Compared with 15 November 2026" in text


def test_what_is_not_measured_is_absent_and_named_once(
    counted: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("editor", counted).get(f"/sites/{counted.key}/analytics?by=language").text
    assert "Opt-in rate" not in page
    assert "Ignored" not in page
    assert page.count("is not measured here") == 1
    assert f"/studio/sites/{counted.key}/banner/behaviour#behaviour.impressions" in page


@pytest.mark.parametrize(
    ("by", "name", "bars"), [("version", "Version 1", 0), ("language", "Norwegian Bokmål", 1)]
)
def test_divided_figures_have_a_row_for_each_value_and_languages_have_bars(
    counted: Site, as_role: Callable[..., Visitor], by: str, name: str, bars: int
) -> None:
    page = as_role("auditor", counted).get(f"/sites/{counted.key}/analytics?range=7d&by={by}").text
    assert name in text_of(page)
    assert page.count('<svg class="bar"') == bars


def test_links_of_the_page_keep_the_question(counted: Site, as_role: Callable[..., Visitor]) -> None:
    page = (
        as_role("auditor", counted)
        .get(
            f"/sites/{counted.key}/analytics?range=own&from=2026-11-04&to=2026-11-05&by=version&interval=week"
        )
        .text
    )
    own = "range=own&amp;interval=week&amp;by=version&amp;from=2026-11-04&amp;to=2026-11-05"
    assert f"/analytics.csv?{own}" in page
    assert f'analytics?{own}" aria-current="true"' in page
    assert "analytics?range=7d&amp;interval=week&amp;by=version" in page


def test_file_has_the_table(counted: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("auditor", counted)
    file = who.get(f"/sites/{counted.key}/analytics.csv?from=2026-11-03&to=2026-11-04&by=version")
    lines = file.text.split("\r\n")
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert lines[0].startswith("period,from,to,value,decided,decided_plus_minus,accept_all,")
    assert lines[1].startswith("2026-11-03,2026-11-03,2026-11-03,1,")


def test_there_is_no_file_of_days_that_cannot_be(site: Site, as_role: Callable[..., Visitor]) -> None:
    answer = as_role("auditor", site).get(f"/sites/{site.key}/analytics.csv?from=2026-11-31")
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "no file of these days: from is not a day" in answer.text


def test_wrong_days_are_reported_and_the_usual_ones_shown(
    counted: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("auditor", counted).get(
        f"/sites/{counted.key}/analytics?from=2026-W01-1&to=x&interval=year&by=os"
    )
    assert page.status_code == 422
    assert 'id="from-error"' in page.text
    assert 'id="to-error"' in page.text


# --- of a site that counts how often the banner is shown ---------------------------------------------------


@pytest.fixture
def counting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site with one day on which 600 were shown the banner on a phone and 300 on a desktop."""
    visited = open_site(day=MONDAY - timedelta(days=1))
    with without_noise():
        close(MONDAY - timedelta(days=1))
    document = publishable()
    document["behaviour"] = {**document["behaviour"], "impressions": True}
    with transaction():
        sites.save_draft(visited.site.id, document, by="tests", now=at(MONDAY))
        sites.publish(visited.site.id, note="", by="tests", now=at(MONDAY))
    for number, name, client, after in (
        (600, "shown", Client("mobile", "safari", "ios", "NO"), ""),
        (300, "shown", Client("desktop", "firefox", "linux", "SE"), ""),
        (2000, "accept_all", Client("mobile", "safari", "ios", "NO"), "3-10s"),
        (90, "settings_opened", Client("desktop", "firefox", "linux", "SE"), ""),
    ):
        with transaction():
            audience.count(visited.site.id, new_id(), [Event(name, 2, after, "nb", client)] * number)
    visited.decide("accept_all", 200, version=2)
    with without_noise(), patch.object(rule, "discrete_laplace", lambda *_: 0):
        close(MONDAY)
    monkeypatch.setattr(clock, "now", lambda: at(MONDAY + timedelta(days=1)))
    return visited.site


def test_what_is_counted_has_both_denominators_a_funnel_and_times(
    counting: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor", counting)
    page = who.get(f"/sites/{counting.key}/analytics?from={MONDAY}&to={MONDAY}").text
    text = text_of(page)
    assert "Shown 900 ±" in text
    assert re.search(r"Decided 200 ± \d+ 22 % of shown", text)
    assert re.search(r"Ignored 700 ± \d+ 78 % of shown", text)
    assert "From shown to accepted" in text
    assert "Opt-in rate granted of shown" in text
    assert "is not measured" not in text
    assert re.search(r"3–10 s 100[.0]* % of decided", text)
    assert re.search(r"Settings opened 90 ± \d+ 10 % of shown", text)


def test_a_rate_that_was_not_measured_before_has_no_change(
    counting: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("auditor", counting).get(f"/sites/{counting.key}/analytics?from={MONDAY}&to={MONDAY}").text
    assert re.search(r"22 % \(19–26 %\) 200 ±", text_of(page))
    assert "▼" not in text_of(page.partition('id="rates-title"')[2].partition("</table>")[0])


def test_devices_are_told_apart_only_where_they_are_counted(
    counting: Site, counted: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    page = who.get(f"/sites/{counting.key}/analytics?from={MONDAY}&to={MONDAY}&by=device").text
    assert '<option value="device" selected>Device</option>' in page
    assert "By device Device Shown Decided" in text_of(page)
    assert "Mobile 600 ±" in text_of(page)
    other = who.get(f"/sites/{counted.key}/analytics?by=device").text
    assert "Not measured on these days" in other
    assert '<option value="country"' not in other


# --- how figures are released ------------------------------------------------------------------------------


def test_owner_chooses_how_figures_are_released_from_the_next_lump_on(
    counted: Site, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    page = owner.get(f"/sites/{counted.key}/analytics").text
    assert "How these figures are made" in page
    assert "A change begins with the next day, tonight after midnight" in text_of(page)
    unchanged = owner.post(f"/sites/{counted.key}/release", {"lump": "auto", "epsilon": "1"})
    assert "Nothing was changed." in owner.client.get(unchanged.headers["Location"]).text
    saved = owner.post(f"/sites/{counted.key}/release", {"lump": "week", "epsilon": "0.5"})
    assert saved.status_code == 303
    assert str(choices.chosen(counted.id)) == "week, ε = 0.5"
    (event,) = audit_log.audit_events(only=None, action="release_changed", limit=9)
    assert (event.subject, event.detail) == (
        "week, ε = 0.5",
        "before: auto, ε = 1",
    )
    assert "with ε = 1<" in owner.get(f"/sites/{counted.key}/analytics").text


def test_a_choice_that_is_not_offered_is_reported(counted: Site, as_role: Callable[..., Visitor]) -> None:
    page = as_role("owner").post(f"/sites/{counted.key}/release", {"lump": "year", "epsilon": "2"})
    assert page.status_code == 422
    assert 'id="lump-error"' in page.text
    assert str(choices.chosen(counted.id)) == "auto, ε = 1"


def test_others_read_the_promise_and_have_no_form(counted: Site, as_role: Callable[..., Visitor]) -> None:
    page = as_role("editor", counted).get(f"/sites/{counted.key}/analytics").text
    assert "at most 83 times in 100" in page
    assert 'action="/studio/sites/butikken/release"' not in page
