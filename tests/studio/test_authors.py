"""Programs are named on the pages that say who saved, published or asked."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from server.accounts.service import tokens
from server.core.db import db, transaction
from server.sites import authors, schedules
from server.sites import service as sites
from server.sites.values import Site
from server.studio import author_words
from tests.studio.conftest import NOW, Visitor, make_publishable
from tests.studio.test_comparisons import title, words


@pytest.fixture
def owner(as_role: Callable[..., Visitor]) -> Visitor:
    return as_role("owner")


def program(name: str) -> str:
    """How what a program with this name did names it."""
    with transaction():
        made, _ = tokens.create_token(
            name=name, scopes=["sites:write"], site_ids=None, by="command line", now=NOW
        )
    return authors.author(made.token_id)


@pytest.fixture
def asked_for_tokens(app: Flask) -> Iterator[list[str]]:
    """Every query that reads names of tokens."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if re.search(r"FROM api_token\b", statement):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "path",
    [
        "/sites/butikken/",
        "/sites/butikken/publish",
        "/sites/butikken/draft/history",
        "/sites/butikken/versions",
    ],
)
def test_a_program_that_saved_and_published_is_shown_by_the_name_of_its_token(
    path: str, site: Site, owner: Visitor
) -> None:
    deploy = program("Deploy")
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by=deploy, now=NOW)
    title(site, "Ny", by=deploy)

    page = owner.get(path).text

    assert "Deploy (API token)" in words(page)
    assert deploy not in page


def test_the_states_to_compare_name_the_programs_that_made_them(site: Site, owner: Visitor) -> None:
    title(site, "Ny", by=program("Deploy"))

    assert "by Deploy (API token)" in words(owner.get("/sites/butikken/compare").text)


def test_what_a_program_scheduled_names_it_where_it_waits(site: Site, owner: Visitor) -> None:
    deploy = program("Deploy")
    make_publishable(site)
    with transaction():
        made = schedules.schedule(site.id, note="", by=deploy, now=NOW, publish_at=NOW.replace(year=2027))

    for path in ("publish", f"publications/{made.number}"):
        page = owner.get(f"/sites/butikken/{path}").text
        assert "By Deploy (API token)" in words(page)
        assert deploy not in page


def test_a_form_that_a_program_overtook_names_the_program(site: Site, owner: Visitor) -> None:
    deploy = program("Deploy")
    form = owner.get("/sites/butikken/banner/texts?language=nb").text
    found = re.search(r'name="revision" value="([0-9]+)"', form)
    assert found
    title(site, "Fra programmet", by=deploy)

    sent = {"revision": found[1], "texts.nb.title": "Fra meg", "language": "nb"}
    page = owner.post("/sites/butikken/banner/texts", sent)

    assert page.status_code == 409
    assert "Deploy (API token) saved this draft while you were editing." in words(page.text)


def test_many_programs_on_a_page_are_looked_up_at_once(
    site: Site, owner: Visitor, asked_for_tokens: list[str]
) -> None:
    make_publishable(site)
    for number in range(5):
        title(site, f"Tittel {number}")
        by = program(f"Program {number}")
        with transaction():
            sites.publish(site.id, note="", by=by, now=NOW)
    asked_for_tokens.clear()

    page = words(owner.get("/sites/butikken/versions").text)

    assert [f"Program {number} (API token)" in page for number in range(5)] == [True] * 5
    assert len(asked_for_tokens) == 1


def test_no_token_is_looked_up_where_people_did_everything(
    site: Site, owner: Visitor, asked_for_tokens: list[str]
) -> None:
    title(site, "Ny", by="kari@butikken.no")
    assert "kari@butikken.no" in owner.get("/sites/butikken/draft/history").text
    assert asked_for_tokens == []


def test_programs_without_a_name_and_those_that_are_gone_have_a_sensible_word() -> None:
    stored = authors.author("a1b2c3d4e5f6g7h8i9j0kl")

    assert author_words.named(stored, {"a1b2c3d4e5f6g7h8i9j0kl": ""}) == "API token a1b2c3"
    assert author_words.named(stored, {}) == "API token a1b2c3 (deleted)"
    assert author_words.named("command line", {}) == "Command line"
    assert author_words.named("kari@butikken.no", {}) == "kari@butikken.no"
