"""Sites, drafts and versions, on each database."""

import copy
import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from server.core.canonical import canonical, content_hash
from server.core.db import db, transaction
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.core.ids import new_id
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_VERSION
from server.sites import listing
from server.sites import service as sites
from server.sites.models import BannerDraft, BannerVersion
from server.sites.values import Site, Version
from tests.sites.documents import publishable, service, with_services

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        return sites.create("shop", "Butikken", ["shop.no", "*.shop.no"], by="kari@shop.no", now=NOW)


def save(site: Site, document: object, **expected: Any) -> None:
    with transaction():
        sites.save_draft(site.id, document, by="kari@shop.no", now=NOW, **expected)


def publish(site: Site, document: object = None, *, note: str = "", now: datetime = NOW) -> Version:
    with transaction():
        if document is not None:
            sites.save_draft(site.id, document, by="kari@shop.no", now=now)
        return sites.publish(site.id, note=note, by="kari@shop.no", now=now)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Every SELECT that was sent to the database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


# --- sites -----------------------------------------------------------------------------------------------


def test_a_site_is_found_by_any_text_that_it_has_and_by_none_that_no_site_can_have(shop: Site) -> None:
    for text in ("butikk", "SHOP", "%", "*.shop", "x" * 300_000, "%" * 60_000, "\0", "\ud800", "shop\n"):
        found = sites.like(text, only=None, limit=9)
        listed = listing.page(listing.Wanted(text), after=None, limit=9, only=None)
        assert [one.site for one in listed] == list(found)
        assert found == ((shop,) if text in ("butikk", "SHOP", "*.shop") else ())


def test_a_new_site_is_found_by_key_and_id_and_has_a_draft(shop: Site) -> None:
    assert sites.find("shop") == sites.find_by_id(shop.id) == shop
    assert shop.domains == ("*.shop.no", "shop.no")
    draft = sites.draft(shop.id)
    assert (draft.revision, draft.updated_by, draft.updated_at) == (1, "kari@shop.no", NOW)
    assert draft.document == sites.default_document("nb", name="Butikken")
    assert sites.newest(shop.id) is None


def test_sites_are_listed_by_key_and_page_by_page(app: Flask) -> None:
    with transaction():
        made = [sites.create(k, k, [f"{k}.no"], by="x", now=NOW) for k in ("cc", "aa", "bb")]
        alone = sites.create("dd", "dd", ["dd.no", "dd.se", "*.dd.no"], by="x", now=NOW)
    assert [site.key for site in sites.each_site()] == ["aa", "bb", "cc", "dd"]
    assert [s.key for s in sites.page(after=None, limit=2, only=None)] == ["aa", "bb"]
    assert [s.key for s in sites.page(after="bb", limit=9, only=None)] == ["cc", "dd"]
    assert sites.page(after=None, limit=9, only=[alone.id]) == (alone,)
    assert [s.key for s in sites.page(after="aa", limit=9, only=[s.id for s in made])] == ["bb", "cc"]
    assert sites.page(after=None, limit=9, only=[]) == ()


@pytest.mark.parametrize("at_once", [1, 2, 3, 4])
def test_each_site_is_visited_however_few_are_read_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(sites, "SITES_AT_ONCE", at_once)
    with transaction():
        for key in ("cc", "aa", "bb"):
            sites.create(key, key, [f"{key}.no"], by="x", now=NOW)
    assert [site.key for site in sites.each_site()] == ["aa", "bb", "cc"]


@pytest.mark.parametrize(
    ("key", "name", "domains", "field"),
    [
        ("x", "Shop", ["shop.no"], "key"),
        ("Shop", "Shop", ["shop.no"], "key"),
        ("shop\n", "Shop", ["shop.no"], "key"),
        ("s" * 41, "Shop", ["shop.no"], "key"),
        ("shop", " ", ["shop.no"], "name"),
        ("shop", "S\x00p", ["shop.no"], "name"),
        ("shop", "S" * 201, ["shop.no"], "name"),
        ("shop", "Shop", [], "domains"),
        ("shop", "Shop", ["shop.no"] * 101, "domains"),
        ("shop", "Shop", ["shop.no", "https://shop.no/"], "domains.1"),
        ("shop", "Shop", ["shop.no/path"], "domains.0"),
        ("shop", "Shop", ["shop.no:443"], "domains.0"),
    ],
)
def test_a_wrong_site_is_refused_by_field(
    app: Flask, key: str, name: str, domains: list[str], field: str
) -> None:
    with pytest.raises(Invalid) as caught, transaction():
        sites.create(key, name, domains, by="x", now=NOW)
    assert list(caught.value.errors) == [field]
    assert tuple(sites.each_site()) == ()


