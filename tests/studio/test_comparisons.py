"""Two states of a banner are compared, and an earlier one is taken back without losing anything."""

import re
from collections.abc import Callable

import pytest

from server.accounts.service import audit_log
from server.core.db import transaction
from server.sites import draft_history
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import NOW, Visitor, make_publishable


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes banners."""
    return as_role("editor", site)


def title(site: Site, text: str, *, by: str = "tests") -> None:
    document = sites.draft(site.id).document
    texts = {**document["texts"], "nb": {**document["texts"]["nb"], "title": text}}
    with transaction():
        sites.save_draft(site.id, {**document, "texts": texts}, by=by, now=NOW)


def published(site: Site) -> None:
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_draft_is_compared_with_what_is_live_field_by_field(site: Site, editor: Visitor) -> None:
    published(site)
    before = sites.draft(site.id).document["texts"]["nb"]["title"]
    title(site, "Du <b>velger</b>")
    page = editor.get(f"/sites/{site.key}/compare")

    assert page.status_code == 200
    assert "One difference between version 1 and the draft." in words(page.text)
    assert before in page.text
    assert "Du &lt;b&gt;velger&lt;/b&gt;" in page.text
    assert f'href="/studio/sites/{site.key}/banner/texts?language=nb#texts.nb.title"' in page.text


def test_states_that_are_alike_say_so(site: Site, editor: Visitor) -> None:
    published(site)
    assert "are alike" in words(editor.get(f"/sites/{site.key}/compare?old=1&new=draft").text)


def test_both_banners_are_shown_in_frames_of_their_own(site: Site, editor: Visitor) -> None:
    published(site)
    page = editor.get(f"/sites/{site.key}/compare?language=nn&scheme=dark").text

    frames = re.findall(r'<iframe[^>]* sandbox="allow-scripts" src="([^"]+)"', page)
    assert len(frames) == 2
    for frame in frames:
        shown = editor.client.get(frame.replace("&amp;", "&"))
        assert shown.status_code == 200
        assert "sandbox allow-scripts" in shown.headers["Content-Security-Policy"]


def test_taking_a_version_back_keeps_what_the_draft_was(site: Site, editor: Visitor) -> None:
    published(site)
    live = sites.draft(site.id).document
    title(site, "Midlertidig")
    revision = sites.draft(site.id).revision
    answer = editor.post(f"/sites/{site.key}/states/1/restore", {"revision": str(revision)})

    assert answer.status_code == 303
    assert sites.draft(site.id).document == live
    assert draft_history.state(site.id, revision).document["texts"]["nb"]["title"] == "Midlertidig"
    page = words(editor.get(f"/sites/{site.key}/draft/history").text)
    assert "One change was taken back. The draft is as in version 1" in page
    (event,) = audit_log.audit_events(only=[site.id], action="draft_restored", limit=5)
    assert event.subject == "1"


def test_a_draft_that_was_saved_meanwhile_is_not_taken_back(site: Site, editor: Visitor) -> None:
    published(site)
    title(site, "Første")
    stale = sites.draft(site.id).revision
    title(site, "Andre", by="ola@example.no")
    answer = editor.post(f"/sites/{site.key}/states/1/restore", {"revision": str(stale)})

    assert answer.status_code == 412
    assert "ola@example.no saved this draft while you were looking." in words(answer.text)
    assert sites.draft(site.id).document["texts"]["nb"]["title"] == "Andre"


def test_the_history_names_who_saved_what_and_how_much(site: Site, editor: Visitor) -> None:
    title(site, "Første", by="kari@example.no")
    title(site, "Andre", by="ola@example.no")
    page = words(editor.get(f"/sites/{site.key}/draft/history").text)

    assert page.index("ola@example.no · one change") < page.index("kari@example.no · one change")


@pytest.mark.parametrize(
    "name", ["99", "draft-4711", "nothing", "version-1", "-1", "draft-", "01", "draft-01"]
)
def test_a_state_that_is_not_there_is_not_found(site: Site, editor: Visitor, name: str) -> None:
    published(site)
    assert editor.get(f"/sites/{site.key}/compare?old={name}").status_code == 404
    assert editor.get(f"/sites/{site.key}/states/{name}/preview").status_code == 404


def test_who_only_reads_takes_nothing_back(site: Site, as_role: Callable[..., Visitor]) -> None:
    published(site)
    auditor = as_role("auditor", site)
    assert auditor.get(f"/sites/{site.key}/compare").status_code == 200
    assert "Take back" not in auditor.get(f"/sites/{site.key}/draft/history").text
    assert auditor.post(f"/sites/{site.key}/states/1/restore", {"revision": "1"}).status_code == 403
