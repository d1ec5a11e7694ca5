"""Two people edit one draft: different fields are merged, and of the same field both values are shown."""

import copy
import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from server.accounts.service import audit_log
from server.core.db import transaction
from server.core.errors import PreconditionFailed
from server.sites import service as sites
from server.sites.values import Site, ordered_categories
from server.studio.editor import drafts
from tests.sites.documents import cookie, service
from tests.studio.conftest import NOW, Visitor

_FORM = re.compile(r"<form[^>]*data-editor.*?</form>", re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="(revision|carried)" value="([^"]*)"')


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes banners, on a site with a service of two cookies."""
    colleague(site, lambda document: document["services"].append(made()))
    return as_role("editor", site)


def made() -> Any:
    cookies = [cookie("_a"), cookie("_b")]
    return service("counter", cookies=cookies)


def document(site: Site) -> Any:
    return sites.draft(site.id).document


def counter(site: Site) -> Any:
    return next(each for each in document(site)["services"] if each["key"] == "counter")


def revision(site: Site) -> str:
    return str(sites.draft(site.id).revision)


def colleague(site: Site, edit: Callable[[Any], object], by: str = "ola@example.no") -> None:
    """Somebody else saves this edit meanwhile."""
    edited = copy.deepcopy(document(site))
    edit(edited)
    with transaction():
        sites.save_draft(site.id, edited, by=by, now=NOW)


def titles(title: str) -> Callable[[Any], object]:
    return lambda document: document["texts"]["nb"].update(title=title)


def again(editor: Visitor, path: str, page: str, fields: dict[str, Any]) -> Any:
    """Send the form that an answer shows."""
    hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(_FORM.findall(page)[0])}
    return editor.post(path, {**hidden, **fields})


def test_different_fields_of_one_page_are_both_saved(site: Site, editor: Visitor) -> None:
    page, old, texts = f"/sites/{site.key}/banner/texts", revision(site), document(site)["texts"]["nb"]
    colleague(site, titles("Fra en kollega"))
    fields = {"texts.nb.title": texts["title"], "texts.nb.body": "Fra meg"}
    assert editor.post(page, {"revision": old, **fields}).status_code == 303
    after = document(site)["texts"]["nb"]
    assert (after["title"], after["body"]) == ("Fra en kollega", "Fra meg")
    assert "Saved, together with what ola@example.no changed meanwhile." in editor.get(page).text


def test_another_window_of_the_same_person_is_no_colleague(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/texts", revision(site)
    colleague(site, titles("Ny"), by="editor-1@example.no")
    editor.post(page, {"revision": old, "texts.nb.body": "Fra meg"})
    assert "together with what you changed in another window meanwhile" in editor.get(page).text


def test_only_the_field_that_both_changed_is_to_be_chosen(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/texts", revision(site)
    colleague(site, lambda document: document["texts"]["nb"].update(title="Fra en kollega", save="Lagre nå"))
    fields = {"texts.nb.title": "Fra meg", "texts.nb.body": "Også fra meg"}
    answer = editor.post(page, {"revision": old, **fields})
    assert answer.status_code == 409
    assert re.findall(r'name="take\.([^"]+)" value="mine" required', answer.text) == ["texts.nb.title"]
    field = re.search(r'<input[^>]+id="texts\.nb\.title"[^>]*>', answer.text)
    assert field
    assert 'value="Fra meg"' in field[0]
    assert 'aria-describedby="texts.nb.title-theirs' in field[0]
    # What only the colleague changed is in the form already.
    assert 'value="Lagre nå"' in answer.text


@pytest.mark.parametrize(("choice", "kept"), [("mine", "Fra meg"), ("theirs", "Fra en kollega")])
def test_the_choice_is_saved_with_the_rest_of_the_form(
    site: Site, editor: Visitor, choice: str, kept: str
) -> None:
    page, old = f"/sites/{site.key}/banner/texts", revision(site)
    colleague(site, titles("Fra en kollega"))
    fields = {"texts.nb.title": "Fra meg", "texts.nb.body": "Også fra meg"}
    answer = editor.post(page, {"revision": old, **fields})
    assert again(editor, page, answer.text, {**fields, "take.texts.nb.title": choice}).status_code == 303
    after = document(site)["texts"]["nb"]
    assert (after["title"], after["body"]) == (kept, "Også fra meg")


def test_what_a_colleague_chose_is_shown_in_words(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/services/counter", revision(site)
    colleague(site, lambda document: document["services"][-1].update(country="SE"))
    answer = editor.post(page, {"revision": old, "services.counter.country": "DK"})
    assert re.search(r"Saved meanwhile: <span>\s*Sweden</span>", answer.text)
    page, old = f"/sites/{site.key}/banner/behaviour", revision(site)
    colleague(site, lambda document: document["behaviour"].update(floating_button=False, validity_days=90))
    answer = editor.post(page, {"revision": old, "behaviour.validity_days": "100"})
    assert re.search(r"Saved meanwhile: <span>\s*90</span>", answer.text)


def test_a_service_that_a_colleague_removed_is_put_back_with_what_was_typed(
    site: Site, editor: Visitor
) -> None:
    page, old, before = f"/sites/{site.key}/banner/services/counter", revision(site), counter(site)
    colleague(site, lambda document: document["services"].pop())
    answer = editor.post(page, {"revision": old, "services.counter.provider": "Fra meg AS"})
    assert answer.status_code == 409
    assert "Counter was removed meanwhile. What you wrote is below; save to put it back." in answer.text
    assert 'value="Fra meg AS"' in answer.text
    saved = again(editor, page, answer.text, {"services.counter.provider": "Fra meg AS"})
    assert saved.status_code == 303
    assert counter(site) == {**before, "provider": "Fra meg AS"}


def test_a_service_that_a_colleague_edited_is_not_removed_at_once(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/services/counter", revision(site)
    colleague(site, lambda document: document["services"][-1].update(provider="Fra en kollega AS"))
    answer = editor.post(page, {"revision": old, "do": "remove"})
    assert (answer.status_code, "Fra en kollega AS" in answer.text) == (409, True)
    assert "Counter was changed meanwhile, and is still there." in answer.text
    assert again(editor, page, answer.text, {"do": "remove"}).status_code == 303
    assert "counter" not in [each["key"] for each in document(site)["services"]]


def test_what_was_written_in_a_language_that_a_colleague_removed_is_not_lost(
    site: Site, editor: Visitor
) -> None:
    old, texts = revision(site), f"/sites/{site.key}/banner/texts"
    editor.save(f"/sites/{site.key}/banner/languages", {"code": "nn", "do": "remove"}, at=texts)
    page = f"/sites/{site.key}/banner/services/counter"
    answer = editor.post(
        page, {"revision": old, "language": "nn", "services.counter.purpose.nn": "Tel dei som les"}
    )
    assert (answer.status_code, "You wrote: Tel dei som les" in answer.text) == (409, True)

    fields = {"texts.nn.title": "Du avgjer", "language": "nn"}
    answer = editor.post(texts, {"revision": old, **fields})
    assert (answer.status_code, 'value="Du avgjer"' in answer.text) == (409, True)
    assert "norsk nynorsk was removed meanwhile. What you wrote is below" in answer.text
    assert again(editor, texts, answer.text, fields).status_code == 303
    assert document(site)["texts"]["nn"]["title"] == "Du avgjer"


def test_cookies_are_added_and_removed_on_both_sides(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/services/counter", revision(site)
    colleague(site, lambda document: document["services"][-1]["cookies"].insert(0, cookie("_theirs")))
    fields = {"new.0.name": "_mine", "new.0.kind": "cookie", "new.0.lifetime": "1 day", "remove": "1"}
    assert editor.post(page, {"revision": old, **fields}).status_code == 303
    assert [each["name"] for each in counter(site)["cookies"]] == ["_theirs", "_a", "_mine"]


def test_a_cookie_that_was_added_survives_a_collision_beside_it(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/services/counter", revision(site)
    colleague(site, lambda document: document["services"][-1].update(provider="Fra en kollega AS"))
    fields = {"new.0.name": "_mine", "new.0.kind": "cookie", "new.0.lifetime": "1 day"}
    answer = editor.post(page, {"revision": old, "services.counter.provider": "Fra meg AS", **fields})
    assert answer.status_code == 409
    shown = {"services.counter.cookies.2.name": "_mine", "services.counter.cookies.2.lifetime": "2 days"}
    chosen = {"services.counter.provider": "Fra meg AS", "take.services.counter.provider": "theirs"}
    assert again(editor, page, answer.text, {**shown, **chosen}).status_code == 303
    after = counter(site)
    assert after["provider"] == "Fra en kollega AS"
    assert [(each["name"], each["lifetime"]) for each in after["cookies"]][-1] == ("_mine", "P2D")


def test_a_cookie_that_was_added_survives_an_error_of_its_own(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/services/counter"
    fields = {"new.0.name": "_mine", "new.0.kind": "cookie", "new.0.lifetime": "soon"}
    answer = editor.save(page, fields)
    assert answer.status_code == 422
    shown = {"services.counter.cookies.2.name": "_mine", "services.counter.cookies.2.lifetime": "2 days"}
    assert again(editor, page, answer.text, shown).status_code == 303
    assert [each["name"] for each in counter(site)["cookies"]] == ["_a", "_b", "_mine"]


def test_a_part_that_the_server_did_not_sign_is_left_out(site: Site, editor: Visitor) -> None:
    page, before = f"/sites/{site.key}/banner/services/counter", document(site)
    for carried in ("x", "e30.x", html.escape("<script>"), "\x00"):
        assert editor.save(page, {"carried": carried}).status_code == 303
    assert document(site) == before


def test_what_each_may_do_but_not_both_is_refused_with_the_reason(site: Site, editor: Visitor) -> None:
    page = f"/sites/{site.key}/banner/categories"
    editor.save(f"{page}/add", {"new_key": "chat", "new_name": "Prat"}, at=page)
    old = revision(site)
    colleague(site, lambda document: document["services"].append(service("talk", "chat")))
    answer = editor.post(page, {"revision": old, "do": "remove:chat"})
    assert answer.status_code == 409
    assert "What you changed does not fit with what was changed meanwhile." in answer.text
    assert "chat" in [each["key"] for each in document(site)["categories"]]


def test_parts_are_moved_hidden_and_added_beside_what_a_colleague_does(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/categories", revision(site)
    first, second = (each["key"] for each in ordered_categories(document(site))[1:3])
    colleague(site, lambda document: document["categories"][1]["names"].update(nb="Fra en kollega"))
    assert editor.post(page, {"revision": old, "do": f"down:{first}"}).status_code == 303
    assert [each["key"] for each in ordered_categories(document(site))[1:3]] == [second, first]
    assert document(site)["categories"][1]["names"]["nb"] == "Fra en kollega"
    assert (
        editor.post(f"{page}/add", {"revision": old, "new_key": "chat", "new_name": "Prat"}).status_code
        == 303
    )
    services = f"/sites/{site.key}/banner/services"
    assert editor.post(services, {"revision": old, "name": "Kart", "category": first}).status_code == 303
    assert {"kart", "counter"} <= {each["key"] for each in document(site)["services"]}


def test_a_form_that_is_older_than_what_is_kept_shows_all_that_differs(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.sites.draft_history.KEPT", 1)
    monkeypatch.setattr("server.sites.save_groups.RECENT", 0)
    page, old = f"/sites/{site.key}/banner/texts", revision(site)
    for title in ("En", "To", "Fra en kollega"):
        colleague(site, titles(title))
    answer = editor.post(page, {"revision": old, "texts.nb.title": "Fra meg"})
    assert answer.status_code == 409
    assert re.findall(r'name="take\.([^"]+)" value="mine" required', answer.text) == ["texts.nb.title"]
    assert document(site)["texts"]["nb"]["title"] == "Fra en kollega"


def test_somebody_who_saves_at_every_moment_is_not_waited_for_without_end(
    site: Site, editor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, tries = f"/sites/{site.key}/banner/texts", []

    def busy(*_arguments: Any, **_options: Any) -> None:
        tries.append(1)
        raise PreconditionFailed("the draft was saved meanwhile")

    monkeypatch.setattr(sites, "save_draft", busy)
    answer = editor.save(page, {"texts.nb.body": "Fra meg"})
    assert (answer.status_code, len(tries)) == (409, drafts.TRIES)
    assert "Fra meg" in answer.text


def test_the_audit_log_has_what_was_saved_with_a_colleagues_changes_once(site: Site, editor: Visitor) -> None:
    page, old = f"/sites/{site.key}/banner/known-services/chosen", revision(site)
    colleague(site, titles("Fra en kollega"))
    assert editor.post(page, {"revision": old, "service": "meta_pixel"}).status_code == 303
    events = audit_log.audit_events(only=[site.id], action="services_added", limit=5)
    assert [each.subject for each in events] == ["Meta Pixel"]
