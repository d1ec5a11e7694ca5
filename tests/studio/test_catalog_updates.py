"""Taking a newer description of the catalog over, value by value, over HTTP."""

import dataclasses
import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from server.accounts.service import audit_log
from server.catalog import service as catalog
from server.core.db import transaction
from server.sites import known_services
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import service
from tests.sites.known import ANALYTICS, PIXEL
from tests.sites.test_catalog_descriptions import release
from tests.studio.conftest import NOW, Visitor

NEWER = dataclasses.replace(
    ANALYTICS,
    privacy_link="https://new.example/privacy",
    hosts=(*ANALYTICS.hosts, "new.example"),
    storage=(dataclasses.replace(ANALYTICS.storage[0], lifetime="P13M"), *ANALYTICS.storage[1:]),
    reviewed="2026-12-24",
)
LIFETIME = '["cookies",["_ga","","cookie"],"lifetime"]'
LINK = '["privacy_link"]'
HOST = '["hosts","new.example"]'


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody who writes banners."""
    release(monkeypatch, ANALYTICS)
    return as_role("editor", site)


def document(site: Site) -> Any:
    return sites.draft(site.id).document


def analytics(site: Site) -> Any:
    return next(each for each in document(site)["services"] if each["key"] == "google_analytics")


def save(site: Site, services: list[Any]) -> None:
    with transaction():
        sites.save_draft(site.id, {**document(site), "services": services}, by="ola@example.no", now=NOW)


@pytest.fixture
def page(site: Site, editor: Visitor) -> str:
    """The page of a service that was filled from the catalog, and whose lifetime staff then shortened."""
    save(site, known_services.with_known(document(site), [ANALYTICS], {})[0]["services"])
    edited = document(site)["services"]
    edited[-1]["cookies"][0]["lifetime"] = "P30D"
    save(site, edited)
    return f"/sites/{site.key}/banner/services/google_analytics"


def ticked(text: str) -> set[str]:
    boxes = re.findall(r'<input[^>]+name="take" value="([^"]+)"( checked)?', text)
    return {html.unescape(value) for value, checked in boxes if checked}


def offered(text: str) -> set[str]:
    return {html.unescape(value) for value in re.findall(r'name="take" value="([^"]+)"', text)}


def test_a_newer_description_is_marked_in_the_list_and_on_the_page(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = f"/sites/{site.key}/banner/services"
    assert "Newer in the catalog" not in editor.get(services).text
    release(monkeypatch, NEWER)
    assert "Newer in the catalog" in editor.get(services).text
    text = editor.get(page).text
    assert "From the catalog, reviewed 29 November 2026" in text
    assert f'href="/studio{page}/catalog"' in text


def test_what_staff_left_alone_is_ticked_and_what_they_wrote_is_not(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(monkeypatch, NEWER)
    text = editor.get(page + "/catalog").text
    assert offered(text) == {LIFETIME, LINK, HOST}
    assert ticked(text) == {LINK, HOST}
    assert "30 days" in text
    assert "13 months" in text
    assert "Changed in the catalog, and by you" in text


def test_what_is_ticked_is_taken_over_and_the_rest_is_kept_and_not_offered_again(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(monkeypatch, NEWER)
    fields = {"version": catalog.version(NEWER), "take": [LINK]}
    answer = editor.save(page + "/catalog", fields)
    assert (answer.status_code, answer.location) == (303, f"/studio{page}")
    after = analytics(site)
    assert after["privacy_link"] == "https://new.example/privacy"
    assert "new.example" not in after["hosts"]
    assert after["cookies"][0]["lifetime"] == "P30D"
    assert after["catalog"]["version"] == catalog.version(NEWER)
    text = editor.get(page).text
    assert "1 value is taken over from the catalog." in text
    assert "reviewed 24 December 2026" in text
    assert "A newer description" not in text
    assert "Nothing to take over" in editor.get(page + "/catalog").text
    event = audit_log.audit_events(only=None, action="service_updated", limit=1)[0]
    assert (event.site_id, event.subject) == (site.id, "Google Analytics")
    assert event.detail == "1 of 3 values taken over"


def test_a_colleague_who_saved_meanwhile_is_not_overwritten_and_the_ticks_stay(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(monkeypatch, NEWER)
    old = str(sites.draft(site.id).revision)
    services = document(site)["services"]
    services[-1]["cookies"][0]["lifetime"] = "P7D"
    save(site, services)
    fields = {"revision": old, "version": catalog.version(NEWER), "take": [LIFETIME]}
    answer = editor.post(page + "/catalog", fields)
    assert answer.status_code == 409
    assert "ola@example.no saved this draft" in answer.text
    assert ticked(answer.text) == {LIFETIME}
    assert analytics(site)["cookies"][0]["lifetime"] == "P7D"


def test_what_a_colleague_wrote_meanwhile_is_saved_together_with_what_is_taken_over(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(monkeypatch, NEWER)
    old = str(sites.draft(site.id).revision)
    services = document(site)["services"]
    services[-1]["provider"] = "Fra en kollega"
    save(site, services)
    fields = {"revision": old, "version": catalog.version(NEWER), "take": [LINK]}
    assert editor.post(page + "/catalog", fields).status_code == 303
    after = analytics(site)
    assert (after["provider"], after["privacy_link"]) == ("Fra en kollega", "https://new.example/privacy")


def test_a_catalog_that_changed_after_the_page_was_opened_takes_nothing_over(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(monkeypatch, NEWER)
    answer = editor.save(page + "/catalog", {"version": "0" * 16, "take": [LINK]})
    assert answer.status_code == 409
    assert "The catalog has changed since this page was opened" in answer.text
    assert analytics(site)["privacy_link"] == ANALYTICS.privacy_link


def test_a_service_that_was_entered_by_hand_is_compared_with_nothing_ticked(
    site: Site, editor: Visitor
) -> None:
    own = service("numbers", name="GA4")
    save(site, [*document(site)["services"], own])
    page = f"/sites/{site.key}/banner/services/numbers"
    assert "The catalog describes Google Analytics" in editor.get(page).text
    assert "Newer in the catalog" not in editor.get(f"/sites/{site.key}/banner/services").text
    text = editor.get(page + "/catalog").text
    assert ticked(text) == set()
    fields = {
        "version": catalog.version(ANALYTICS),
        "take": ['["provider"]', '["cookies",["_ga","","cookie"]]'],
    }
    assert editor.save(page + "/catalog", fields).status_code == 303
    after = document(site)["services"][-1]
    assert (after["key"], after["provider"]) == ("numbers", "Google Ireland Limited")
    assert [each["name"] for each in after["cookies"]] == ["_count", "_ga"]
    assert after["catalog"]["key"] == "google_analytics"


def test_a_service_that_the_catalog_does_not_know_has_no_such_page(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services/samtykke"
    assert "catalog" not in editor.get(page).text.partition("<main")[2]
    assert editor.get(page + "/catalog").status_code == 404
    assert editor.get(f"/sites/{site.key}/banner/services/nothing/catalog").status_code == 404


def test_no_form_of_a_service_changes_where_it_came_from(site: Site, editor: Visitor, page: str) -> None:
    before = analytics(site)["catalog"]
    name = "services.google_analytics.catalog.version"
    assert editor.save(page, {name: "0" * 16, "services.google_analytics.name": "GA"}).status_code == 303
    assert analytics(site)["name"] == "GA"
    assert analytics(site)["catalog"] == before


def test_a_language_that_came_later_is_offered_the_texts_of_the_catalog(
    site: Site, editor: Visitor, page: str
) -> None:
    with transaction():
        whole = document(site)
        texts = {**whole["texts"], "en-GB": whole["texts"]["en"]}
        sites.save_draft(site.id, {**whole, "texts": texts}, by="ola@example.no", now=NOW)
    assert "Texts in the catalog" in editor.get(f"/sites/{site.key}/banner/services").text
    assert "The catalog has texts that are missing here" in editor.get(page).text
    text = editor.get(page + "/catalog").text
    assert ticked(text) == offered(text)
    assert '["purpose","en-GB"]' in ticked(text)
    editor.save(page + "/catalog", {"version": catalog.version(ANALYTICS), "take": list(ticked(text))})
    assert analytics(site)["purpose"]["en-GB"] == ANALYTICS.purpose.en
    assert "Texts in the catalog" not in editor.get(f"/sites/{site.key}/banner/services").text


def test_the_page_leads_to_what_the_catalog_left_open_until_it_is_filled(
    site: Site, editor: Visitor, page: str
) -> None:
    text = editor.get(page).text
    field = "services.google_analytics.retention"
    assert f'<a href="#{field}">How long the provider keeps the information</a>' in text
    assert f'id="{field}"' in text
    editor.save(page, {field: "14 months"})
    assert f'href="#{field}"' not in editor.get(page).text
    edited = document(site)["services"]
    edited[-1]["cookies"][1]["lifetime"] = ""
    save(site, edited)
    lifetime = "services.google_analytics.cookies.1.lifetime"
    assert f'<a href="#{lifetime}">How long these stay: _ga_*</a>' in editor.get(page).text


def test_what_the_catalog_does_not_confirm_any_more_is_not_ticked_and_shown_in_all_languages(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = ANALYTICS.storage[1]
    release(monkeypatch, dataclasses.replace(ANALYTICS, storage=ANALYTICS.storage[:1]))
    text = editor.get(page + "/catalog").text
    path = f'["cookies",["{gone.name}","{gone.host}","{gone.kind}"]]'
    assert path in offered(text) - ticked(text)
    assert "They stay, unless you tick them." in text
    for code, said in (("nb", gone.purpose.nb), ("nn", gone.purpose.nn), ("en", gone.purpose.en)):
        assert f'<span lang="{code}">{html.escape(said, quote=False)}</span>' in text
    stays = editor.save(page + "/catalog", {"version": catalog.version(catalog.find("google_analytics"))})
    assert stays.status_code == 303
    assert gone.name in [each["name"] for each in analytics(site)["cookies"]]


def test_a_text_rewritten_in_one_language_is_ticked_in_none(
    site: Site, editor: Visitor, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = document(site)["services"]
    edited[-1]["purpose"]["nb"] = "Vårt eget"
    save(site, edited)
    release(monkeypatch, dataclasses.replace(ANALYTICS, purpose=PIXEL.purpose))
    text = editor.get(page + "/catalog").text
    assert '["purpose","nn"]' in offered(text)
    assert not ticked(text)
    assert "You rewrote these texts in another language." in text
