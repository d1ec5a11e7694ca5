"""Who may not do something reads whom to ask; an address that leads nowhere answers as the studio does."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from server.accounts.service import factors, users
from server.core.db import transaction
from server.sites.values import Site
from tests.studio.conftest import NOW, PASSWORD, Visitor
from tests.studio.test_analytics import text_of
from tests.studio.test_second_factor import Phone, kari, phone

__all__ = ["kari", "phone"]


def owners(*emails: str, only: list[str] | None = None) -> None:
    for email in emails:
        with transaction():
            users.create_user(email, "owner", password=PASSWORD, site_ids=only, now=NOW)


def test_a_refusal_names_owners_who_can_change_the_role(site: Site, as_role: Callable[..., Visitor]) -> None:
    owners("anna@example.no", "berit@example.no")
    owners("of-one-site@example.no", only=[site.id])
    editor = as_role("editor", site)

    for path in ("/users", f"/sites/{site.key}/trail"):
        refused = editor.get(path)
        assert refused.status_code == 403
        said = "ask an owner of this installation to change your role: anna@example.no, berit@example.no."
        assert said in text_of(refused.text)
    shown = text_of(editor.get("/users", headers={"HX-Request": "true"}).text)
    assert "anna@example.no, berit@example.no." in shown


def test_a_refusal_names_three_owners_and_says_how_many_more_there_are(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    owners(*(f"{name}@example.no" for name in ("anna", "berit", "cecilie", "dag", "eva")))

    said = text_of(as_role("editor", site).get("/users").text)

    assert "anna@example.no, berit@example.no, cecilie@example.no and 2 more." in said
    assert "dag@" not in said


def test_nobody_who_is_not_logged_in_reads_who_the_owners_are(
    site: Site, visitor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    owners("anna@example.no")
    for path in ("/users", "/nowhere", f"/sites/{site.key}/trail"):
        answer = visitor.get(path, follow_redirects=True)
        assert "anna@example.no" not in answer.text
    assert "anna@example.no" not in as_role("editor", site).get("/nowhere").text


@pytest.mark.parametrize("path", ["/nowhere", "/users.php", "/sites/butikken/nowhere/at/all", "/x.json"])
def test_an_address_that_leads_nowhere_is_answered_in_the_look_and_language_of_the_studio(
    path: str, site: Site, as_role: Callable[..., Visitor], visitor: Visitor
) -> None:
    for who in (as_role("owner"), visitor):
        answer = who.get(path, headers={"Accept-Language": "nb"})
        assert answer.status_code == 404
        assert "studio.css" in answer.text
        assert '<html lang="nb">' in answer.text
        assert "Her er det ingenting" in text_of(answer.text)


def test_addresses_of_pages_are_led_to_them_as_before(site: Site, as_role: Callable[..., Visitor]) -> None:
    answer = as_role("owner").get(f"/sites/{site.key}")

    assert (answer.status_code, answer.location) == (308, "/studio/sites/butikken/")


def test_the_list_of_users_says_who_has_which_second_factor(
    app: Flask, site: Site, phone: Phone, kari: object, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    with transaction():
        users.create_user("ola@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)

    page = owner.get("/users").text

    rows = {row.split(" ")[0]: row for row in map(text_of, re.findall(r"<tr>.*?</tr>", page, re.DOTALL))}
    assert "Authenticator app" in rows["kari@example.no"]
    assert "None" in rows["ola@example.no"]
    assert "Authenticator app" not in rows["ola@example.no"]
    assert as_role("editor", site).get("/users").status_code == 403
    assert factors.of_all().keys() == {users.with_address("kari@example.no").user_id}  # type: ignore[union-attr]
