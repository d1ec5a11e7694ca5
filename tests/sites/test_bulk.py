"""What is done with many sites at once: each exactly once, with the rights of who started it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.accounts.service import audit_log, users
from server.accounts.values import Identity
from server.core.db import db, transaction
from server.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from server.sites import (
    approvals,
    bulk,
    bulk_kinds,
    bulk_records,
    bulk_rules,
    jobs,
    models,
    pausing,
    publications,
    tags,
)
from server.sites import service as sites
from server.sites.bulk_rules import KEPT, UNDOABLE, BulkAction, Done, Kind, Progress, Task
from server.sites.values import Site
from tests.sites.documents import publishable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def person(email: str, role: str, *where: Site) -> Identity:
    with transaction():
        made, _ = users.create_user(
            email,
            role,
            password="tre hester på vidda",
            site_ids=[one.id for one in where] or None,
            now=NOW,
        )
    return made


@pytest.fixture
def owner(app: Flask) -> Identity:
    return person("kari@example.no", "owner")


@pytest.fixture
def several(app: Flask) -> list[Site]:
    """Seven sites, more than are changed in one transaction."""
    with transaction():
        return [sites.create(f"s{n}", f"S{n}", [f"www.s{n}.no"], by="kari", now=NOW) for n in range(7)]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Sets with how many sites a kind is done in one transaction."""
    return lambda name, most: monkeypatch.setitem(bulk._KINDS, name, replace(bulk.kind(name), batch=most))


def begin(name: str, chosen: list[Site], by: Identity | None, /, **parameters: object) -> str:
    with transaction():
        return bulk.start(name, [one.id for one in chosen], parameters, by=by, now=NOW)


def tagged(chosen: list[Site], tag: str) -> list[str]:
    return [one.key for one in chosen if tag in tags.of_sites([one.id]).get(one.id, ())]


def states(action_id: str) -> list[tuple[str, str, str]]:
    found = bulk_records.sites_of(action_id, only=None, limit=99)
    return [(one.site.key, one.state, one.reason) for _, one in found]


def test_each_site_is_changed_once_and_on_record_with_the_id_of_the_action(
    several: list[Site], owner: Identity
) -> None:
    with transaction():
        tags.add(several[2].id, "oslo")
    made = begin("tag", several, owner, tag="oslo")
    assert bulk_records.find(made).progress == Progress(pending=7)
    assert bulk.unfinished() == (made,)
    assert jobs.run_bulk_actions(NOW) == 7
    assert bulk_records.find(made).progress == Progress(done=6, unchanged=1)
    assert (bulk_records.find(made).ended_at, bulk.unfinished()) == (NOW, ())
    assert tagged(several, "oslo") == [one.key for one in several]
    recorded = audit_log.audit_events(only=None, action="site_tagged", before=None, limit=99)
    assert {event.subject for event in recorded} == {"s0", "s1", "s3", "s4", "s5", "s6"}
    assert {event.detail for event in recorded} == {f"+ oslo (bulk action {made})"}
    assert jobs.run_bulk_actions(NOW) == 0


def test_a_worker_that_dies_goes_on_where_it_was(
    several: list[Site], owner: Identity, at_once: Callable[[str, int], None]
) -> None:
    at_once("tag", 3)
    made = begin("tag", several, owner, tag="oslo")
    with transaction():
        assert bulk.run(made, now=NOW) == 3
    with pytest.raises(KeyboardInterrupt), transaction():
        bulk.run(made, now=NOW)
        raise KeyboardInterrupt
    assert bulk_records.find(made).progress == Progress(pending=4, done=3)
    assert len(tagged(several, "oslo")) == 3
    jobs.run_bulk_actions(NOW)
    assert bulk_records.find(made).progress == Progress(done=7)
    assert len(audit_log.audit_events(only=None, action="site_tagged", before=None, limit=99)) == 7


def test_two_workers_change_no_site_twice(app: Flask, several: list[Site], owner: Identity) -> None:
    made = begin("tag", several, owner, tag="oslo")
    together = threading.Barrier(2)

    def work() -> int:
        with app.app_context():
            together.wait()
            done = jobs.run_bulk_actions(NOW)
            db.session.remove()
            return done

    with ThreadPoolExecutor(2) as pool:
        counts = [each.result() for each in [pool.submit(work), pool.submit(work)]]
    jobs.run_bulk_actions(NOW)
    assert sum(counts) <= len(several)
    assert bulk_records.find(made).progress == Progress(done=7)
    recorded = audit_log.audit_events(only=None, action="site_tagged", before=None, limit=99)
    assert sorted(event.subject for event in recorded) == [one.key for one in several]


