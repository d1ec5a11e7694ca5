"""Editing the draft over HTTP."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site, optional_categories
from server.studio.draft import form_binding
from tests.sites.documents import cookie, service
from tests.studio.conftest import NOW, Visitor, make_publishable

LATER = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes banners."""
    return as_role("editor", site)


def document(site: Site) -> Any:
    return sites.draft(site.id).document


def of_colleague(site: Site, **changes: Any) -> None:
    """Somebody else saves meanwhile."""
    with transaction():
        sites.save_draft(site.id, {**document(site), **changes}, by="ola@example.no", now=LATER)


def colleague_titles(site: Site, title: str) -> None:
    texts = document(site)["texts"]
    of_colleague(site, texts={**texts, "nb": {**texts["nb"], "title": title}})


def test_texts_of_all_languages_are_saved_at_once_and_in_the_draft_alone(site: Site, editor: Visitor) -> None:
    before = document(site)
    page = f"/sites/{site.key}/banner/texts"
    typed = {"texts.nb.title": "Du velger", "texts.nn.title": "Du vel", "texts.en.title": "You choose"}
    answer = editor.save(page, typed)
    assert (answer.status_code, answer.location) == (303, f"/studio{page}")
    after = document(site)
    assert {f"texts.{code}.title": texts["title"] for code, texts in after["texts"].items()} == typed
    assert after["texts"]["nb"]["body"] == before["texts"]["nb"]["body"]
    assert sites.newest(site.id) is None
    assert "Saved in the draft." in editor.get(page).text


