"""Headline figures, rates and changes, with what is said where there are too few."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.values import Cells, Figures, Privacy, Query, Row, added, granted_of
from server.studio.analytics import charts as analytics_charts
from server.studio.analytics import view as analytics_view
from server.studio.analytics.view import Change

MONDAY = date(2026, 11, 2)


def cells(
    accept: int, reject: int, save: int = 0, *, variance: float = 9.0, shown: int | None = None
) -> Cells:
    """Figures of one category, which all who accepted all have granted."""
    measures = {
        **({} if shown is None else {"shown": shown}),
        "decided": accept + reject + save,
        "accept_all": accept,
        "reject_all": reject,
        "save": save,
        "withdraw": 0,
    }
    variances = {
        **dict.fromkeys(measures, variance),
        "decided": 3 * variance,
        granted_of("statistics"): variance,
    }
    return Cells(
        measures,
        {"statistics": accept},
        variances,
        {"statistics": 0.0},
        asked={"statistics": accept + reject + save},
    )


def figures(rows: Mapping[tuple[date, str], Cells]) -> Figures:
    found = tuple(Row(str(day), day, day, value or None, one) for (day, value), one in rows.items())
    privacy = Privacy(Fraction(1), "day", MONDAY, MONDAY)
    return Figures("butikk", Query(MONDAY, MONDAY), "UTC", privacy, found, added(rows.values()), None)


def texts(now: Cells, before: Cells | None = None) -> dict[str, str]:
    return {tile.label: tile.figure for tile in analytics_view.tiles(now, before)}


def test_headline_figures_have_a_margin_a_rate_and_what_it_is_of() -> None:
    decided, accepted, *_rest = analytics_view.tiles(cells(600, 400), None)
    assert (decided.figure, decided.margin, decided.of, decided.rate) == ("1\u202f000", "±\u202f11", "", None)
    assert accepted.rate is not None
    assert (accepted.figure, accepted.of, accepted.rate.text, accepted.rate.range) == (
        "600",
        "decided",
        "60\u202f%",
        "57–63\u202f%",
    )
    assert accepted.change is None


def test_what_is_not_measured_has_no_tile_and_what_is_has_one() -> None:
    assert "Shown" not in texts(cells(600, 400))
    assert analytics_view.funnel(cells(600, 400)) == ()
    measured = cells(600, 400, shown=4000)
    assert analytics_view.tiles(measured, None)[1].of == "shown"
    assert next(iter(texts(measured).items())) == ("Shown", "4\u202f000")
    assert [(step.label, step.rate and step.rate.text) for step in analytics_view.funnel(measured)] == [
        ("Shown", None),
        ("Decided", "25\u202f%"),
        ("Accepted all", "15\u202f%"),
    ]
    (rates,) = analytics_view.category_rates(measured, None, {})
    assert rates.opt_in is not None
    assert rates.opt_in.text == "15\u202f%"


def test_a_small_figure_is_withheld_without_margin_rate_or_change() -> None:
    small = analytics_view.tiles(cells(3, 2), cells(300, 200))
    assert {(tile.figure, tile.margin, tile.rate, tile.change) for tile in small} == {
        ("<\u202f10", "", None, analytics_view.TOO_FEW)
    }


@pytest.mark.parametrize(
    ("now", "before", "trend", "text"),
    [
        ((600, 400), (400, 600), "up", "50\u202f%"),
        ((400, 600), (600, 400), "down", "33\u202f%"),
        ((402, 600), (400, 600), "none", ""),
    ],
)
def test_a_change_of_a_count_is_clear_or_said_not_to_be(
    now: tuple[int, int], before: tuple[int, int], trend: str, text: str
) -> None:
    change = analytics_view.count_change(cells(*now), cells(*before), "accept_all")
    assert (change.trend, change.text) == (trend, text)
    assert " to " in change.interval


def test_a_change_of_a_rate_is_in_points() -> None:
    rates = [analytics_view.consent_rate(cells(*one), "statistics") for one in ((6000, 4000), (5000, 5000))]
    change = analytics_view.rate_change(*rates)
    assert change == Change("up", "10 points", change.interval)
    assert analytics_view.rate_change(*reversed(rates)).trend == "down"
    assert analytics_view.rate_change(rates[0], rates[0]).trend == "none"
    assert analytics_view.rate_change(rates[0], None) == analytics_view.TOO_FEW


def test_a_rate_that_noise_could_move_by_more_than_fifteen_points_is_not_shown() -> None:
    assert analytics_view.consent_rate(cells(30, 20, variance=9.0), "statistics") is not None
    assert analytics_view.consent_rate(cells(30, 20, variance=90.0), "statistics") is None
    assert analytics_view.consent_rate(cells(5, 4, variance=0.0), "statistics") is None


def test_a_consent_rate_is_of_those_who_were_asked() -> None:
    old = Cells({"decided": 1000}, {}, {"decided": 9.0}, {})
    rate = analytics_view.consent_rate(added([old, cells(60, 40)]), "statistics")
    assert rate is not None
    assert (rate.part, rate.whole) == (60, 100)


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000), st.floats(0, 500))
def test_every_rate_is_from_none_to_all_and_in_its_interval(
    accept: int, reject: int, shown: int, variance: float
) -> None:
    found = cells(accept, reject, variance=variance, shown=shown)
    for rate in (
        analytics_view.consent_rate(found, "statistics"),
        analytics_view.opt_in_rate(found, "statistics"),
        analytics_view.measure_rate(found, "accept_all", "decided"),
    ):
        if rate is not None:
            assert 0 <= rate.interval.low <= rate.share <= rate.interval.high <= 1


def test_versions_are_compared_with_the_one_before_and_languages_are_not() -> None:
    divided = {"1": cells(1000, 1000), "2": cells(900, 100)}
    first, second = analytics_view.parts(divided, compared=True)
    assert (first.value, first.cells.measures["decided"], first.accepted_change) == ("1", 2000, None)
    assert second.accepted_change is not None
    assert (second.accepted_change.trend, second.consent_changes) == (
        "up",
        {"statistics": second.accepted_change},
    )
    assert second.share is not None
    assert second.share.text == "33\u202f%"
    assert analytics_view.parts(divided, compared=False)[1].accepted_change is None


# --- charts ------------------------------------------------------------------------------------------------


def test_a_chart_has_gaps_where_figures_are_withheld_and_marks_where_versions_were_published() -> None:
    days = [MONDAY + timedelta(day) for day in range(3)]
    found = figures({(day, ""): cells(50 * index, 40) for index, day in enumerate(days)})
    chart = analytics_charts.outcomes(found, {1: MONDAY - timedelta(9), 2: days[1], 3: days[1], 4: days[2]})
    assert chart["labels"] == ["2 Nov", "3 Nov", "4 Nov"]
    assert chart["series"] == [
        {"name": "Accepted all", "figures": [None, 50, 100]},
        {"name": "Rejected all", "figures": [40, 40, 40]},
        {"name": "Saved a selection", "figures": [None, None, None]},
    ]
    assert chart["marks"] == [{"at": 0.5, "label": "v2–v3"}, {"at": 1.5, "label": "v4"}]


def test_a_rate_is_drawn_from_two_points_on() -> None:
    days = [MONDAY + timedelta(day) for day in range(3)]
    few = figures({(day, ""): cells(3, 2) for day in days})
    assert not analytics_charts.drawable(few)
    assert analytics_charts.consent_rates(few, ["statistics"]) == {}
    many = figures({(day, ""): cells(600, 400) for day in days} | {(days[1], ""): cells(3, 2)})
    assert analytics_charts.drawable(many)
    assert analytics_charts.consent_rates(many, ["statistics"])["statistics"]["rates"] == [60.0, None, 60.0]


def test_values_that_cannot_be_told_from_none_are_left_out() -> None:
    divided = {"NO": cells(600, 400), "GB": cells(12, 0, variance=900.0)}
    parts = analytics_view.parts(divided, compared=False)
    assert [part.value for part in analytics_view.largest(parts)] == ["NO"]
