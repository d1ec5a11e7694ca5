"""Publishing, versions and what goes into the pages."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from server.core.db import transaction
from server.embed import service as embed
from server.sites import service as sites
from server.sites.values import Site
from tests.notices.subscribers import mail_set, subscribed
from tests.studio.conftest import NOW, Visitor, make_publishable


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes and publishes banners."""
    return as_role("editor", site)


def add_service(site: Site) -> None:
    draft = sites.draft(site.id)
    service = {
        **draft.document["services"][0],
        "key": "matomo",
        "name": "Matomo",
        "provider": "Butikken AS",
        "category": "statistics",
        "legal_basis": "consent",
        "necessary_reason": {},
        "privacy_link": "https://www.butikken.no/personvern",
    }
    with transaction():
        services = [*draft.document["services"], service]
        sites.save_draft(site.id, {**draft.document, "services": services}, by="tests", now=NOW)


def publish(editor: Visitor, site: Site, note: str = "") -> int:
    return editor.save(f"/sites/{site.key}/publish", {"note": note}).status_code


def test_what_stops_publishing_is_listed_with_the_way_there(site: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{site.key}/publish").text
    assert "2 things have to be put right first" in page
    name = "controller.name"
    assert f'href="/studio/sites/{site.key}/banner/controller?finding=0-{name}#{name}"' in page
    assert "Publish version" not in page
    revision = str(sites.draft(site.id).revision)
    assert (
        editor.post(f"/sites/{site.key}/publish", {"revision": revision, "version": "0"}).status_code == 422
    )
    assert sites.newest(site.id) is None


def test_first_publish_and_the_next_say_who_is_asked(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    assert "Everybody is asked" in editor.get(f"/sites/{site.key}/publish").text
    assert publish(editor, site, "Første") == 303
    made = sites.newest(site.id)
    assert made is not None
    assert (made.number, made.note, made.published_by) == (1, "Første", "editor-1@example.no")
    assert "Exactly this draft is published" in editor.get(f"/sites/{site.key}/publish").text

    editor.save(f"/sites/{site.key}/banner/texts", {"texts.nb.title": "Ny tittel"})
    assert "nobody is asked again" in editor.get(f"/sites/{site.key}/publish").text

    add_service(site)
    page = editor.get(f"/sites/{site.key}/publish").text
    assert "asked again" in page
    assert "Matomo" in page
    # Saying so has published nothing.
    assert len(sites.versions(site.id)) == 1
    assert publish(editor, site) == 303
    assert [version.change for version in sites.versions(site.id)] == ["scope", "scope"]


def test_draft_that_moved_on_is_not_published_unseen(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    old = str(sites.draft(site.id).revision)
    add_service(site)
    answer = editor.post(f"/sites/{site.key}/publish", {"revision": old})
    assert answer.status_code == 409
    assert "Nothing was published" in answer.text
    assert sites.newest(site.id) is None


def test_auditor_sees_what_would_change_but_has_no_button(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    make_publishable(site)
    page = as_role("auditor", site).get(f"/sites/{site.key}/publish").text
    assert "does not publish here" in page
    assert "<textarea" not in page


def test_old_version_comes_back_as_the_next_one(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site, "Første")
    first = sites.version(site.id, 1)
    add_service(site)
    publish(editor, site, "Andre")
    answer = editor.save(f"/sites/{site.key}/versions/1/rollback", {})
    assert answer.status_code == 303
    newest = sites.newest(site.id)
    assert newest is not None
    assert (newest.number, newest.content_hash) == (3, first.content_hash)
    page = editor.get(f"/sites/{site.key}/versions").text
    assert "Version 1 is published again, as version 3." in page
    assert page.count(">Roll back<") == 2
    assert editor.post(f"/sites/{site.key}/versions/9/rollback").status_code == 404


def test_an_announcement_without_its_texts_is_reported_above_and_at_each_field(
    site: Site, editor: Visitor
) -> None:
    make_publishable(site)
    publish(editor, site)
    add_service(site)
    answer = editor.save(f"/sites/{site.key}/publish", {"announce": "on"})

    assert answer.status_code == 422
    assert "Nothing was published yet." in answer.text
    for language in sites.draft(site.id).document["texts"]:
        assert f'<a href="#announcement.{language}">' in answer.text
        assert f'id="announcement.{language}-error"' in answer.text


def test_an_old_version_comes_back_with_a_reason_and_says_what_becomes_of_the_draft(
    site: Site, editor: Visitor
) -> None:
    make_publishable(site)
    publish(editor, site, "Første")
    add_service(site)
    publish(editor, site, "Andre")
    path = f"/sites/{site.key}/versions/1/rollback"
    assert "The draft stays as it is: like version 2" in editor.get(path).text

    assert 'id="note-error"' in editor.save(path, {"note": "x" * 1001}).text
    assert editor.save(path, {"note": "Feil tekst"}).status_code == 303
    newest = sites.newest(site.id)
    assert newest is not None
    assert (newest.number, newest.note) == (3, "As version 1: Feil tekst")


def test_the_page_lists_what_changed_since_the_live_version(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site)
    add_service(site)
    page = editor.get(f"/sites/{site.key}/publish").text

    assert "One change since version 1" in page
    assert re.search(r'<span class="tag tag-good">Added</span>\s*<span>Matomo</span>', page)


def test_note_that_is_too_long_is_reported_at_its_field(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    answer = editor.save(f"/sites/{site.key}/publish", {"note": "x" * 1001})
    assert answer.status_code == 422
    assert 'id="note-error"' in answer.text
    assert "x" * 1001 in answer.text


def test_install_shows_the_tag_and_once_published_the_pinned_one(site: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{site.key}/install").text
    assert "http://127.0.0.1:8000/w/butikken.js" in page
    assert "until you publish" in page
    assert "integrity=" not in page
    make_publishable(site)
    publish(editor, site)
    page = editor.get(f"/sites/{site.key}/install").text
    assert "integrity=" not in page
    assert "?pinned=1" in page
    page = editor.get(f"/sites/{site.key}/install?pinned=1").text
    assert "integrity=&#34;sha384-" in page
    assert "data-consent=&#34;statistics&#34;" in page


def test_copied_pinned_tag_goes_on_working_after_the_next_publish(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site)
    pinned = re.search(r"/w/butikken/[0-9a-f]+\.js", editor.get(f"/sites/{site.key}/install?pinned=1").text)
    assert pinned
    editor.save(f"/sites/{site.key}/banner/texts", {"texts.nb.title": "Ny tittel"})
    publish(editor, site)
    embed.forget()
    assert editor.client.get(pinned[0]).status_code == 200


def test_overview_shows_what_is_published_and_what_comes_next(site: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{site.key}/").text
    assert "Not published yet" in page
    assert "Next steps" in page
    make_publishable(site)
    publish(editor, site)
    assert "Version 1. Published" in re.sub(r"\s+", " ", editor.get(f"/sites/{site.key}/").text)
    add_service(site)
    assert "Draft differs" in editor.get(f"/sites/{site.key}/").text


def test_looking_at_what_would_change_stores_nothing(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site)
    add_service(site)
    before = (sites.versions(site.id), sites.draft(site.id))
    coming = sites.pending(site.id)
    assert (coming.number, coming.change) == (2, "scope")
    assert [change.category for change in coming.scope_changes] == ["statistics"]
    assert "asked again" in editor.get(f"/sites/{site.key}/publish").text
    assert (sites.versions(site.id), sites.draft(site.id)) == before
    assert publish(editor, site) == 303
    made = sites.newest(site.id)
    assert made is not None
    assert (made.number, made.change, made.scope_changes) == (2, coming.change, coming.scope_changes)


def test_letting_googles_tags_load_first_takes_a_reason(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    editor.save(f"/sites/{site.key}/banner/tools", {"behaviour.consent_mode": "advanced"})
    page = f"/sites/{site.key}/publish"
    assert "Say here why" in editor.get(page).text
    refused = editor.save(page, {"note": " "})
    assert refused.status_code == 422
    assert 'id="note-error"' in refused.text
    assert publish(editor, site, "Avtalt med personvernombudet") == 303
    assert "Say here why" not in editor.get(page).text


def texts(site: Site, text: str) -> dict[str, str]:
    """The fields of an announcement, in every language of the banner."""
    return {f"announcement.{code}": f"{text} {code}" for code in sites.draft(site.id).document["texts"]}


def test_larger_change_is_announced_to_visitors_and_listed_with_its_text(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    assert 'name="announce"' not in editor.get(f"/sites/{site.key}/publish").text, "there is no change yet"
    publish(editor, site)
    editor.save(f"/sites/{site.key}/banner/texts", {"texts.nb.title": "Ny tittel"})
    page = editor.get(f"/sites/{site.key}/publish").text
    assert "Notify visitors of this change" in page
    assert "Proposed" not in page
    add_service(site)
    page = editor.get(f"/sites/{site.key}/publish").text
    assert "Proposed, because more is asked" in page
    assert re.search(r'id="announce"[^>]* checked', page)
    answer = editor.save(
        f"/sites/{site.key}/publish", {"announce": "on", **texts(site, "Vi bruker Matomo.\r\nLes mer")}
    )
    assert answer.status_code == 303
    made = sites.newest(site.id)
    assert made is not None
    assert made.announcement["nb"] == "Vi bruker Matomo.\nLes mer nb"
    page = editor.get(f"/sites/{site.key}/versions").text
    assert "Visitors are notified" in page
    assert f'href="/s/{site.key}/notice/versions"' in page
    assert "Les mer nb" in page
    assert "and visitors are notified of what changed." in page


def test_announcement_with_a_fault_is_reported_at_its_field_and_kept(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site)
    add_service(site)
    typed = {**texts(site, "Vi bruker Matomo."), "announcement.nn": " ", "announcement.en": "x" * 501}
    answer = editor.save(f"/sites/{site.key}/publish", {"announce": "on", "note": "Matomo", **typed})
    assert answer.status_code == 422
    assert 'id="announcement.nn-error"' in answer.text
    assert "What changed, in English has more than 500 characters." in answer.text
    assert "Vi bruker Matomo. nb" in answer.text
    assert len(sites.versions(site.id)) == 1


def test_text_for_visitors_is_not_used_where_they_are_not_to_be_notified(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site)
    add_service(site)
    assert editor.save(f"/sites/{site.key}/publish", texts(site, "Vi bruker Matomo.")).status_code == 303
    made = sites.newest(site.id)
    assert made is not None
    assert made.announcement == {}


def test_staff_see_how_many_subscribe_and_not_who(app: Flask, site: Site, editor: Visitor) -> None:
    make_publishable(site)
    publish(editor, site)
    add_service(site)
    path = f"/sites/{site.key}/publish"
    assert "nobody can subscribe by e-mail" in editor.get(path).text
    with mail_set(app):
        assert "Nobody subscribes by e-mail now." in editor.get(path).text
        subscribed(site, 3)
        shown = editor.get(path).text
    assert "3 people subscribe by e-mail now." in shown
    assert "s1@example.no" not in shown
    assert "3 people subscribe to changes by e-mail." in editor.get(f"/sites/{site.key}/versions").text


def twice(editor: Visitor, path: str, data: dict[str, str]) -> list[int]:
    """The answers to a form that is sent two times, as by a double click."""
    page = editor.get(path).text
    seen = {name: re.findall(rf'name="{name}" value="(\d+)"', page)[-1:] for name in ("revision", "version")}
    data = {**{name: values[0] for name, values in seen.items() if values}, **data}
    return [editor.post(path, data).status_code for _ in range(2)]


def test_a_form_that_is_sent_twice_publishes_once(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    path = f"/sites/{site.key}/publish"
    assert twice(editor, path, {"note": "Første"}) == [303, 409]
    add_service(site)
    typed = {"note": "", "announce": "on", **texts(site, "Vi måler mer.")}
    assert twice(editor, path, typed) == [303, 409]
    assert [version.number for version in sites.versions(site.id)] == [2, 1]
    assert twice(editor, f"/sites/{site.key}/versions/1/rollback", {"note": "Feil"}) == [303, 409]
    assert [version.number for version in sites.versions(site.id)] == [3, 2, 1]


def test_what_was_typed_stays_when_a_colleague_publishes_the_same_draft(
    site: Site, editor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    owner, path = as_role("owner", site), f"/sites/{site.key}/publish"
    make_publishable(site)
    publish(editor, site, "Første")
    add_service(site)
    seen = {"revision": str(sites.draft(site.id).revision), "version": "1"}
    publish(owner, site, "Noe annet")
    answer = editor.post(path, {**seen, "note": "Måling av besøk"})
    assert answer.status_code == 409
    assert "owner-1@example.no published version 2 while you were looking." in answer.text
    assert ">Måling av besøk</textarea>" in answer.text
    assert 'name="version" value="2"' in answer.text
    # Who sent it twice has nothing to send again.
    own = owner.post(path, {**seen, "note": "Noe annet"}).text
    assert "You published version 2 already." in own
    assert "<textarea" not in own
    rollback = f"/sites/{site.key}/versions/1/rollback"
    answer = editor.post(rollback, {"version": "1", "note": "Feil tekst"})
    assert answer.status_code == 409
    assert ">Feil tekst</textarea>" in answer.text
    assert len(sites.versions(site.id)) == 2
