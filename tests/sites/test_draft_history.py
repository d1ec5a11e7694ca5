"""Earlier states of a draft are kept, the newest fifty, and can be looked at."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.core.errors import NotFound
from server.sites import draft_history, save_groups
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.models import DraftRevision
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, make_site


def titled(title: str) -> Document:
    document = publishable()
    document["texts"]["nb"]["title"] = title
    return document


def save(site_id: str, title: str, *, by: str = "kari@example.no", after: int = 0) -> int:
    with transaction():
        saved = sites.save_draft(site_id, titled(title), by=by, now=NOW + timedelta(minutes=after))
    return saved.revision


def test_each_state_that_was_replaced_is_kept_with_who_saved_it(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    first = save(site.id, "Første", by="kari@example.no")
    second = save(site.id, "Andre", by="ola@example.no", after=5)
    save(site.id, "Tredje", after=9)

    kept = draft_history.states(site.id)[1:]
    assert [(each.revision, each.updated_by) for each in kept[:2]] == [
        (second, "ola@example.no"),
        (first, "kari@example.no"),
    ]
    assert draft_history.state(site.id, second).document["texts"]["nb"]["title"] == "Andre"
    assert draft_history.state(site.id, second + 1).document["texts"]["nb"]["title"] == "Tredje"


def test_saving_what_is_stored_already_changes_neither_the_revision_nor_who_saved_it(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    save(site.id, "Lik", by="kari@example.no")
    before, stored = draft_history.states(site.id), sites.draft(site.id)
    save(site.id, "Lik", by="ola@example.no", after=5)

    assert draft_history.states(site.id) == before
    assert sites.draft(site.id) == stored
    assert (stored.updated_by, draft_history.state(site.id, stored.revision)) == ("kari@example.no", stored)


def test_the_oldest_states_go_first_and_those_of_another_site_stay(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_history, "KEPT", 3)
    monkeypatch.setattr(save_groups, "RECENT", 0)
    site, other = make_site("kaffe", "Kaffe"), make_site("hytta", "Hytta")
    save(other.id, "Annet")
    revisions = [save(site.id, f"Tittel {number}") for number in range(6)]

    assert [each.revision for each in draft_history.states(site.id)] == revisions[:1:-1]
    assert len(draft_history.states(other.id)) == 2


def test_a_state_that_is_not_kept_is_named(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    with pytest.raises(NotFound, match="not kept"):
        draft_history.state(site.id, 4711)


def test_the_base_of_a_form_is_the_draft_as_it_was_though_nothing_changed_then(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    revisions = [save(site.id, title) for title in ("Lik", "Lik", "Ny", "Ny")]

    bases = [draft_history.base(site.id, revision) for revision in revisions]
    assert [base and base.document["texts"]["nb"]["title"] for base in bases] == ["Lik", "Lik", "Ny", "Ny"]
    for unknown in (-1, 0, revisions[-1] + 1):
        assert draft_history.base(site.id, unknown) is None


def test_a_newer_state_is_never_taken_for_the_base_of_a_form(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    first, second, _third = (save(site.id, title) for title in ("Første", "Andre", "Tredje"))
    with transaction():
        db.session.execute(sa.delete(DraftRevision).where(DraftRevision.revision == first))

    assert draft_history.base(site.id, first) is None
    kept = draft_history.base(site.id, second)
    assert kept
    assert kept.document["texts"]["nb"]["title"] == "Andre"


def test_a_form_older_than_what_is_kept_has_no_base(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_history, "KEPT", 2)
    monkeypatch.setattr(save_groups, "RECENT", 0)
    site = make_site("kaffe", "Kaffe")
    revisions = [save(site.id, f"Tittel {number}") for number in range(5)]

    assert draft_history.base(site.id, revisions[0]) is None
    kept = draft_history.base(site.id, revisions[-3])
    assert kept
    assert kept.document["texts"]["nb"]["title"] == "Tittel 2"


def test_what_is_typed_is_one_state_and_each_save_of_it_still_the_base_of_a_form(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    save(site.id, "Ferdig")
    typed = []
    for second, title in enumerate(("F", "Fe", "Fer")):
        with transaction():
            at = NOW + timedelta(seconds=second)
            kept = sites.save_draft(site.id, titled(title), by="kari@example.no", now=at, automatic=True)
        typed.append(kept.revision)

    titles = [each.document["texts"]["nb"]["title"] for each in draft_history.states(site.id)]
    assert titles[:2] == ["Fer", "Ferdig"]
    bases = [draft_history.base(site.id, revision) for revision in typed]
    assert [base and base.document["texts"]["nb"]["title"] for base in bases] == ["F", "Fe", "Fer"]