def test_an_invalid_text_is_reported_at_its_field_and_not_lost(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/texts"
    answer = editor.save(page, {"texts.nb.title": "x" * 401, "texts.nb.save": "Lagre valget"})
    assert answer.status_code == 422
    field = re.search(r'<input[^>]+id="texts\.nb\.title"[^>]*>', answer.text)
    assert field
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="texts.nb.title-error' in field[0]
    assert 'id="texts.nb.title-error"' in answer.text
    assert "x" * 401 in answer.text
    assert "Lagre valget" in answer.text
    assert document(site)["texts"]["nb"]["save"] != "Lagre valget"


def test_conflict_shows_both_and_loses_nothing(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/texts"
    old = sites.draft(site.id).revision
    colleague_titles(site, "Fra en kollega")
    answer = editor.post(page, {"revision": str(old), "texts.nb.title": "Fra meg"})
    assert answer.status_code == 409
    assert "ola@example.no saved this draft while you were editing" in answer.text
    assert 'value="Fra meg"' in answer.text
    assert "Fra en kollega" in answer.text
    assert document(site)["texts"]["nb"]["title"] == "Fra en kollega"
    again = editor.save(page, {"texts.nb.title": "Fra meg"})
    assert again.status_code == 303
    assert document(site)["texts"]["nb"]["title"] == "Fra meg"


def test_what_a_colleague_did_elsewhere_is_saved_together_with_what_was_typed(
    site: Site, editor: Visitor
) -> None:
    page = f"/sites/{site.key}/banner/behaviour"
    old = sites.draft(site.id).revision
    colleague_titles(site, "Fra en kollega")
    saved = editor.post(page, {"revision": str(old), "behaviour.validity_days": "90"})
    assert saved.status_code == 303
    assert "Saved, together with what ola@example.no changed meanwhile." in editor.get(page).text
    assert document(site)["texts"]["nb"]["title"] == "Fra en kollega"
    assert document(site)["behaviour"]["validity_days"] == 90


def test_form_without_a_revision_saves_nothing(site: Site, editor: Visitor) -> None:
    answer = editor.post(f"/sites/{site.key}/banner/texts", {"texts.nb.title": "Fra meg"})
    assert answer.status_code == 409
    assert document(site)["texts"]["nb"]["title"] != "Fra meg"


def test_fields_of_other_pages_and_invented_ones_are_left_alone(site: Site, editor: Visitor) -> None:
    before = document(site)
    fields = {
        "texts.nb.title": before["texts"]["nb"]["title"],
        "behaviour.validity_days": "1",
        "categories.necessary.key": "other",
        "texts.nb.__proto__": "x",
        "texts.xx.title": "x",
    }
    editor.save(f"/sites/{site.key}/banner/texts", fields)
    assert document(site) == before


def test_switches_and_numbers_are_read_as_such(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/behaviour"
    editor.save(page, {"behaviour.signals.gpc": "off", "behaviour.impressions": ["off", "on"]})
    assert document(site)["behaviour"]["signals"]["gpc"] is False
    assert document(site)["behaviour"]["impressions"] is True
    for wrong in ("100", "soon", "-1", "9" * 30, "٣٦٥"):
        answer = editor.save(page, {"behaviour.refusal_days": wrong})
        assert answer.status_code == 422, wrong
        assert 'id="behaviour.refusal_days-error"' in answer.text


def test_colours_change_and_what_is_no_colour_is_refused(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/appearance"
    assert editor.save(page, {"appearance.colours.dark.accent": "#aabbcc"}).status_code == 303
    assert document(site)["appearance"]["colours"]["dark"]["accent"] == "#aabbcc"
    answer = editor.save(page, {"appearance.colours.dark.accent": "red;}body{display:none"})
    assert answer.status_code == 422


def test_controller_is_saved(site: Site, editor: Visitor) -> None:
    editor.save(f"/sites/{site.key}/banner/controller", {"controller.name": "Butikken AS"})
    assert document(site)["controller"]["name"] == "Butikken AS"


def test_time_zone_is_chosen_by_city_and_holds_once_published(site: Site, editor: Visitor) -> None:
    controller = f"/sites/{site.key}/banner/controller"
    page = editor.get(controller).text
    assert '<option value="Europe/Oslo" selected>Oslo</option>' in page
    assert page.index('<optgroup label="Europe">') < page.index('<optgroup label="Africa">')
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    editor.save(controller, {"controller.time_zone": "America/New_York"})
    assert '<option value="America/New_York" selected>New York</option>' in editor.get(controller).text
    overview = f"/sites/{site.key}/"
    assert ">20 November 2026, 13:00</time>" in editor.get(overview).text
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    assert ">20 November 2026, 07:00</time>" in editor.get(overview).text
    assert "Times are in America/New_York." in editor.get(overview).text


def test_a_time_zone_that_is_none_is_refused_at_its_field(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/controller"
    answer = editor.save(page, {"controller.time_zone": "Oslo"})
    assert answer.status_code == 422
    assert "This is not a time zone of the IANA database such as Europe/Oslo." in answer.text
    assert '<option value="Oslo" selected>Oslo</option>' in answer.text


def test_typed_markup_is_shown_as_text(site: Site, editor: Visitor) -> None:
    nasty = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    editor.save(f"/sites/{site.key}/banner/texts", {"texts.nb.title": nasty, "texts.nb.body": nasty})
    for path in ("banner/texts", "preview", "publish"):
        page = editor.get(f"/sites/{site.key}/{path}").text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path


# --- categories ------------------------------------------------------------------------------------------


def test_categories_are_renamed_and_moved_by_buttons_in_one_go(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/categories"
    answer = editor.save(page, {"do": "up:advertising", "categories.advertising.names.nb": "Reklame"})
    assert answer.status_code == 303
    assert optional_categories(document(site)) == ("functional", "advertising", "statistics")
    names = {c["key"]: c["names"]["nb"] for c in document(site)["categories"]}
    assert names["advertising"] == "Reklame"
    editor.save(page, {"do": "up:functional"})
    assert optional_categories(document(site))[0] == "functional"


def test_category_is_hidden_and_shown_but_never_the_necessary_one(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/categories"
    editor.save(page, {"do": "hide:statistics"})
    assert optional_categories(document(site)) == ("functional", "advertising")
    editor.save(page, {"do": "show:statistics"})
    editor.save(page, {"do": "hide:necessary"})
    editor.save(page, {"do": "remove:necessary"})
    assert len(document(site)["categories"]) == 4
    assert not document(site)["categories"][0]["hidden"]


def test_category_is_added_and_removed(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/categories"
    new = {"new_key": "support", "new_name": "Kundestøtte"}
    assert editor.save(f"{page}/add", new, at=page).status_code == 303
    assert optional_categories(document(site))[-1] == "support"
    twice = editor.save(f"{page}/add", new, at=page)
    assert twice.status_code == 422
    assert 'id="new_key-error"' in twice.text
    assert 'value="Kundestøtte"' in twice.text
    unnamed = editor.save(f"{page}/add", {"new_key": "other", "new_name": " "}, at=page)
    assert 'id="new_name-error"' in unnamed.text
    editor.save(page, {"do": "remove:support"})
    assert "support" not in optional_categories(document(site))
    editor.save(page, {"do": "remove:functional"})
    assert document(site)["behaviour"]["mapping"]["functionality_storage"] == ""


def test_what_is_wrong_elsewhere_is_named_as_the_editor_names_it_and_leads_there(
    site: Site, editor: Visitor
) -> None:
    for number in range(5):
        new = {"new_key": f"more_{number}", "new_name": f"Mer {number}"}
        answer = editor.save(
            "/sites/butikken/banner/categories/add", new, at="/sites/butikken/banner/categories"
        )
        assert answer.status_code == 303
    one_too_many = {"new_key": "too_many", "new_name": "En til"}
    answer = editor.save(
        "/sites/butikken/banner/categories/add", one_too_many, at="/sites/butikken/banner/categories"
    )
    assert answer.status_code == 422
    assert '<a href="/studio/sites/butikken/banner/categories">Categories</a>' in answer.text


def test_category_with_services_is_not_removed(site: Site, editor: Visitor) -> None:
    services = f"/sites/{site.key}/banner/services"
    editor.save(services, {"name": "Matomo", "category": "statistics"})
    answer = editor.save(f"/sites/{site.key}/banner/categories", {"do": "remove:statistics"})
    assert answer.status_code == 409
    assert "Services are still in this category" in answer.text
    assert "statistics" in optional_categories(document(site))


# --- services --------------------------------------------------------------------------------------------


def one(site: Site, key: str) -> Any:
    return next(service for service in document(site)["services"] if service["key"] == key)


def test_service_is_added_described_and_removed(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services"
    added = editor.save(page, {"name": "Kart på nett", "category": "functional"})
    assert added.location == f"/studio{page}/kart_pa_nett"
    prefix = "services.kart_pa_nett."
    fields = {
        f"{prefix}provider": "Kartverket",
        f"{prefix}purpose.nb": "Viser kart.",
        f"{prefix}shared_with": "Statens vegvesen\r\n\r\nGeonorge ",
        f"{prefix}country": "NO",
    }
    assert editor.save(f"{page}/kart_pa_nett", fields).status_code == 303
    service = one(site, "kart_pa_nett")
    assert (service["provider"], service["purpose"]["nb"]) == ("Kartverket", "Viser kart.")
    assert service["shared_with"] == ["Statens vegvesen", "Geonorge"]
    again = editor.save(page, {"name": "Kart på nett", "category": "functional"})
    assert again.location == f"/studio{page}/kart_pa_nett_2"
    assert editor.save(f"{page}/kart_pa_nett", {"do": "remove"}).location == f"/studio{page}"
    assert [s["key"] for s in document(site)["services"]] == ["samtykke", "kart_pa_nett_2"]
    assert editor.get(f"{page}/kart_pa_nett").status_code == 404


def test_service_needs_a_name_and_a_category(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services"
    assert 'id="name-error"' in editor.save(page, {"name": "", "category": "functional"}).text
    wrong = editor.save(page, {"name": "Kart", "category": "maps"})
    assert (wrong.status_code, 'id="category-error"' in wrong.text) == (422, True)
    assert 'value="Kart"' in wrong.text
    # No category is taken for granted: a service that is called necessary by mistake asks nobody.
    assert '<option value="">' in editor.get(page).text
    unchosen = editor.save(page, {"name": "Kart", "category": ""})
    assert (unchosen.status_code, 'id="category-error"' in unchosen.text) == (422, True)


def test_any_number_of_rows_is_added_changed_and_removed_in_one_save(site: Site, editor: Visitor) -> None:
    page, prefix = f"/sites/{site.key}/banner/services/samtykke", "services.samtykke.cookies"
    typed = {
        "new.0.name": "kart_*",
        "new.0.kind": "cookie",
        "new.0.lifetime": "6 months",
        "new.0.purpose.nb": "Husker utsnitt.",
        "new.0.purpose.nn": "Hugsar utsnitt.",
        # Blank rows are none, and one that was taken away again is neither.
        "new.1.name": " ",
        "new.1.kind": "pixel",
        "new.2.name": "borte",
        "new.10.name": "sist",
        "new.10.kind": "local_storage",
        f"{prefix}.0.lifetime": "13 mnd",
        "remove": ["1", "new.2"],
    }
    assert editor.save(page, typed).status_code == 303
    cookies = one(site, "samtykke")["cookies"]
    assert [(each["name"], each["lifetime"]) for each in cookies[2:]] == [("kart_*", "P6M"), ("sist", "")]
    assert (len(cookies), cookies[0]["lifetime"], cookies[1]["kind"]) == (4, "P13M", "local_storage")
    assert cookies[2]["purpose"] == {"nb": "Husker utsnitt.", "nn": "Hugsar utsnitt.", "en": ""}
    assert 'value="6 months"' in editor.get(page).text


def test_rows_keep_to_their_entries_when_a_colleague_took_one_away_before_them(
    site: Site, editor: Visitor
) -> None:
    page, prefix = f"/sites/{site.key}/banner/services/kart", "services.kart.cookies"
    stored = [cookie(name) for name in ("a", "b", "c")]
    others = document(site)["services"]
    of_colleague(site, services=[*others, service("kart", cookies=stored)])
    shown = re.findall(r'name="(was\.\d+)" value="([^"]*)"', editor.get(page).text)
    assert [name for name, _was in shown] == ["was.0", "was.1", "was.2"]
    of_colleague(site, services=[*others, service("kart", cookies=stored[1:])])
    # As a form that has followed the draft sends it: with the newest revision, and the rows as they were.
    answer = editor.save(page, {**dict(shown), f"{prefix}.1.lifetime": "2 mnd", f"{prefix}.2.host": "a.no"})
    assert answer.status_code == 303
    after = one(site, "kart")["cookies"]
    assert [each["name"] for each in after] == ["b", "c"]
    assert (after[0]["lifetime"], after[1]["host"]) == ("P2M", "a.no")


def test_faults_of_rows_stand_in_their_cells_with_everything_that_was_typed(
    site: Site, editor: Visitor
) -> None:
    page, prefix = f"/sites/{site.key}/banner/services/samtykke", "services.samtykke.cookies"
    typed = {
        f"{prefix}.0.lifetime": "for ever",
        "new.0.name": "kart",
        "new.0.lifetime": "snart",
        "new.0.host": "not a host",
        "new.1.purpose.nb": "Uten navn",
    }
    wrong = editor.save(page, typed)
    assert wrong.status_code == 422
    for name in ("0.lifetime", "3.lifetime", "3.host", "4.name"):
        field = re.search(rf'<input[^>]+id="{re.escape(prefix)}\.{re.escape(name)}"[^>]*>', wrong.text)
        assert field, name
        assert 'aria-invalid="true"' in field[0], name
        assert f"{prefix}.{name}-error " in field[0], name
    assert 'value="for ever"' in wrong.text
    assert 'value="Uten navn"' in wrong.text
    assert len(one(site, "samtykke")["cookies"]) == 3
    # The form that stands there now can be sent as it is, mended.
    carried = re.search(r'name="carried" value="([^"]+)"', wrong.text)
    assert carried
    mended = {
        f"{prefix}.0.lifetime": "1 år",
        f"{prefix}.3.lifetime": "økt",
        f"{prefix}.3.host": "",
        f"{prefix}.4.name": "navn",
        f"{prefix}.4.lifetime": "1 t",
        "carried": html.unescape(carried[1]),
    }
    assert editor.save(page, mended).status_code == 303
    cookies = one(site, "samtykke")["cookies"]
    assert [(each["name"], each["lifetime"]) for each in cookies[3:]] == [
        ("kart", "session"),
        ("navn", "PT1H"),
    ]
    assert (cookies[0]["lifetime"], cookies[4]["purpose"]["nb"]) == ("P1Y", "Uten navn")


def test_without_javascript_a_button_adds_rows_and_saves_what_is_typed(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services/samtykke"
    assert editor.get(page).text.count('data-row="new.') == 1
    answer = editor.save(page, {"do": "rows", "new.0.name": "en", "new.0.lifetime": "1 d"})
    more = editor.get(answer.location.removeprefix("/studio")).text
    assert more.count('data-row="new.') == 6
    assert [each["name"] for each in one(site, "samtykke")["cookies"][3:]] == ["en"]
    assert editor.get(f"{page}?rows=100000").text.count('data-row="new.') == 6


PASTED = (
    "Navn\tLeverandør\tFormål\tFøremål\tLagringstid\tType\n"
    "_ga\tGoogle\tTeller besøk\tTel besøk\t2 år\tHTTP Cookie\n"
    "_gid\tGoogle\t\t\tsnart\tHTTP Cookie\n"
)


def test_pasted_cells_are_shown_before_they_are_in_the_draft(site: Site, editor: Visitor) -> None:
    page, prefix = f"/sites/{site.key}/banner/services/samtykke", "services.samtykke."
    read = editor.save(page, {"do": "read", "pasted": PASTED, f"{prefix}provider": "Oss", "new.0.name": "x",
                              "new.0.lifetime": "1 d"})  # fmt: skip
    assert read.status_code == 200
    assert "2 rows to take" in read.text
    assert "Columns that are not taken: Leverandør." in read.text
    assert '<code class="mono">_gid</code>: Lifetime is not a time such as 14 months' in read.text
    assert "Teller besøk" in read.text
    # What was typed besides is saved, and of the list nothing is.
    service = one(site, "samtykke")
    assert (service["provider"], [each["name"] for each in service["cookies"][3:]]) == ("Oss", ["x"])

    wrong = editor.save(page, {"do": "take", "pasted": PASTED})
    assert wrong.status_code == 422
    assert f'id="{prefix}cookies.5.lifetime-error"' in wrong.text
    assert 'value="snart"' in wrong.text
    assert ">_ga\t" not in wrong.text, "what is in the table is not pasted once more"

    taken = editor.save(page, {"do": "take", "pasted": PASTED.replace("snart", "1 dag")})
    assert taken.status_code == 303
    assert "2 rows are in the draft." in editor.get(page).text
    found = one(site, "samtykke")["cookies"][4]
    assert (found["name"], found["kind"], found["lifetime"]) == ("_ga", "cookie", "P2Y")
    assert found["purpose"] == {"nb": "Teller besøk", "nn": "Tel besøk", "en": ""}
    again = editor.save(
        page, {"do": "read", "pasted": PASTED.replace("snart", "1 dag").replace("2 år", "1 år")}
    )
    assert "1 row to take" in again.text
    assert "changes it" in again.text
    assert "1 row says what is in the draft already." in again.text


def test_pasted_text_is_never_passed_over_and_its_limits_are_told(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services/samtykke"
    assert "1 row to take" in editor.save(page, {"do": "save", "pasted": "_x\t1 d"}).text
    empty = editor.save(page, {"do": "read", "pasted": " \n"})
    assert (empty.status_code, 'id="pasted-error"' in empty.text) == (422, True)
    for long, said in (("x" * 100_001, "is longer than 100,000 characters"), ("x\n" * 201, "200 rows")):
        answer = editor.save(page, {"do": "take", "pasted": long})
        assert (answer.status_code, said in answer.text) == (422, True)
        assert long[:300] in answer.text
    assert len(one(site, "samtykke")["cookies"]) == 3


def test_that_a_service_stores_nothing_is_switched_on_until_something_is_added(
    site: Site, editor: Visitor
) -> None:
    with transaction():
        draft = sites.draft(site.id)
        services = [*draft.document["services"], service("fonts", cookies=[], stores_nothing=False)]
        sites.save_draft(site.id, {**draft.document, "services": services}, by="tests", now=NOW)
    page, name = f"/sites/{site.key}/banner/services/fonts", "services.fonts.stores_nothing"
    assert f'role="switch" id="{name}"' in editor.get(page).text
    assert editor.save(page, {name: "on"}).status_code == 303
    assert sites.draft(site.id).document["services"][-1]["stores_nothing"] is True
    assert "stores nothing" in editor.get(f"/sites/{site.key}/banner/services").text
    added = {name: "on", "new.0.name": "seen", "new.0.kind": "cookie", "new.0.lifetime": "session"}
    assert editor.save(page, added).status_code == 303
    after = sites.draft(site.id).document["services"][-1]
    assert (after["stores_nothing"], [each["name"] for each in after["cookies"]]) == (False, ["seen"])


def test_hosts_of_a_service_may_have_paths_and_a_wrong_one_is_named_at_their_field(
    site: Site, editor: Visitor
) -> None:
    page = f"/sites/{site.key}/banner/services/samtykke"
    editor.save(page, {"services.samtykke.hosts": "www.Google.com/maps/\n*.example.com\n"})
    assert list(one(site, "samtykke")["hosts"]) == ["www.google.com/maps", "*.example.com"]
    pasted = {
        "services.samtykke.hosts": "https://www.googletagmanager.com/\nhttps://maps.example/embed?key=1",
        "services.samtykke.privacy_link": "maps.example/privacy",
        "services.samtykke.cookies.0.host": "https://maps.example/",
    }
    assert editor.save(page, pasted).status_code == 303
    kept = one(site, "samtykke")
    assert list(kept["hosts"]) == ["www.googletagmanager.com", "maps.example/embed"]
    assert (kept["privacy_link"], kept["cookies"][0]["host"]) == (
        "https://maps.example/privacy",
        "maps.example",
    )
    assert 'type="url"' not in editor.get(page).text, "a browser would refuse what is completed here"
    wrong = editor.save(page, {"services.samtykke.hosts": "www.google.com/maps/*"})
    assert wrong.status_code == 422
    assert 'id="services.samtykke.hosts-error"' in wrong.text
    assert "has a star in its path" in wrong.text


def test_form_still_fits_after_a_colleague_removed_a_service_before_it(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services"
    for name in ("Alfa", "Beta"):
        editor.save(page, {"name": name, "category": "statistics"})
    old = sites.draft(site.id).revision
    of_colleague(site, services=[s for s in document(site)["services"] if s["key"] != "alfa"])
    answer = editor.post(f"{page}/beta", {"revision": str(old), "services.beta.provider": "Beta AS"})
    assert answer.status_code == 303
    assert "alfa" not in [each["key"] for each in document(site)["services"]]
    assert one(site, "beta")["provider"] == "Beta AS"


# --- languages -------------------------------------------------------------------------------------------


def test_language_is_added_made_the_main_one_and_removed(site: Site, editor: Visitor) -> None:
    texts, languages = f"/sites/{site.key}/banner/texts", f"/sites/{site.key}/banner/languages"

    def change(code: str, do: str) -> int:
        return editor.save(languages, {"code": code, "do": do}, at=texts).status_code

    assert change("en", "remove") == 303
    assert "en" not in document(site)["texts"]
    assert "en" not in document(site)["categories"][0]["names"]
    assert change("en", "add") == 303
    assert document(site)["texts"]["en"]["accept_all"] == "Accept all"
    assert document(site)["categories"][0]["names"]["en"] == "Necessary"
    assert change("sv", "add") == 303
    assert document(site)["texts"]["sv"]["accept_all"]
    assert "native speaker" in editor.get(f"{texts}?language=sv").text
    assert change("sv", "default") == 303
    assert document(site)["default_language"] == "sv"
    assert change("sv", "remove") == 400
    assert change("../x", "add") == 400


# --- preview ---------------------------------------------------------------------------------------------


def test_preview_runs_the_real_banner_with_what_was_typed_and_stores_nothing(
    site: Site, editor: Visitor
) -> None:
    before = sites.draft(site.id)
    page = editor.post(f"/sites/{site.key}/preview?language=nb", {"texts.nb.title": "Ikke lagret ennå"})
    assert page.status_code == 200
    assert "Ikke lagret enn\\u00e5" in page.text
    assert sites.draft(site.id) == before
    policy = page.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "connect-src" not in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_preview_leaves_out_what_will_not_do(site: Site, editor: Visitor) -> None:
    fields = {"texts.nb.title": "Ny tittel", "behaviour.validity_days": "soon", "appearance.radius": "999"}
    page = editor.post(f"/sites/{site.key}/preview", fields)
    assert page.status_code == 200
    assert "Ny tittel" in page.text


def test_preview_fills_gaps_of_a_new_language_with_the_main_one(site: Site, editor: Visitor) -> None:
    texts, languages = f"/sites/{site.key}/banner/texts", f"/sites/{site.key}/banner/languages"
    editor.save(languages, {"code": "sv", "do": "add"}, at=texts)
    editor.save(texts, {"texts.sv.title": ""})
    page = editor.get(f"/sites/{site.key}/preview?language=sv&scheme=dark")
    assert page.status_code == 200
    assert "Informasjonskapsler: du bestemmer" in page.text
    dark = sites.draft(site.id).document["appearance"]["colours"]["dark"]["background"]
    assert f"--samtykke-background:{dark}" in page.text
    assert "prefers-color-scheme" not in page.text


def test_signals_to_other_tools_are_set_on_a_page_of_their_own(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/tools"
    sent = {
        "behaviour.consent_mode": "basic",
        "behaviour.google.regions": "Norge\r\n\r\nse",
        "behaviour.google.wait_for_update": "700",
        "behaviour.google.url_passthrough": ["off", "on"],
        "behaviour.tools.uet": ["off", "on"],
        "behaviour.mapping.ad_storage": "statistics",
        "behaviour.mapping.ad_user_data": "",
    }
    assert editor.save(page, sent).status_code == 303
    behaviour = document(site)["behaviour"]
    assert behaviour["consent_mode"] == "basic"
    assert behaviour["google"] == {
        "regions": ["NO", "SE"],
        "wait_for_update": 700,
        "ads_data_redaction": True,
        "url_passthrough": True,
    }
    assert behaviour["tools"] == {"uet": True, "clarity": False, "matomo": False, "data_layer": False}
    assert (behaviour["mapping"]["ad_storage"], behaviour["mapping"]["ad_user_data"]) == ("statistics", "")
    for name, wrong in (
        ("google.regions", "Nordpolen"),
        ("google.wait_for_update", "soon"),
        ("mapping.ad_storage", "necessary"),
        ("consent_mode", "maybe"),
    ):
        answer = editor.save(page, {f"behaviour.{name}": wrong})
        assert answer.status_code == 422, name
        assert f'href="#behaviour.{name}"' in answer.text
        assert 'aria-invalid="true"' in answer.text or name == "consent_mode"
    assert document(site)["behaviour"] == behaviour
    assert ">Norway\nSweden</textarea>" in editor.get(page).text
    wrong_country = editor.save(page, {"behaviour.google.regions": "Norway\nNordpolen"}).text
    assert "This is not a country such as Norway, or a region such as US-CA." in wrong_country
    assert ">Norway\nNordpolen</textarea>" in wrong_country


def test_limit_towards_googles_own_ads_is_stated(site: Site, editor: Visitor) -> None:
    text = editor.get(f"/sites/{site.key}/banner/tools").text
    assert "Not for AdSense, Ad Manager or AdMob" in text
    assert "TCF" in text


def test_blocking_reload_and_settings_are_chosen(site: Site, editor: Visitor) -> None:
    here = f"/sites/{site.key}/banner"
    editor.save(f"{here}/behaviour", {"behaviour.automatic_blocking": ["off", "on"]})
    editor.save(f"{here}/behaviour", {"behaviour.reload_on_withdrawal": ["off", "on"]})
    editor.save(f"{here}/appearance", {"appearance.settings": "sheet"})
    assert document(site)["behaviour"]["automatic_blocking"] is True
    assert document(site)["behaviour"]["reload_on_withdrawal"] is True
    assert document(site)["appearance"]["settings"] == "sheet"


def test_every_setting_of_the_document_has_its_field(site: Site, editor: Visitor) -> None:
    """A key that is added to the document and to no form would be out of marketing's reach."""
    pages = " ".join(
        editor.get(f"/sites/{site.key}/banner/{section}").text
        for section in ("texts", "appearance", "behaviour", "tools", "controller")
    )
    roots = (("texts", "nb"), ("appearance",), ("behaviour",), ("controller",))
    wanted = form_binding.fields_of(document(site), *roots)
    assert [name for name in wanted if f'name="{name}"' not in pages] == []


def test_supervisory_authority_is_filled_in_by_country(site: Site, editor: Visitor) -> None:
    path = f"/sites/{site.key}/banner/controller"
    page = editor.get(path).text
    assert '<option value="NO" selected>Norway</option>' in page
    answer = editor.save(
        path,
        {
            "do": "authority",
            "authority_country": "DK",
            "controller.name": "Butikken ApS",
            "controller.country": "DK",
        },
    )
    assert answer.status_code == 303
    saved = document(site)["controller"]
    assert saved["supervisory_authority"] == {"name": "Datatilsynet", "url": "https://www.datatilsynet.dk/"}
    assert (saved["name"], saved["country"]) == ("Butikken ApS", "DK")
    page = editor.get(path).text
    assert "Datatilsynet is filled in" in page
    assert '<option value="DK" selected>Denmark</option>' in page
    assert editor.save(path, {"do": "authority", "authority_country": "XX"}).status_code == 400
    refused = editor.save(
        path, {"do": "authority", "authority_country": "SE", "controller.contacts.email": "nobody"}
    )
    assert refused.status_code == 422
    assert "is not an e-mail address" in refused.text
    assert "https://www.imy.se/" in refused.text, "nothing typed or filled in is lost"


def test_every_finding_leads_to_a_field_that_is_there(site: Site, editor: Visitor) -> None:
    whole: Any = document(site)
    whole["services"].append({"key": "chat", "name": "Chat", "category": "functional", "country": "CN"})
    whole["services"].append({**whole["services"][0], "key": "map", "hosts": ["map.example"], "data": {}})
    whole["services"][2]["cookies"] = [{"name": "_ga"}]
    whole["categories"][3]["hidden"] = True
    whole["categories"][1]["descriptions"] = {}
    whole["texts"]["nn"]["save"] = ""
    whole["controller"]["supervisory_authority"] = {}
    whole["controller"]["data_protection_officer"] = {"name": "Kari"}
    whole["notice"]["sections"][0]["body"]["nn"] = ""
    whole["notice"]["sections"][12]["hidden"] = True
    whole["notice"]["activities"] = [{"key": "orders"}]
    whole["notice"]["processors"] = [{"key": "host", "country": "US"}]
    whole["behaviour"]["signals"]["gpc"] = False
    with transaction():
        sites.save_draft(site.id, whole, by="tests", now=NOW)
    pages: dict[str, str] = {}
    lists = re.findall(r'<ul class="findings">.+?</ul>', editor.get(f"/sites/{site.key}/publish").text, re.S)
    links = re.findall(r'<a href="(/studio[^"#]+)(?:#([^"]+))?">', " ".join(lists))
    assert len(links) > 25
    for address, anchor in links:
        path = html.unescape(address).removeprefix("/studio")
        if path not in pages:
            answer = editor.get(path)
            assert answer.status_code == 200, path
            pages[path] = answer.text
        assert not anchor or f'id="{anchor}"' in pages[path], (path, anchor)
