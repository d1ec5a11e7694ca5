"""Setting a site up: from the address of a website to a published banner, in steps that can be left."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import current_app

from server.core.addresses import FetchFault
from server.core.db import transaction
from server.core.guarded_fetch import Answer, Failed
from server.core.http import settings
from server.scanner import company_register
from server.scanner import service as scanner
from server.sites import service as sites
from server.sites import setups
from server.sites.document_types import Document
from server.sites.setups import STEPS
from server.sites.values import Site
from server.studio.sites import site_address, site_start
from tests.scanner.answers import Web, html, redirect
from tests.sites import drafts
from tests.studio.conftest import NOW, Visitor, make_publishable
from tests.studio.test_browser_setup import KAFFE, LOGO, SHOP

SEALED = re.compile(r'name="proposal" value="([^"]*)"')

TYPED = {"name": "Fjellkaffe", "domains": "fjellkaffe.no www.fjellkaffe.no", "impressions": "off"}

WHO = {
    "controller.name": "Fjellkaffe AS",
    "controller.address": "Fjellveien 1\n2680 Vågå",
    "controller.contacts.email": "post@fjellkaffe.no",
    "controller.organisation_number": "311874020",
}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """What answers instead of the internet."""
    made = Web({SHOP: html(KAFFE % ""), f"{SHOP}logo.svg": html(LOGO)})
    monkeypatch.setattr(scanner, "getter", lambda **_options: made)
    return made


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    """An owner of all sites."""
    return as_role("owner")


def begun(owner: Visitor, **fields: str) -> str:
    """A site from what its page proposes; returns where its owner is sent."""
    read = owner.post("/sites/start", {"url": SHOP})
    assert read.status_code == 200
    sealed = SEALED.search(read.text)
    assert sealed
    made = owner.post("/sites/new", {**TYPED, "proposal": sealed[1], **fields})
    assert made.status_code == 303
    return str(made.location)


def draft(key: str = "fjellkaffe") -> Document:
    return sites.draft(sites.find(key).id).document


def test_what_the_page_proposes_is_shown_first_and_in_the_draft_then(owner: Visitor, web: Web) -> None:
    web.pages["https://www.fjellkaffe.no"] = redirect(SHOP)
    page = owner.post("/sites/start", {"url": " www.fjellkaffe.no"}).text
    for words in ('value="Fjellkaffe"', "fjellkaffe.no\nwww.fjellkaffe.no", "Google Analytics", "#7a3e1d"):
        assert words in page
    assert begun(owner, language="nn") == "/studio/sites/fjellkaffe/setup"
    document = draft()
    assert document["default_language"] == "nn"
    who, look = document["controller"], document["appearance"]
    assert (who["organisation_number"], who["contacts"]["email"]) == ("311 874 020", "post@fjellkaffe.no")
    assert look["colours"]["light"]["accent"] == "#7a3e1d"
    assert look["logo"].startswith(f"{settings().public_url}/s/fjellkaffe/logo/")
    assert look["logo_text"] == "Fjellkaffe"
    assert [each.key for each in setups.find(sites.find("fjellkaffe").id).suggestions] == [
        "google_analytics",
        "youtube",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/",
        "ftp://fjellkaffe.no/",
        "javascript:alert(1)",
        "https://kari:x@fjellkaffe.no/",
        "https://fjellkaffe.no:22/",
        "",
    ],
)
def test_an_address_that_is_not_requested_is_refused_at_its_field_and_kept(
    owner: Visitor, web: Web, url: str
) -> None:
    answer = owner.post("/sites/start", {"url": url})
    assert (answer.status_code, web.asked) == (422, [])
    assert 'id="url-error"' in answer.text
    assert f'value="{url}"' in answer.text


@pytest.mark.parametrize(
    "fault",
    [
        Failed("name_not_resolved", "www.fjellkaffe.no has no address"),
        FetchFault(
            "private_address", "www.fjellkaffe.no has an address that is not allowed: private address"
        ),
        redirect("http://10.0.0.1/"),
        Answer(503, {}, b"", complete=True),
    ],
)
def test_a_page_that_cannot_be_read_keeps_nobody_from_going_on(
    owner: Visitor, web: Web, fault: Answer | FetchFault
) -> None:
    web.pages[SHOP] = fault
    page = owner.post("/sites/start", {"url": SHOP}).text
    assert "Type in what could not be read" in page
    assert "fjellkaffe.no\nwww.fjellkaffe.no" in page
    assert web.asked == [SHOP]
    made = owner.post("/sites/new", {**TYPED, "proposal": ""})
    assert made.location == "/studio/sites/fjellkaffe/setup"
    assert owner.get("/sites/fjellkaffe/setup/services").status_code == 200


def test_a_proposal_that_this_server_did_not_sign_counts_for_nothing(owner: Visitor, web: Web) -> None:
    forged = json.dumps({"colours": ["#ff0000"]})
    assert owner.post("/sites/new", {**TYPED, "proposal": forged}).status_code == 303
    assert draft()["appearance"]["colours"] == sites.default_document()["appearance"]["colours"]


def test_the_steps_lead_from_one_to_the_next_until_the_banner_is_live(owner: Visitor, web: Web) -> None:
    begun(owner)
    key = "/sites/fjellkaffe/setup"
    assert owner.get(key).location == f"/studio{key}/who"
    assert owner.save(f"{key}/who", WHO).location == f"/studio{key}/services"
    chosen = {"service": ["google_analytics", "youtube"]}
    assert owner.save(f"{key}/services", chosen).location == f"/studio{key}/look"
    assert owner.save(f"{key}/look", {"do": "theme:card"}).location == f"/studio{key}/look"
    assert owner.save(f"{key}/look", {"do": "next"}).location == f"/studio{key}/law"
    assert owner.post(f"{key}/law", {"do": "next"}).location == f"/studio{key}/install"
    assert owner.save(f"{key}/install", {"do": "publish"}).location == f"/studio{key}/install"
    site = sites.find("fjellkaffe")
    made = sites.newest(site.id)
    assert made is not None
    assert (made.document["appearance"]["layout"], made.document["behaviour"]["consent_mode"]) == (
        "box",
        "basic",
    )
    assert setups.find(site.id).done == set(STEPS) - {"install"}
    overview = owner.get("/sites/fjellkaffe/").text
    assert '/sites/fjellkaffe/install">Put the script tag on the pages</a>' in overview
    # What is published is set up: its editor does not ask for steps that were done in another way.
    for page in ("", "banner/texts", "publish"):
        assert "etting up" not in owner.get(f"/sites/fjellkaffe/{page}").text
        assert "The set-up of this site is not finished" not in owner.get(f"/sites/fjellkaffe/{page}").text
    web.pages[SHOP] = html(KAFFE % f'<script src="{settings().public_url}/w/fjellkaffe.js"></script>')
    owner.post(f"{key}/install", {"do": "check", "url": SHOP})
    assert setups.find(site.id).done == set(STEPS)
    assert "Visitors are asked" in owner.get(f"{key}/install").text
    assert "Put the script tag on the pages" not in owner.get("/sites/fjellkaffe/").text


def test_a_site_that_was_published_in_another_way_has_the_steps_before_behind_it(
    owner: Visitor, web: Web
) -> None:
    begun(owner)
    site = sites.find("fjellkaffe")
    assert "Go on setting up" in owner.get("/sites/fjellkaffe/").text
    assert "The set-up of this site is not finished" in owner.get("/sites/fjellkaffe/publish").text
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="kari", now=NOW)
    assert "The set-up of this site is not finished" not in owner.get("/sites/fjellkaffe/publish").text
    assert owner.get("/sites/fjellkaffe/setup").location == "/studio/sites/fjellkaffe/setup/install"


def test_a_theme_leaves_the_brand_its_colours(owner: Visitor, web: Web) -> None:
    begun(owner)
    page = "/sites/fjellkaffe/setup/look"
    before = draft()["appearance"]["colours"]
    for theme in ("card", "dark"):
        owner.save(page, {"do": f"theme:{theme}"})
        assert draft()["appearance"]["colours"] == before
    owner.save(page, {"do": "theme:contrast"})
    assert draft()["appearance"]["colours"] != before


def test_each_step_can_be_left_and_a_colleague_finds_it_as_it_was(
    owner: Visitor, as_role: Callable[..., Visitor], web: Web
) -> None:
    begun(owner)
    owner.save("/sites/fjellkaffe/setup/who", WHO)
    site = sites.find("fjellkaffe")
    developer = as_role("developer", site)
    assert developer.get("/sites/fjellkaffe/setup").location == "/studio/sites/fjellkaffe/setup/services"
    assert "The set-up of this site is not finished" in developer.get("/sites/fjellkaffe/publish").text
    page = developer.get("/sites/fjellkaffe/setup/who").text
    assert 'value="Fjellkaffe AS"' in page
    assert "311 874 020" in page
    # Developers do not publish, and are told where to ask for it.
    assert "Ask for it" in developer.get("/sites/fjellkaffe/setup/install").text
    assert (
        developer.save(
            "/sites/fjellkaffe/setup/install", {"do": "publish"}, at="/sites/fjellkaffe/setup/who"
        ).status_code
        == 403
    )


def test_all_that_is_missing_or_wrong_is_said_at_once_and_what_is_right_is_saved(
    owner: Visitor, site: Site
) -> None:
    page = f"/sites/{site.key}/setup/who"
    typed = {"controller.address": "Storgata 1", "controller.organisation_number": "311 874 021"}
    refused = owner.save(page, typed)
    assert refused.status_code == 422
    for field in ("controller.name", "controller.contacts.email", "controller.organisation_number"):
        assert f'id="{field}-error"' in refused.text
    assert "The draft is saved." in refused.text
    assert "Nothing was saved" not in refused.text
    assert draft(site.key)["controller"]["address"] == "Storgata 1"
    assert setups.find(site.id).done == frozenset()


def test_step_offers_every_field_of_the_organisation_that_the_law_asks_for(
    owner: Visitor, site: Site
) -> None:
    empty = {"controller.name": "", "controller.country": "US", "controller.supervisory_authority.name": ""}
    page = owner.save("/sites/butikken/setup/who", empty).text
    asked = {one.field for one in sites.check(site.id) if one.field.startswith("controller.")}
    assert {"controller.contacts.phone", "controller.representative.name"} < asked
    for field in asked:
        assert re.search(rf'name="{re.escape(field)}[."]', page), field
    assert '<details class="fold" open>' in page


@pytest.mark.parametrize(
    ("own", "host", "zone"),
    [
        ("", "fjellkaffe.no", "Europe/Oslo"),
        ("UTC", "fjellkaffe.se", "Europe/Stockholm"),
        ("", "fjellkaffe.com", "Europe/Oslo"),
        ("America/New_York", "fjellkaffe.no", "America/New_York"),
    ],
)
def test_time_zone_of_a_new_site_is_that_of_who_makes_it_or_of_its_country_and_is_shown(
    owner: Visitor, own: str, host: str, zone: str
) -> None:
    owner.post("/account/preferences", {"language": "en", "time_zone": own})
    assert owner.post("/sites/new", {**TYPED, "domains": host, "proposal": ""}).status_code == 303
    assert draft()["controller"]["time_zone"] == zone
    page = owner.get("/sites/fjellkaffe/setup/who").text
    chosen = page[page.index('name="controller.time_zone"') :].split("</select>")[0]
    assert f'<option value="{zone}" selected>' in chosen


def test_a_number_of_another_country_is_as_that_country_has_it(owner: Visitor, site: Site) -> None:
    who = {**WHO, "controller.organisation_number": "HRB 12345", "controller.country": "DE"}
    assert owner.save(f"/sites/{site.key}/setup/who", who).status_code == 303
    assert draft(site.key)["controller"]["organisation_number"] == "HRB 12345"


COMPANY = {
    "organisasjonsnummer": "311874020",
    "navn": "FJELLKAFFE AS",
    "epostadresse": "post@fjellkaffe.no",
    "forretningsadresse": {
        "landkode": "NO",
        "postnummer": "2680",
        "poststed": "VÅGÅ",
        "adresse": ["Fjellveien 1"],
    },
}


def looked_up(monkeypatch: pytest.MonkeyPatch, answer: Answer | FetchFault, *, allowed: bool = True) -> Web:
    """A register that answers."""
    web = Web({f"{company_register.ADDRESS}311874020": answer})
    monkeypatch.setattr(company_register, "ask", lambda: web)
    changed = replace(settings(), company_register=allowed)
    monkeypatch.setitem(current_app.extensions, "samtykke", changed)
    return web


def test_the_register_fills_in_who_is_responsible_where_the_operator_allows_it(
    owner: Visitor, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/sites/{site.key}/setup/who"
    typed = {"controller.organisation_number": "311874020", "do": "lookup"}
    assert "Fill in from the register" not in owner.get(page).text
    web = looked_up(monkeypatch, Answer(200, {}, json.dumps(COMPANY).encode(), complete=True))
    assert "Fill in from the register" in owner.get(page).text
    assert owner.save(page, typed).status_code == 303
    who = draft(site.key)["controller"]
    assert (who["name"], who["address"], who["organisation_number"]) == (
        "FJELLKAFFE AS",
        "Fjellveien 1\n2680 VÅGÅ",
        "311 874 020",
    )
    assert (who["country"], who["contacts"]["email"]) == ("NO", "post@fjellkaffe.no")
    assert len(web.asked) == 1


def test_nothing_is_looked_up_unless_the_operator_allows_it(
    owner: Visitor, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = looked_up(monkeypatch, Answer(200, {}, b"{}", complete=True), allowed=False)
    owner.save(f"/sites/{site.key}/setup/who", {**WHO, "do": "lookup"})
    assert web.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, {}, b"", complete=True),
        Answer(200, {}, b"[" * 5000, complete=True),
        Answer(200, {}, b'{"organisasjonsnummer": "923609016", "navn": "Andre AS"}', complete=True),
        Answer(200, {}, b"{}", complete=False),
        Failed("timeout", "data.brreg.no took too long"),
    ],
)
def test_what_the_register_does_not_know_is_said_at_the_number(
    owner: Visitor, site: Site, monkeypatch: pytest.MonkeyPatch, answer: Answer | FetchFault
) -> None:
    looked_up(monkeypatch, answer)
    refused = owner.save(f"/sites/{site.key}/setup/who", {**WHO, "do": "lookup"})
    assert (refused.status_code, 'id="controller.organisation_number-error"' in refused.text) == (422, True)
    assert 'value="Fjellkaffe AS"' in refused.text


def test_what_the_law_asks_is_put_right_by_a_button_or_named(owner: Visitor, site: Site) -> None:
    stored = sites.draft(site.id)
    texts = {**stored.document["texts"]["nb"], "accept_all": ""}
    owner.save(f"/sites/{site.key}/banner/texts", {"texts.nb.accept_all": "", "texts.nb.reject_all": ""})
    assert texts["accept_all"] == ""
    page = f"/sites/{site.key}/setup/law"
    refused = owner.post(page, {"do": "next"})
    assert (refused.status_code, 'id="problems"' in refused.text) == (422, True)
    assert owner.save(page, {"do": "fix-all"}).status_code == 303
    assert draft(site.key)["texts"]["nb"]["accept_all"]
    assert draft(site.key)["texts"]["nb"]["reject_all"]
    assert "Name" in owner.get(page).text


def test_tags_that_load_before_visitors_choose_need_a_reason_in_the_last_step_too(
    owner: Visitor, site: Site
) -> None:
    make_publishable(site)
    drafts.edit(site, ("behaviour", "consent_mode"), "advanced", by="tests", now=NOW)
    page = f"/sites/{site.key}/setup/install"
    assert 'name="note"' in owner.get(page).text
    refused = owner.save(page, {"do": "publish", "note": " "})
    assert (refused.status_code, 'id="note-error"' in refused.text) == (422, True)
    control = owner.save(page, {"do": "publish", "note": "Datatilsynet\x07"})
    assert (control.status_code, "Datatilsynet" in control.text) == (422, True)
    assert sites.newest(site.id) is None
    assert owner.save(page, {"do": "publish", "note": "Etter råd fra juristen"}).location == f"/studio{page}"
    made = sites.newest(site.id)
    assert made
    assert made.note == "Etter råd fra juristen"


@pytest.mark.parametrize(
    ("tag", "code"), [("nb-NO", "nb"), ("no", "nb"), ("nn_NO", "nn"), ("EN-gb", "en"), ("tlh", ""), ("", "")]
)
def test_the_language_of_a_page_is_the_main_one_of_its_banner(tag: str, code: str) -> None:
    assert site_start.language_of(tag, ("nb", "nn", "en")) == code


def test_pages_are_read_so_often_and_no_oftener(
    owner: Visitor, web: Web, monkeypatch: pytest.MonkeyPatch, stopped_clock: None
) -> None:
    monkeypatch.setattr(site_address, "READS", type(site_address.READS)(2, 1, "tests_website_reading"))
    answers = [owner.post("/sites/start", {"url": SHOP}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