def test_a_key_is_given_once(shop: Site) -> None:
    with pytest.raises(Conflict) as caught, transaction():
        sites.create("shop", "Andre", ["andre.no"], by="x", now=NOW)
    assert (caught.value.reason, dict(caught.value.errors)) == ("key_taken", {"key": "is taken"})
    assert tuple(sites.each_site()) == (shop,)


@pytest.mark.parametrize("key", ["shopp", "SHOP", "", "\x00", "s" * 100, "shop'--", "🛒"])
def test_an_unknown_site_is_not_found(shop: Site, key: str) -> None:
    with pytest.raises(NotFound) as caught:
        sites.find(key)
    assert caught.value.reason == "site_unknown"


def test_domains_can_be_changed(shop: Site) -> None:
    with transaction():
        changed = sites.set_domains(shop.id, ["Blåbær.no", "blåbær.no", "127.0.0.1"])
    assert changed.domains == ("127.0.0.1", "xn--blbr-roah.no")
    assert sites.find("shop") == changed
    with pytest.raises(Invalid), transaction():
        sites.set_domains(shop.id, ["ok.no", "*.no"])
    assert sites.find("shop") == changed


def test_a_site_sets_how_long_its_decisions_are_stored(shop: Site) -> None:
    assert shop.retention == timedelta(days=365)
    for days in (0, 30, 1825):
        with transaction():
            assert sites.set_retention(shop.id, days).retention == timedelta(days=days)
        assert sites.find("shop").retention == timedelta(days=days)
    for days in (-1, 1826, 10**12):
        with pytest.raises(Invalid) as fault, transaction():
            sites.set_retention(shop.id, days)
        assert "days" in fault.value.errors
    with pytest.raises(NotFound), transaction():
        sites.set_retention(new_id(), 30)


# --- drafts ----------------------------------------------------------------------------------------------


def test_a_draft_is_replaced_as_a_whole(shop: Site) -> None:
    save(shop, with_services(service()))
    draft = sites.draft(shop.id)
    assert (draft.document, draft.revision) == (with_services(service()), 2)


def test_nobody_overwrites_what_they_have_not_seen(shop: Site) -> None:
    save(shop, publishable("nb"), expected_revision=1)
    with pytest.raises(PreconditionFailed) as caught:
        save(shop, publishable("en"), expected_revision=1)
    assert caught.value.reason == "changed_meanwhile"
    with pytest.raises(PreconditionFailed), transaction():
        sites.publish(shop.id, note="", by="x", now=NOW, expected_revision=1)
    assert sites.draft(shop.id).document == publishable("nb")


def test_a_bad_draft_changes_nothing(shop: Site) -> None:
    before = sites.draft(shop.id)
    with pytest.raises(Invalid) as caught:
        save(shop, {**publishable(), "extra": 1})
    assert dict(caught.value.errors) == {"extra": "is not a known key"}
    assert sites.draft(shop.id) == before


def test_a_draft_of_no_site_is_not_found(app: Flask) -> None:
    for use in (sites.draft, sites.check):
        with pytest.raises(NotFound):
            use(new_id())
    with pytest.raises(NotFound), transaction():
        sites.save_draft(new_id(), publishable(), by="x", now=NOW)
    with pytest.raises(NotFound), transaction():
        sites.publish(new_id(), note="", by="x", now=NOW)
    with pytest.raises(NotFound), transaction():
        sites.rollback(new_id(), 1, by="x", now=NOW)


def test_checking_knows_the_site_and_its_domains(shop: Site) -> None:
    document = publishable()
    document["appearance"]["logo"] = "https://cdn.example/logo.png"
    save(shop, document)
    assert "logo_elsewhere" in {finding.rule for finding in sites.check(shop.id)}


# --- publishing ------------------------------------------------------------------------------------------


