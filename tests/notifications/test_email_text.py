"""What staff read: in three languages, as plain text and HTML, with nothing smuggled in."""

import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.alarms.review import Outcome as Closing
from server.analytics.alarms.rule import Kind as AlarmKind
from server.analytics.alarms.rule import Span
from server.core.plain_text import one_line
from server.core.text_direction import ISOLATION
from server.notifications.email_text import MAX_SUBJECT, Item, digest, single, to_visitor
from server.notifications.texts import LANGUAGES, texts
from server.notifications.values import KINDS, OWN_KINDS, TEST, VISITOR_KINDS, Severity, kind_of

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
TOKEN: dict[str, str | int | None] = {
    "site": "butikken",
    "site_name": "Butikken",
    "reach": "site",
    "name": "Nightly export",
    "by": "kari@example.no",
    "scopes": "banner:publish",
    "ends": "day",
    "day": "2027-11-30",
}
PUBLISHED: Item = ("banner.published", DATA)


SAMPLES: dict[str, dict[str, str | int | None]] = {
    "banner.published": DATA,
    "publication.requested": {**DATA, "asked_by": "kari@example.no", "kind": "draft"},
    "publication.decided": {
        **DATA,
        "decided_by": "ola@example.no",
        "decision": "refused",
        "reason": "Skrivefeil",
        "state": "refused",
    },
    "publication.failed": {**DATA, "why": "superseded"},
    "alarm.opened": ALARM,
    "alarm.closed": {**ALARM, "outcome": "usual_again"},
    "experiment.ended": {**DATA, "experiment": 2, "days": 12, "outcome": "undecided"},
    "notice.announced": {**DATA, "what": "Vi bruker ikke lenger Hotjar.", "subscribers": 12},
    "request.received": {**DATA, "reference": "K7Q2-M4", "right": "access", "due": "2026-12-21"},
    "request.overdue": {**DATA, "reference": "K7Q2-M4", "when": "soon", "due": "2026-12-21"},
    "installation.failed": {**DATA, "url": "https://fjellkaffe.no/", "fault": "no_tag"},
    "installation.restored": {**DATA, "url": "https://fjellkaffe.no/", "fault": None},
    "agreement.expiring": {**DATA, "party": "Praten AS", "when": "ending", "expires": "2027-01-31"},
    "catalog.updated": {**DATA, "services": "Matomo, YouTube", "count": 2},
    "site.deleted": {**DATA, "by": "kari@example.no", "until": "2026-12-30"},
    "token.created": TOKEN,
    "token.expiring": TOKEN,
    "account.owner_added": {"email": "ola@example.no", "reach": "all"},
    "account.factors_removed": {"email": "ola@example.no", "who": "person", "by": "kari@example.no"},
    "account.logins_refused": {"scope": "account", "email": "kari@example.no", "count": 20},
    "own.factors_removed": {"who": "person", "by": "kari@example.no"},
    "own.recovery_code_used": {"left": 3},
    "own.passkey_refused": {"name": "Nøkkel på mobilen"},
    "own.password_reset": {},
    "erasure.overdue": {"hours": 25},
    "login.break_glass": {"email": "berit@example.no", "host": "samtykke.example.no"},
    "test": DATA,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_kind_has_words_in_every_language(language: str, kind: str) -> None:
    assert texts(language)["kinds"].keys() == SAMPLES.keys() == {*KINDS, *OWN_KINDS, TEST.name}
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
    assert one_line(written.subject, keep=ISOLATION) == written.subject
    assert len(written.subject) <= 200
    assert "<script>" not in written.html


# --- to visitors -----------------------------------------------------------------------------------------

RIGHTS = ("access", "rectification", "erasure", "restriction", "portability", "objection")
LETTER: dict[str, str | int | None] = {
    "site_name": "Butikken",
    "sender": "Butikken AS",
    "reply_to": "post@butikken.example.no",
    "link": f"{URL}/s/butikken/notice/subscribe/hemmelig",
    "unsubscribe": "",
    "what": "Vi bruker ikke lenger Hotjar.\nStatistikken er anonym.",
    "from": "2026-11-24",
    "made": "2026-11-20",
    "due": "2026-12-21",
    "reference": "K7Q2-M4",
    "right": "access",
    "asked_by": "kari@butikken.example.no",
    "invited_by": "kari@butikken.example.no",
    "role": "editor",
    "reach": "some",
    "where": "Butikken, Hytta",
    "host": "samtykke.example.no",
    "factor": "recovery_code_used",
    "left": 2,
    "name": "Firefox",
}
"""What any of the e-mails to visitors names."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", VISITOR_KINDS)
def test_an_e_mail_to_a_visitor_has_its_link_and_who_sends_it_and_nothing_of_the_studio(
    language: str, kind: str
) -> None:
    assert tuple(texts(language)["visitors"]["kinds"]) == tuple(VISITOR_KINDS)
    written = to_visitor((kind, LETTER), language=language)
    link = str(LETTER["link"])
    assert link in written.plain
    assert f'href="{link}"' in written.html
    assert "Butikken AS" in written.plain
    assert "Butikken AS" in written.html
    for absent in ("{", "studio", str(LETTER["reply_to"])):
        assert absent not in written.subject + written.plain + written.html.partition("<body")[2]
    assert (written.html.count("http"), written.important) == (1, False)
    words = texts(language)["visitors"]["unsubscribe"]
    assert words not in written.plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subscriber_reads_what_changed_and_can_unsubscribe(language: str) -> None:
    leave = f"{URL}/s/butikken/notice/unsubscribe/hemmelig?lang=nb&x=1"
    written = to_visitor(("notice.changed", {**LETTER, "unsubscribe": leave}), language=language)
    assert "Vi bruker ikke lenger Hotjar.\nStatistikken er anonym." in written.plain
    assert "Hotjar.<br>Statistikken" in written.html
    assert written.plain.endswith(f"{texts(language)['visitors']['unsubscribe']}: {leave}\n")
    assert f'href="{leave.replace("&", "&amp;")}"' in written.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("right", RIGHTS)
def test_a_request_to_confirm_names_the_right_in_its_subject(language: str, right: str) -> None:
    data = {**LETTER, "right": right}
    subjects = {
        to_visitor(("request.confirmation", {**LETTER, "right": one}), language=language).subject
        for one in RIGHTS
    }
    assert len(subjects) == len(RIGHTS)
    assert to_visitor(("request.confirmation", data), language=language).subject in subjects
    received: dict[str, str | int | None] = {**SAMPLES["request.received"], "right": right}
    assert single(("request.received", received), language=language, public_url=URL).subject


@given(st.text())
def test_what_staff_write_can_neither_break_a_subject_nor_become_markup(text: str) -> None:
    hostile = f"<script>{text}</script>\r\nBcc: everybody@example.no{{link}}"
    data = {**LETTER, "site_name": hostile, "sender": hostile, "what": hostile, "link": f"{URL}/{hostile}"}
    written = to_visitor(("notice.changed", data), language="nb")
    assert one_line(written.subject, keep=ISOLATION) == written.subject
    assert re.fullmatch("[^\u2066-\u2069]*(\u2068[^\u2066-\u2069]*\u2069[^\u2066-\u2069]*)*", written.subject)
    assert len(written.subject) <= MAX_SUBJECT
    assert "<script>" not in written.html


@pytest.mark.parametrize("name", ["site_name", "sender"])
def test_a_name_cannot_turn_the_sentences_around_that_it_stands_in(name: str) -> None:
    written = to_visitor(("notice.subscription", {**LETTER, name: "Kari\u202e AS"}), language="en")
    assert "Kari AS" in written.plain
    assert "\u202e" not in written.subject + written.plain + written.html
    staff = single(
        ("banner.published", {**DATA, "site_name": "Kari\u202e AS"}), language="en", public_url=URL
    )
    assert "\u202e" not in staff.subject + staff.plain + staff.html


def test_a_name_from_right_to_left_is_isolated_in_subjects_and_sentences() -> None:
    staff = single(("banner.published", {**DATA, "site_name": "חנות (1)"}), language="nb", public_url=URL)
    visitor = to_visitor(("notice.subscription", {**LETTER, "site_name": "חנות (1)"}), language="en")
    for written in (staff, visitor):
        assert "\u2068חנות (1)\u2069" in written.subject
        assert "חנות (1)" not in written.plain.replace("\u2068חנות (1)\u2069", "")
