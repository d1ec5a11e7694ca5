"""What is written about an alarm."""

from dataclasses import replace
from datetime import date
from typing import get_args

from flask import Flask

from server.analytics.alarms.review import Outcome
from server.analytics.alarms.rule import Alarm, Kind
from server.studio.analytics import alarm_words

TUESDAY = date(2026, 11, 24)
FELL = Alarm("decisions_fell", "", "day", TUESDAY, TUESDAY, 302.4, 421.0, 112.0)


def test_a_day_is_explained_with_what_is_usual_on_its_weekday() -> None:
    assert alarm_words.explanation(FELL) == "Usually 302–421 decisions on a Tuesday; 112 on 24 November 2026."


def test_a_part_of_the_running_day_is_explained_with_its_hours() -> None:
    block = replace(FELL, kind="no_events", span="block", hour=12, low=60.0, high=110.0, came=-3.0)
    assert alarm_words.explanation(block) == (
        "Usually 60–110 decisions between 10:00 and 12:00 on a Tuesday; fewer than 10 on 24 November 2026."
    )
    night = replace(block, hour=8)
    assert "between 00:00 and 08:00" in alarm_words.explanation(night)


def test_seven_days_are_explained_with_both_ends() -> None:
    week = replace(FELL, span="7 days", start=date(2026, 11, 18), low=1_800.0, high=2_410.0)
    assert alarm_words.explanation(week) == (
        "Usually 1\u202f800–2\u202f410 decisions in seven days; "
        "112 from 18 November 2026 to 24 November 2026."
    )


def test_a_share_is_explained_in_per_cent() -> None:
    share = replace(FELL, kind="opt_in_fell", low=0.52, high=0.584, came=0.35)
    assert alarm_words.explanation(share) == (
        "Usually 52–58\u202f% accept all on a Tuesday; 35\u202f% on 24 November 2026."
    )


def test_a_silent_language_is_named() -> None:
    silent = replace(FELL, kind="no_events", language="en")
    assert alarm_words.title(silent, "English") == "No decisions in English"
    assert "in that language" in alarm_words.what_to_do(silent)[0]
    assert alarm_words.title(replace(silent, language="")) == "No decisions"


def test_every_kind_says_what_to_do_and_when_it_closes_and_every_outcome_why_it_closed() -> None:
    for kind in get_args(Kind):
        one = replace(FELL, kind=kind)
        assert alarm_words.title(one)
        assert alarm_words.what_to_do(one)
        assert alarm_words.closing(one).endswith(".")
    assert set(alarm_words.OUTCOMES) == set(get_args(Outcome))


def test_an_alarm_is_explained_in_bokmaal(app: Flask) -> None:
    block = replace(FELL, kind="no_events", span="block", hour=12, low=60.0, high=110.0, came=-3.0)
    with app.test_request_context(headers={"Accept-Language": "nb"}):
        assert alarm_words.title(replace(block, language="en"), "engelsk") == "Ingen svar på engelsk"
        assert alarm_words.explanation(block) == (
            "Vanligvis 60–110 svar mellom kl. 10 og 12 på en tirsdag, færre enn 10 den 24. november 2026."
        )


def test_an_alarm_is_explained_in_nynorsk(app: Flask) -> None:
    shown = replace(FELL, kind="impressions_fell", low=1_800.0, high=2_410.0)
    with app.test_request_context(headers={"Accept-Language": "nn"}):
        assert alarm_words.explanation(shown) == (
            "Vanlegvis vist 1\u202f800–2\u202f410 gonger på ein tysdag, 112 den 24. november 2026."
        )
