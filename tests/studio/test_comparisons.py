"""Two states of a banner are compared, and an earlier one is taken back without losing anything."""

import re
from collections.abc import Callable

import pytest

from server.accounts.service import audit_log
from server.core.db import transaction
from server.sites import draft_history
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import service
from tests.studio.conftest import NOW, Visitor, make_publishable


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes banners."""
    return as_role("editor", site)


def title(site: Site, text: str, *, by: str = "tests", automatic: bool = False) -> None:
    document = sites.draft(site.id).document
    texts = {**document["texts"], "nb": {**document["texts"]["nb"], "title": text}}
    with transaction():
        sites.save_draft(site.id, {**document, "texts": texts}, by=by, now=NOW, automatic=automatic)


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
    assert "Restore" not in auditor.get(f"/sites/{site.key}/draft/history").text
    assert auditor.post(f"/sites/{site.key}/states/1/restore", {"revision": "1"}).status_code == 403


def test_the_history_names_what_each_save_changed_and_leaves_out_those_that_changed_nothing(
    site: Site, editor: Visitor
) -> None:
    title(site, "Første")
    title(site, "Første", by="ola@example.no")
    page = words(editor.get(f"/sites/{site.key}/draft/history").text)
    assert "one change Texts › Title, Norwegian Bokmål" in page
    assert "0 changes" not in page


def test_what_somebody_typed_and_deleted_again_is_not_shown_and_takes_no_other_change_over(
    site: Site, editor: Visitor
) -> None:
    title(site, "Første", by="ola@example.no")
    # Within some minutes, which are one state.
    for text in ("Andre", "Første"):
        title(site, text, by="kari@example.no", automatic=True)
    page = words(editor.get(f"/sites/{site.key}/draft/history").text)
    assert "ola@example.no · one change Texts › Title, Norwegian Bokmål" in page
    assert "kari@example.no" not in page


def test_what_is_not_published_is_discarded_from_the_page_publish(site: Site, editor: Visitor) -> None:
    published(site)
    live = sites.draft(site.id).document
    title(site, "Midlertidig")
    page = editor.get(f"/sites/{site.key}/publish").text
    assert f'action="/studio/sites/{site.key}/states/1/restore"' in page
    assert "Discard the changes" in page
    editor.save(f"/sites/{site.key}/states/1/restore", {}, at=f"/sites/{site.key}/publish")
    assert sites.draft(site.id).document == live


def test_taking_an_old_version_back_says_how_much_differs_and_not_that_work_is_discarded(
    site: Site, editor: Visitor
) -> None:
    published(site)
    title(site, "Andre")
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    old = words(editor.get(f"/sites/{site.key}/compare?old=1&new=draft").text)
    assert "The draft becomes as in version 1, which changes it in one place." in old
    assert "Discard" not in old


def test_a_service_that_was_added_is_shown_with_what_it_stores_and_where_data_goes(
    site: Site, editor: Visitor
) -> None:
    published(site)
    draft = sites.draft(site.id).document
    added = service("ga4", name="GA4", country="US")
    with transaction():
        sites.save_draft(site.id, {**draft, "services": [*draft["services"], added]}, by="tests", now=NOW)
    page = words(editor.get(f"/sites/{site.key}/compare").text)
    assert f"What it stores {added['cookies'][0]['name']}" in page
    assert "United States" in page


def test_changed_tools_and_logos_are_shown_as_the_editor_shows_them(site: Site, editor: Visitor) -> None:
    published(site)
    draft = sites.draft(site.id).document
    path = f"/s/{site.key}/logo/{'0' * 32}.svg"
    behaviour = {**draft["behaviour"], "consent_mode": "basic"}
    appearance = {**draft["appearance"], "logo": f"http://127.0.0.1:8000{path}", "logo_text": "Butikken"}
    with transaction():
        sites.save_draft(
            site.id, {**draft, "behaviour": behaviour, "appearance": appearance}, by="tests", now=NOW
        )
    text = editor.get(f"/sites/{site.key}/compare").text
    assert f'<img class="logo-shown" src="{path}" alt="Uploaded logo">' in text
    page = words(text)
    assert "Before Off After Basic" in re.sub(" +", " ", page)
    assert re.search("Tools 1 Tools › Consent Mode", page)


def options(page: str, select: str) -> list[str]:
    """What is read in a select."""
    found = re.search(rf'<select[^>]* id="{select}".*?</select>', page, re.DOTALL)
    assert found
    return [" ".join(each.split()) for each in re.findall(r"<option[^>]*>(.*?)</option>", found[0])]


def test_each_state_to_choose_says_how_far_it_is_from_what_visitors_have(site: Site, editor: Visitor) -> None:
    published(site)
    title(site, "Første", by="kari@example.no")
    with transaction():
        sites.publish(site.id, note="", by="kari@example.no", now=NOW)
    title(site, "Andre", by="kari@example.no")
    document = sites.draft(site.id).document
    texts = {**document["texts"], "nn": {**document["texts"]["nn"], "title": "Tredje"}}
    with transaction():
        sites.save_draft(site.id, {**document, "texts": texts}, by="ola@example.no", now=NOW)
    page = editor.get(f"/sites/{site.key}/compare").text

    for select in ("old", "new"):
        draft, live, first, *saves = options(page, select)
        assert re.fullmatch(r"Draft as it is now, saved .* by ola@example\.no · 2 differences", draft)
        assert live.startswith("Version 2, published now, since ")
        assert re.fullmatch(r"Version 1, published .* by tests · one difference", first)
        assert re.search(r"^Draft saved .* by kari@example\.no · one difference$", saves[0])
        assert any("no difference" in each for each in saves)
    assert "counted from version 2, which is published now" in words(page)
    # A second look remembers them.
    assert options(editor.get(f"/sites/{site.key}/compare").text, "old") == options(page, "old")


def test_differences_are_counted_anew_when_another_version_is_live(site: Site, editor: Visitor) -> None:
    published(site)
    title(site, "Andre")
    assert "one difference" in options(editor.get(f"/sites/{site.key}/compare").text, "old")[0]
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    draft, live, first, *_saves = options(editor.get(f"/sites/{site.key}/compare").text, "old")
    assert "no difference" in draft
    assert "Version 2, published now" in live
    assert "one difference" in first


def test_nothing_is_counted_while_nothing_is_live(site: Site, editor: Visitor) -> None:
    title(site, "Andre")
    page = editor.get(f"/sites/{site.key}/compare").text
    assert not re.search(r"· (no|one|\d+) difference", page)
    assert "which is published now" not in page


def test_each_picture_leads_to_its_full_size_and_from_there_to_the_other_and_back(
    site: Site, editor: Visitor
) -> None:
    published(site)
    title(site, "Andre")
    page = editor.get(f"/sites/{site.key}/compare?old=1&new=draft&language=nn&scheme=dark").text
    pictures = [
        each.replace("&amp;", "&") for each in re.findall(r'<a class="stage-zoom" href="([^"]+)"', page)
    ]
    assert [each.split("?")[0].split("/")[-2] for each in pictures] == ["1", "draft"]

    full = editor.client.get(pictures[0]).text
    assert "<h1>Version 1</h1>" in full
    assert re.search(r'<iframe[^>]* src="[^"]*/states/1/preview\?language=nn&amp;scheme=dark"', full)
    links = [each.replace("&amp;", "&") for each in re.findall(r'<a [^>]*href="([^"]+)"', full)]
    assert pictures[1] in links
    assert f"/studio/sites/{site.key}/compare?old=1&new=draft&language=nn&scheme=dark" in links


@pytest.mark.parametrize("asked", ["", "?old=1", "?old=x&new=y"])
def test_a_picture_in_full_size_needs_no_other_and_takes_none_that_is_not_there(
    site: Site, editor: Visitor, asked: str
) -> None:
    published(site)
    answer = editor.get(f"/sites/{site.key}/states/1/full{asked}")
    assert answer.status_code == (404 if "x" in asked else 200)