def test_publishing_freezes_the_draft(shop: Site) -> None:
    made = publish(shop, with_services(service()), note="Første\nutgave")
    assert (made.number, made.note, made.published_by, made.published_at) == (
        1,
        "Første\nutgave",
        "kari@shop.no",
        NOW,
    )
    assert made.document == with_services(service())
    assert made.content_hash == content_hash(with_services(service()))
    assert made.slots == {"functional": 0, "statistics": 1, "advertising": 2}
    assert made.since == dict.fromkeys(made.slots, 1)
    assert (made.service_slots, made.service_since) == ({"counter": 0}, {"counter": 1})
    assert made == sites.newest(shop.id) == sites.version(shop.id, 1)


def test_publishing_decides_what_kind_of_change_it_is(shop: Site) -> None:
    first = publish(shop, with_services(service()))
    reworded = with_services(service())
    reworded["texts"]["nb"]["title"] = "Si ja eller nei"
    second = publish(shop, reworded)
    third = publish(shop, with_services(service(), service("video", "advertising")))
    assert [v.change for v in (first, second, third)] == ["scope", "text", "scope"]
    assert second.scope_changes == ()
    assert [(c.category, c.added_services, c.reason) for c in third.scope_changes] == [
        ("advertising", ("Video",), "service_added")
    ]
    assert third.since == {"functional": 1, "statistics": 1, "advertising": 3}
    assert third.service_since == {"counter": 1, "video": 3}
    assert sites.versions(shop.id) == (third, second, first)
    assert sites.versions(shop.id, before=3, limit=1) == (second,)
    assert sites.versions(shop.id, before=-1) == ()


def test_what_is_not_whole_is_not_published(shop: Site) -> None:
    with pytest.raises(Invalid) as caught:
        publish(shop)
    assert caught.value.reason == "not_publishable"
    assert set(caught.value.errors) == {"controller.name", "controller.contacts"}
    assert sites.newest(shop.id) is None
    with transaction():
        assert sequencing.sequence(now=NOW) == 0


def test_a_note_is_bounded(shop: Site) -> None:
    save(shop, publishable())
    for note in ("x" * 1001, "a\x00b", "\ud800"):
        with pytest.raises(Invalid) as caught:
            publish(shop, note=note)
        assert list(caught.value.errors) == ["note"]


def test_each_publish_is_committed_to_in_the_log(shop: Site) -> None:
    made = [publish(shop, publishable()), publish(shop)]
    with transaction():
        assert sequencing.sequence(now=NOW) == 2
    entries = [entry for log in reading.logs() for entry in reading.entries(log, 0, 10)]
    assert {(e.kind, e.site_id, e.subject) for e in entries} == {
        (KIND_VERSION, shop.id, "1"),
        (KIND_VERSION, shop.id, "2"),
    }
    assert {e.commitment for e in entries} == {version.commitment() for version in made}
    fact = {"content_hash": made[0].content_hash, "number": 1, "site_id": shop.id}
    assert made[0].commitment() == hashlib.sha256(canonical(fact)).digest()


def test_a_rollback_publishes_the_same_content_again(shop: Site) -> None:
    first = publish(shop, with_services(service()))
    publish(shop, publishable())
    with transaction():
        third = sites.rollback(shop.id, 1, by="kari@shop.no", now=NOW + timedelta(hours=1))
    assert (third.number, third.content_hash, third.document) == (3, first.content_hash, first.document)
    assert [c.reason for c in third.scope_changes] == ["service_added"]
    assert third.service_slots == first.service_slots
    assert sites.newest(shop.id) == third
    assert sites.draft(shop.id).document == publishable()


def test_letting_tags_send_unasked_needs_a_reason_once(shop: Site) -> None:
    document = publishable()
    document["behaviour"]["consent_mode"] = "advanced"
    with pytest.raises(Invalid) as refused:
        publish(shop, document, note=" ")
    assert refused.value.reason == "not_publishable"
    assert list(refused.value.errors) == ["note"]
    assert publish(shop, document, note="The board decided it").note == "The board decided it"
    assert publish(shop).number == 2


