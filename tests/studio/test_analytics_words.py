"""Days and the running figure in words."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from flask import Flask

from server.analytics import audience_parts
from server.analytics.privacy.lumps import LumpKind
from server.analytics.values import Live, Privacy
from server.studio.analytics import words
from server.studio.language import country_name

TODAY = date(2026, 11, 22)


def privacy(lump: LumpKind = "day", until: date | None = TODAY) -> Privacy:
    return Privacy(Fraction(1), lump, date(2026, 11, 1), None, until)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (TODAY, TODAY, "22 November 2026"),
        (date(2026, 11, 16), TODAY, "16–22 November 2026"),
        (date(2026, 10, 26), date(2026, 11, 1), "26 October – 1 November 2026"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 December 2025 – 4 January 2026"),
        (date(2026, 2, 1), date(2026, 2, 28), "February 2026"),
    ],
)
def test_days_are_written_as_people_write_them(start: date, end: date, text: str) -> None:
    assert words.days(start, end) == text


def test_a_figure_has_its_thousands_apart_and_a_small_one_is_not_told() -> None:
    assert [words.figure(value) for value in (1234567, 10, 9, 0)] == [
        "1\u202f234\u202f567",
        "10",
        "<\u202f10",
        "<\u202f10",
    ]


@pytest.mark.parametrize(
    ("lump", "start", "as_of", "when"),
    [
        ("day", TODAY, datetime(2026, 11, 22, 14, tzinfo=UTC), "Today, as of 14:00"),
        (
            "day",
            TODAY - timedelta(1),
            datetime(2026, 11, 21, 22, tzinfo=UTC),
            "21 November 2026, as of 22:00",
        ),
        ("week", date(2026, 11, 16), datetime(2026, 11, 22, tzinfo=UTC), "This week, until 21 November"),
        ("month", date(2026, 11, 1), datetime(2026, 11, 16, tzinfo=UTC), "This month, until 15 November"),
    ],
)
def test_the_running_figure_says_until_when_it_is(
    lump: LumpKind, start: date, as_of: datetime, when: str
) -> None:
    found = words.running(privacy(lump), Live(start, as_of, 160, 29), today=TODAY)
    assert found is not None
    assert (found.when, found.figure) == (when, "about 160 ± 29")


def test_without_a_running_figure_it_says_when_one_comes() -> None:
    found = words.running(privacy(), None, today=TODAY)
    assert found == words.Running(
        "Today", "", "not yet. A rough figure comes every two hours, from 08:00 on."
    )
    assert words.running(privacy(until=None), None, today=TODAY) is None
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    found = words.running(privacy(), None, today=TODAY, next_block=noon)
    assert found is not None
    assert found.note == "not yet. The first rough figure comes at 12:00."


@pytest.mark.parametrize(
    ("until", "text"),
    [
        (TODAY, "tonight after midnight"),
        (date(2026, 11, 29), "in the night after Sunday 29 November"),
        (date(2026, 11, 20), "soon"),
        (None, "after midnight"),
    ],
)
def test_the_next_figures_have_a_time(until: date | None, text: str) -> None:
    assert words.closes(privacy(until=until), today=TODAY) == text


@pytest.mark.parametrize("language", ["en", "nb", "nn"])
def test_every_country_that_figures_are_divided_by_has_a_name(app: Flask, language: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert [code for code in audience_parts.COUNTRIES if country_name(code) == code] == []


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "nb",
            [
                "16.–22. november 2026",
                "26. oktober – 1. november 2026",
                "februar 2026",
                "3. feb. 2026",
                "natten etter søndag 29. november",
                "21. november 2026, til kl. 22.00",
                "om lag 1\u202f160 ± 29",
            ],
        ),
        (
            "nn",
            [
                "16.–22. november 2026",
                "26. oktober – 1. november 2026",
                "februar 2026",
                "3. feb. 2026",
                "natta etter søndag 29. november",
                "21. november 2026, til kl. 22.00",
                "om lag 1\u202f160 ± 29",
            ],
        ),
    ],
)
def test_days_and_figures_are_written_as_the_language_does(
    app: Flask, language: str, texts: list[str]
) -> None:
    live = Live(TODAY - timedelta(1), datetime(2026, 11, 21, 22, tzinfo=UTC), 1160, 29)
    with app.test_request_context(headers={"Accept-Language": language}):
        running = words.running(privacy(), live, today=TODAY)
        assert running is not None
        assert [
            words.days(date(2026, 11, 16), TODAY),
            words.days(date(2026, 10, 26), date(2026, 11, 1)),
            words.days(date(2026, 2, 1), date(2026, 2, 28)),
            words.days(date(2026, 2, 3), date(2026, 2, 3), short=True),
            words.closes(privacy(until=date(2026, 11, 29)), today=TODAY),
            running.when,
            running.figure,
        ] == texts
