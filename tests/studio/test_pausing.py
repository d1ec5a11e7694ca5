"""Pausing a site in the studio: what is said before, what is seen meanwhile, and how it goes on."""

from collections.abc import Callable

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import publishable, with_behaviour
from tests.studio.conftest import NOW, Visitor


def _publish(site: Site, **behaviour: object) -> None:
    with transaction():
        sites.save_draft(site.id, with_behaviour(publishable(), **behaviour), by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)


def test_pause_is_seen_by_everybody_and_on_record(site: Site, as_role: Callable[..., Visitor]) -> None:
    _publish(site)
    editor = as_role("editor", site)
    assert 'href="/studio/sites/butikken/pause"' in editor.get("/sites/butikken/").text
    note = "Kassen <svarer> ikke"
    assert editor.post("/sites/butikken/pause", {"note": note}).status_code == 303
    found = sites.find("butikken").pause
    assert found is not None
    assert (found.by, found.note) == ("editor-1@example.no", note)
    said = editor.get("/sites/butikken/pause").text
    assert "Butikken is paused. Pages stop showing the banner within five minutes." in said
    auditor = as_role("auditor", site)
    overview = auditor.get("/sites/butikken/").text
    assert "The script does nothing, and visitors are not asked." in overview
    assert "Kassen &lt;svarer&gt; ikke" in overview
    assert "After the pause visitors get version 1." in overview
    assert "/sites/butikken/pause" not in overview
    assert ">Paused</span>" in auditor.get("/sites").text
    assert "wherever the script is, it does nothing" in auditor.get("/sites/butikken/install").text
    assert "Kassen &lt;svarer&gt; ikke" in auditor.get("/sites/butikken/trail").text


def test_pause_of_what_was_never_published_changes_nothing_on_pages_and_is_seen(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", site)
    assert "It can still be published" in editor.get("/sites/butikken/pause").text
    said = editor.post("/sites/butikken/pause", follow_redirects=True).text
    assert "Butikken is paused. Nothing of it is published, so nothing changes on pages." in said
    overview = editor.get("/sites/butikken/").text
    assert "after publishing, visitors see the banner once somebody resumes it" in overview
    assert "See the pause, and resume" in overview
    said = editor.post("/sites/butikken/resume", follow_redirects=True).text
    assert "Butikken goes on. Nothing of it is published yet, so pages show no banner." in said


def test_paused_site_is_resumed_once(site: Site, as_role: Callable[..., Visitor]) -> None:
    _publish(site)
    editor = as_role("editor")
    editor.post("/sites/butikken/pause")
    again = editor.post("/sites/butikken/pause", {"note": "again"}, follow_redirects=True)
    assert "The site was paused already." in again.text
    assert "Butikken goes on." in editor.post("/sites/butikken/resume", follow_redirects=True).text
    assert sites.find("butikken").pause is None
    assert "The site was not paused." in editor.post("/sites/butikken/resume", follow_redirects=True).text


def test_too_long_reason_stays_in_its_field_and_nothing_is_paused(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    note = "x" * 501
    answer = as_role("editor").post("/sites/butikken/pause", {"note": note})
    assert (answer.status_code, 'id="note-error"' in answer.text) == (422, True)
    assert f'value="{note}"' in answer.text
    assert sites.find("butikken").pause is None


def test_who_relies_on_the_script_to_block_is_warned(site: Site, as_role: Callable[..., Visitor]) -> None:
    blocking, telling = "Automatic blocking is part of the script", "get no consent signals"
    editor = as_role("editor")
    _publish(site, automatic_blocking=False, consent_mode="off")
    page = editor.get("/sites/butikken/pause").text
    assert blocking not in page
    assert telling not in page
    _publish(site, automatic_blocking=True, consent_mode="basic")
    page = editor.get("/sites/butikken/pause").text
    assert blocking in page
    assert telling in page
