"""Edits of single fields are saved with those of others, as far as they are valid and do not collide."""

import copy
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.sites import service as sites
from server.studio.draft import field_edits, form_binding
from tests.sites.documents import publishable, service


def _document() -> Any:
    document = publishable()
    document["services"] = [service()]
    return sites.validate(document)


DOCUMENT = _document()
PAGES = {
    "texts": ("texts.nb.title", "texts.nb.body", "texts.nb.accept_all"),
    "service": (
        "services.counter.name",
        "services.counter.hosts",
        "services.counter.retention",
        "services.counter.cookies.0.name",
        "services.counter.cookies.0.lifetime",
    ),
    "behaviour": (
        "behaviour.validity_days",
        "behaviour.refusal_days",
        "behaviour.signals.gpc",
        "behaviour.cookie_domain",
    ),
    "appearance": ("appearance.layout", "appearance.position", "appearance.radius"),
}
"""Some fields of each of some pages."""

VALUES = st.one_of(
    st.sampled_from(("on", "off", "365", "200", "dialog", "centre", "box", "host", "site", "2 years", "")),
    st.text(max_size=20),
)


def form(document: Any, names: tuple[str, ...]) -> dict[str, str]:
    """What the form of a page with these fields has."""
    found = field_edits.names_in(document, names)
    return {name: field_edits.form_text(name, form_binding.value_at(document, found[name])) for name in names}


def applied(document: Any, shown: Mapping[str, str], edits: Mapping[str, str]) -> field_edits.Outcome:
    before = {name: shown[name] for name in edits}
    return field_edits.applied(document, {**shown, **edits}, before, sites.validate)


@st.composite
def edits_of_a_page(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[str, str]]:
    page = draw(st.sampled_from(tuple(PAGES.values())))
    return page, draw(st.dictionaries(st.sampled_from(page), VALUES, max_size=4))


@given(edits_of_a_page())
def test_what_is_saved_is_valid_and_the_rest_is_named(page: tuple[tuple[str, ...], dict[str, str]]) -> None:
    names, edits = page
    outcome = applied(DOCUMENT, form(DOCUMENT, names), edits)
    saved = sites.validate(outcome.document)
    assert set(outcome.errors) <= set(edits)
    own = form_binding.bind(DOCUMENT, edits, outcome.names)
    try:
        valid = sites.validate(own)
    except Invalid:
        assert outcome.errors or outcome.elsewhere
    else:
        assert (saved, outcome.errors, outcome.elsewhere) == (valid, {}, ())


@given(edits_of_a_page(), edits_of_a_page())
def test_what_others_saved_meanwhile_stays(
    mine: tuple[tuple[str, ...], dict[str, str]], theirs: tuple[tuple[str, ...], dict[str, str]]
) -> None:
    shown = form(DOCUMENT, mine[0])
    newest = sites.validate(applied(DOCUMENT, form(DOCUMENT, theirs[0]), theirs[1]).document)
    outcome = applied(newest, shown, mine[1])
    assert applied(newest, shown, {}).document == newest
    paths = field_edits.names_in(newest, (*mine[0], *theirs[0]))
    for name in theirs[0]:
        if name not in mine[1]:
            saved, stored = (form_binding.value_at(each, paths[name]) for each in (outcome.document, newest))
            assert saved == stored, name


def test_the_valid_field_is_saved_and_the_other_one_says_what_is_wrong() -> None:
    shown = form(DOCUMENT, PAGES["behaviour"])
    outcome = applied(DOCUMENT, shown, {"behaviour.validity_days": "300", "behaviour.refusal_days": "mange"})
    assert outcome.document["behaviour"]["validity_days"] == 300
    assert list(outcome.errors) == ["behaviour.refusal_days"]


def test_of_fields_that_are_not_valid_together_the_first_are_saved() -> None:
    def validate(document: Any) -> Any:
        if document["texts"]["nb"]["title"] == document["texts"]["nb"]["accept_all"]:
            raise Invalid("two texts are the same", errors={"texts": "are the same"})
        return sites.validate(document)

    shown = form(DOCUMENT, PAGES["texts"])
    edits = {"texts.nb.title": "Lik", "texts.nb.accept_all": "Lik", "texts.nb.body": "En annen"}
    before = {name: shown[name] for name in edits}
    outcome = field_edits.applied(DOCUMENT, {**shown, **edits}, before, validate)
    texts = outcome.document["texts"]["nb"]
    assert (texts["title"], texts["body"]) == ("Lik", "En annen")
    assert texts["accept_all"] == DOCUMENT["texts"]["nb"]["accept_all"]
    assert [(each.path, each.sentence) for each in outcome.elsewhere] == [("texts", "are the same")]


def test_two_values_of_one_field_collide_and_the_rest_of_the_form_is_saved() -> None:
    shown = form(DOCUMENT, PAGES["texts"])
    newest = applied(DOCUMENT, shown, {"texts.nb.title": "Fra Anna"}).document
    outcome = applied(newest, shown, {"texts.nb.title": "Fra meg", "texts.nb.accept_all": "Ja"})
    assert outcome.conflicts == {"texts.nb.title": "Fra Anna"}
    assert outcome.document["texts"]["nb"]["title"] == "Fra Anna"
    assert outcome.document["texts"]["nb"]["accept_all"] == "Ja"


def test_a_cookie_stays_itself_though_another_one_was_removed_before_it() -> None:
    document = copy.deepcopy(DOCUMENT)
    cookies = document["services"][0]["cookies"]
    cookies.append({**cookies[0], "name": "_second"})
    names = tuple(
        f"services.counter.cookies.{at}.{key}"
        for at in (0, 1)
        for key in ("name", "host", "kind", "lifetime")
    )
    shown = form(document, names)
    newest = copy.deepcopy(document)
    del newest["services"][0]["cookies"][0]
    outcome = applied(newest, shown, {"services.counter.cookies.0.lifetime": "2 years"})
    assert outcome.document == newest
    assert outcome.collisions


def test_a_service_that_was_removed_is_named_and_nothing_else_changes() -> None:
    newest = sites.validate({**copy.deepcopy(DOCUMENT), "services": []})
    outcome = applied(newest, form(DOCUMENT, PAGES["service"]), {"services.counter.name": "Teller"})
    assert outcome.gone == ("services.counter.name",)
    assert outcome.document == newest


def test_words_of_a_list_are_brought_together() -> None:
    shown = form(DOCUMENT, PAGES["service"])
    hosts = "services.counter.hosts"
    newest = applied(DOCUMENT, shown, {hosts: shown[hosts] + "\nanna.example"}).document
    outcome = applied(newest, shown, {hosts: shown[hosts] + "\nkari.example"})
    assert outcome.document["services"][0]["hosts"] == ["counter.example", "anna.example", "kari.example"]
