"""However many sites there are, a page lists some, and every site can be reached."""

import re
from collections.abc import Callable

import pytest

from server.sites import service as sites
from server.sites.values import Site
from server.studio import views
from server.studio.sites import site_list
from tests.studio.conftest import Visitor, make_site


def test_many_sites_are_listed_page_by_page(
    as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_list, "LISTED", 2)
    monkeypatch.setattr(views, "IN_MENU", 2)
    for key in ("hytta", "butikken", "kiosken"):
        make_site(key, key.capitalize())
    owner = as_role("owner")
    first, second = owner.get("/sites").text, owner.get("/sites?after=hytta").text
    cards = [text.partition('<ul class="cards"')[2] for text in (first, second)]
    assert [key for key in ("butikken", "hytta", "kiosken") if f"/sites/{key}" in cards[0]] == [
        "butikken",
        "hytta",
    ]
    assert "/studio/sites?after=hytta" in cards[0]
    assert [key for key in ("butikken", "hytta", "kiosken") if f"/sites/{key}" in cards[1]] == ["kiosken"]
    assert "?after=" not in cards[1]
    assert owner.get("/trail?site=kiosken").status_code == 200
    assert "kiosken" in owner.get("/users/new").text.lower()


@pytest.mark.parametrize("chosen", ["on", "off"])
def test_whether_to_count_is_asked_when_a_site_is_made(as_role: Callable[..., Visitor], chosen: str) -> None:
    owner = as_role("owner")
    form = owner.get("/sites/new").text
    assert form.count('name="impressions"') == 2
    assert "checked" not in form
    typed = {"name": "Hytta", "key": "hytta", "domains": "hytta.no"}
    missing = owner.post("/sites/new", typed)
    assert (missing.status_code, 'id="impressions-error"' in missing.text) == (422, True)
    assert 'value="hytta"' in missing.text
    assert owner.post("/sites/new", {**typed, "impressions": chosen}).status_code == 303
    draft = sites.draft(sites.find("hytta").id).document
    assert draft["behaviour"]["impressions"] is (chosen == "on")


def test_key_is_made_from_the_name_if_none_is_typed(as_role: Callable[..., Visitor]) -> None:
    owner = as_role("owner")
    typed = {"domains": "hytta.no", "impressions": "on"}
    assert owner.post("/sites/new", {**typed, "name": "Blåbær & Hytta", "key": ""}).status_code == 303
    made = sites.find("blabaer-hytta")
    assert made.name == "Blåbær & Hytta"
    again = owner.post("/sites/new", {**typed, "name": "Blåbær hytta"})
    assert (again.status_code, 'value="blabaer-hytta"' in again.text) == (409, True)
    assert 'id="key-error"' in again.text
    nameless = owner.post("/sites/new", {**typed, "name": " "})
    assert (nameless.status_code, 'id="name-error"' in nameless.text) == (422, True)


def test_new_site_is_in_norway_until_somebody_says_otherwise(as_role: Callable[..., Visitor]) -> None:
    as_role("owner").post("/sites/new", {"name": "Hytta", "domains": "hytta.no", "impressions": "on"})
    controller = sites.draft(sites.find("hytta").id).document["controller"]
    assert (controller["country"], controller["time_zone"]) == ("NO", "Europe/Oslo")
    assert sites.default_document("sv")["controller"]["country"] == ""


def test_page_of_texts_removes_each_language_but_the_main_one(as_role: Callable[..., Visitor]) -> None:
    make_site("hytta", "Hytta")
    page = as_role("owner").get("/sites/hytta/banner/texts").text
    assert re.findall(r'name="code" value="(\w+)"', page) == ["en", "nn"]
    assert 'data-confirm="Remove norsk nynorsk and everything written in it? ' in page


def test_domains_may_be_pasted_from_the_address_bar(as_role: Callable[..., Visitor]) -> None:
    owner = as_role("owner")
    typed = {"name": "Hytta", "key": "hytta", "impressions": "on"}
    owner.post("/sites/new", {**typed, "domains": "https://hytta.no/\nhttp://localhost:8000/om?x"})
    assert list(sites.find("hytta").domains) == ["hytta.no", "localhost"]
    owner.post("/sites/hytta/domains", {"domains": "https://www.hytta.no/kontakt"})
    assert list(sites.find("hytta").domains) == ["www.hytta.no"]
    wrong = owner.post("/sites/hytta/domains", {"domains": "ftp://hytta.no/"})
    assert (wrong.status_code, "“ftp://hytta.no/” is an address" in wrong.text) == (422, True)


def test_a_choice_that_was_made_is_kept_while_the_rest_is_mended(as_role: Callable[..., Visitor]) -> None:
    wrong = {"name": "Hytta", "key": "!", "domains": "hytta.no", "impressions": "on"}
    answer = as_role("owner").post("/sites/new", wrong)
    assert (answer.status_code, answer.text.count(" checked")) == (422, 1)
    assert 'value="on" required checked' in answer.text


def test_site_gets_another_name_and_keeps_its_key(site: Site, as_role: Callable[..., Visitor]) -> None:
    owner = as_role("owner")
    assert owner.post("/sites/butikken/name", {"name": " Butikken <på> hjørnet "}).status_code == 303
    assert sites.find("butikken").name == "Butikken <på> hjørnet"
    page = owner.get("/sites/butikken/domains").text
    assert "The site is called Butikken &lt;på&gt; hjørnet now." in page
    assert "Butikken → Butikken &lt;på&gt; hjørnet" in owner.get("/sites/butikken/trail").text


@pytest.mark.parametrize("name", ["  ", "x" * 201, "Butikken\x07"])
def test_name_that_is_none_is_refused_and_stays_in_its_field(
    site: Site, as_role: Callable[..., Visitor], name: str
) -> None:
    answer = as_role("owner").post("/sites/butikken/name", {"name": name})
    assert (answer.status_code, 'id="name-error"' in answer.text) == (422, True)
    assert f'name="name" type="text" value="{name}"' in answer.text
    assert sites.find("butikken").name == "Butikken"


def test_domains_for_testing_are_saved_and_one_in_both_lists_is_refused_at_its_field(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    path = f"/sites/{site.key}/domains"
    both = {"domains": "butikken.no", "staging": "https://test.butikken.no/\nlocalhost"}
    assert owner.post(path, both).status_code == 303
    stored = sites.find(site.key)
    assert (stored.domains, stored.staging_domains) == (("butikken.no",), ("localhost", "test.butikken.no"))
    assert "test.butikken.no</textarea>" in owner.get(path).text
    for staging in ("butikken.no", "not a host!", "\n".join(f"t{n}.example.no" for n in range(200))):
        answer = owner.post(path, {"domains": "butikken.no", "staging": staging})
        assert answer.status_code == 422
        assert 'id="staging-error"' in answer.text
    assert sites.find(site.key) == stored
    assert owner.post(path, {"domains": "butikken.no", "staging": ""}).status_code == 303
    assert sites.find(site.key).staging_domains == ()
