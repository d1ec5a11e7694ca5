"""The audit log: every event leaves its entry, and the right people see it."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import jobs
from server.accounts.models import AuditEntry
from server.accounts.service import audit_log, invitations, tokens, users
from server.accounts.values import ACTIONS, COMMAND_LINE, Actor, AuditEvent
from server.core import clock
from server.core.db import db, transaction
from server.core.ids import new_number
from server.sites.values import Site
from server.studio.records import audit_labels
from server.studio.records import audit_log as audit_log_page
from tests.studio.conftest import NOW, PASSWORD, Visitor, make_publishable

KARI = Actor("person", "kari@example.no")


def events() -> list[AuditEvent]:
    return list(reversed(audit_log.audit_events(only=None, limit=100)))


def summaries() -> list[tuple[str, str, str, str]]:
    return [(event.by.name, event.action, event.subject, event.detail) for event in events()]


def test_what_is_done_with_people_is_written_down(
    app: Flask, site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    who.post("/users/new", {"email": "kari@example.no", "role": "editor", "reach": "all"})
    (invited,) = invitations.listed(now=clock.now())
    who.post(f"/users/invitations/{invited.invitation_id}/renew")
    (invited,) = invitations.listed(now=clock.now())
    who.post(f"/users/invitations/{invited.invitation_id}/withdraw")
    with transaction():
        users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    kari = next(one for one in users.users() if one.email == "kari@example.no")
    who.post(f"/users/{kari.user_id}", {"role": "auditor", "reach": "some", "sites": site.id})
    who.post(f"/users/{kari.user_id}/password")
    who.post(f"/users/{kari.user_id}/access", {"do": "disable"})
    who.post(f"/users/{kari.user_id}/access", {"do": "enable"})
    owner = "owner-0@example.no"
    assert summaries() == [
        (owner, "user_invited", "kari@example.no", "editor of every site"),
        (owner, "invitation_renewed", "kari@example.no", "editor of every site"),
        (owner, "invitation_withdrawn", "kari@example.no", ""),
        (owner, "user_changed", "kari@example.no", "editor of every site → auditor of butikken"),
        (owner, "reset_link_made", "kari@example.no", ""),
        (owner, "user_disabled", "kari@example.no", ""),
        (owner, "user_enabled", "kari@example.no", ""),
    ]
    assert audit_log.verify_audit_log().fault is None


def test_what_is_done_with_a_site_is_written_down(site: Site, as_role: Callable[..., Visitor]) -> None:
    make_publishable(site)
    who = as_role("owner")
    who.post("/sites/new", {"key": "hytta", "name": "Hytta", "domains": "hytta.no", "impressions": "off"})
    who.post(f"/sites/{site.key}/domains", {"domains": "butikken.no"})
    who.save(f"/sites/{site.key}/publish", {"note": "Ny tekst"})
    who.save(f"/sites/{site.key}/versions/1/rollback", {})
    who.post(f"/sites/{site.key}/tokens", {"name": "Nightly", "scopes": ["sites:read"]})
    (token,) = tokens.tokens(site.id)
    who.post(f"/sites/{site.key}/tokens/{token.token_id}/revoke")
    name = f"Nightly ({token.token_id[:6]})"
    assert [(event.action, event.subject, event.detail) for event in events()] == [
        ("site_created", "hytta", ""),
        ("site_changed", "domains", "www.butikken.no → butikken.no"),
        ("published", "version 1", "Ny tekst"),
        ("rolled_back", "version 2", "as version 1"),
        ("token_created", name, "sites:read"),
        ("token_revoked", name, ""),
    ]
    assert {event.site_id for event in events()[1:]} == {site.id}


def test_what_was_refused_leaves_nothing(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    who.post(f"/sites/{site.key}/publish", {"revision": "1", "note": "Not complete yet"})
    who.post(f"/sites/{site.key}/domains", {"domains": "not_a_host!"})
    who.post("/users/new", {"email": "nobody", "role": "editor", "reach": "all"})
    assert summaries() == []


def test_logins_are_written_down_and_refused_ones_of_people_too(
    visitor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    as_role("editor")
    for email, password in (
        ("editor-0@example.no", "galt passord her"),
        ("ola@example.no", PASSWORD),
        ("editor-0@example.no", PASSWORD),
    ):
        visitor.log_in(email, password)
        jobs.do_deferred()
    assert [(event.by.name, event.action) for event in events()] == [
        ("editor-0@example.no", "login_refused"),
        ("editor-0@example.no", "login"),
    ]


@pytest.mark.parametrize("new", ["short", "fire rever i skogen"])
def test_own_new_password_is_written_down_when_it_was_taken(
    new: str, visitor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    as_role("editor").post("/account", {"current": PASSWORD, "password": new})
    assert [event.action for event in events()] == ["password_changed"] * (new != "short")


def test_page_shows_audit_labels_and_pages_of_fifty(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("auditor")
    with transaction():
        for at in range(51):
            audit_log.record_event(
                "published", by=KARI, site_id=site.id, subject=f"version {at}", detail="a<b", now=NOW
            )
    page = who.get("/trail").text
    assert "Friday 20 November 2026" in page
    assert "<strong>kari@example.no</strong> published <strong>version 50</strong>" in page
    assert "&lt;b" in page
    assert page.count('class="event-time') == 50
    older = who.get("/trail?before=2").text
    assert older.count('class="event-time') == 1
    assert "version 0<" in older


def test_days_are_those_of_the_site_and_of_utc_where_all_sites_are_shown(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor")
    with transaction():
        for hour in (21, 22):
            moment = datetime(2026, 10, 24, hour, 30, tzinfo=UTC)
            audit_log.record_event("published", by=KARI, site_id=site.id, subject="version 1", now=moment)

    def shown(path: str) -> list[str]:
        parts = r'(?:<h2 class="panel-title"[^>]*>|<time[^>]*>|(?=Times are in ))([^<]+)'
        return re.findall(parts, who.get(path).text)

    assert shown(f"/sites/{site.key}/trail") == [
        "Sunday 25 October 2026",
        "00:30",
        "Saturday 24 October 2026",
        "23:30",
        "Times are in Europe/Oslo.",
    ]
    assert shown("/trail") == [
        "Saturday 24 October 2026",
        "22:30",
        "21:30",
        "Times are in UTC.",
    ]


def test_page_narrows_by_site_person_action_and_the_number_a_visitor_quotes(
    app: Flask, site: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    number = new_number()
    with transaction():
        audit_log.record_event("published", by=KARI, site_id=site.id, subject="version 7", now=NOW)
        audit_log.record_event("published", by=KARI, site_id=other.id, subject="version 8", now=NOW)
        mark = audit_log.mark(number, secret_key=app.extensions["samtykke"].secret_key)
        audit_log.record_event("consent_erased", by=COMMAND_LINE, site_id=site.id, subject=mark, now=NOW)

    def shown(query: str) -> list[bool]:
        page = who.get(f"/trail?{query}").text
        return [text in page for text in ("version 7", "version 8", f"<strong>{mark}</strong>")]

    assert shown("") == [True, True, True]
    assert shown("site=hytta") == [False, True, False]
    assert shown("by=kari@example.no") == [True, True, False]
    assert shown("action=consent_erased") == [False, False, True]
    assert shown(f"number={number.lower()}") == [False, False, True]
    assert shown(f"number={mark.replace(' ', '+')}") == [False, False, True]
    assert shown("by=%00") == [False, False, False]
    assert number not in who.get("/trail").text


def test_who_works_on_one_site_sees_its_events_alone(
    site: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    with transaction():
        audit_log.record_event("published", by=KARI, site_id=site.id, subject="version 7", now=NOW)
        audit_log.record_event("published", by=COMMAND_LINE, site_id=other.id, subject="version 8", now=NOW)
        audit_log.record_event("login", by=Actor("person", "ola@example.no"), now=NOW)
    who = as_role("auditor", site)
    for path in ("/trail", "/trail?site=hytta", f"/sites/{site.key}/trail", "/trail?check=1"):
        page = who.get(path).text
        assert "version 7" in page
        for hidden in (
            "version 8",
            "ola@example.no",
            "ommand line",
            other.name,
            "as they were written",
            "as it was written",
        ):
            assert hidden not in page, (path, hidden)


def test_the_whole_audit_log_is_verified_on_request(as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    with transaction():
        audit_log.record_event("login", by=KARI, now=NOW)
        audit_log.record_event("login", by=KARI, now=NOW)
    page = who.get("/trail?check=1").text
    assert "2 entries, all as they were written" in page
    assert audit_log.verify_audit_log().digest in page
    with transaction():
        db.session.execute(sa.update(AuditEntry).where(AuditEntry.number == 1).values(by="ola@example.no"))
    assert "entry 1 of the audit log was altered" in who.get("/trail?check=1").text


def test_every_action_has_its_words() -> None:
    assert set(audit_labels.LABELS) == set(ACTIONS)


def test_entries_are_sentences_in_the_language_of_the_reader_but_texts_of_staff_stay(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    with transaction():
        audit_log.record_event(
            "published", by=KARI, site_id=site.id, subject="version 7", detail="domains", now=NOW
        )
        audit_log.record_event("agreement_changed", by=KARI, site_id=site.id, subject="1 message", now=NOW)
        audit_log.record_event(
            "retention_changed", by=COMMAND_LINE, subject="30 days", detail="before: 1 day", now=NOW
        )
        audit_log.record_event(
            "user_changed",
            by=KARI,
            subject="ola@example.no",
            detail="owner of every site → editor of hytta",
            now=NOW,
        )

    page = who.get("/trail", headers={"Accept-Language": "nb"}).text

    assert "<strong>kari@example.no</strong> publiserte <strong>versjon 7</strong>" in page
    assert '<p class="event-detail">domains</p>' in page
    assert "endret avtalen med <strong>1 message</strong>" in page
    assert '<strong>Kommandolinjen</strong> <span class="muted">(på serveren)</span> endret' in page
    assert "<strong>30 dager</strong>" in page
    assert '<p class="event-detail">før: 1 dag</p>' in page
    assert '<p class="event-detail">eier for alle nettsteder → redaktør for hytta</p>' in page


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "1 of 3 values taken over"),
        ("nb", "1 av 3 verdier er hentet fra katalogen"),
        ("nn", "1 av 3 verdiar er henta frå katalogen"),
    ],
)
def test_how_much_of_the_catalog_was_taken_over_is_said_in_the_readers_language(
    app: Flask, language: str, shown: str
) -> None:
    stored = "1 of 3 values taken over"
    event = AuditEvent(1, NOW, KARI, "service_updated", None, "2 records", stored)
    with app.test_request_context(headers={"Accept-Language": language}):
        assert audit_labels.detail(event, UTC) == shown
        # The name of a service is a text of staff.
        assert "2 records" in audit_labels.line(event)


@pytest.mark.parametrize(
    ("action", "stored", "shown"),
    [
        ("publish_scheduled", "planned for 2026-12-01 08:00", "planlagt til 1. desember 2026 kl.\u00a009.00"),
        ("retention_run", "due 2026-07-01 22:30", "slettefrist 2. juli 2026 kl.\u00a000.30"),
        ("retention_run", "due 2026-99-01 22:30", "slettefrist 2026-99-01 22:30"),
    ],
)
def test_moments_in_an_entry_are_by_the_clock_of_its_reader(
    app: Flask, action: str, stored: str, shown: str
) -> None:
    event = AuditEvent(1, NOW, KARI, action, None, "publication 1", stored)
    with app.test_request_context(headers={"Accept-Language": "nb"}):
        assert audit_labels.detail(event, ZoneInfo("Europe/Oslo")) == shown


# --- a span of days, and files ----------------------------------------------------------------------------


def published_at(site: Site, *moments: datetime) -> None:
    with transaction():
        for number, moment in enumerate(moments):
            audit_log.record_event(
                "published", by=KARI, site_id=site.id, subject=f"version {number}", now=moment
            )


def shown_versions(page: str) -> list[str]:
    return re.findall(r"<strong>(version \d)</strong>", page)


def test_a_span_of_days_has_both_ends_by_the_clock_of_the_reader(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    # In Oslo the second is on the 25th already, and the fourth on the 26th.
    published_at(
        site,
        *(
            datetime(2026, 10, day, hour, 30, tzinfo=UTC)
            for day, hour in ((24, 21), (24, 22), (25, 22), (25, 23))
        ),
    )
    who = as_role("auditor")

    assert shown_versions(who.get("/sites/butikken/trail?from=2026-10-25&to=2026-10-25").text) == [
        "version 2",
        "version 1",
    ]
    assert shown_versions(who.get("/sites/butikken/trail?from=2026-10-26").text) == ["version 3"]
    assert shown_versions(who.get("/trail?to=2026-10-24").text) == ["version 1", "version 0"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("from=24.10.2026", "The first day is not a day such as 2026-11-22."),
        ("to=2026-02-30", "The last day is not a day such as 2026-11-22."),
        ("from=2026-10-25&amp;to=2026-10-24", "The first day is after the last day."),
    ],
)
def test_days_that_cannot_be_are_named_at_their_field_and_nothing_is_downloaded(
    sent: str, said: str, site: Site, as_role: Callable[..., Visitor]
) -> None:
    published_at(site, NOW)
    who = as_role("auditor")
    for path in ("/trail", "/trail.csv", "/sites/butikken/trail", "/sites/butikken/trail.jsonl"):
        answer = who.get(f"{path}?{sent}".replace("&amp;", "&"))
        assert (answer.status_code, said in answer.text) == (422, True), path
        assert "trail.csv" not in answer.text
    assert audit_log.audit_events(only=None, action="audit_exported", limit=9) == ()


def test_paging_and_downloads_keep_the_days(site: Site, as_role: Callable[..., Visitor]) -> None:
    with transaction():
        for _ in range(51):
            audit_log.record_event("published", by=KARI, site_id=site.id, subject="version 1", now=NOW)

    page = as_role("auditor").get("/trail?from=2026-11-01&to=2026-11-30&action=published").text

    kept = "action=published&amp;from=2026-11-01&amp;to=2026-11-30"
    assert f'href="/studio/trail?before=2&amp;{kept}"' in page
    for form in ("csv", "jsonl"):
        assert f'href="/studio/trail.{form}?{kept}"' in page


def test_a_file_has_exactly_what_is_filtered_and_is_on_record(
    site: Site, other: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log_page, "AT_ONCE", 2)
    published_at(site, *[NOW] * 5)
    published_at(other, NOW)
    who = as_role("owner")

    got = who.get("/trail.jsonl?site=butikken&action=published&from=2026-11-20")

    assert got.mimetype == "application/x-ndjson"
    assert got.headers["Content-Disposition"] == 'attachment; filename="audit-log.jsonl"'
    lines = [json.loads(line) for line in got.text.splitlines()]
    assert [line["subject"] for line in lines] == [f"version {number}" for number in (4, 3, 2, 1, 0)]
    assert lines[-1] == {
        "number": 1,
        "time": "2026-11-20T12:00:00.000Z",
        "actor_kind": "person",
        "actor": "kari@example.no",
        "action": "published",
        "site": "butikken",
        "site_id": site.id,
        "subject": "version 0",
        "detail": "",
    }
    (noted,) = audit_log.audit_events(only=None, action="audit_exported", limit=9)
    assert (noted.by.name, noted.site_id, noted.subject) == ("owner-0@example.no", site.id, "jsonl")
    assert noted.detail == "action published, from 2026-11-20"
    assert "downloaded the audit log as <strong>jsonl</strong>" in who.get("/trail").text
    assert audit_log.verify_audit_log().fault is None


def test_a_file_does_not_have_the_entry_about_itself(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    published_at(site, NOW)
    assert len(who.get("/trail.jsonl").text.splitlines()) == 1
    assert len(who.get("/trail.jsonl").text.splitlines()) == 2


def test_cells_of_a_table_are_no_formulas(site: Site, as_role: Callable[..., Visitor]) -> None:
    with transaction():
        audit_log.record_event("published", by=KARI, site_id=site.id, detail='=HYPERLINK("x")', now=NOW)

    rows = list(csv.reader(io.StringIO(as_role("auditor").get("/sites/butikken/trail.csv").text)))

    assert rows[0] == [
        "number",
        "time",
        "actor_kind",
        "actor",
        "action",
        "site",
        "site_id",
        "subject",
        "detail",
    ]
    assert rows[1][-1] == '\'=HYPERLINK("x")'
    assert rows[1][5] == "butikken"


def test_a_file_has_only_what_its_reader_may_see(
    site: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    published_at(site, NOW)
    published_at(other, NOW)
    with transaction():
        audit_log.record_event("login", by=Actor("person", "ola@example.no"), now=NOW)

    who = as_role("auditor", site)

    for path in ("/trail.jsonl", "/trail.jsonl?site=hytta", "/sites/butikken/trail.jsonl"):
        assert {json.loads(line)["site"] for line in who.get(path).text.splitlines()} == {"butikken"}, path


def test_a_number_that_a_visitor_quoted_is_on_record_by_its_pseudonym_alone(
    app: Flask, site: Site, as_role: Callable[..., Visitor]
) -> None:
    number = new_number()
    assert as_role("owner").get(f"/trail.csv?number={number}").status_code == 200

    (noted,) = audit_log.audit_events(only=None, action="audit_exported", limit=9)

    mark = audit_log.mark(number, secret_key=app.extensions["samtykke"].secret_key)
    assert noted.detail == f"number {mark}"


@pytest.mark.parametrize(("language", "shown"), [("nb", "24 timer"), ("nn", "24 timar"), ("en", "24 hours")])
def test_how_long_an_old_secret_works_is_said_in_the_language_of_the_reader(
    app: Flask, language: str, shown: str
) -> None:
    event = AuditEvent(1, NOW, KARI, "token_rotated", None, "Nightly (a1b2c3)", "24 hours")
    with app.test_request_context(headers={"Accept-Language": language}):
        assert audit_labels.detail(event, UTC) == shown
