"""Saving while somebody types: what the server answers, and what the history shows of it."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.sites import draft_history
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import cookie, service
from tests.studio.conftest import NOW, Visitor

TITLE, BODY = "texts.nb.title", "texts.nb.body"


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody who edits at noon, in Oslo."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return as_role("editor", site)


def words(site: Site) -> Any:
    return sites.draft(site.id).document["texts"]["nb"]


def save(editor: Visitor, site: Site, typed: dict[str, str], before: dict[str, str]) -> Any:
    fields = {"revision": "1", **typed, **{f"before.{name}": text for name, text in before.items()}}
    answer = editor.post(f"/sites/{site.key}/banner/autosave", fields)
    assert answer.status_code == 200
    return answer.json


def test_the_answer_says_when_it_was_saved_and_how_the_server_writes_it(site: Site, editor: Visitor) -> None:
    title, events = words(site)["title"], audit_log.audit_log_head()
    answer = save(editor, site, {TITLE: "  Kaker "}, {TITLE: title})
    stored = sites.draft(site.id)
    assert stored.document["texts"]["nb"]["title"] == "Kaker"
    assert (answer["revision"], answer["at"]) == (stored.revision, "13:00")
    assert answer["values"] == {TITLE: "Kaker"}
    assert not any(answer[name] for name in ("errors", "general", "conflicts", "others"))
    # The log of what staff did is for other things.
    assert audit_log.audit_log_head() == events


@pytest.mark.parametrize("back", ["//[x", "//[x?finding=texts-title", "https://[x/?finding=texts-title"])
def test_an_address_that_is_none_of_the_studio_leads_to_no_finding(
    site: Site, editor: Visitor, back: str
) -> None:
    title = words(site)["title"]
    fields = {"revision": "1", "next": back, TITLE: "Kaker", f"before.{TITLE}": title}
    answer = editor.post(f"/sites/{site.key}/banner/autosave", fields)
    assert (answer.status_code, words(site)["title"]) == (200, "Kaker")
    assert answer.json is not None
    assert answer.json["finding"] == ""


def test_fields_that_nobody_edited_change_nothing(site: Site, editor: Visitor) -> None:
    before = sites.draft(site.id)
    answer = save(editor, site, {TITLE: "Et gammelt vindu"}, {})
    assert sites.draft(site.id) == before
    # The form learns what the draft has there.
    assert answer["values"] == {TITLE: before.document["texts"]["nb"]["title"]}


def test_what_a_colleague_changed_is_told_and_kept(site: Site, editor: Visitor) -> None:
    title, body = words(site)["title"], words(site)["body"]
    theirs = copy.deepcopy(sites.draft(site.id).document)
    theirs["texts"]["nb"]["title"] = "Fra Ola"
    with transaction():
        sites.save_draft(site.id, theirs, by="ola@example.no", now=NOW)
    answer = save(editor, site, {TITLE: title, BODY: "Fra meg"}, {BODY: body})
    assert (answer["others"], answer["values"]) == ("ola@example.no", {TITLE: "Fra Ola"})
    answer = save(editor, site, {TITLE: "Også fra meg", BODY: "Fra meg"}, {TITLE: title})
    assert answer["conflicts"] == {TITLE: "Title"}
    assert (words(site)["title"], words(site)["body"]) == ("Fra Ola", "Fra meg")


def test_a_wrong_value_is_named_beside_its_field(site: Site, editor: Visitor) -> None:
    answer = save(editor, site, {"behaviour.validity_days": "lenge"}, {"behaviour.validity_days": "365"})
    error = answer["errors"]["behaviour.validity_days"]
    assert 'id="behaviour.validity_days-error"' in error["element"]
    assert "whole number" in error["element"]
    gone = save(editor, site, {"services.borte.name": "Ny"}, {"services.borte.name": "Gammel"})
    assert gone["general"] == ["What you are editing was removed meanwhile. Save the draft to put it back."]


def test_typing_is_one_state_of_the_history_and_a_pause_begins_another(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, shown = len(draft_history.states(site.id)), words(site)["title"]
    for second, title in ((0, "K"), (20, "Ka"), (40, "Kak"), (1900, "Kaker")):
        moment = NOW + timedelta(seconds=second)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        save(editor, site, {TITLE: title}, {TITLE: shown})
        shown = title
    titles = [each.document["texts"]["nb"]["title"] for each in draft_history.states(site.id)]
    assert titles[:2] == ["Kaker", "Kak"]
    assert len(titles) == first + 2


COOKIES = "services.counter.cookies"


@pytest.fixture
def counter(site: Site) -> dict[str, str]:
    """The form of a service that stores `a`, `b` and `c`."""
    document: Any = copy.deepcopy(sites.draft(site.id).document)
    document["services"] = [service(cookies=[cookie(name) for name in "abc"])]
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
    rows = {f"was.{at}": f"{name}\n.counter.example\ncookie" for at, name in enumerate("abc")}
    return {"services.counter.name": "Counter", **rows}


def row(number: int, name: str, lifetime: str = "1 y") -> dict[str, str]:
    fields = {"name": name, "kind": "cookie", "lifetime": lifetime, "host": "", "purpose.nb": "Teller"}
    return {f"new.{number}.{field}": text for field, text in fields.items()}


def names(site: Site) -> list[str]:
    return [each["name"] for each in sites.draft(site.id).document["services"][0]["cookies"]]


def test_a_new_row_is_saved_and_the_page_learns_what_the_draft_calls_it(
    site: Site, editor: Visitor, counter: dict[str, str]
) -> None:
    answer = save(editor, site, {**counter, **row(4, "d")}, {})
    assert names(site) == ["a", "b", "c", "d"]
    assert answer["rows"]["new.4."] == {"base": f"{COOKIES}.3.", "number": 3, "was": "d\n\ncookie"}
    assert answer["values"]["new.4.lifetime"] == "1 year"
    # The answer was lost, and the page sends the same again.
    again = save(editor, site, {**counter, **row(4, "d")}, {})
    assert names(site) == ["a", "b", "c", "d"]
    assert again["rows"]["new.4."] == answer["rows"]["new.4."]


def test_a_row_that_is_not_valid_is_named_and_keeps_no_other_from_being_saved(
    site: Site, editor: Visitor, counter: dict[str, str]
) -> None:
    typed = {**counter, **row(0, "d", "for ever"), **row(1, "e"), **row(2, ""), **row(3, "a")}
    answer = save(editor, site, {**typed, "new.3.host": ".counter.example"}, {})
    assert names(site) == ["a", "b", "c", "e"]
    assert set(answer["errors"]) == {"new.0.lifetime", "new.3.name"}
    assert "not a time such as" in answer["errors"]["new.0.lifetime"]["element"]
    assert "new.2." not in answer["rows"]


def test_a_removed_row_is_gone_and_those_below_it_have_another_number(
    site: Site, editor: Visitor, counter: dict[str, str]
) -> None:
    lifetime = f"{COOKIES}.2.lifetime"
    typed = {**counter, lifetime: "2 years", **row(0, "d"), "remove": "1"}
    answer = save(editor, site, typed, {lifetime: "30 days"})
    assert names(site) == ["a", "c", "d"]
    assert sites.draft(site.id).document["services"][0]["cookies"][1]["lifetime"] == "P2Y"
    assert answer["rows"][f"{COOKIES}.1."] is None
    assert [answer["rows"][base]["number"] for base in (f"{COOKIES}.0.", f"{COOKIES}.2.", "new.0.")] == [
        0,
        1,
        2,
    ]


def test_a_row_is_found_again_after_a_colleague_has_removed_one_above_it(
    site: Site, editor: Visitor, counter: dict[str, str]
) -> None:
    document: Any = copy.deepcopy(sites.draft(site.id).document)
    del document["services"][0]["cookies"][0]
    with transaction():
        sites.save_draft(site.id, document, by="kari@example.no", now=NOW)
    lifetime = f"{COOKIES}.2.lifetime"
    answer = save(editor, site, {**counter, lifetime: "2 years"}, {lifetime: "30 days"})
    assert [each["lifetime"] for each in sites.draft(site.id).document["services"][0]["cookies"]] == [
        "P30D",
        "P2Y",
    ]
    assert answer["rows"][lifetime.removesuffix("lifetime")]["base"] == f"{COOKIES}.1."
    # The row of what is gone keeps what is typed in it, under a number that nothing else will have.
    assert answer["rows"][f"{COOKIES}.0."]["number"] == 5000