@pytest.fixture
def fragile() -> Iterator[Callable[[Callable[[Task], Done | None]], Kind]]:
    """Registers a kind for one test."""

    def made(do: Callable[[Task], Done | None]) -> Kind:
        kind = Kind("fragile", "site.edit", do)
        bulk.register(kind)
        return kind

    yield made
    bulk._KINDS.pop("fragile", None)


def test_what_goes_wrong_on_one_site_leaves_nothing_there_and_the_others_alone(
    several: list[Site], owner: Identity, fragile: Callable[[Callable[[Task], Done | None]], Kind]
) -> None:
    def do(task: Task) -> Done:
        tags.add(task.site.id, "begun")
        if task.site.key == "s1":
            raise Conflict("the site is not as it was", reason="not_as_it_was")
        if task.site.key == "s2":
            raise ZeroDivisionError
        return Done("site_tagged", task.site.key)

    fragile(do)
    made = begin("fragile", several[:4], owner)
    jobs.run_bulk_actions(NOW)
    assert states(made) == [
        ("s0", "done", ""),
        ("s1", "failed", "not_as_it_was"),
        ("s2", "failed", DomainError.reason),
        ("s3", "done", ""),
    ]
    assert tagged(several, "begun") == ["s0", "s3"]


def test_rights_count_when_it_is_a_sites_turn(
    several: list[Site], owner: Identity, at_once: Callable[[str, int], None]
) -> None:
    at_once("pause", 1)
    person("ola@example.no", "owner")
    made = begin("pause", several[:3], owner)
    with transaction():
        bulk.run(made, now=NOW)
        users.change_user(owner.user_id, role="editor", site_ids=[several[1].id], now=NOW)
    jobs.run_bulk_actions(NOW)
    assert states(made) == [("s0", "done", ""), ("s1", "done", ""), ("s2", "failed", "forbidden")]
    last = begin("pause", several[1:2], owner)
    with transaction():
        users.disable_user(owner.user_id, now=NOW)
    jobs.run_bulk_actions(NOW)
    assert states(last) == [("s1", "failed", "forbidden")]


def test_a_site_that_was_deleted_meanwhile_is_left_as_it_is(several: list[Site], owner: Identity) -> None:
    made = begin("pause", several[:2], owner)
    with transaction():
        db.session.execute(sa.update(models.Site).where(models.Site.key == "s1").values(deleted_at=NOW))
    jobs.run_bulk_actions(NOW)
    assert states(made) == [("s0", "done", ""), ("s1", "failed", "site_deleted")]


def test_undoing_brings_back_exactly_what_was_changed(several: list[Site], owner: Identity) -> None:
    with transaction():
        for one in several[:2]:
            pausing.pause(one.id, note=f"why {one.key}", by="ola", now=NOW)
    resumed = begin("resume", several[:3], owner)
    with pytest.raises(Conflict) as running, transaction():
        bulk.undo(resumed, by=owner, now=NOW)
    assert running.value.reason == "still_running"
    jobs.run_bulk_actions(NOW)
    assert bulk_records.find(resumed).progress == Progress(done=2, unchanged=1)
    with transaction():
        back = bulk.undo(resumed, by=owner, now=NOW)
    jobs.run_bulk_actions(NOW)
    pauses = [sites.find_by_id(one.id).pause for one in several[:3]]
    assert [pause.note if pause else None for pause in pauses] == ["why s0", "why s1", None]
    assert (bulk_records.find(resumed).undone_by, bulk_records.find(back).undoes) == (back, resumed)
    with pytest.raises(Conflict) as twice, transaction():
        bulk.undo(resumed, by=owner, now=NOW)
    assert twice.value.reason == "already_undone"


def test_undo_is_not_used_up_by_who_may_not_do_it(several: list[Site], owner: Identity) -> None:
    made = begin("pause", several[:2], owner)
    jobs.run_bulk_actions(NOW)
    auditor = person("ola@example.no", "auditor")
    assert not bulk.may_undo(bulk_records.find(made), by=auditor, now=NOW)
    with pytest.raises(Forbidden), transaction():
        bulk.undo(made, by=auditor, now=NOW)
    editor = person("eva@example.no", "editor", several[1])
    with transaction():
        part = bulk.undo(made, by=editor, now=NOW)
        users.disable_user(editor.user_id, now=NOW)
    assert bulk_records.find(made).undone_by == part
    jobs.run_bulk_actions(NOW)
    assert states(part) == [("s1", "failed", "forbidden")]
    assert bulk_records.find(made).undone_by is None
    assert bulk.may_undo(bulk_records.find(made), by=owner, now=NOW)


