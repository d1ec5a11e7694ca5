"""What is done with many sites is followed, undone and looked up; publishing is looked at before."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from server.accounts.service import audit_log, users
from server.core import clock
from server.core.db import transaction
from server.sites import approvals, bulk, deletion, jobs, listing
from server.sites import service as sites
from server.sites.listing import Wanted
from server.sites.values import Site
from server.studio.sites import bulk_actions, site_list
from tests.sites.documents import publishable, service
from tests.studio.conftest import NOW, Visitor, make_site
from tests.studio.test_confirmation import age


@pytest.fixture
def many(site: Site) -> list[Site]:
    """Twelve sites, more than are changed at once; `butikken` is one of them."""
    return [site, *(make_site(f"s{n:02}", f"S{n:02}") for n in range(11))]


def keys(**wanted: str) -> list[str]:
    found = listing.page(Wanted(**wanted), after=None, limit=99, only=None)  # type: ignore[arg-type]
    return [one.site.key for one in found]


def address(path: str) -> str:
    return path.removeprefix("/studio")


def start(who: Visitor, **sent: object) -> str:
    """Send the list of sites; the address that it leads to."""
    answer = who.post("/sites", dict(sent))
    assert answer.status_code == 303
    return address(answer.location)


def test_all_that_match_are_changed_by_the_worker_and_not_what_comes_to_match_later(
    many: list[Site], as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_list, "LISTED", 5)
    owner = as_role("owner")
    assert "Choose all 10 that match" in owner.get("/sites?q=s0").text
    assert (
        "10 sites are paused."
        in owner.post("/sites", {"q": "s0", "all": "1", "do": "pause"}, follow_redirects=True).text
    )
    path = start(owner, all="1", do="pause")
    page = owner.get(path).text
    assert "Pause 12 sites" in page
    assert "0 of 12 sites" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    make_site("s99", "S99")
    jobs.run_bulk_actions(clock.now())
    assert sites.find("s99").pause is None
    page = owner.get(path).text
    assert "2 done" in page
    assert "10 as they were" in page
    assert "refresh" not in page.partition("<body")[0].rpartition("<title")[2]
    assert len(keys(status="paused")) == 12


def test_only_the_sites_that_somebody_may_act_on_are_among_all(
    many: list[Site], as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", many[0], many[1])
    said = editor.post("/sites", {"all": "1", "do": "pause"}, follow_redirects=True).text
    assert "2 sites are paused." in said
    assert keys(status="paused") == ["butikken", "s00"]


def test_progress_is_asked_for_and_the_page_loads_again_at_the_end(
    many: list[Site], as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bulk._KINDS, "pause", replace(bulk.kind("pause"), batch=6))
    owner = as_role("owner")
    path = start(owner, all="1", do="pause")
    with transaction():
        bulk.run(path.rpartition("/")[2], now=NOW)
    part = owner.get(f"{path}/progress?said=0")
    assert 'max="12" value="6"' in part.text
    assert 'role="status"' in part.text
    assert "said=50" in part.text
    assert "HX-Refresh" not in part.headers
    assert 'role="status"' not in owner.get(f"{path}/progress?said=50").text
    jobs.run_bulk_actions(NOW)
    assert owner.get(f"{path}/progress").headers["HX-Refresh"] == "true"


def test_a_large_action_is_undone_on_its_page_and_only_once(
    many: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    path = start(owner, all="1", do="tag", new_tag="oslo")
    assert "/undo" not in owner.get(path).text
    jobs.run_bulk_actions(clock.now())
    assert f"{path}/undo" in owner.get(path).text
    undone = owner.post(f"{path}/undo")
    assert undone.status_code == 303
    jobs.run_bulk_actions(clock.now())
    assert keys(tag="oslo") == []
    assert "Undone" in owner.get(path).text
    again = owner.post(f"{path}/undo")
    assert (again.status_code, "This cannot be undone as a whole any more." in again.text) == (409, True)
    listed = owner.get("/bulk").text
    assert "Add the tag oslo to 12 sites" in listed
    assert "Remove the tag oslo from 12 sites" in listed


def test_who_may_not_undo_an_action_is_not_offered_it(
    many: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner, auditor = as_role("owner"), as_role("auditor")
    path = start(owner, all="1", do="pause")
    jobs.run_bulk_actions(clock.now())
    assert f"{path}/undo" not in auditor.get(path).text
    assert auditor.post(f"{path}/undo").status_code == 403
    assert f"{path}/undo" in owner.get(path).text


def test_what_was_not_done_is_named_with_why_and_tried_again(
    many: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    path = start(owner, all="1", do="pause")
    with transaction():
        deletion.delete(many[3].id, by="kari", now=NOW)
    jobs.run_bulk_actions(clock.now())
    page = owner.get(path).text
    assert "11 done" in page
    assert "The site was deleted." in page
    assert "S02" in page
    assert "S03" not in page.partition("<main")[2]
    assert "S03" in owner.get(f"{path}?state=all").text.partition("<main")[2]
    with transaction():
        deletion.restore(many[3].id)
    assert "12 done" in owner.post(f"{path}/retry", follow_redirects=True).text
    assert len(keys(status="paused")) == 12


def test_actions_of_others_are_seen_by_those_who_read_the_audit_log_of_all_sites(
    many: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    path = start(owner, all="1", do="pause")
    assert as_role("auditor").get(path).status_code == 200
    for other in (as_role("editor"), as_role("owner", many[0])):
        assert other.get(path).status_code == 404
        assert other.post(f"{path}/undo").status_code == 404
        assert "Pause 12 sites" not in other.get("/bulk").text
    assert "What became of each stands here." in as_role("developer").get("/bulk").text


def test_events_lead_to_the_action_that_they_are_part_of(
    many: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    path = start(owner, all="1", do="tag", new_tag="oslo")
    jobs.run_bulk_actions(clock.now())
    log = owner.get("/trail").text
    assert f'href="/studio{path}"' in log
    assert "bulk action" not in log
    (event, *_) = audit_log.audit_events(only=None, action="site_tagged", before=None, limit=1)
    assert event.detail.endswith(f"(bulk action {path.rpartition('/')[2]})")


# --- publishing ------------------------------------------------------------------------------------------


@pytest.fixture
def drafts(many: list[Site]) -> list[Site]:
    """s00 is new, s01 asks about one more service, s02 is as published, s03 needs approval."""
    wider = publishable()
    wider["services"].append(service())
    with transaction():
        for one in many[1:5]:
            sites.save_draft(one.id, publishable(), by="kari", now=NOW)
        for one in many[2:4]:
            sites.publish(one.id, note="", by="kari", now=NOW)
        sites.save_draft(many[2].id, wider, by="kari", now=NOW)
    return many


def test_publishing_says_before_what_changes_who_is_asked_and_what_stops_it(
    drafts: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner, _second = as_role("owner"), as_role("editor")
    with transaction():
        approvals.require(drafts[4].id, required=True, now=NOW)
    path = start(owner, all="1", do="publish")
    assert "The drafts are looked at" in owner.get(path).text
    jobs.run_bulk_actions(clock.now())
    page = owner.get(path).text
    for said in (
        "Publish 3 sites?",
        "3 of the 12 sites have something that can be published.",
        "On one site: those who allowed <strong>Statistikk</strong>",
        "On 2 sites: everybody, because nobody was before",
        "On one site another person has to approve it, and is asked.",
        "Publish 2 sites",
        "One change",
    ):
        assert said in page, said
    stopped = owner.get(f"{path}?part=stopped").text
    assert "to be put right first." in stopped
    assert "/studio/sites/butikken/publish" in stopped
    assert "This draft is published already." in owner.get(f"{path}?part=unchanged").text
    assert sites.newest(drafts[1].id) is None
    answer = owner.post(f"{path}/publish", {"note": "Høst"}, follow_redirects=True).text
    assert "3 done" in answer
    assert "Version 2 is published" in answer
    assert "Approval is asked for" in answer
    newest = [sites.newest(one.id) for one in drafts[1:5]]
    assert [version.number if version else 0 for version in newest] == [1, 2, 1, 0]
    assert [version.note if version else "" for version in newest] == ["Høst", "Høst", "", ""]


def test_a_draft_that_was_saved_since_is_looked_at_again(
    drafts: list[Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    path = start(owner, site=["s00", "s01"], do="publish")
    changed = publishable()
    changed["texts"]["nb"]["title"] = "Noe annet"
    with transaction():
        sites.save_draft(drafts[1].id, changed, by="ola", now=NOW)
    made = owner.post(f"{path}/publish", {"note": ""})
    page = owner.get(address(made.location)).text
    assert "1 done" in page
    assert "The draft was saved, or a version published, after you had looked at it." in page
    review = address(owner.post(f"{address(made.location)}/retry").location)
    again = owner.get(review).text
    assert "Publish S00?" in again
    assert "S00" in again
    # Trying again only looks: what publishes needs a proof, as the first time.
    age(60)
    newest = sites.newest(drafts[1].id)
    assert owner.post(f"{review}/publish", {"note": ""}).status_code == 401
    assert sites.newest(drafts[1].id) == newest


def test_sites_that_somebody_does_not_see_any_more_are_not_counted(
    drafts: list[Site], as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", drafts[1], drafts[2])
    path = start(editor, site=["s00", "s01"], do="publish")
    assert "Publish 2 sites?" in editor.get(path).text
    (user_id,) = users.everybody()
    with transaction():
        users.change_user(user_id, role="editor", site_ids=[drafts[1].id], now=NOW)
    assert editor.log_in("editor-2@example.no").status_code == 303
    page = editor.get(path).text
    assert "Publish S00?" in page
    assert "S01" not in page.partition("<main")[2]
    assert "1 done" in editor.post(f"{path}/publish", {"note": ""}, follow_redirects=True).text


def test_a_note_is_demanded_where_tags_may_send_without_consent(
    drafts: list[Site], as_role: Callable[..., Visitor]
) -> None:
    advanced = publishable()
    advanced["behaviour"]["consent_mode"] = "advanced"
    with transaction():
        sites.save_draft(drafts[1].id, advanced, by="kari", now=NOW)
    owner = as_role("owner")
    path = start(owner, site=["s00"], do="publish")
    refused = owner.post(f"{path}/publish", {"note": " "})
    assert (refused.status_code, 'id="note-error"' in refused.text) == (422, True)
    too_long = owner.post(f"{path}/publish", {"note": "x" * 1001})
    assert (too_long.status_code, "x" * 1001 in too_long.text) == (422, True)
    assert sites.newest(drafts[1].id) is None
    assert "1 done" in owner.post(f"{path}/publish", {"note": "Avtalt"}, follow_redirects=True).text


def test_a_developer_asks_for_approval_of_all(drafts: list[Site], as_role: Callable[..., Visitor]) -> None:
    as_role("owner")
    developer = as_role("developer")
    path = start(developer, site=["s00", "s01"], do="publish")
    assert "Ask for approval on 2 sites?</h1>" in developer.get(path).text
    assert "Approval is asked for" in developer.post(f"{path}/publish", {}, follow_redirects=True).text
    assert sites.newest(drafts[1].id) is None


def test_nobody_publishes_what_another_person_looked_at(
    drafts: list[Site], as_role: Callable[..., Visitor]
) -> None:
    path = start(as_role("owner"), site=["s00"], do="publish")
    auditor = as_role("auditor")
    assert not re.search(rf'action="[^"]*{path}/publish"', auditor.get(path).text)
    assert auditor.post(f"{path}/publish", {"note": ""}).status_code == 403
    assert bulk_actions.REVIEW not in auditor.get("/bulk").text
