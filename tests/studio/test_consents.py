"""Visitors' decisions as staff see them: listed, found by number, shown with their banner, erased."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from server.accounts.service import audit_log
from server.consents.service import decisions
from server.consents.values import Decision
from server.core.db import transaction
from server.core.ids import new_id
from server.embed import compression
from server.embed import service as embed
from server.ledger import jobs
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import NOW, Visitor, make_publishable

DECISION = Decision(
    id="", visitor="", version=1, language="nb", action="save", surface="settings",
    choices={"functional": True, "statistics": False, "advertising": False},
)  # fmt: skip
ALL = dict.fromkeys(("functional", "statistics", "advertising"), True)


@pytest.fixture
def shop(site: Site) -> Site:
    """A site with a published banner."""
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    return site


@pytest.fixture
def editor(shop: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who answers visitors' letters."""
    return as_role("editor", shop)


def decide(app: Flask, site: Site, *, minutes: int = 0, visitor: str = "", **changes: object) -> str:
    """A visitor decides, so long after the banner was published; the record's number."""
    made = replace(DECISION, id=new_id(), visitor=visitor or new_id(), **changes)  # type: ignore[arg-type]
    secret_key = app.extensions["samtykke"].secret_key
    with transaction():
        moment = NOW + timedelta(minutes=minutes)
        return decisions.record(site, made, secret_key=secret_key, now=moment)[0].consent_id


def numbers(page: str) -> list[str]:
    """The decisions that a page links to, in its order."""
    return re.findall(r'/consents/([0-9A-Z]{26})"', page)


def test_list_shows_the_newest_first_in_pages_of_fifty(app: Flask, shop: Site, editor: Visitor) -> None:
    made = [decide(app, shop, minutes=minute) for minute in range(52)]
    first = editor.get(f"/sites/{shop.key}/consents").text
    assert numbers(first) == made[:1:-1]
    older = re.search(r'href="/studio(/sites/[^"]+after=[^"]+)"', first)
    assert older
    assert numbers(editor.get(older[1].replace("&amp;", "&")).text) == made[1::-1]


def test_list_is_narrowed_by_day_answer_and_version(app: Flask, shop: Site, editor: Visitor) -> None:
    chosen = decide(app, shop)
    accepted = decide(app, shop, minutes=24 * 60, action="accept_all", choices=ALL)

    def found(query: str) -> list[str]:
        return numbers(editor.get(f"/sites/{shop.key}/consents?{query}").text)

    assert found("") == [accepted, chosen]
    assert found("action=accept_all") == [accepted]
    assert found("version=1") == [accepted, chosen]
    assert found("version=2") == []
    assert found("from=2026-11-21") == [accepted]
    assert found("to=2026-11-20") == [chosen]
    assert found("from=2026-11-20&to=2026-11-21&action=save&version=1") == [chosen]
    assert found("action=nonsense&version=x&after=nowhere") == [accepted, chosen]
    wrong = editor.get(f"/sites/{shop.key}/consents?from=2026-W47-1&to=2026-11-20")
    assert (wrong.status_code, 'id="from-error"' in wrong.text) == (422, True)
    wrong = editor.get(f"/sites/{shop.key}/consents?from=2026-11-21&to=2026-11-20")
    assert (wrong.status_code, "is after the last day" in wrong.text) == (422, True)