def test_what_failed_is_tried_again_with_the_rights_of_who_started_it(
    several: list[Site], owner: Identity, fragile: Callable[[Callable[[Task], Done | None]], Kind]
) -> None:
    ready: list[str] = []

    def do(task: Task) -> Done:
        if not ready:
            raise Conflict("not yet", reason="not_yet")
        return Done()

    fragile(do)
    made = begin("fragile", several[:2], owner)
    jobs.run_bulk_actions(NOW)
    ready.append("now")
    ola = person("ola@example.no", "owner")
    with pytest.raises(Forbidden), transaction():
        bulk.retry(made, by=ola)
    with transaction():
        assert bulk.retry(made, by=owner) == 2
    jobs.run_bulk_actions(NOW)
    assert bulk_records.find(made).progress == Progress(done=2)
    with pytest.raises(Conflict), transaction():
        bulk.retry(made, by=owner)


def listed() -> tuple[BulkAction, ...]:
    return bulk_records.newest(user_id=None, limit=9, without=bulk.unlisted())


# --- publishing ------------------------------------------------------------------------------------------


@pytest.fixture
def drafts(several: list[Site]) -> list[Site]:
    """s0 can be published, s1 is as published, s2 needs approval, s3 lacks its controller."""
    with transaction():
        for one in several[:3]:
            sites.save_draft(one.id, publishable(), by="kari", now=NOW)
        sites.publish(several[1].id, note="", by="kari", now=NOW)
    return several[:4]


def test_publishing_asks_where_another_person_has_to_approve(drafts: list[Site], owner: Identity) -> None:
    person("ola@example.no", "editor")
    with transaction():
        approvals.require(drafts[2].id, required=True, now=NOW)
    made = begin("publish", drafts, owner, note="Alle sammen")
    jobs.run_bulk_actions(NOW)
    assert states(made) == [
        ("s0", "done", ""),
        ("s1", "unchanged", ""),
        ("s2", "done", ""),
        ("s3", "failed", "not_publishable"),
    ]
    newest = sites.newest(drafts[0].id)
    assert newest is not None
    assert (newest.number, newest.note, newest.published_by) == (1, "Alle sammen", owner.email)
    waiting = publications.waiting(drafts[2].id)
    assert waiting is not None
    assert (waiting.state, waiting.asked_by) == ("requested", owner.email)
    assert sites.newest(drafts[2].id) is sites.newest(drafts[3].id) is None
    results = {one.site.key: dict(one.result) for _, one in bulk_records.sites_of(made, only=None, limit=9)}
    assert (results["s0"], results["s2"]) == ({"version": 1}, {"publication": 1})


def test_only_what_was_looked_at_is_published(drafts: list[Site], owner: Identity) -> None:
    review = begin("publish_review", drafts, owner)
    jobs.run_bulk_actions(NOW)
    seen = {one.site.id: one.result for _, one in bulk_records.sites_of(review, only=None, limit=9)}
    outlooks = [seen[one.id]["outlook"] for one in drafts]
    assert outlooks == ["publish", "unchanged", "publish", "stopped"]
    assert seen[drafts[0].id]["change"] == "first"
    changed = publishable()
    changed["texts"]["nb"]["title"] = "Noe annet"
    with transaction():
        sites.save_draft(drafts[2].id, changed, by="ola", now=NOW)
        each = {key: {name: value[name] for name in ("revision", "version")} for key, value in seen.items()}
        chosen = [drafts[0].id, drafts[2].id]
        made = bulk.start("publish", chosen, {"note": ""}, by=owner, now=NOW, each=each)
    jobs.run_bulk_actions(NOW)
    assert states(made) == [("s0", "done", ""), ("s2", "failed", "changed_meanwhile")]
    assert [one.kind for one in listed()] == ["publish"]


