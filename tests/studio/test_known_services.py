"""Choosing services of the catalog, seeing what they fill in, and adding them, over HTTP."""

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any, get_args

import pytest
from flask import Flask

from server.accounts.service import audit_log
from server.accounts.values import COMMAND_LINE, AuditEvent
from server.catalog import service as catalog
from server.catalog.values import Use
from server.core.db import transaction
from server.sites import known_services
from server.sites import service as sites
from server.sites.values import Site
from server.studio.draft import catalog_words
from server.studio.records import audit_labels
from tests.sites.known import ANALYTICS, PIXEL
from tests.sites.test_catalog_descriptions import release
from tests.studio.conftest import NOW, Visitor

THREE = ("google_analytics", "meta_pixel", "youtube")


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody who writes banners."""
    for known in (ANALYTICS, PIXEL):
        release(monkeypatch, known)
    return as_role("editor", site)


def document(site: Site) -> Any:
    return sites.draft(site.id).document


def list_page(site: Site, question: str = "") -> str:
    return f"/sites/{site.key}/banner/known-services{question}"


def chosen_page(site: Site, *keys: str) -> str:
    return list_page(site, "/chosen?" + "&".join(f"service={key}" for key in keys))


def in_sight(text: str) -> list[str]:
    return re.findall(r'<li data-key="(\w+)">', text)


def of_colleague(site: Site, *keys: str, **categories: str) -> None:
    """Somebody else adds services of the catalog meanwhile, in these categories."""
    chosen = [catalog.find(key) for key in keys]
    edited, _added = known_services.with_known(document(site), chosen, categories)
    with transaction():
        sites.save_draft(site.id, edited, by="ola@example.no", now=NOW)


def test_each_group_of_the_catalog_has_a_name() -> None:
    assert set(catalog_words.USES) == set(get_args(Use))


def test_the_list_of_services_leads_to_the_catalog(site: Site, editor: Visitor) -> None:
    assert f'href="/studio{list_page(site)}"' in editor.get(f"/sites/{site.key}/banner/services").text
    page = editor.get(list_page(site)).text
    assert set(in_sight(page)) == {each.key for each in catalog.services()}
    assert "What is stated is confirmed by the provider’s own pages" in page


def test_a_search_lists_the_best_first_whatever_its_group(site: Site, editor: Visitor) -> None:
    page = editor.client.get(f"/studio{list_page(site)}", query_string={"q": "klarna"}).text
    assert in_sight(page)[0] == "klarna"


def test_the_words_of_confidence_say_how_many_facts_are_missing(site: Site, editor: Visitor) -> None:
    known = next(each for each in catalog.services() if any(gap.what for gap in catalog.gaps(each)))
    missing = sum(1 for gap in catalog.gaps(known) if gap.what)
    assert str(missing) in catalog_words.confidence(known).rpartition("·")[2]
    assert "facts are missing" in editor.get(list_page(site)).text


def test_advice_to_websites_stands_beside_what_is_filled_in(site: Site, editor: Visitor) -> None:
    page = editor.client.get(f"/studio{list_page(site)}/chosen", query_string={"service": "klarna"}).text
    assert "Load it only on pages where somebody pays." in page


@pytest.mark.parametrize("question", ["GA4", "_ga", "https://www.googletagmanager.com/gtag/js?id=G-1"])
def test_a_search_without_script_finds_by_alias_cookie_and_host_and_keeps_what_is_ticked(
    site: Site, editor: Visitor, question: str
) -> None:
    page = editor.client.get(
        f"/studio{list_page(site)}", query_string={"q": question, "service": ["matomo", "nobody"]}
    ).text
    assert {"google_analytics", "matomo"} <= set(in_sight(page))
    assert "zendesk_chat" not in in_sight(page)
    assert re.search(r'value="matomo" checked', page)
    assert len(re.findall(r" checked", page)) == 1


def test_the_open_list_is_narrowed_by_the_same_search(site: Site, editor: Visitor) -> None:
    answer: Any = editor.client.get(f"/studio{list_page(site)}/found", query_string={"q": "_fbp"}).json
    assert answer["keys"] == [each.key for each in catalog.search("_fbp")]
    assert "meta_pixel" in answer["keys"]
    everything: Any = editor.get(list_page(site, "/found")).json
    assert len(everything["keys"]) == len(catalog.services())
    assert editor.get(list_page(site, "/found?q=" + "x" * 2000)).json == {"keys": [], "count": "0 services"}


def test_what_nobody_has_leads_to_the_form_by_hand(site: Site, editor: Visitor) -> None:
    page = editor.get(list_page(site, "?q=nobody-has-this")).text
    assert in_sight(page) == []
    assert re.search(r'<p class="known-none">', page)


def test_the_preview_says_what_is_filled_and_what_is_left_and_saves_nothing(
    site: Site, editor: Visitor
) -> None:
    before = sites.draft(site.id)
    page = editor.get(chosen_page(site, *THREE)).text
    for text in (
        "Google Ireland Limited",
        PIXEL.purpose.nn,
        "Standard contractual clauses",
        "2 years",
        "Not confirmed, and left for you",
        "How long the provider keeps the information",
        "Add 3 services to the draft",
    ):
        assert text in page, text
    assert sites.draft(site.id) == before


def test_the_providers_terms_are_shown_as_something_still_to_be_accepted(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = "https://praten.example/terms"
    release(monkeypatch, dataclasses.replace(ANALYTICS, agreement_link=link))
    said = f"The provider’s terms; accept them in your account with the provider: {link}"
    assert said in editor.get(chosen_page(site, "google_analytics")).text
    path = chosen_page(site, "google_analytics")
    editor.save(path.partition("?")[0], {"service": "google_analytics"}, at=path)
    text = editor.get(f"/sites/{site.key}/banner/services/google_analytics").text
    assert "The notice links to them. Accept them in your account with the provider" in text


def test_the_preview_says_what_is_stored_for_another_purpose(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "serves another purpose" not in editor.get(chosen_page(site, "google_analytics")).text
    first = dataclasses.replace(ANALYTICS.storage[0], category="necessary")
    release(monkeypatch, dataclasses.replace(ANALYTICS, storage=(first, *ANALYTICS.storage[1:])))
    page = editor.get(chosen_page(site, "google_analytics")).text
    assert "_ga would be in Nødvendige on its own" in page


def test_nothing_ticked_is_said_on_the_list(site: Site, editor: Visitor) -> None:
    answer = editor.get(list_page(site, "/chosen?service=nobody"))
    assert answer.status_code == 422
    assert "Tick the services that the website uses first." in answer.text
    assert editor.save(chosen_page(site).rstrip("?"), {}, at=chosen_page(site, "matomo")).status_code == 422


def test_several_are_added_at_once_and_recorded(site: Site, editor: Visitor) -> None:
    path = chosen_page(site, *THREE)
    answer = editor.save(path.partition("?")[0], {"service": list(THREE)}, at=path)
    assert (answer.status_code, answer.location) == (303, f"/studio/sites/{site.key}/banner/services")
    added = document(site)["services"][1:]
    assert [each["key"] for each in added] == list(THREE)
    assert added[0]["catalog"]["version"] == catalog.version(ANALYTICS)
    assert document(site)["behaviour"]["consent_mode"] == "off"
    event = audit_log.audit_events(only=None, action="services_added", limit=1)[0]
    names = ", ".join(each["name"] for each in added)
    assert (event.site_id, event.subject, event.detail) == (site.id, "3 services", names)
    assert "3 services are in the draft." in editor.get(f"/sites/{site.key}/banner/services").text
    page = editor.get(list_page(site)).text
    assert page.count("In the draft") == 3
    assert "is already in the draft" in editor.get(chosen_page(site, "youtube")).text
    own = editor.get(f"/sites/{site.key}/banner/services/youtube").text
    assert "From the catalog, reviewed" in own
    assert "A newer description" not in own


def test_another_category_can_be_chosen_before_adding(site: Site, editor: Visitor) -> None:
    path = chosen_page(site, "youtube")
    fields = {"service": "youtube", "category.youtube": "functional"}
    assert editor.save(path.partition("?")[0], fields, at=path).status_code == 303
    assert document(site)["services"][-1]["category"] == "functional"


def test_a_category_that_is_not_there_is_refused_and_named(site: Site, editor: Visitor) -> None:
    path = chosen_page(site, "youtube")
    fields = {"service": "youtube", "category.youtube": "nothing"}
    answer = editor.save(path.partition("?")[0], fields, at=path)
    assert answer.status_code == 422
    assert "YouTube › Category</a> is not one of the categories" in answer.text
    assert len(document(site)["services"]) == 1


def test_consent_mode_is_offered_and_turned_on_only_if_asked_for(site: Site, editor: Visitor) -> None:
    path = chosen_page(site, "google_analytics")
    assert "Turn it on as Basic" in editor.get(path).text
    assert "Google Consent Mode" not in editor.get(chosen_page(site, "meta_pixel")).text
    fields = {"service": "google_analytics", "signals": "on"}
    assert editor.save(path.partition("?")[0], fields, at=path).status_code == 303
    behaviour = document(site)["behaviour"]
    assert (behaviour["consent_mode"], behaviour["mapping"]["analytics_storage"]) == ("basic", "statistics")
    assert "Turn it on as Basic" not in editor.get(path).text


def test_a_colleague_who_saved_meanwhile_is_not_overwritten_and_nothing_chosen_is_lost(
    site: Site, editor: Visitor
) -> None:
    path = chosen_page(site, *THREE)
    old = str(sites.draft(site.id).revision)
    of_colleague(site, "youtube", youtube="statistics")
    fields = {
        "revision": old,
        "service": list(THREE),
        "category.youtube": "functional",
        "signals": "on",
    }
    answer = editor.post(path.partition("?")[0], fields)
    assert answer.status_code == 409
    assert "ola@example.no saved this draft while you were editing" in answer.text
    assert len(document(site)["services"]) == 2
    assert [f'name="service" value="{key}"' in answer.text for key in THREE] == [True] * 3
    assert re.search(r'name="signals" value="on" checked', answer.text)
    youtube = answer.text.partition('name="category.youtube"')[2].partition("</select>")[0]
    assert '<option value="functional" selected>' in youtube


def test_services_are_added_beside_those_that_a_colleague_added_meanwhile(
    site: Site, editor: Visitor
) -> None:
    path = chosen_page(site, "google_analytics")
    old = str(sites.draft(site.id).revision)
    of_colleague(site, "meta_pixel")
    answer = editor.post(path.partition("?")[0], {"revision": old, "service": "google_analytics"})
    assert answer.status_code == 303
    assert [each["key"] for each in document(site)["services"]][-2:] == ["meta_pixel", "google_analytics"]


def test_more_services_than_a_document_holds_are_refused_and_said(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.sites.document.MAX_DOCUMENT", 1000)
    path = chosen_page(site, "youtube")
    answer = editor.save(path.partition("?")[0], {"service": "youtube"}, at=path)
    assert answer.status_code == 422
    assert "is larger than 1000 bytes" in answer.text


def forms(text: str) -> list[tuple[str, str]]:
    """Method and address of each form that has a tick or a key of a service."""
    found = re.findall(r'<form method="(\w+)"[^>]*? action="([^"]*/known-services[^"]*)"', text)
    return [(method, address) for method, address in found]


def test_all_services_can_be_looked_at_added_and_chosen_again_in_no_address(
    site: Site, editor: Visitor
) -> None:
    every = [each.key for each in catalog.services()]
    before = sites.draft(site.id)

    listed = editor.get(list_page(site)).text
    assert forms(listed) == [("post", f"/studio{list_page(site)}")]
    assert f'formaction="/studio{list_page(site)}/preview"' in listed
    shown = editor.post(list_page(site, "/preview"), {"service": every})
    assert (shown.status_code, forms(shown.text)) == (
        200,
        [("post", f"/studio{list_page(site)}"), ("post", f"/studio{list_page(site)}/chosen")],
    )
    assert f"Add {len(every)} services to the draft" in shown.text
    assert max(map(len, re.findall(r'(?:href|action)="([^"]*)"', shown.text))) < 2000
    again = editor.post(list_page(site), {"service": every, "q": "matomo"})
    assert (again.status_code, again.text.count(" checked")) == (200, len(every))
    assert sites.draft(site.id) == before


def test_looking_needs_the_token_of_the_page_and_a_tick(site: Site, editor: Visitor) -> None:
    for path in ("", "/preview"):
        answer = editor.client.post(f"/studio{list_page(site, path)}", data={"service": "matomo"})
        assert answer.status_code == 419
    answer = editor.post(list_page(site, "/preview"), {"service": "nobody"})
    assert answer.status_code == 422
    assert "Tick the services that the website uses first." in answer.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "added from the catalog: <strong>296 services</strong>"),
        ("nb", "<strong>296 tjenester</strong>"),
        ("nn", "<strong>296 tenester</strong>"),
    ],
)
def test_the_log_says_how_many_were_added_however_long_their_names_are(
    app: Flask, language: str, said: str
) -> None:
    names = "Google Analytics, Meta pixel, …"
    event = AuditEvent(1, NOW, COMMAND_LINE, "services_added", None, "296 services", names)

    with app.test_request_context(headers={"Accept-Language": language}):
        assert said in audit_labels.line(event)
        assert audit_labels.detail(event, UTC) == names


def test_one_service_is_named_in_the_log(site: Site, editor: Visitor) -> None:
    path = chosen_page(site, "youtube")
    editor.save(path.partition("?")[0], {"service": "youtube"}, at=path)
    event = audit_log.audit_events(only=None, action="services_added", limit=1)[0]
    assert (event.subject, event.detail) == ("YouTube", "")


def test_a_name_turns_nothing_beside_it(site: Site, editor: Visitor) -> None:
    written = document(site)
    written["services"][0]["name"] = written["categories"][0]["names"]["nb"] = "\u202eelgooG"
    with transaction():
        sites.save_draft(site.id, written, by="ola@example.no", now=NOW)
    for path in (f"services/{written['services'][0]['key']}", "categories"):
        assert "<bdi>\u202eelgooG</bdi> <code" in editor.get(f"/sites/{site.key}/banner/{path}").text


def test_after_adding_one_its_page_is_open_and_the_list_marks_what_is_still_empty(
    site: Site, editor: Visitor
) -> None:
    path = chosen_page(site, ANALYTICS.key)
    answer = editor.save(path.partition("?")[0], {"service": [ANALYTICS.key]}, at=path)
    assert answer.location == f"/studio/sites/{site.key}/banner/services/{ANALYTICS.key}"
    page = editor.get(f"/sites/{site.key}/banner/services").text
    assert re.search(r"[0-9]+ things? (is|are) still empty", page)
    # Of what staff enter themselves nothing is marked: the consent itself has no such fields.
    assert page.count("still empty") == 1
