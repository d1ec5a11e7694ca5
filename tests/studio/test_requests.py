"""Requests of data subjects as staff handle them."""

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import db, end_reading, transaction
from server.notices import replies, request_rules
from server.notices.request_rules import Content, Request
from server.notices.secret_links import token
from server.notices.service import requester, requests, site_closing
from server.sites import service as sites
from server.sites.values import Site
from server.studio.records import request_entry
from tests.studio.conftest import NOW as PUBLISHED
from tests.studio.conftest import Visitor, make_publishable
from tests.studio.test_consents import decide

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
CONTENT = Content("Kari Merkesen", "kari.merke@example.no", "Et hemmelig <b>budskap</b>")
MARKERS = ("Kari Merkesen", "kari.merke@example.no", "Et hemmelig")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def shop(site: Site, at: Callable[[datetime], None]) -> Site:
    """A site with a published banner."""
    at(NOW)
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=PUBLISHED)
    return site


@pytest.fixture
def editor(shop: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who answers."""
    return as_role("editor", shop)


def key(app: Flask) -> str:
    return str(app.extensions["samtykke"].secret_key)


def ask(
    app: Flask, site: Site, kind: str = "access", *, confirmed: bool = True, now: datetime = NOW
) -> Request:
    """Somebody sends a request, and confirms it."""
    with transaction():
        sent = requester.send(
            site.id, kind, CONTENT, language="nb", confirmable=confirmed, secret_key=key(app), now=now
        )
        found = requester.of_token(site.id, sent.token, secret_key=key(app))
        return requester.confirm(found, secret_key=key(app), now=now) if confirmed else found


def read(app: Flask, found: Request) -> Request:
    end_reading()
    return requests.find(found.site_id, found.request_id, secret_key=key(app))


def page_of(found: Request) -> str:
    return f"/sites/butikken/requests/{found.request_id}"


def actions(app: Flask) -> list[tuple[str, str, str]]:
    end_reading()
    events = audit_log.audit_events(only=None, limit=50)
    return [(one.action, one.subject, one.detail) for one in events if one.action.startswith("request_")]


def mail_kinds() -> list[str]:
    end_reading()
    return list(
        db.session.scalars(
            sa.text("SELECT kind FROM notification WHERE kind LIKE 'request.%' ORDER BY number")
        )
    )


def test_list_has_what_is_overdue_first_and_no_personal_data(
    app: Flask, shop: Site, editor: Visitor, at: Callable[[datetime], None]
) -> None:
    late = ask(app, shop, "erasure", now=NOW - timedelta(days=40))
    fresh = ask(app, shop, "access")
    soon = ask(app, shop, "objection", now=NOW - timedelta(days=28))
    page = editor.get("/sites/butikken/requests").text
    order = [page.index(one.reference) for one in (late, soon, fresh)]
    assert order == sorted(order)
    assert "1 overdue" in page
    assert "Due soon" in page
    assert not [marker for marker in MARKERS if marker in page]
    assert "3 requests wait" in (overview := editor.get("/sites/butikken/").text)
    assert "One is overdue." in overview


def test_auditor_reads_numbers_and_no_content(
    app: Flask, shop: Site, as_role: Callable[..., Visitor]
) -> None:
    found, auditor = ask(app, shop), as_role("auditor", shop)
    page = auditor.get("/sites/butikken/requests").text
    assert found.reference in page
    assert found.request_id not in page
    assert auditor.get(page_of(found)).status_code == 403


def test_request_is_found_by_its_reference_number_and_a_mistyped_one_is_named(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    found = ask(app, shop)
    typed = found.reference.replace("-", "").lower()
    answer = editor.get(f"/sites/butikken/requests/find?reference={typed}")
    assert answer.location.endswith(page_of(found))
    wrong = "Z" if typed[0] != "z" else "Y"
    mistyped = editor.get(f"/sites/butikken/requests/find?reference={wrong}{typed[1:]}")
    assert (mistyped.status_code, "A character of this number is wrong" in mistyped.text) == (404, True)
    unknown = editor.get(f"/sites/butikken/requests/find?reference={request_rules.new_reference()}")
    assert (unknown.status_code, "No request with this number" in unknown.text) == (404, True)


def test_page_shows_content_as_text_and_notes_who_opened_it(app: Flask, shop: Site, editor: Visitor) -> None:
    found = ask(app, shop)
    page = editor.get(page_of(found)).text
    assert all(marker in page for marker in MARKERS)
    assert "&lt;b&gt;budskap&lt;/b&gt;" in page
    assert actions(app) == [("request_opened", f"request {found.reference}", "")]


@pytest.mark.parametrize(
    "typed", [{"text": "", "insert": "1"}, {"text": ""}, {"text": "Her", "revision": "99"}]
)
def test_a_form_that_comes_back_with_the_content_is_noted_like_the_page(
    app: Flask, shop: Site, editor: Visitor, typed: dict[str, str]
) -> None:
    found = ask(app, shop)
    shown = editor.post(page_of(found) + "/answer", typed)
    assert MARKERS[0] in shown.text
    assert actions(app) == [("request_opened", f"request {found.reference}", "")]


def test_answer_closes_a_request_and_the_mail_says_nothing_of_it(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    found = ask(app, shop)
    answer = editor.post(
        page_of(found) + "/answer", {"revision": str(found.revision), "text": "Her er <i>alt</i>\r\nvi har."}
    )
    assert answer.status_code == 303
    closed = read(app, found)
    assert (closed.state, closed.closed_at) == ("answered", NOW)
    answered = closed.events[-1]
    assert (answered.action, answered.text, answered.by) == (
        "answer",
        "Her er <i>alt</i>\nvi har.",
        "editor-1@example.no",
    )
    assert mail_kinds() == ["request.reply"]
    stored = " ".join(db.session.scalars(sa.text("SELECT data FROM notification")))
    assert "vi har" not in stored
    assert not [marker for marker in MARKERS if marker in stored]
    assert actions(app)[0] == ("request_answered", f"request {found.reference}", "")


def test_extension_needs_a_reason_and_gives_a_new_due_date(app: Flask, shop: Site, editor: Visitor) -> None:
    found = ask(app, shop)
    path = page_of(found) + "/extend"
    empty = editor.post(path, {"revision": str(found.revision), "months": "2", "text": " \n"})
    assert (empty.status_code, "The text is empty" in empty.text) == (422, True)
    wrong = editor.post(path, {"revision": str(found.revision), "months": "9", "text": "Mange krav"})
    assert (wrong.status_code, "Mange krav" in wrong.text) == (422, True)
    assert (
        editor.post(path, {"revision": str(found.revision), "months": "2", "text": "Mange krav"}).status_code
        == 303
    )
    extended = read(app, found)
    assert (extended.state, extended.due_on) == ("extended", date(2027, 2, 22))
    assert mail_kinds() == ["request.extended"]
    # Once is all that the law allows.
    again = editor.post(path, {"revision": str(extended.revision), "months": "1", "text": "Enda flere"})
    assert again.status_code == 409
    assert "Enda flere" in again.text


def test_time_cannot_be_extended_after_the_first_month(
    app: Flask, shop: Site, editor: Visitor, at: Callable[[datetime], None]
) -> None:
    found = ask(app, shop, now=NOW - timedelta(days=40))
    page = editor.get(page_of(found)).text
    assert "Reason, for the requester" in page
    assert 'name="months"' not in page
    data = {"revision": str(found.revision), "months": "1", "text": "Mange krav"}
    answer = editor.post(page_of(found) + "/extend", data)
    assert (answer.status_code, "the first month is over" in answer.text) == (422, True)
    assert "Mange krav" in answer.text


def test_refusal_of_an_unconfirmed_address_sends_no_mail(app: Flask, shop: Site, editor: Visitor) -> None:
    with transaction():
        sent = requester.send(
            shop.id, "access", CONTENT, language="nb", confirmable=False, secret_key=key(app), now=NOW
        )
    found = requester.of_token(shop.id, sent.token, secret_key=key(app))
    assert "Address not confirmed" in editor.get(page_of(found)).text
    assert editor.post(page_of(found) + "/refuse", {"revision": "0", "text": "Nei"}).status_code == 303
    assert read(app, found).state == "refused"
    assert mail_kinds() == []


def test_two_colleagues_at_once_do_not_overwrite_each_other(
    app: Flask, shop: Site, editor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    found, owner = ask(app, shop), as_role("owner")
    data = {"revision": str(found.revision), "text": "Første svar"}
    assert owner.post(page_of(found) + "/answer", data).status_code == 303
    late = editor.post(page_of(found) + "/answer", {**data, "text": "Andre svar"})
    assert late.status_code == 409
    assert "Somebody changed this request meanwhile" in late.text
    assert "Andre svar" in late.text
    assert [event.text for event in read(app, found).events if event.action == "answer"] == ["Første svar"]


def test_notes_that_are_written_at_once_are_all_stored(app: Flask, shop: Site, editor: Visitor) -> None:
    path = page_of(ask(app, shop)) + "/note"
    token, session = editor.token(), editor.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert session is not None

    def at_once(number: int) -> int:
        with app.app_context():
            client = app.test_client()
            client.set_cookie(session.key, session.value)
            data = {"csrf_token": token, "text": f"Notat {number}"}
            status = client.post(f"/studio{path}", data=data).status_code
            db.session.remove()
            return status

    end_reading()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(at_once, range(4))) == [303] * 4
    end_reading()
    page = editor.get(path.removesuffix("/note")).text
    assert all(f"Notat {number}" in page for number in range(4))


def test_note_is_for_colleagues_alone(app: Flask, shop: Site, editor: Visitor) -> None:
    found = ask(app, shop)
    assert editor.post(page_of(found) + "/note", {"text": "Ring Ola"}).status_code == 303
    assert "Ring Ola" in editor.get(page_of(found)).text
    code = token(shop.id, found.request_id, "request", secret_key=key(app))
    assert "Ring Ola" not in editor.client.post("/s/butikken/request/status", data={"code": code}).text


def test_text_that_is_too_long_comes_back_whole(app: Flask, shop: Site, editor: Visitor) -> None:
    found, text = ask(app, shop), "å" * 20_001
    for name in ("answer", "refuse", "extend", "note"):
        answer = editor.post(
            f"{page_of(found)}/{name}", {"revision": str(found.revision), "months": "1", "text": text}
        )
        assert answer.status_code == 422
        assert text in answer.text
        assert read(app, found).revision == found.revision


def test_odd_revisions_are_a_change_meanwhile(app: Flask, shop: Site, editor: Visitor) -> None:
    found = ask(app, shop)
    for revision in ("", "x", "-1", "99999999999999999999", "\x00"):
        answer = editor.post(page_of(found) + "/answer", {"revision": revision, "text": "Svar"})
        assert answer.status_code == 409


def test_deleted_request_is_gone_with_its_link_and_its_waiting_mail(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    found = ask(app, shop)
    editor.post(page_of(found) + "/answer", {"revision": str(found.revision), "text": "Svar"})
    assert editor.post(page_of(found) + "/delete").status_code == 303
    assert editor.get(page_of(found)).status_code == 404
    for table in ("notice_request", "notice_request_event", "notification_delivery"):
        assert db.session.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0
    assert actions(app)[0] == ("request_deleted", f"request {found.reference}", "")


def test_request_of_another_site_is_not_there(
    app: Flask, shop: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    found, owner = ask(app, shop), as_role("owner")
    path = page_of(found).replace("butikken", other.key)
    assert owner.get(path).status_code == 404
    assert owner.post(path + "/answer", {"revision": "1", "text": "Svar"}).status_code == 404
    assert owner.post(path + "/delete").status_code == 404
    assert owner.get(f"/sites/{other.key}/requests/find?reference={found.reference}").status_code == 404
    assert read(app, found).state == "received"


def test_closed_requests_come_in_pages(
    app: Flask, shop: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "LISTED", 5)
    for number in range(requests.LISTED + 2):
        found = ask(app, shop)
        with transaction():
            requester.withdraw(found, secret_key=key(app), now=NOW + timedelta(seconds=number // 2))
    first = editor.get("/sites/butikken/requests").text
    older = re.search(r'href="/studio(/sites/butikken/requests\?after=[^"]+)"', first)
    assert older
    second = editor.get(older[1].replace("&amp;", "&")).text
    listed = [set(re.findall(r"/requests/([\w-]{22})\"", page)) for page in (first, second)]
    assert [len(page) for page in listed] == [requests.LISTED, 2]
    assert not listed[0] & listed[1]
    nowhere = f"~{'a' * 22}"
    for after in ("%00~x", f"0001-01-01T00:00:00%2B23:59{nowhere}", f"9999-12-31T23:59:59-23:59{nowhere}"):
        assert editor.get(f"/sites/butikken/requests?after={after}").status_code == 200


def form_text(page: str, step: str) -> str:
    """What stands in a field of the page."""
    found = re.search(rf'<textarea[^>]* id="{step}-text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_a_ready_made_reply_is_put_into_its_field_behind_what_was_typed_and_nothing_is_sent(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    found = ask(app, shop, "erasure")
    revision = str(found.revision)
    for step in ("answer", "refuse", "extend"):
        shown = editor.post(f"{page_of(found)}/{step}", {"revision": revision, "text": "", "insert": "1"})
        assert shown.status_code == 200
        text = form_text(shown.text, step)
        assert text.startswith("Hei Kari Merkesen.\n\nVi fikk kravet ditt 20. november 2026.")
        assert "[skriv" in text
    typed = {"revision": revision, "text": "Takk for meldingen.\r\n", "insert": "1"}
    twice = form_text(editor.post(page_of(found) + "/answer", typed).text, "answer")
    assert twice.startswith("Takk for meldingen.\n\nHei Kari Merkesen.")
    again = {"revision": revision, "text": twice.replace("\n", "\r\n"), "insert": "1"}
    assert form_text(editor.post(page_of(found) + "/answer", again).text, "answer").count("Hei Kari") == 1
    assert read(app, found).state == "received"
    assert "request_answered" not in {action for action, _, _ in actions(app)}


@pytest.mark.parametrize("step", ["answer", "refuse", "extend"])
def test_a_reply_with_gaps_is_not_sent_and_the_gaps_are_named(
    app: Flask, shop: Site, editor: Visitor, step: str
) -> None:
    found = ask(app, shop, "erasure")
    where, sent = f"{page_of(found)}/{step}", {"revision": str(found.revision), "months": "1"}
    text = form_text(editor.post(where, {**sent, "text": "", "insert": "1"}).text, step)
    gaps = replies.gaps(text)

    refused = editor.post(where, {**sent, "text": text})

    assert refused.status_code == 422
    assert f"The text still has {len(gaps)} gaps: {' '.join(gaps)}" in html.unescape(refused.text)
    assert form_text(refused.text, step) == text
    for gap in gaps[1:]:
        text = text.replace(gap, "ingenting")
    last = editor.post(where, {**sent, "text": text})
    assert f"The text still has a gap: {gaps[0]}" in html.unescape(last.text)
    assert read(app, found).state == "received"
    assert mail_kinds().count("request.answered") == 0
    done = editor.post(where, {**sent, "text": text.replace(gaps[0], "[navn] og adresse")})
    assert done.status_code == 303


def test_a_note_for_colleagues_may_have_gaps_and_offers_no_reply(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    found = ask(app, shop)
    page = editor.get(page_of(found)).text
    assert page.count("data-reply=") == 3
    reply = form_text(editor.post(page_of(found) + "/answer", {"text": "", "insert": "1"}).text, "answer")
    assert editor.post(page_of(found) + "/note", {"text": reply}).status_code == 303
    assert editor.post(page_of(found) + "/note", {"text": "", "insert": "1"}).status_code == 422


def test_a_reply_names_the_controller_and_where_to_complain_and_admits_that_it_is_late(
    app: Flask, shop: Site, editor: Visitor
) -> None:
    late = ask(app, shop, "access", now=NOW - timedelta(days=40))
    shown = editor.post(page_of(late) + "/answer", {"text": "", "insert": "1"})
    text = form_text(shown.text, "answer")
    controller = sites.draft(shop.id).document["controller"]
    assert f"klage til {controller['supervisory_authority']['name']} (artikkel 77)" in text
    assert text.endswith(f"Hilsen {controller['name']}")
    assert "Fristen for å svare var" in text


# --- requests that staff enter, and those of all sites ---------------------------------------------------

ENTRY = {
    "kind": "access",
    "came": "phone",
    "received": "2026-11-18",
    "name": "Kari  Merkesen",
    "email": "",
    "number": "",
    "language": "nb",
    "message": "Hva har dere lagret?",
}


def test_a_request_by_telephone_is_entered_with_a_due_date_from_the_day_it_came(
    app: Flask, shop: Site, editor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    as_role("owner")
    assert 'value="2026-11-20"' in editor.get("/sites/butikken/requests/new").text
    answer = editor.post("/sites/butikken/requests/new", ENTRY)
    assert answer.status_code == 303
    (summary,) = requests.open_requests(shop.id)
    found = read(app, requests.find(shop.id, summary.request_id, secret_key=key(app)))
    assert answer.location.endswith(page_of(found))
    assert (found.state, found.came, found.due_on, found.confirmed_at) == (
        "received", "phone", date(2026, 12, 18), None,
    )  # fmt: skip
    assert found.content == Content("Kari Merkesen", "", "Hva har dere lagret?")
    assert [(event.action, event.by) for event in found.events] == [("entered", "editor-1@example.no")]
    assert actions(app)[0] == ("request_entered", f"request {found.reference}", "")
    page = editor.get(page_of(found)).text
    assert found.reference in page
    assert "Entered by editor-1@example.no" in page
    assert "By telephone" in page
    assert "not confirmed" not in page
    assert mail_kinds() == ["request.received"], "for the others, and nothing to the requester"
    editor.post(f"{page_of(found)}/answer", {"text": "Ingenting.", "revision": "0"})
    assert "give the requester the answer in the way it was asked for" in editor.get(page_of(found)).text
    assert read(app, found).state == "answered"
    assert mail_kinds() == ["request.received"]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("kind", "everything", "must be chosen"),
        ("came", "pigeon", "must be chosen"),
        ("received", "yesterday", "is not a day"),
        ("received", "2026-11-21", "is in the future"),
        ("received", "2025-11-01", "is more than a year ago"),
        ("name", "x" * 201, "must have at most 200 characters"),
        ("email", "kari", "is not an e-mail address"),
        ("number", "0000-0000", "is the number of no decision"),
        ("message", "x" * 4001, "must have at most"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named_at_its_field_and_nothing_typed_is_lost(
    shop: Site, editor: Visitor, field: str, value: str, why: str
) -> None:
    answer = editor.post("/sites/butikken/requests/new", {**ENTRY, field: value})
    assert answer.status_code == 422
    said = re.search(rf'id="{field}-error".*?</p>', answer.text, re.DOTALL)
    assert said
    assert why in said[0]
    assert "Hva har dere lagret?" in answer.text or field == "message"
    assert requests.open_requests(shop.id) == ()


def test_an_entry_without_anybody_or_anything_in_it_is_refused(shop: Site, editor: Visitor) -> None:
    answer = editor.post("/sites/butikken/requests/new", {**ENTRY, "name": "", "message": " "})
    assert (answer.status_code, "must say who asks, or what for" in answer.text) == (422, True)


def test_nothing_is_entered_on_a_site_that_is_deleted_meanwhile(
    shop: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_typed: str) -> str:
        with transaction():
            site_closing.delete_site(shop.id, by="owner@example.no", now=NOW)
        return ""

    monkeypatch.setattr(request_entry, "_consent_fault", meanwhile)
    answer = editor.post("/sites/butikken/requests/new", ENTRY)
    assert (answer.status_code, "this site is closed" in answer.text.lower()) == (410, True)
    assert requests.open_requests(shop.id) == ()


def test_a_request_about_a_decision_leads_to_it(app: Flask, shop: Site, editor: Visitor) -> None:
    number = decide(app, shop)
    assert f"/requests/new?number={number}" in editor.get(f"/sites/butikken/consents/{number}").text
    form = editor.get(f"/sites/butikken/requests/new?number={number}").text
    assert f'value="{number}"' in form
    typed = "-".join((number[:8].lower(), number[8:]))
    editor.post("/sites/butikken/requests/new", {**ENTRY, "number": typed})
    (summary,) = requests.open_requests(shop.id)
    page = editor.get(f"/sites/butikken/requests/{summary.request_id}").text
    assert f"/consents/find?number={number}" in page
    end_reading()
    assert number not in repr(db.session.execute(sa.text("SELECT * FROM notice_request")).all())


def test_requests_of_all_sites_are_one_list_with_what_is_overdue_first(
    app: Flask, shop: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    late = ask(app, other, "erasure", now=NOW - timedelta(days=40))
    fresh = ask(app, shop, "access")
    soon = ask(app, shop, "objection", now=NOW - timedelta(days=28))
    who = as_role("editor")
    page = who.get("/requests").text
    order = [page.index(one.reference) for one in (late, soon, fresh)]
    assert order == sorted(order)
    assert "1 overdue" in page
    assert f"/sites/hytta/requests/{late.request_id}" in page
    assert not [marker for marker in MARKERS if marker in page]
    for narrowed, left in (
        ("site=hytta", [late]), ("kind=access", [fresh]), ("due=overdue", [late]), ("due=soon", [soon]),
        ("due=later&site=butikken", [fresh]), ("site=nowhere", []), ("due=overdue&kind=access", []),
    ):  # fmt: skip
        found = who.get(f"/requests?{narrowed}").text
        assert [one for one in (late, soon, fresh) if one.reference in found] == left, narrowed
        assert left or "No request fits" in found


def test_who_sees_one_site_sees_its_requests_alone(
    app: Flask, shop: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    elsewhere, here = ask(app, other), ask(app, shop)
    page = as_role("auditor", shop).get("/requests").text
    assert here.reference in page
    assert here.request_id not in page, "who may not open it gets no link"
    assert elsewhere.reference not in page
    assert "Hytta" not in page
    assert as_role("developer").get("/requests").status_code == 403
