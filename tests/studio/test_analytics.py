"""The figures' page, its table and its file."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from server.analytics.privacy.release import Counted
from server.analytics.values import Cells, Query
from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from server.studio import analytics_view
from tests.analytics.visitors import release_days
from tests.studio.conftest import Visitor, make_publishable

TODAY = date(2026, 11, 22)


@pytest.fixture
def counted(site: Site) -> Site:
    """A site with a busy day and a quiet one."""
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=datetime(2026, 11, 1, tzinfo=UTC))
        days = {date(2026, 11, 3): Counted(4000, 3000), date(2026, 11, 4): Counted()}
        release_days(site, days, now=datetime(2026, 11, 5, 12, tzinfo=UTC))
    return site


def test_page_shows_chart_table_and_rates(counted: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("auditor", counted)
    page = who.get(f"/sites/{counted.key}/analytics?from=2026-11-03&to=2026-11-05").text
    assert '<canvas data-chart="figures"' in page
    assert '<script type="application/json" id="figures">' in page
    assert "granted of decided" in page
    assert "2026-11-04" in page
    assert "2026-11-05" not in page.split("<tbody>")[-1]


def test_file_has_the_table(counted: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("auditor", counted)
    file = who.get(f"/sites/{counted.key}/analytics.csv?from=2026-11-03&to=2026-11-04&by=version")
    lines = file.text.split("\r\n")
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert lines[0].startswith("period,from,to,value,decided,decided_plus_minus,accept_all,")
    assert lines[1].startswith("2026-11-03,2026-11-03,2026-11-03,1,")


def test_wrong_days_are_reported_and_the_usual_ones_shown(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    page = as_role("auditor", site).get(
        f"/sites/{site.key}/analytics?from=2026-W01-1&to=x&interval=year&by=os"
    )
    assert page.status_code == 422
    assert 'id="from-error"' in page.text
    assert 'id="to-error"' in page.text


def test_query_falls_back_to_four_weeks() -> None:
    query, errors = analytics_view.parse_query({"interval": "year", "by": "country"}, today=TODAY)
    assert (query, errors) == (Query(date(2026, 10, 26), TODAY), {})
    for asked in (
        {"from": "2026-11-23"},
        {"from": "2010-01-01"},
        {"to": "9999-12-31"},
        {"from": "0001-01-01"},
    ):
        _query, errors = analytics_view.parse_query(asked, today=TODAY)
        assert len(errors) == 1


def test_rates_name_what_they_divide_by_and_are_silent_where_it_is_unknown() -> None:
    cells = Cells({"decided": 200}, {"statistics": 120}, {}, {})
    (statistics,) = analytics_view.rates(cells, {"statistics": "Statistikk"})
    assert (statistics.name, statistics.consent, statistics.opt_in) == ("Statistikk", 0.6, None)
    few = Cells({"decided": 9}, {"statistics": 5}, {}, {})
    assert analytics_view.rates(few, {})[0].consent is None
