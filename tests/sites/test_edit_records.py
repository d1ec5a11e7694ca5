"""Edits of drafts on record: one entry for each person and time of editing, with places in words."""

import copy
from datetime import timedelta
from typing import Any

from flask import Flask

from server.accounts.service import audit_log
from server.accounts.values import COMMAND_LINE, AuditEvent
from server.core.db import transaction
from server.sites import edit_records, jobs, service
from server.sites.values import Site
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, make_site

KARI, OLA = "kari@example.no", "ola@example.no"


def save(site: Site, name: str, text: str, *, by: str, after: int, automatic: bool = True) -> None:
    """Save the draft with another text, so many minutes after the site was made."""
    content: Any = copy.deepcopy(service.draft(site.id).document)
    content["texts"]["nb"][name] = text
    moment = NOW + timedelta(minutes=after)
    with transaction():
        service.save_draft(site.id, content, by=by, now=moment, automatic=automatic)


def entries(site: Site) -> list[AuditEvent]:
    found = audit_log.audit_events(only=None, site_id=site.id, actions={"draft_edited"}, limit=99)
    return list(reversed(found))


def run(after: int) -> int:
    return jobs.record_edits(NOW + timedelta(minutes=after))


def test_what_a_person_typed_is_one_entry_once_nobody_has_saved_for_ten_minutes(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    for minute, text in enumerate(("V", "Vi", "Vi b", "Vi bruker kapsler"), start=20):
        save(site, "body", text, by=KARI, after=minute)
    save(site, "title", "Hei", by=KARI, after=24)

    assert (run(33), run(34), run(90)) == (0, 1, 0)
    (entry,) = entries(site)
    assert (entry.by.kind, entry.by.name, entry.at) == ("person", KARI, NOW + timedelta(minutes=24))
    assert set(entry.detail.split("; ")) == {"texts › nb › title", "texts › nb › body"}
    assert audit_log.verify_audit_log().fault is None


def test_each_of_those_who_edit_by_turns_has_one_entry_with_their_own_places(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    save(site, "title", "Hei", by=KARI, after=1)
    save(site, "body", "Vi bruker", by=OLA, after=2)
    save(site, "reject_all", "Avslå alt", by=KARI, after=3)
    save(site, "body", "Vi bruker ikke", by=COMMAND_LINE.name, after=4)

    pending = edit_records.pending(site)
    assert [each.by for each in pending] == [COMMAND_LINE.name, KARI, OLA]
    run(14)
    assert [(each.by.name, each.detail) for each in entries(site)] == [
        (OLA, "texts › nb › body"),
        (KARI, "texts › nb › title; texts › nb › reject_all"),
        (COMMAND_LINE.name, "texts › nb › body"),
    ]
    assert edit_records.pending(site) == ()


def test_what_was_changed_and_changed_back_is_no_entry_and_later_edits_are_another_one(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    before = service.draft(site.id).document["texts"]["nb"]["title"]
    save(site, "title", "Hei", by=KARI, after=1)
    save(site, "title", before, by=KARI, after=2)
    assert (run(12), entries(site)) == (0, [])
    save(site, "body", "Ny", by=KARI, after=13)
    run(23)
    assert [each.detail for each in entries(site)] == ["texts › nb › body"]


def test_what_a_site_was_made_with_is_no_edit(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    with transaction():
        service.save_draft(site.id, publishable(), by=KARI, now=NOW)
    assert edit_records.pending(site) == ()
    save(site, "title", "Hei", by=KARI, after=1)
    assert [each.places[0].steps for each in edit_records.pending(site)] == [("texts", "nb", "title")]
