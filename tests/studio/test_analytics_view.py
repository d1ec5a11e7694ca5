"""The figures' page, its table and its file."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from server.analytics.models import DecisionCount, GrantCount
from server.analytics.values import Cells, Figures, Query, Row
from server.core.db import db, transaction
from server.sites import service as sites
from server.sites.values import Site
from server.studio import analytics_view
from tests.studio.conftest import Visitor, make_publishable

TODAY = date(2026, 11, 22)
CELLS = Cells(
    {"decided": 200, "accept_all": 100, "reject_all": 95, "save": None}, {"statistics": 120, "maps": None}
)


def answer(*rows: Row) -> Figures:
    return Figures("butikken", Query(TODAY, TODAY), 10, rows, CELLS)


@pytest.fixture
def counted(site: Site) -> Site:
    """A site with a busy day and a quiet one."""
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=datetime(2026, 11, 1, tzinfo=UTC))
        for day, accepted, refused in ((date(2026, 11, 3), 400, 300), (date(2026, 11, 4), 3, 1)):
            for action, count in (("accept_all", accepted), ("reject_all", refused)):
                cell = {"site_id": site.id, "day": day, "version": 1, "language": "nb", "action": action}
                db.session.add(DecisionCount(**cell, count=count))
                if action == "accept_all":
                    db.session.add(GrantCount(**cell, category="statistics", count=count))
    return site


def test_page_shows_chart_table_rates_and_what_is_withheld(
    counted: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor", counted)
    page = who.get(f"/sites/{counted.key}/analytics?from=2026-11-03&to=2026-11-05").text
    assert '<canvas data-chart="figures"' in page
    assert '<script type="application/json" id="figures">' in page
    assert "granted of decided" in page
    assert "granted of shown" in page
    assert "2026-11-04" in page
    assert '<span class="visually-hidden">withheld</span>' in page
    assert "“:” is withheld" in page


def test_file_has_the_table_with_empty_cells_for_what_is_withheld(
    counted: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor", counted)
    file = who.get(f"/sites/{counted.key}/analytics.csv?from=2026-11-03&to=2026-11-04&by=version")
    lines = file.text.split("\r\n")
    assert file.mimetype == "text/csv"
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert lines[0].startswith("period,value,decided,accept_all,reject_all,save,withdraw,granted_")
    assert lines[1].startswith("2026-11-03,1,")
    assert any(",," in line for line in lines[1:3])


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
    statistics, maps = analytics_view.rates(CELLS, {"statistics": "Statistikk"})
    assert (statistics.name, statistics.consent, statistics.opt_in) == ("Statistikk", 0.6, None)
    assert (maps.name, maps.granted, maps.consent) == ("maps", None, None)
    shown = Cells({"decided": 200, "shown": 400}, {"statistics": 205})
    assert analytics_view.rates(shown, {})[0].opt_in == 205 / 400
    assert analytics_view.rates(shown, {})[0].consent == 1.0


def test_withheld_figure_is_a_colon_and_a_gap_never_a_zero() -> None:
    made = answer(Row("2026-11-22", None, CELLS))
    assert analytics_view.formatted(None) == ":"
    assert analytics_view.formatted(0) == "0"
    assert analytics_view.chart(made)["series"][2] == {"name": "Own choice", "figures": [None]}  # type: ignore[index]
    assert analytics_view.has_figures(made)
    nothing = Cells({"decided": None}, {})
    assert not analytics_view.has_figures(
        Figures("x", Query(TODAY, TODAY), 10, (Row("d", None, nothing),), nothing)
    )
