"""Lists of stored decisions: in order, in parts, by day, version and action, quick however many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from server.consents import queries
from server.consents.service import decisions, retention
from server.consents.values import EVERYTHING, ConsentRow, Cursor, Filters, number_as_written
from server.core import clock, time_zones
from server.core.db import db, transaction
from server.core.errors import Invalid, NotFound
from server.core.ids import new_id, new_number
from tests.consents.shops import Shop, all_choices, decision, open_shop, publish

KEY = "tests-only-" + "k" * 32
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def decide(shop: Shop, *, now: datetime = NOON, **changes: Any) -> str:
    if changes.get("action", "save") != "save":
        changes["choices"] = all_choices(changes["action"] == "accept_all")
    with transaction():
        receipt, _ = decisions.record(shop.site, decision(**changes), secret_key=KEY, now=now)
    return receipt.consent_id


def fill(shop: Shop) -> None:
    """Thirty decisions of ten days, two versions and four actions, some of them at the same moment."""
    publish(shop.site)
    actions = ("accept_all", "reject_all", "save", "withdraw")
    for index in range(30):
        decide(
            shop,
            now=NOON + (index // 3) * DAY,
            version=1 + index % 2,
            action=actions[index % 4] if index % 5 else "save",
        )


def pages(shop: Shop, limit: int, filters: Filters = EVERYTHING) -> Iterator[list[ConsentRow]]:
    after = None
    while True:
        page = decisions.page(shop.site.id, after=after, limit=limit, filters=filters)
        yield list(page.rows)
        if page.after is None:
            return
        after = page.after


FILTERS = [
    EVERYTHING,
    Filters(version=1),
    Filters(version=3),
    Filters(action="withdraw"),
    Filters(version=2, action="accept_all"),
    Filters.of_days(date(2026, 11, 24), date(2026, 11, 26)),
    Filters.of_days(date(2026, 11, 24), None, action="save"),
    Filters.of_days(None, date(2026, 11, 23), version=2),
]


def admits(filters: Filters, row: ConsentRow) -> bool:
    return (
        (filters.since is None or row.recorded_at >= filters.since)
        and (filters.until is None or row.recorded_at < filters.until)
        and filters.version in (None, row.version)
        and filters.action in (None, row.action)
    )


def test_a_list_has_exactly_what_was_asked_for_newest_first_whatever_the_size_of_its_parts(
    shop: Shop,
) -> None:
    fill(shop)
    open_shop(shop.client, "kiosk")
    everything = sorted(
        decisions.export(shop.site.id), key=lambda row: (row.recorded_at, row.consent_id), reverse=True
    )
    assert len(everything) == 30
    for filters in FILTERS:
        wanted = [row.consent_id for row in everything if admits(filters, row)]
        for limit in (1, 7, 30, 31):
            found = [row.consent_id for page in pages(shop, limit, filters) for row in page]
            assert found == wanted
        exported = [row.consent_id for row in decisions.export(shop.site.id, filters=filters, batch=3)]
        assert exported == wanted[::-1]


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        ("2026-03-29", "2026-03-28T23:00:00", "2026-03-29T22:00:00"),
        ("2026-10-25", "2026-10-24T22:00:00", "2026-10-25T23:00:00"),
        ("2026-11-22", "2026-11-21T23:00:00", "2026-11-22T23:00:00"),
    ],
)
def test_days_are_those_of_a_time_zone_and_of_utc_without_one(day: str, since: str, until: str) -> None:
    there, utc = date.fromisoformat(day), datetime.fromisoformat(f"{day}T00:00:00+00:00")
    local = Filters.of_days(there, there, zone=ZoneInfo("Europe/Oslo"))
    assert (local.since, local.until) == tuple(
        datetime.fromisoformat(f"{text}+00:00") for text in (since, until)
    )
    assert Filters.of_days(there, there) == Filters(utc, utc + DAY)


@given(
    st.sampled_from([date.min, date.min + DAY, date.max - DAY, date.max]),
    st.sampled_from(time_zones.known()).map(ZoneInfo),
)
def test_the_first_and_the_last_days_that_can_be_typed_are_filtered_by(day: date, zone: ZoneInfo) -> None:
    filters = Filters.of_days(day, day, zone=zone)
    assert (filters.since is None) == (day == date.min)
    assert (filters.until is None) == (day == date.max)


def test_what_is_recorded_while_somebody_turns_pages_disturbs_no_page(shop: Shop) -> None:
    fill(shop)
    first = decisions.page(shop.site.id, after=None, limit=10)
    decide(shop, now=NOON + 100 * DAY)
    second = decisions.page(shop.site.id, after=first.after, limit=10)
    shown = [row.consent_id for row in (*first.rows, *second.rows)]
    assert len(set(shown)) == 20
    assert first.rows[-1].recorded_at >= second.rows[0].recorded_at


@pytest.mark.parametrize("after", ["", "x", "20261122T120000.000000-short", "2026-11-22-" + "0" * 26])
def test_a_place_that_no_list_has_given_is_refused(shop: Shop, after: str) -> None:
    with pytest.raises(Invalid) as fault:
        decisions.page(shop.site.id, after=after, limit=10)
    assert "after" in fault.value.errors


@given(st.datetimes(min_value=datetime(2020, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - UTC is added
def test_a_place_is_read_as_it_was_written(moment: datetime) -> None:
    place = Cursor(moment, new_number())
    assert Cursor.read(str(place)) == place


def test_the_first_decision_is_known_at_once_and_after_its_erasure(shop: Shop, tmp_path: Path) -> None:
    assert not decisions.any_received(shop.site.id)
    number = decide(shop)
    assert decisions.any_received(shop.site.id)
    assert not decisions.any_received("another site")
    with transaction():
        decisions.erase_by_number(
            shop.site.id, number, whole_browser=False, secret_key=KEY, data_dir=tmp_path, now=NOON
        )
    assert decisions.any_received(shop.site.id)


# --- by number ---------------------------------------------------------------------------------------------


@given(st.integers(0, 2**128 - 1), st.data())
def test_a_number_is_understood_as_people_write_it(bits: int, data: st.DataObject) -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = "".join(alphabet[(bits >> shift) & 31] for shift in range(125, -1, -5))
    written = ""
    for letter in number:
        readings = letter + letter.lower() + {"0": "oO", "1": "iIlL"}.get(letter, "")
        written += data.draw(st.sampled_from(readings)) + data.draw(st.sampled_from(["", "", " ", "-"]))
    assert number_as_written(written) == number


def test_the_browser_that_made_a_record_has_all_of_its_own_and_no_other(shop: Shop) -> None:
    other = open_shop(shop.client, "kiosk")
    visitor = new_id()
    mine = [decide(shop, visitor=visitor, now=NOON + index * DAY) for index in range(3)]
    decide(shop)
    decide(other, visitor=visitor)
    found = decisions.same_browser(shop.site.id, mine[1].lower())
    assert [row.consent_id for row in found] == mine[::-1]
    assert decisions.same_browser(shop.site.id, new_number()) == ()
    assert decisions.same_browser(other.site.id, mine[1]) == ()


def test_the_banner_is_the_very_one_that_the_visitor_saw(shop: Shop) -> None:
    publish(shop.site, validity_days=100)
    number = decide(shop, version=1, language="nn")
    publish(shop.site, validity_days=50)
    seen = decisions.banner_evidence(decisions.find(shop.site.id, number))
    assert (seen.version.number, seen.language, seen.surface) == (1, "nn", "settings")
    assert (seen.layout, seen.matches) == ("bar", True)
    assert seen.version.document["behaviour"]["validity_days"] == 365


def test_a_version_that_was_altered_afterwards_is_not_what_the_visitor_saw(shop: Shop) -> None:
    number = decide(shop)
    with db.engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE banner_version SET document = replace(document, 'Chat AS', 'Chap AS')")
        )
        connection.execute(sa.text("UPDATE banner_version SET note = 'read again', content_hash = 'x'"))
    assert not decisions.banner_evidence(decisions.find(shop.site.id, number)).matches


@pytest.mark.parametrize("number", ["0" * 26, "", "\0", "U" * 26, "\ud800", "0" * 100_000])
def test_what_is_no_known_number_is_not_found(shop: Shop, number: str) -> None:
    receipt = partial(decisions.receipt, now=clock.now(), checkpoint_every=timedelta(seconds=5))
    for look in (decisions.find, receipt):
        with pytest.raises(NotFound) as fault:
            look(shop.site.id, number)
        assert fault.value.reason == "consent_unknown"
    assert decisions.same_browser(shop.site.id, number) == ()
    assert decisions.log_position(shop.site.id, number) is None


# --- speed -------------------------------------------------------------------------------------------------


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the table of decisions meanwhile."""
    asked: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM consent" in statement:
            asked.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield asked
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", keep)


