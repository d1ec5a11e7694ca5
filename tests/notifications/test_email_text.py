"""What staff read: in three languages, as plain text and HTML, with nothing smuggled in."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.alarms.review import Outcome as Closing
from server.analytics.alarms.rule import Kind as AlarmKind
from server.analytics.alarms.rule import Span
from server.notifications.email_text import Item, digest, single
from server.notifications.texts import LANGUAGES, texts
from server.notifications.values import KINDS, TEST, Severity, kind_of

URL = "https://samtykke.example.no"
DATA: dict[str, str | int | None] = {
    "site": "butikken",
    "site_name": "Butikken",
    "version": 3,
    "change": "scope",
    "shown_to": "all",
}
ALARM: dict[str, str | int | None] = {
    "site": "butikken",
    "site_name": "Butikken",
    "alarm": "decisions_fell",
    "language_name": "English",
    "span": "day",
    "from": "2026-11-24",
    "to": "2026-11-24",
    "hour_from": 10,
    "hour": 12,
    "usual": "300–420",
    "came": "112",
}
PUBLISHED: Item = ("banner.published", DATA)


SAMPLES: dict[str, dict[str, str | int | None]] = {
    "banner.published": DATA,
    "alarm.opened": ALARM,
    "alarm.closed": {**ALARM, "outcome": "usual_again"},
    "experiment.ended": {**DATA, "experiment": 2, "days": 12, "outcome": "undecided"},
    "erasure.overdue": {"hours": 25},
    "test": DATA,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_kind_has_words_in_every_language(language: str, kind: str) -> None:
    assert texts(language)["kinds"].keys() == SAMPLES.keys() == {*KINDS, TEST.name}
    written = single((kind, SAMPLES[kind]), language=language, public_url=URL)
    assert "{" not in written.subject + written.plain
    link = URL + kind_of(kind).path.format(site="butikken")
    assert link in written.plain
    assert f'href="{link}"' in written.html
    assert f'<html lang="{language}">' in written.html
    assert f"{URL}/studio/account/messages" in written.plain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("change", ["first", "text", "scope"])
@pytest.mark.parametrize("shown_to", ["all", "half"])
def test_a_published_version_says_who_gets_it(language: str, change: str, shown_to: str) -> None:
    data = {**DATA, "change": change, "shown_to": shown_to}
    written = single(("banner.published", data), language=language, public_url=URL)
    assert ("variant B" in written.plain) == (shown_to == "half")
    assert len(written.plain.split("\n\n")) == (3 if change == "first" else 4)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("span", get_args(Span))
@pytest.mark.parametrize("alarm", [*get_args(AlarmKind), "language_silent"])
def test_an_alarm_says_what_is_usual_what_came_and_what_to_do(language: str, span: str, alarm: str) -> None:
    written = single(
        ("alarm.opened", {**ALARM, "alarm": alarm, "span": span}), language=language, public_url=URL
    )
    assert "300–420" in written.plain
    assert "112" in written.plain
    assert "24" in written.plain
    assert "{" not in written.subject + written.plain
    assert written.subject.startswith("Butikken: ")
    # What is usual, what to do, and that it closes by itself.
    assert len(written.plain.split("\n\n")) == 5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", sorted({*get_args(Closing)} - {"worse"}))
@pytest.mark.parametrize("alarm", [*get_args(AlarmKind), "language_silent"])
def test_a_closed_alarm_says_why(language: str, outcome: str, alarm: str) -> None:
    data = {**ALARM, "alarm": alarm, "outcome": outcome}
    written = single(("alarm.closed", data), language=language, public_url=URL)
    assert "{" not in written.subject + written.plain
    assert len(written.plain.split("\n\n")) == 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", ["a_is_better", "b_is_better", "undecided", "stopped"])
def test_an_experiment_that_ended_says_what_it_found(language: str, outcome: str) -> None:
    numbers: dict[str, str | int | None] = {"experiment": 2, "days": 12, "points_low": 3, "points_high": 7}
    data = {**DATA, **numbers, "outcome": outcome}
    written = single(("experiment.ended", data), language=language, public_url=URL)
    assert "{" not in written.subject + written.plain
    assert ("3" in written.plain.split("\n\n")[1]) == (outcome in ("a_is_better", "b_is_better"))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Usually 300–420 on a Tuesday; 112 on 24 November 2026."),
        ("nb", "Vanligvis 300–420 på en tirsdag, 112 den 24. november 2026."),
        ("nn", "Vanlegvis 300–420 på ein tysdag, 112 den 24. november 2026."),
    ],
)
def test_days_are_written_as_each_language_has_them(language: str, sentence: str) -> None:
    assert sentence in single(("alarm.opened", ALARM), language=language, public_url=URL).plain


def test_the_e_mail_says_whether_visitors_are_asked_again() -> None:
    scope = single(PUBLISHED, language="en", public_url=URL).plain
    text = single(("banner.published", {**DATA, "change": "text"}), language="en", public_url=URL).plain
    assert ("are asked again" in scope, "Nobody is asked again" in scope) == (True, False)
    assert ("are asked again" in text, "Nobody is asked again" in text) == (False, True)


@pytest.mark.parametrize("severity", ["information", "warning", "critical"])
def test_only_what_is_critical_is_important(monkeypatch: pytest.MonkeyPatch, severity: Severity) -> None:
    kind = replace(KINDS["banner.published"], severity=severity)
    monkeypatch.setattr("server.notifications.email_text.kind_of", lambda _name: kind)
    assert single(PUBLISHED, language="nb", public_url=URL).important == (severity == "critical")


def test_a_digest_has_every_message_under_its_own_heading() -> None:
    second: Item = ("banner.published", {**DATA, "version": 4})
    written = digest([PUBLISHED, second], language="nb", public_url=URL)
    assert written.subject == "Samlevarsel fra Samtykke (2)"
    assert written.plain.count("* Butikken: versjon ") == 2
    assert written.html.count("<h2") == 2


@given(st.text())
def test_the_name_of_a_site_can_neither_break_a_line_nor_become_markup(name: str) -> None:
    hostile = f"<script>{name}</script>\r\nBcc: everybody@example.no{{version}}"
    written = single(("banner.published", {**DATA, "site_name": hostile}), language="nn", public_url=URL)
    assert written.subject.isprintable()
    assert len(written.subject) <= 200
    assert "<script>" not in written.html