@pytest.mark.parametrize(
    ("day", "begins", "ends", "shown"),
    [
        ("2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00", "29 Mar 2026"),
        ("2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00", "25 Oct 2026"),
        ("2026-11-20", "2026-11-19T23:00", "2026-11-20T23:00", "20 Nov 2026"),
    ],
)
def test_days_of_the_list_and_its_files_are_those_of_the_sites_time_zone(
    app: Flask, shop: Site, as_role: Callable[..., Visitor], day: str, begins: str, ends: str, shown: str
) -> None:
    owner = as_role("owner")
    first, after = (datetime.fromisoformat(f"{text}+00:00") - NOW for text in (begins, ends))
    minutes = [int(each.total_seconds()) // 60 for each in (first, after)]
    _, early, late, _ = (
        decide(app, shop, minutes=minute)
        for minute in (minutes[0] - 1, minutes[0], minutes[1] - 1, minutes[1])
    )
    page = owner.get(f"/sites/{shop.key}/consents?from={day}&to={day}").text
    assert numbers(page) == [late, early]
    assert re.findall(r">([^<>]+)</time>", page) == [shown, "23:59", shown, "00:00"]
    assert "Times are in Europe/Oslo." in page
    file = owner.get(f"/sites/{shop.key}/consents.csv?from={day}&to={day}").text
    assert f"{begins}:00" in file
    assert file.count("\n") == 3


def test_number_is_found_however_a_visitor_writes_it(app: Flask, shop: Site, editor: Visitor) -> None:
    number = decide(app, shop)
    typed = f" {number[:5].lower()} {number[5:12]}-{number[12:]}".replace("0", "o").replace("1", "i")
    answer = editor.get(f"/sites/{shop.key}/consents/find", query_string={"number": typed})
    assert (answer.status_code, answer.location) == (303, f"/studio/sites/{shop.key}/consents/{number}")


@pytest.mark.parametrize(("number", "status"), [("", 422), ("abc", 404), ("\x00" * 26, 404), ("0" * 26, 404)])
def test_an_unknown_number_is_reported_at_its_field(
    shop: Site, editor: Visitor, number: str, status: int
) -> None:
    answer = editor.get(f"/sites/{shop.key}/consents/find", query_string={"number": number})
    assert (answer.status_code, 'id="number-error"' in answer.text) == (status, True)
    assert editor.get(f"/sites/{shop.key}/consents/{number or 'x'}").status_code == 404


def test_record_is_shown_whole_and_the_look_is_written_down(app: Flask, shop: Site, editor: Visitor) -> None:
    visitor = new_id()
    earlier = decide(app, shop, visitor=visitor)
    number = decide(app, shop, minutes=5, visitor=visitor, services={"samtykke": True}, signals={"gpc": True})
    page = editor.get(f"/sites/{shop.key}/consents/{number}").text
    for text in (
        "Saved a selection, <time",
        ">20 November 2026</time></h1>",
        ">20 November 2026, 13:05:00 (UTC+01:00)</time>",
        'Funksjonelle <span class="visually-hidden">allowed',
        'Statistikk <span class="visually-hidden">not allowed',
        "Single services",
        "Global Privacy Control",
        "in the settings",
        "As it was published",
        "19 November 2028",
        "gets its entry",
    ):
        assert text in page, text
    assert numbers(page) == [earlier]
    jobs.sequence()
    assert "Entry <strong>" in editor.get(f"/sites/{shop.key}/consents/{number}").text
    looks = audit_log.audit_events(only=None, action="consent_looked_up", limit=9)
    mark = audit_log.mark(number, secret_key=app.extensions["samtykke"].secret_key)
    assert [(event.by.name, event.subject, event.site_id) for event in looks] == [
        ("editor-1@example.no", mark, shop.id)
    ] * 2


def test_record_of_another_site_is_not_found(
    app: Flask, shop: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    number = decide(app, shop)
    who = as_role("owner")
    for path in ("", "/banner", "/erase"):
        assert who.get(f"/sites/{other.key}/consents/{number}{path}").status_code == 404
    assert who.post(f"/sites/{other.key}/consents/{number}/erase").status_code == 404
    assert decisions.find(shop.id, number)


def test_banner_they_saw_is_the_published_one_whatever_came_after(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    number = decide(app, shop, language="nn")
    draft = sites.draft(shop.id).document
    texts = {code: {**words, "title": "Noko anna"} for code, words in draft["texts"].items()}
    with transaction():
        sites.save_draft(shop.id, {**draft, "texts": texts}, by="tests", now=NOW)
        sites.publish(shop.id, note="", by="tests", now=NOW)
    answer = editor.get(f"/sites/{shop.key}/consents/{number}/banner")
    assert draft["texts"]["nn"]["title"] in answer.text
    assert "Noko anna" not in answer.text
    assert "sandbox allow-scripts" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("reach", ["one", "browser"])
def test_record_is_erased_on_request_and_that_is_written_down(
    app: Flask, shop: Site, editor: Visitor, reach: str
) -> None:
    visitor = new_id()
    first, second = decide(app, shop, visitor=visitor), decide(app, shop, minutes=1, visitor=visitor)
    stranger = decide(app, shop, minutes=2)
    here = f"/sites/{shop.key}/consents"
    question = editor.get(f"{here}/{first}/erase").text
    assert "All 2 records of this browser" in question
    assert numbers(editor.get(here).text) == [stranger, second, first]  # so far, nothing is gone
    answer = editor.post(f"{here}/{first}/erase", {"reach": reach})
    assert answer.status_code == 303
    page = editor.get(here).text
    assert numbers(page) == ([stranger, second] if reach == "one" else [stranger])
    assert ("One record is erased" if reach == "one" else "2 records are erased") in page
    assert editor.get(f"{here}/{first}").status_code == 404
    assert editor.post(f"{here}/{first}/erase").status_code == 404
    (event,) = audit_log.audit_events(only=None, action="consent_erased", limit=9)
    detail = "1 record" if reach == "one" else "2 records of the same browser"
    assert (event.by.name, event.detail, event.site_id) == ("editor-1@example.no", detail, shop.id)
    everything = audit_log.audit_events(only=None, limit=99)
    assert not any(number in f"{event}" for event in everything for number in (first, second))


def test_erasure_that_cannot_be_listed_erases_nothing(
    app: Flask, shop: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = decide(app, shop)

    def full(*_arguments: object, **_named: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(decisions, "erase_by_number", full)
    answer = editor.post(f"/sites/{shop.key}/consents/{number}/erase")
    assert answer.status_code == 503
    assert decisions.find(shop.id, number)
    assert audit_log.audit_events(only=None, limit=9) == ()


def test_retention_is_set_for_a_site_and_written_down(shop: Site, as_role: Callable[..., Visitor]) -> None:
    owner = as_role("owner")
    page = f"/sites/{shop.key}"
    assert 'value="365"' in owner.get(f"{page}/domains").text
    assert owner.post(f"{page}/retention", {"days": "30"}).status_code == 303
    assert sites.find(shop.key).retention == timedelta(days=30)
    for wrong in ("", "-1", "a year", "1826", "9" * 40, "٣"):
        refused = owner.post(f"{page}/retention", {"days": wrong})
        assert (refused.status_code, 'id="days-error"' in refused.text) == (422, True), wrong
    assert sites.find(shop.key).retention == timedelta(days=30)
    (event,) = audit_log.audit_events(only=None, limit=9)
    assert (event.action, event.subject, event.detail) == ("retention_changed", "30 days", "before: 365 days")


def test_banner_is_shown_by_the_very_script_that_pages_got_then(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    public_url = app.extensions["samtykke"].public_url
    with transaction():
        made = embed.script(shop.key, public_url=public_url, now=NOW)
        embed.store(replace(made, asset=compression.compress("script", b"/* that day's */")), now=NOW)
    number = decide(app, shop, language="nn", signals={"gpc": True})
    answer = editor.get(f"/sites/{shop.key}/consents/{number}/banner")
    assert "/* that day's */" in answer.text
    assert '<html lang="nn"' in answer.text
    assert 'data-gpc="on"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert f"connect-src {public_url}/w/;" in policy  # its parts, and nothing to decide with
    assert "Exactly as it was shown" in editor.get(f"/sites/{shop.key}/consents/{number}").text


def test_receipt_is_downloaded_with_its_proof_and_that_is_written_down(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    number = decide(app, shop)
    here = f"/sites/{shop.key}/consents/{number}/receipt.json"
    assert editor.get(here).status_code == 503  # the log does not have it yet
    jobs.sequence()
    answer = editor.get(here)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="butikken-{number}.json"'
    assert answer.get_json()["record"]["cid"] == number
    assert "\nindex " in answer.get_json()["proof"]
    shown = editor.get(f"/sites/{shop.key}/consents/{number}").text
    assert ("form=iso27560" in shown, "form=kantara" in shown) == (True, False)
    assert "Not as Kantara receipt: version 1 of the banner lacks contact details that it demands." in shown
    lacking = editor.get(f"{here}?form=kantara", headers={"Accept-Language": "nb"})
    assert (lacking.status_code, "har ikke alt som denne kvitteringen krever" in lacking.text) == (409, True)
    assert editor.get(f"{here}?form=iso27560").get_json()["@context"]
    assert editor.get(f"{here}?form=nonsense").status_code == 422
    downloads = audit_log.audit_events(only=None, action="consent_downloaded", limit=9)
    assert [event.detail for event in downloads] == ["iso27560", ""]


def test_what_the_list_shows_is_exported_and_that_is_written_down(
    app: Flask, shop: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("auditor")
    chosen = decide(app, shop)
    accepted = decide(app, shop, minutes=1, action="accept_all", choices=ALL)
    everything = who.get(f"/sites/{shop.key}/consents.jsonl")
    assert everything.is_streamed
    assert [json.loads(line)["consent_id"] for line in everything.text.splitlines()] == [chosen, accepted]
    some = who.get(f"/sites/{shop.key}/consents.csv?action=accept_all&from=2026-11-20")
    assert some.headers["Content-Disposition"] == 'attachment; filename="butikken.csv"'
    assert some.mimetype == "text/csv"
    assert [line.partition(",")[0] for line in some.text.splitlines()] == ["consent_id", accepted]
    assert who.get(f"/sites/{shop.key}/consents.csv?from=x").status_code == 422
    for wrong, field in (
        ("version=abc", "version"),
        ("action=acept", "action"),
        ("from=2026-13-01", "from"),
        ("from=2026-11-22&to=2026-11-21", "from"),
    ):
        refused = who.get(f"/sites/{shop.key}/consents.csv?{wrong}")
        assert (refused.status_code, f'id="{field}-error"' in refused.text) == (422, True), wrong
        assert "consents.csv" not in refused.text, "what is wrong cannot be downloaded"
    exports = audit_log.audit_events(only=None, action="consents_exported", limit=9)
    assert [(event.subject, event.detail) for event in exports] == [
        ("csv", "from 2026-11-20, action accept_all"),
        ("jsonl", ""),
    ]


def test_editor_sees_no_export(app: Flask, shop: Site, editor: Visitor) -> None:
    decide(app, shop)
    assert "consents.csv" not in editor.get(f"/sites/{shop.key}/consents").text
