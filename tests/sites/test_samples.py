"""Sample sites: for one person to learn on, listed nowhere, and never published."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core.db import transaction
from server.core.errors import Conflict, NotFound
from server.ops import site_deletion
from server.sites import (
    approvals,
    deletion,
    duplication,
    installation_links,
    jobs,
    listing,
    pausing,
    sample_document,
    sample_progress,
    samples,
    schedules,
)
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.sample_rules import TASKS, UNUSED, done_by
from server.sites.values import Draft, Site

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ME, OTHER = "A" * 22, "B" * 22


@pytest.fixture
def sample(app: Flask) -> Site:
    with transaction():
        return samples.make(ME, language="nb", now=NOW)


def save(site: Site, change: Callable[[Document], None], **how: object) -> None:
    document = deepcopy(sites.draft(site.id).document)
    change(document)
    with transaction():
        sites.save_draft(site.id, document, by="kari@example.no", now=NOW, **how)  # type: ignore[arg-type]


def titled(title: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["texts"]["nb"]["title"] = title

    return change


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_sample_site_begins_with_a_few_things_to_put_right(app: Flask, language: str) -> None:
    with transaction():
        made = samples.make(ME, language=language, now=NOW)
    assert sites.draft(made.id).document["default_language"] == language
    found = sites.findings(sites.draft(made.id).document, made)
    assert sorted(one.field for one in found) == [
        "appearance.colours.light.text",
        f"services.2.purpose.{language}",
        f"texts.{language}.reject_all",
    ]
    assert len(sites.fixable(sites.draft(made.id).document, found)) == 2
    assert sites.findings(sites.validate(sample_document.delivered(language)), made) == ()


def test_everybody_has_one_sample_site_of_their_own(sample: Site) -> None:
    with transaction():
        assert samples.make(ME, language="en", now=NOW) == sample
        others = samples.make(OTHER, language="nb", now=NOW)
    assert others.id != sample.id
    assert (samples.of(ME), samples.of(OTHER)) == (sample, others)
    assert (sample.sample_of, sample.domains) == (ME, (sample_document.DOMAIN,))
    assert sample_progress.tried(sample.id) == frozenset()


def test_a_sample_site_is_in_no_list(sample: Site) -> None:
    with transaction():
        real = sites.create("solsikka", "Solsikka", ["solsikke.example"], by="x", now=NOW)
    assert sites.page(after=None, limit=9, only=None) == (real,)
    assert sites.page(after=None, limit=9, only=[sample.id]) == ()
    assert tuple(sites.each_site(deleted=True)) == (real,)
    assert sites.like("solsikke", only=None, limit=9) == (real,)
    assert sites.of_host(sample_document.DOMAIN) == ()
    assert sites.with_keys([sample.key, real.key]) == (real,)
    listed = listing.page(listing.Wanted(), after=None, limit=9, only=None)
    assert [one.site for one in listed] == [real]
    with pytest.raises(NotFound, match="no site"):
        sites.find_live(sample.key)


REFUSED: dict[str, Callable[[Site], object]] = {
    "publish": lambda site: sites.publish(site.id, note="", by="x", now=NOW),
    "publish by the command line": lambda site: sites.publish(
        site.id, note="", by="x", now=NOW, approved=True
    ),
    "schedule": lambda site: schedules.schedule(site.id, NOW + timedelta(days=1), note="", by="x", now=NOW),
    "ask for approval": lambda site: approvals.ask(site.id, note="", by="x", now=NOW),
    "installation link": lambda site: installation_links.create(site.id, by="x", now=NOW),
    "copy": lambda site: duplication.duplicate(
        site.id, key="copy", name="Copy", domains=["c.no"], by="x", now=NOW, public_url="https://a.no"
    ),
    "pause": lambda site: pausing.pause(site.id, note="", by="x", now=NOW),
    "delete": lambda site: deletion.delete(site.id, by="x", now=NOW),
}


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_of_a_sample_site_leaves_the_studio(sample: Site, what: str) -> None:
    with transaction():
        sites.save_draft(sample.id, sample_document.delivered("nb"), by="x", now=NOW)
    assert sites.check(sample.id) == ()
    with pytest.raises(Conflict, match="sample site") as fault, transaction():
        REFUSED[what](sample)
    assert fault.value.reason == "sample_site"
    assert sites.newest(sample.id) is None


def test_visitors_get_no_script_and_send_no_decision(sample: Site, client: FlaskClient) -> None:
    assert client.get(f"/w/{sample.key}.js").status_code == 404
    path = f"/api/v1/sites/{sample.key}"
    origin = {"Origin": f"https://{sample_document.DOMAIN}"}
    assert client.post(f"{path}/decisions", json={}, headers=origin).status_code == 404
    assert client.post(f"{path}/events", json={}, headers=origin).status_code == 404
    assert client.get(f"/s/{sample.key}/notice").status_code == 404


def test_what_is_tried_is_noted_from_what_was_saved(sample: Site) -> None:
    def readable(document: Document) -> None:
        document["appearance"]["colours"]["light"]["text"] = "#111111"

    def theme(document: Document) -> None:
        document["appearance"]["layout"] = "box"
        document["appearance"]["position"] = "bottom_left"

    assert sample_progress.tried(sample.id) == frozenset()
    save(sample, titled("Hage på timen"), automatic=True)
    assert sample_progress.tried(sample.id) == {"text"}
    save(sample, readable)
    assert sample_progress.tried(sample.id) == {"text", "finding"}
    save(sample, theme)
    assert sample_progress.tried(sample.id) == {"text", "finding", "theme"}
    save(sample, titled("Igjen"), undoes=5)
    assert sample_progress.tried(sample.id) == {"text", "finding", "theme", "undo"}
    with transaction():
        sample_progress.note(sample.id, {"compare"})
    assert sample_progress.tried(sample.id) == frozenset(TASKS)


def test_a_save_of_a_real_site_notes_nothing(app: Flask) -> None:
    with transaction():
        real = sites.create("shop", "Shop", ["shop.no"], by="x", now=NOW)
    save(real, titled("Ny"))
    assert sample_progress.tried(real.id) == frozenset()


def test_what_makes_it_worse_is_nothing_put_right() -> None:
    document = sites.validate(sample_document.current("nb"))
    before, after = Draft(document, 2, NOW, "x"), Draft(document, 3, NOW, "x")
    counts = {2: 3, 3: 4}
    assert done_by(before, after, lambda draft: counts[draft.revision]) == frozenset()
    assert done_by(after, before, lambda draft: counts[draft.revision]) == {"finding"}


def drafts_of(site: Site) -> int:
    try:
        return sites.draft(site.id).revision
    except NotFound:
        return 0


def test_a_removed_sample_site_is_gone_at_once_and_a_new_one_is_as_at_first(sample: Site) -> None:
    with transaction():
        samples.remove(sample, by="kari@example.no", now=NOW)
    assert samples.of(ME) is None
    assert sites.restorable(only=None) == ()
    assert site_deletion.purge(NOW) == 1
    assert drafts_of(sample) == 0
    assert tuple(sites.each_site(deleted=True)) == ()
    with transaction():
        again = samples.make(ME, language="nb", now=NOW)
    assert again.key != sample.key
    assert sites.draft(again.id).document == sites.validate(sample_document.current("nb"))


@pytest.mark.parametrize(("after", "removed"), [(UNUSED - timedelta(hours=1), 0), (UNUSED, 1)])
def test_a_sample_site_that_nobody_edits_is_removed_after_thirty_days(
    sample: Site, after: timedelta, removed: int
) -> None:
    def moment() -> datetime:
        return NOW + after

    with transaction():
        sites.create("shop", "Shop", ["shop.no"], by="x", now=NOW)
    assert jobs.remove_samples(moment()) == removed
    assert (samples.of(ME) is None) is bool(removed)
    assert sites.find_live("shop").deletion is None


def test_who_asks_twice_at_once_gets_one_sample_site(sample: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # The second request looked before the first had ended.
    found = iter([None, sample])
    monkeypatch.setattr(samples, "of", lambda _user_id: next(found))
    with transaction():
        assert samples.make(ME, language="nb", now=NOW) == sample
    assert list(sites.each_site()) == []
