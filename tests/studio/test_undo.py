"""Undoing one's own edits; what a colleague changed in other places stays."""

import copy
import html
import re
from collections.abc import Callable
from typing import Any, cast

import pytest

from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import Visitor

STEP = re.compile(
    r'id="(undo|redo)-form".*?name="step" value="(\d*)".*?<button[^>]*?( disabled)?[ >].*?</button>', re.S
)
SAID = re.compile(r'<span class="edit-step-what">(.*?)</span>')


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who edits."""
    return as_role("editor", site)


def title(site: Site) -> str:
    return sites.draft(site.id).document["texts"]["nb"]["title"]


def buttons(editor: Visitor, site: Site) -> tuple[dict[str, str], list[str]]:
    page = editor.get(f"/sites/{site.key}/banner/texts").text
    return {name: step for name, step, _off in STEP.findall(page)}, [
        html.unescape(each) for each in SAID.findall(page)
    ]


def write(editor: Visitor, site: Site, text: str) -> None:
    page = f"/sites/{site.key}/banner/texts"
    assert editor.save(page, {"texts.nb.title": text}).status_code == 303


def press(editor: Visitor, site: Site, step: str) -> str:
    page = f"/studio/sites/{site.key}/banner/texts"
    answer = editor.post(f"/sites/{site.key}/banner/undo", {"step": step, "next": page})
    assert (answer.status_code, answer.location) == (303, page)
    return editor.get(f"/sites/{site.key}/banner/texts").text


def colleague(site: Site, key: str, text: str) -> None:
    document: Any = copy.deepcopy(sites.draft(site.id).document)
    document["texts"]["nb"][key] = text
    with transaction():
        sites.save_draft(site.id, document, by="ola@example.no", now=clock.now())


def test_an_edit_is_undone_and_redone_beside_what_a_colleague_wrote(site: Site, editor: Visitor) -> None:
    before = title(site)
    assert buttons(editor, site) == ({"undo": "", "redo": ""}, [])
    write(editor, site, "Kaker")
    colleague(site, "body", "Fra Ola")
    steps, said = buttons(editor, site)
    assert (said, steps["redo"]) == (["Texts › Title, Norwegian Bokmål"], "")
    assert "Undone: Texts › Title" in html.unescape(press(editor, site, steps["undo"]))
    assert (title(site), sites.draft(site.id).document["texts"]["nb"]["body"]) == (before, "Fra Ola")
    steps, _said = buttons(editor, site)
    assert steps["undo"] == ""
    assert "Redone: Texts › Title" in html.unescape(press(editor, site, steps["redo"]))
    assert title(site) == "Kaker"
    steps, _said = buttons(editor, site)
    press(editor, site, steps["undo"])
    assert title(site) == before


def test_what_somebody_changed_again_is_not_undone(site: Site, editor: Visitor) -> None:
    write(editor, site, "Kaker")
    steps, _said = buttons(editor, site)
    colleague(site, "title", "Fra Ola")
    page = press(editor, site, steps["undo"])
    assert "Not undone, because it was changed again since" in page
    assert title(site) == "Fra Ola"


def typed(editor: Visitor, site: Site, **fields: tuple[str, str]) -> None:
    """Texts in Norwegian that are saved while somebody types: each with what it had, and what it has."""
    named = {f"texts.nb.{key}": both for key, both in fields.items()}
    sent = {name: after for name, (_before, after) in named.items()}
    had = {f"before.{name}": before for name, (before, _after) in named.items()}
    answer = editor.post(f"/sites/{site.key}/banner/autosave", {"revision": "1", **sent, **had})
    assert (answer.status_code, cast("Any", answer.json)["errors"]) == (200, {})


def test_each_field_is_undone_by_itself_and_a_field_as_it_was_before_somebody_wrote_in_it(
    site: Site, editor: Visitor
) -> None:
    first, close = title(site), sites.draft(site.id).document["texts"]["nb"]["close"]
    typed(editor, site, title=(first, "Kak"))
    typed(editor, site, title=("Kak", "Kaker"))
    typed(editor, site, close=(close, "Lukk nå"))
    steps, said = buttons(editor, site)
    assert said == ["Texts › Close, Norwegian Bokmål"]
    press(editor, site, steps["undo"])
    assert title(site) == "Kaker"
    steps, said = buttons(editor, site)
    assert said == ["Texts › Title, Norwegian Bokmål", "Texts › Close, Norwegian Bokmål"]
    press(editor, site, steps["undo"])
    assert title(site) == first
    steps, _said = buttons(editor, site)
    assert steps["undo"] == ""


def test_what_was_typed_and_deleted_again_is_no_step(site: Site, editor: Visitor) -> None:
    first, close = title(site), sites.draft(site.id).document["texts"]["nb"]["close"]
    typed(editor, site, close=(close, "Lukk nå"))
    typed(editor, site, title=(first, "Kaker"))
    typed(editor, site, title=("Kaker", first))
    steps, said = buttons(editor, site)
    assert said == ["Texts › Close, Norwegian Bokmål"]
    press(editor, site, steps["undo"])
    assert sites.draft(site.id).document["texts"]["nb"]["close"] == close
    steps, _said = buttons(editor, site)
    assert (steps["undo"] == "", steps["redo"] == "") == (True, False)


def test_what_a_colleague_has_put_back_already_is_passed_over(site: Site, editor: Visitor) -> None:
    first = title(site)
    write(editor, site, "Kaker")
    colleague(site, "title", first)
    assert buttons(editor, site) == ({"undo": "", "redo": ""}, [])


def test_what_somebody_changed_again_does_not_keep_earlier_edits_from_being_undone(
    site: Site, editor: Visitor
) -> None:
    close = sites.draft(site.id).document["texts"]["nb"]["close"]
    typed(editor, site, close=(close, "Lukk nå"))
    typed(editor, site, title=(title(site), "Kaker"))
    colleague(site, "title", "Fra Ola")
    steps, said = buttons(editor, site)
    assert said == ["Texts › Close, Norwegian Bokmål"]
    press(editor, site, steps["undo"])
    assert (title(site), sites.draft(site.id).document["texts"]["nb"]["close"]) == ("Fra Ola", close)
    steps, said = buttons(editor, site)
    assert (steps["undo"], said) == ("", ["Texts › Close, Norwegian Bokmål"])


def test_several_changes_of_one_button_are_named_by_where_they_are(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/texts"
    assert editor.save(page, {"texts.nb.title": "Kaker", "texts.nb.close": "Lukk nå"}).status_code == 303
    assert buttons(editor, site)[1] == ["Texts: 2 changes"]


def test_only_the_next_own_step_can_be_asked_for(site: Site, editor: Visitor) -> None:
    write(editor, site, "Kaker")
    write(editor, site, "Flere kaker")
    steps, _said = buttons(editor, site)
    for number in (str(int(steps["undo"]) - 1), "1", "", "x", "9" * 30):
        assert "That cannot be undone any more" in press(editor, site, number)
    assert title(site) == "Flere kaker"
    press(editor, site, steps["undo"])
    assert title(site) == "Kaker"


def test_undoing_what_added_a_service_leads_to_the_list(site: Site, editor: Visitor) -> None:
    services = f"/sites/{site.key}/banner/services"
    answer = editor.save(services, {"name": "Kart", "category": "statistics"})
    assert answer.location == f"/studio{services}/kart"
    page = editor.get(f"{services}/kart").text
    steps = {name: step for name, step, _off in STEP.findall(page)}
    undone = editor.post(
        f"/sites/{site.key}/banner/undo", {"step": steps["undo"], "next": f"/studio{services}/kart?x=1"}
    )
    assert undone.location == f"/studio{services}"
    elsewhere = {"step": "", "next": "/studio/no/such/page"}
    assert (
        editor.post(f"/sites/{site.key}/banner/undo", elsewhere).location
        == f"/studio/sites/{site.key}/banner"
    )
