"""The studio speaks the language of who reads it, and shows times in the zone that they have chosen."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from server.sites.values import Site
from server.studio.language import country_name, number, percent
from tests.studio.conftest import PASSWORD, Visitor


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([a-z]+)">', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("nb-NO,nb;q=0.9,en;q=0.5", "nb"),
        ("nn", "nn"),
        ("no,en;q=0.8", "nb"),
        ("sv,da;q=0.9", "en"),
        ("de,nn;q=0.4", "nn"),
        ("nb;q=0, en", "en"),
        ("*", "en"),
        ("", "en"),
    ],
)
def test_the_login_page_is_in_the_language_that_the_browser_asks_for(
    visitor: Visitor, asked: str, language: str
) -> None:
    page = visitor.get("/login", headers={"Accept-Language": asked}).text

    assert language_of(page) == language
    assert ("Logg inn" in page) == (language != "en")


def test_a_language_chosen_on_the_login_page_holds_while_the_browser_is_open(visitor: Visitor) -> None:
    assert language_of(visitor.get("/login?language=nn").text) == "nn"
    assert language_of(visitor.get("/login", headers={"Accept-Language": "en"}).text) == "nn"
    assert language_of(visitor.get("/login?language=xx").text) == "nn"


def test_a_language_chosen_on_the_login_page_holds_after_login_and_logout(
    visitor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    as_role("owner")  # somebody with the password of the tests, who has chosen no language
    form = {
        "csrf_token": visitor.token("/login?language=nn"),
        "email": "owner-0@example.no",
        "password": PASSWORD,
    }
    assert visitor.client.post("/studio/login", data=form).status_code == 303
    assert language_of(visitor.get("/account", headers={"Accept-Language": "en"}).text) == "nn"

    assert visitor.post("/logout").status_code == 303
    assert language_of(visitor.get("/login", headers={"Accept-Language": "en"}).text) == "nn"


def test_the_chosen_language_counts_before_that_of_the_browser(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    auditor = as_role("auditor", site)
    assert auditor.post("/account/preferences", {"language": "nn", "time_zone": ""}).status_code == 303
    page = auditor.get("/account", headers={"Accept-Language": "en"}).text

    assert language_of(page) == "nn"
    assert "Språket og tidssona di er lagra." in page
    assert re.search(r'value="nn" lang="nn" selected', page)

    assert auditor.post("/account/preferences", {"language": "", "time_zone": ""}).status_code == 303
    assert language_of(auditor.get("/account", headers={"Accept-Language": "nb"}).text) == "nb"


def test_an_unknown_language_or_time_zone_is_named_and_changes_nothing(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    auditor = as_role("auditor", site)
    refused = auditor.post("/account/preferences", {"language": "sv", "time_zone": "Europe/Bergen"})

    assert refused.status_code == 422
    assert 'id="language-error"' in refused.text
    assert 'id="time_zone-error"' in refused.text
    assert "selected" not in refused.text


def test_errors_are_in_the_language_of_the_reader(visitor: Visitor) -> None:
    refused = visitor.client.post(
        "/studio/login",
        data={
            "csrf_token": visitor.token("/login?language=nb"),
            "email": "kari@example.no",
            "password": "gjettet feil",
        },
    )

    assert refused.status_code == 401
    assert "E-postadressen eller passordet er feil." in refused.text


def test_an_unknown_page_says_so_in_the_language_of_the_reader(as_role: Callable[..., Visitor]) -> None:
    page = as_role("owner").get("/sites/none/", headers={"Accept-Language": "nn"})

    assert page.status_code == 404
    assert "Denne nettstaden finst ikkje" in page.text


@pytest.mark.parametrize(
    ("language", "written", "country"),
    [
        ("en", ["1\u202f234\u202f567", "−1.50", "0"], "United States"),
        ("nb", ["1\u202f234\u202f567", "−1,50", "0"], "USA"),
        ("nn", ["1\u202f234\u202f567", "−1,50", "0"], "USA"),
    ],
)
def test_numbers_and_countries_are_written_as_the_language_does(
    app: Flask, language: str, written: list[str], country: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert [number(1234567), number(-1.5, 2), number(0.4)] == written
        assert (country_name("US"), country_name("XX")) == (country, "XX")


@pytest.mark.parametrize(
    ("language", "written"), [("en", "−4.5 %"), ("nb", "−4,5\u00a0%"), ("nn", "−4,5\u00a0%")]
)
def test_a_share_below_zero_has_the_sign_of_other_numbers(app: Flask, language: str, written: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert percent(-0.045) == written