def plan(statement: str, parameters: Any, index: str) -> str:
    """How the engine would find it among many rows, had it no other index in that order."""
    db.session.rollback()  # whatever it has read keeps indices in place
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row[-1] for row in rows)
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        for other in ORDERS - {index}:  # rolled back; among few rows all are equally good
            connection.exec_driver_sql(f"DROP INDEX {other}")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


ORDERS = {
    "ix_consent_site_id_recorded_at",
    "ix_consent_site_id_version_action",
    "ix_consent_site_id_expires_at",
}


def searched(found: str, index: str) -> bool:
    """By this index, from the right place on, and without sorting what it gives."""
    by_key = (
        "Index Cond" in found or f"USING INDEX {index} (" in found or f"COVERING INDEX {index} (" in found
    )
    return (
        index in found
        and by_key
        and "Seq Scan" not in found
        and "SCAN consent" not in found
        and ("Sort" not in found and "TEMP B-TREE" not in found)
    )


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (EVERYTHING, "ix_consent_site_id_recorded_at"),
        (Filters.of_days(date(2026, 11, 1), date(2026, 11, 30)), "ix_consent_site_id_recorded_at"),
        (Filters(version=2), "ix_consent_site_id_version_action"),
        (Filters(action="withdraw"), "ix_consent_site_id_version_action"),
        (Filters.of_days(None, date(2026, 11, 30), action="save"), "ix_consent_site_id_version_action"),
    ],
)
def test_every_list_is_read_from_an_index_that_has_its_order(
    shop: Shop, filters: Filters, index: str
) -> None:
    fill(shop)
    page = decisions.page(shop.site.id, after=None, limit=2, filters=filters)
    with statements() as asked:
        decisions.page(shop.site.id, after=page.after, limit=2, filters=filters)
        next(decisions.export(shop.site.id, filters=filters), None)
    assert asked
    for statement, parameters in asked:
        found = plan(statement, parameters, index)
        assert searched(found, index), found


def test_records_that_are_due_are_found_by_their_indices(shop: Shop) -> None:
    decide(shop)
    with statements() as asked, transaction():
        retention.retain(shop.site, secret_key=KEY, now=NOON + 3000 * DAY)
    selects = [each for each in asked if each[0].startswith("SELECT")]
    indices = ("ix_consent_site_id_expires_at", "ix_consent_site_id_recorded_at")
    for each, index in zip(selects, indices, strict=True):
        found = plan(*each, index)
        assert searched(found, index), found


def test_a_page_reads_no_more_rows_than_it_shows(shop: Shop) -> None:
    fill(shop)
    with statements() as asked:
        decisions.page(shop.site.id, after=None, limit=3)
    assert len(asked) == 1
    assert queries.MAX_PER_BROWSER == 1000
