"""The audit log, on both databases."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.models import AuditEntry, AuditHead
from server.accounts.service import audit_log, users
from server.accounts.values import ACTIONS, COMMAND_LINE, SCHEDULE, Actor
from server.core.db import db, transaction
from server.core.ids import new_id, new_number

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
KARI = Actor("person", "kari@example.no")
SECRET = "k" * 32


@pytest.fixture
def store(app: Flask) -> Iterator[None]:
    """One open transaction, as an edge would hold it."""
    with transaction():
        yield


def fill(number: int = 5) -> None:
    for at in range(number):
        audit_log.record_event("published", by=KARI, site_id="s" * 22, subject=f"version {at}", now=NOW)


def test_events_are_listed_newest_first(store: None) -> None:
    audit_log.record_event(
        "user_created", by=COMMAND_LINE, subject="kari@example.no", detail="owner", now=NOW
    )
    audit_log.record_event("login", by=KARI, now=NOW + timedelta(seconds=1))
    newest, oldest = audit_log.audit_events(only=None, limit=10)
    assert (newest.number, newest.by, newest.action, newest.site_id) == (2, KARI, "login", None)
    assert (oldest.number, oldest.at, oldest.subject, oldest.detail) == (1, NOW, "kari@example.no", "owner")


def test_a_rolled_back_event_leaves_no_gap(app: Flask) -> None:
    with transaction():
        fill(1)
    with pytest.raises(RuntimeError), transaction():
        fill(1)
        raise RuntimeError("the event failed")
    with transaction():
        fill(1)
    assert [event.number for event in audit_log.audit_events(only=None, limit=10)] == [2, 1]
    assert audit_log.verify_audit_log().fault is None


def test_actions_are_a_closed_list(store: None) -> None:
    with pytest.raises(ValueError, match="no action"):
        audit_log.record_event("something_else", by=KARI, now=NOW)
    for action in ACTIONS:
        audit_log.record_event(action, by=SCHEDULE, now=NOW)
    assert audit_log.verify_audit_log().size == len(ACTIONS)


def test_long_and_odd_texts_are_cut_to_a_line(store: None) -> None:
    audit_log.record_event("published", by=KARI, subject="a\x00b\nc", detail="x" * 1000, now=NOW)
    (event,) = audit_log.audit_events(only=None, limit=1)
    assert (event.subject, len(event.detail), event.detail[-1]) == ("a b c", 300, "…")
    assert audit_log.verify_audit_log().fault is None


def test_pages_follow_each_other_without_a_gap_or_a_repeat(store: None) -> None:
    fill(7)
    first = audit_log.audit_events(only=None, limit=3)
    second = audit_log.audit_events(only=None, before=first[-1].number, limit=3)
    third = audit_log.audit_events(only=None, before=second[-1].number, limit=3)
    assert [event.number for event in (*first, *second, *third)] == [7, 6, 5, 4, 3, 2, 1]


def test_filters_narrow_the_audit_log_together(store: None) -> None:
    here, there = new_id(), new_id()
    for site_id, by, action in (
        (here, KARI, "published"), (here, COMMAND_LINE, "published"), (there, KARI, "published"),
        (here, KARI, "rolled_back"), (None, KARI, "login"),
    ):  # fmt: skip
        audit_log.record_event(action, by=by, site_id=site_id, subject="x", now=NOW)

    def found(**filters: str) -> list[int]:
        return [event.number for event in audit_log.audit_events(only=None, limit=10, **filters)]  # type: ignore[arg-type]

    assert found(site_id=here) == [4, 2, 1]
    assert found(by=KARI.name) == [5, 4, 3, 1]
    assert found(action="published") == [3, 2, 1]
    assert found(site_id=here, by=KARI.name, action="published") == [1]
    assert found(subject="y") == []
    assert found(by="\x00") == []
    assert audit_log.actors(only=None) == ("command line", "kari@example.no")


def test_who_sees_some_sites_sees_their_events_alone(store: None) -> None:
    here, there = new_id(), new_id()
    for site_id in (here, there, None):
        audit_log.record_event("site_changed", by=Actor("person", f"{site_id}@x"), site_id=site_id, now=NOW)
    assert [event.site_id for event in audit_log.audit_events(only=[here], limit=10)] == [here]
    assert audit_log.audit_events(only=[here], site_id=there, limit=10) == ()
    assert audit_log.audit_events(only=[], limit=10) == ()
    assert audit_log.actors(only=[here]) == (f"{here}@x",)


def test_refused_login_is_noted_for_people_alone(store: None) -> None:
    users.create_user("kari@example.no", "editor", password="tre hester på vidda", site_ids=None, now=NOW)
    for email in (" KARI@example.no", "ola@example.no", "my password by mistake", "\x00", "x" * 400):
        audit_log.record_refusal(email, now=NOW)
    assert [(event.action, event.by) for event in audit_log.audit_events(only=None, limit=10)] == [
        ("login_refused", KARI)
    ]


def test_mark_of_a_number_is_the_same_however_it_is_typed_and_leads_nowhere() -> None:
    number = new_number()
    mark = audit_log.mark(number, secret_key=SECRET)
    typed = f" {number[:4].lower()} {number[4:10]}-{number[10:]} ".replace("0", "o").replace("1", "l")
    assert audit_log.mark(typed, secret_key=SECRET) == mark
    assert number not in mark
    assert audit_log.mark(number, secret_key="another " + SECRET) != mark
    assert audit_log.mark(new_number(), secret_key=SECRET) != mark


def test_the_audit_log_is_in_order_and_its_digest_covers_every_entry(store: None) -> None:
    assert audit_log.verify_audit_log().size == 0
    fill(3)
    before = audit_log.verify_audit_log()
    assert (before.size, before.fault) == (3, None)
    fill(1)
    assert audit_log.verify_audit_log().digest != before.digest


def change(number: int, **values: object) -> Callable[[], sa.Executable]:
    return lambda: sa.update(AuditEntry).where(AuditEntry.number == number).values(**values)


def remove(*numbers: int) -> Callable[[], sa.Executable]:
    return lambda: sa.delete(AuditEntry).where(AuditEntry.number.in_(numbers))


def put_in(number: int) -> Callable[[], sa.Executable]:
    forged = {"number": number, "at": NOW, "kind": "person", "by": "x", "action": "login"}
    return lambda: sa.insert(AuditEntry).values(**forged, subject="", detail="", digest=bytes(32))


FORGERIES: dict[str, tuple[Callable[[], sa.Executable], str]] = {
    "a word": (change(3, by="ola"), "entry 3 .* altered"),
    "a microsecond": (change(2, at=NOW + timedelta(microseconds=1)), "entry 2 .* altered"),
    "no site": (change(1, site_id=None), "entry 1 .* altered"),
    "one taken out": (remove(4), "entry 4 .* missing"),
    "the first taken out": (remove(1), "entry 1 .* missing"),
    "the last taken out": (remove(5), "entry 5 .* missing"),
    "the end cut off": (remove(3, 4, 5), "entry 3 .* missing"),
    "everything": (remove(1, 2, 3, 4, 5), "entry 1 .* missing"),
    "the head": (lambda: sa.delete(AuditHead), "its head says 0"),
    "a shorter head": (lambda: sa.update(AuditHead).values(size=4), "does not belong to entry 4"),
    "one put in at the end": (put_in(6), "entries 1 to 6"),
    "one put in front": (put_in(0), "entries 0 to 5"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_altered_history_is_found(store: None, forgery: str) -> None:
    fill(5)
    statement, wanted = FORGERIES[forgery]
    db.session.execute(statement())
    fault = audit_log.verify_audit_log().fault
    assert fault is not None
    assert re.search(wanted, fault), fault


def test_many_at_once_make_one_chain(app: Flask) -> None:
    """Threads race for the head; each gets a number of its own."""
    faults: list[Exception] = []
    together = threading.Barrier(4)

    def work() -> None:
        try:
            together.wait()
            with app.app_context():
                for _ in range(5):
                    with transaction():
                        fill(1)
        except Exception as fault:  # noqa: BLE001 - reported by the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    state = audit_log.verify_audit_log()
    assert (state.size, state.fault) == (20, None)
