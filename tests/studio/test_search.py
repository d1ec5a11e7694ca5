"""The search of the studio: what a person finds, and where it leads."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import url_for

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from server.studio.headings import HEADINGS
from tests.sites.documents import service
from tests.studio.conftest import NOW, Visitor, make_publishable
from tests.studio.test_comparisons import title as change_title
from tests.studio.walking import Page


def found(who: Visitor, question: str, site: str = "butikken") -> list[dict[str, str]]:
    answer = who.get(f"/search/found?site={site}&q={question}")
    assert answer.status_code == 200
    listed: list[dict[str, str]] = json.loads(answer.text)["found"]
    return listed


def titles(who: Visitor, question: str, site: str = "butikken") -> list[str]:
    return [each["title"] for each in found(who, question, site)]


@pytest.mark.parametrize(
    ("question", "title", "address"),
    [
        ("publish", "Publish", "/studio/sites/butikken/publish"),
        ("go live", "Publish", "/studio/sites/butikken/publish"),
        ("dark mode", "Colours to use", "/studio/sites/butikken/banner/appearance#appearance.scheme"),
        ("expiry", "A yes is valid for", "/studio/sites/butikken/banner/behaviour#behaviour.validity_days"),
        ("GPC", "Global Privacy Control counts as a no",
         "/studio/sites/butikken/banner/behaviour#behaviour.signals.gpc"),
        ("API keys", "Tokens", "/studio/sites/butikken/tokens"),
        ("password", "Your account", "/studio/account"),
        ("ga4", "GA4", "/studio/sites/butikken/banner/services/ga4"),
        ("counter_id", "GA4", "/studio/sites/butikken/banner/services/ga4"),
    ],
)  # fmt: skip
def test_page_setting_or_service_is_found_by_what_people_call_it(
    site: Site, as_role: Callable[..., Visitor], question: str, title: str, address: str
) -> None:
    draft = copy.deepcopy(sites.draft(site.id).document)
    cookie = {**copy.deepcopy(service()["cookies"][0]), "name": "counter_id"}
    draft["services"].append(service("ga4", name="GA4", cookies=[cookie]))
    with transaction():
        sites.save_draft(site.id, draft, by="tests", now=NOW)
    who = as_role("owner")
    assert (title, address) in [(each["title"], each["address"]) for each in found(who, question)]


@pytest.mark.parametrize(
    ("question", "title", "note", "address"),
    [
        ("fargen til merkevaren", "Merkefarge", "Banner › Utseende", "banner/appearance#brand"),
        ("merkefarge", "Merkefarge", "Banner › Utseende", "banner/appearance#brand"),
        ("kontrast", "Merkefarge", "Banner › Utseende", "banner/appearance#brand"),
        ("nynorsk", "Språk", "Banner › Tekster", "banner/texts#languages-title"),
        ("godkjenning", "Godkjenning", "Nettsted", "domains#approval"),
        ("varsle besøkende", "Varsle besøkende om endringen", "Publisering", "publish"),
        ("planlegg", "Publisering", "", "publish"),
        ("rulle tilbake", "Versjoner", "", "versions"),
        ("tittel", "Tittel", "Banner › Tekster › Første lag", "banner/texts?language=nb#texts.nb.title"),
    ],
)
def test_label_heading_or_switch_is_found_as_a_norwegian_reader_sees_it(
    site: Site, as_role: Callable[..., Visitor], question: str, title: str, note: str, address: str
) -> None:
    answer = as_role("owner").get(
        f"/search/found?site=butikken&q={question}", headers={"Accept-Language": "nb"}
    )
    shown = [(each["title"], each["note"], each["address"]) for each in json.loads(answer.text)["found"]]
    where = " › ".join(filter(None, ["Butikken", note]))
    assert (title, where, f"/studio/sites/butikken/{address}") in shown[:3]


def test_no_two_results_look_alike(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    for question in ("title", "text", "name", "buttons", "settings"):
        shown = [(each["title"], each["note"]) for each in found(who, question)]
        assert len(set(shown)) == len(shown), question


def test_headings_are_called_as_on_their_pages(site: Site, as_role: Callable[..., Visitor]) -> None:
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    change_title(site, "Jul hos oss")
    who = as_role("owner")
    for heading in HEADINGS:
        with who.client.application.test_request_context():
            values: dict[str, Any] = {**heading.place.values, "key": site.key}
            path = url_for(f"studio.{heading.place.endpoint}", **values)
        assert str(heading.title) in who.get(path.removeprefix("/studio")).text, heading


def test_every_result_leads_to_a_page_and_to_a_field_that_is_there(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who, pages = as_role("owner"), dict[str, Page]()
    seen = {
        each["address"]
        for sign in "abcdefghijklmnopqrstuvwxyz"
        for more in "aeiour"
        for each in found(who, sign + more)
    }
    assert len(seen) > 100
    for address in sorted(seen):
        path, _hash, anchor = address.removeprefix("/studio").partition("#")
        if path not in pages:
            answer = who.get(path, follow_redirects=True)
            assert answer.status_code == 200, address
            pages[path] = Page(answer.text)
        assert not anchor or anchor in pages[path].ids, address


def test_nobody_finds_what_they_may_not_see(site: Site, other: Site, as_role: Callable[..., Visitor]) -> None:
    auditor, developer = as_role("auditor", site), as_role("developer", site)
    assert "Consents" in titles(auditor, "consents")
    assert titles(auditor, "colours") == []
    assert "Tokens" in titles(developer, "tokens")
    assert titles(developer, "users") == []
    assert titles(developer, "butikken")[0] == "Butikken"
    assert titles(developer, "hytta") == titles(developer, "hytta", other.key) == []
    # Of a site that is not theirs, nothing is searched, as of one that is not there.
    assert titles(developer, "texts", other.key) == titles(developer, "texts", "no-such-site") == []


def test_sites_are_found_by_name_key_and_domain(
    site: Site, other: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("owner")
    with transaction():
        sites.create("blaabaer", "Ås Blåbær", ["www.skogen.no"], by="tests", now=NOW)
    for question in ("ås", "ÅS", "Blåb", "blaab", "skogen", "www.skogen.no"):
        assert "Ås Blåbær" in titles(who, question, ""), question
    assert titles(who, "%25", "") == titles(who, "_", "") == []


def test_search_is_a_page_too_and_says_when_nothing_is_found(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("editor")
    page = who.get("/search?site=butikken&q=logo").text
    assert '<a href="/studio/sites/butikken/banner/appearance#appearance.logo">' in page
    assert 'value="logo"' in page
    assert "Nothing found" in who.get("/search?site=butikken&q=xyzzy").text
    assert json.loads(who.get("/search/found?q=xyzzy").text)["said"] == "Nothing found. Try another word."
    assert who.get(f"/search?q={'x' * 5000}&site=%00").status_code == 200
    # Without a question, it is a list of the pages.
    assert "Overview" in titles(who, "")


def test_search_is_in_the_language_of_the_reader(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("owner")
    answer = who.get("/search/found?site=butikken&q=utseende", headers={"Accept-Language": "nb"})
    assert json.loads(answer.text)["found"][0]["title"] == "Utseende"


def test_a_question_with_control_characters_is_one_without_them(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", site)
    assert titles(editor, "pub%00lish")[0] == "Publish"
    assert found(editor, "%00") == found(editor, "")