def test_the_review_says_who_is_asked_again_and_who_decides(drafts: list[Site], owner: Identity) -> None:
    wider = publishable()
    wider["behaviour"]["consent_mode"] = "advanced"
    wider["texts"]["nb"]["title"] = "Noe annet"
    with transaction():
        sites.save_draft(drafts[1].id, wider, by="kari", now=NOW)
    developer = person("dev@example.no", "developer")
    made = begin("publish_review", drafts[:2], developer)
    jobs.run_bulk_actions(NOW)
    first, second = (one.result for _, one in bulk_records.sites_of(made, only=None, limit=9))
    assert first["outlook"] == second["outlook"] == "ask"
    assert (second["needs_reason"], second["changes"]) == (True, 2)
    assert first["needs_reason"] is False


# --- rules -----------------------------------------------------------------------------------------------


def test_nothing_is_started_without_sites_or_of_an_unknown_kind(app: Flask, owner: Identity) -> None:
    with pytest.raises(Invalid) as nowhere, transaction():
        bulk.start("pause", [], {}, by=owner, now=NOW)
    assert "site" in nowhere.value.errors
    with pytest.raises(NotFound), transaction():
        bulk.start("nonsense", ["x"], {}, by=owner, now=NOW)
    with pytest.raises(NotFound):
        bulk_records.find("'; --")


def test_actions_are_kept_for_90_days(several: list[Site], owner: Identity) -> None:
    made, waiting = begin("pause", several[:1], owner), begin("resume", several[:1], owner)
    with transaction():
        bulk.run(made, now=NOW)
    assert jobs.purge_bulk_actions(NOW + KEPT) == 0
    assert jobs.purge_bulk_actions(NOW + KEPT + timedelta(seconds=1)) == 1
    assert [one.id for one in listed()] == [waiting]


def test_the_command_line_may_do_everything(several: list[Site]) -> None:
    made = begin("pause", several[:1], None)
    jobs.run_bulk_actions(NOW)
    (event,) = audit_log.audit_events(only=None, action="site_paused", before=None, limit=9)
    assert (bulk_records.find(made).asked_by, event.by.kind) == ("command line", "command")


COUNTS = st.integers(0, 5)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_it_is_whole_only_when_nothing_waits(pending: int, done: int, unchanged: int, failed: int) -> None:
    progress = Progress(pending, done, unchanged, failed)
    assert (progress.percent == 100) is (pending == 0)
    assert 0 <= progress.percent <= 100
    assert progress.total == progress.pending + progress.settled


@given(
    age=st.timedeltas(timedelta(0), 3 * UNDOABLE),
    ended=st.booleans(),
    undone=st.booleans(),
    done=COUNTS,
    has_undo=st.booleans(),
)
def test_what_can_be_undone_is_over_and_has_changed_something_within_a_day(
    age: timedelta, *, ended: bool, undone: bool, done: int, has_undo: bool
) -> None:
    ended_at, undone_by = NOW if ended else None, "b" if undone else None
    action = BulkAction("a", "k", {}, NOW, "kari", "u", ended_at, None, undone_by, Progress(done=done))
    kind = Kind("k", "site.edit", bulk_kinds._pause, undo="j" if has_undo else "")
    possible = bulk_rules.fault_in_undo(action, kind, NOW + age) is None
    assert possible is (has_undo and ended and not undone and age <= UNDOABLE and done > 0)


def test_undoing_leaves_alone_what_somebody_else_has_changed_since(
    several: list[Site], owner: Identity
) -> None:
    first, second, third = several[:3]
    made = begin("pause", [first, second, third], owner)
    jobs.run_bulk_actions(NOW)
    with transaction():
        pausing.resume(second.id)
        pausing.pause(second.id, note="Feil i kassen", by="ola", now=NOW + timedelta(hours=1))
        pausing.resume(third.id)
        back = bulk.undo(made, by=owner, now=NOW)
    jobs.run_bulk_actions(NOW)
    assert states(back) == [("s0", "done", ""), ("s1", "failed", "changed_since"), ("s2", "unchanged", "")]
    pauses = [sites.find_by_id(one.id).pause for one in (first, second, third)]
    assert [pause.note if pause else None for pause in pauses] == [None, "Feil i kassen", None]
    resumed = begin("resume", [second], owner)
    jobs.run_bulk_actions(NOW)
    with transaction():
        pausing.pause(second.id, note="Ny feil", by="ola", now=NOW + timedelta(hours=2))
        again = bulk.undo(resumed, by=owner, now=NOW)
    jobs.run_bulk_actions(NOW)
    assert states(again) == [("s1", "failed", "changed_since")]
    pause = sites.find_by_id(second.id).pause
    assert pause is not None
    assert (pause.note, pause.by) == ("Ny feil", "ola")