def test_a_version_published_before_some_keys_existed_is_read_and_compared(shop: Site) -> None:
    early: Any = with_services(service())
    del early["appearance"]["settings"], early["behaviour"]["tools"], early["behaviour"]["mapping"]
    del early["controller"]["time_zone"]
    first = publish(shop, with_services(service()))
    with transaction():
        # As the release before these keys stored it.
        db.session.execute(
            sa.update(BannerVersion)
            .where(BannerVersion.site_id == shop.id)
            .values(document=canonical(early).decode(), content_hash=content_hash(early))
        )
        db.session.execute(
            sa.update(BannerDraft)
            .where(BannerDraft.site_id == shop.id)
            .values(document=canonical(early).decode())
        )
    stored = sites.version(shop.id, 1)
    assert stored.document == first.document == sites.draft(shop.id).document
    assert content_hash(stored.published_document) == stored.content_hash != first.content_hash
    with transaction():
        again = sites.rollback(shop.id, 1, by="kari@shop.no", now=NOW)
    assert (again.content_hash, again.change) == (stored.content_hash, "text")
    assert publish(shop).change == "text"


def test_the_time_zone_of_a_site_is_the_published_one(shop: Site) -> None:
    document = with_services(service())
    document["controller"]["time_zone"] = "Asia/Tokyo"
    with transaction():
        sites.save_draft(shop.id, document, by="kari@shop.no", now=NOW)
    assert sites.time_zone(shop.id).key == "Asia/Tokyo"
    publish(shop, document)
    with transaction():
        sites.save_draft(shop.id, with_services(service()), by="kari@shop.no", now=NOW)
    assert sites.time_zone(shop.id).key == "Asia/Tokyo"
    assert publish(shop).change == "text"
    assert sites.time_zone(shop.id).key == "Europe/Oslo"


@pytest.mark.parametrize("number", [0, -1, 2, 2**31, 2**64, 10**30])
def test_a_version_that_was_never_published_is_not_found(shop: Site, number: int) -> None:
    publish(shop, publishable())
    with pytest.raises(NotFound) as caught:
        sites.version(shop.id, number)
    assert caught.value.reason == "version_unknown"
    with pytest.raises(NotFound), transaction():
        sites.rollback(shop.id, number, by="x", now=NOW)


def test_a_version_of_another_site_is_not_found(shop: Site) -> None:
    publish(shop, publishable())
    with transaction():
        other = sites.create("other", "Andre", ["andre.no"], by="x", now=NOW)
    with pytest.raises(NotFound):
        sites.version(other.id, 1)
    assert sites.newest(other.id) is None
    assert sites.versions(other.id) == ()


def test_a_version_is_read_with_one_narrow_select(shop: Site, statements: list[str]) -> None:
    made = publish(shop, publishable())
    sites.newest(shop.id)
    statements.clear()
    assert sites.newest(shop.id) == sites.version(shop.id, 1) == made
    assert len(statements) == 2
    assert not any("document" in statement for statement in statements)
    statements.clear()
    sites.find("shop")
    assert len(statements) == 1


def test_a_version_cannot_be_changed_by_its_readers(shop: Site) -> None:
    made = publish(shop, publishable())
    with pytest.raises(TypeError, match="frozen"):
        made.document["texts"]["nb"]["title"] = "x"
    with pytest.raises(TypeError, match="frozen"):
        made.document["services"].append(service())
    mine = copy.deepcopy(made.document)
    mine["texts"]["nb"]["title"] = "x"
    mine["services"].append(service())
    assert sites.version(shop.id, 1).document == publishable()


def test_a_version_whose_transaction_failed_is_forgotten(shop: Site) -> None:
    save(shop, publishable())
    with pytest.raises(RuntimeError), transaction():
        lost = sites.publish(shop.id, note="lost", by="x", now=NOW)
        assert sites.newest(shop.id) == lost
        raise RuntimeError("the power goes")
    assert sites.newest(shop.id) is None
    first = publish(shop, note="kept", now=NOW + timedelta(seconds=1))
    assert first.number == 1
    newest = sites.newest(shop.id)
    assert newest is not None
    assert newest.note == "kept"


def test_two_publishes_at_once_get_two_numbers(app: Flask, shop: Site) -> None:
    save(shop, publishable())
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                publish(shop)
        except BaseException as fault:  # noqa: BLE001 - reported by the thread that waits
            failures.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [version.number for version in sites.versions(shop.id)] == [4, 3, 2, 1]


def test_the_database_holds_canonical_json(shop: Site) -> None:
    made = publish(shop, publishable())
    stored = db.session.scalar(sa.select(BannerVersion.document).where(BannerVersion.site_id == shop.id))
    assert stored is not None
    assert stored.encode() == canonical(made.document)
