"""Counters of events, on both engines."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from server.audience import record, service
from server.audience.values import DIMENSIONS, OPEN, UNDIVIDED, Cell, Client
from server.core.db import transaction
from server.core.ids import new_id
from server.sites import service as sites
from server.sites.values import Site
from tests.audience.events import any_event, event
from tests.consents.shops import PUBLISHED

pytestmark = pytest.mark.usefixtures("app")

FIRST, SECOND = date(2026, 11, 2), date(2026, 11, 9)


def open_site(key: str = "butikk") -> Site:
    with transaction():
        return sites.create(key, "Butikk", [f"{key}.example.no"], by="test", now=PUBLISHED)


def add(site: Site, *events: object, batch: str = "") -> bool:
    with transaction():
        return service.count(site.id, batch or new_id(), events)  # type: ignore[arg-type]


@given(any_event())
def test_a_line_is_read_as_it_was_written(made: object) -> None:
    written = record.line(made)  # type: ignore[arg-type]
    assert list(record.events([written])) == [made]
    assert len(written) < 120


@given(st.lists(any_event(), max_size=4), st.binary(max_size=40).filter(lambda torn: b"\n" not in torn))
def test_a_line_that_was_torn_off_is_no_event(made: list[object], torn: bytes) -> None:
    whole = [record.line(each) for each in made]  # type: ignore[arg-type]
    assert list(record.events([*whole, torn])) == made


@given(any_event())
def test_an_event_is_in_one_cell_of_every_dimension_and_in_no_cross(made: object) -> None:
    cells = list(record.cells(made))  # type: ignore[arg-type]
    measured = [cell.dimension for cell in cells]
    assert measured in ([UNDIVIDED, *DIMENSIONS], [UNDIVIDED, *DIMENSIONS[:-1]])
    assert all((cell.version, cell.after) == (0, "") for cell in cells[1:])


def test_events_are_counted_once_in_each_dimension() -> None:
    site = open_site()
    add(site, event(), event(), event("save", after="3-10s", client=Client("desktop", "edge", "windows", "")))
    assert service.counts(site.id) == {
        Cell("", "", 1, "shown", ""): 2,
        Cell("", "", 1, "save", "3-10s"): 1,
        Cell("device", "mobile", 0, "shown", ""): 2,
        Cell("device", "desktop", 0, "save", ""): 1,
        Cell("browser", "safari", 0, "shown", ""): 2,
        Cell("browser", "edge", 0, "save", ""): 1,
        Cell("os", "ios", 0, "shown", ""): 2,
        Cell("os", "windows", 0, "save", ""): 1,
        Cell("language", "nb", 0, "shown", ""): 2,
        Cell("language", "nb", 0, "save", ""): 1,
        Cell("country", "NO", 0, "shown", ""): 2,
    }


def test_a_batch_is_counted_once_until_it_is_forgotten() -> None:
    site = open_site()
    assert add(site, event(), batch="a")
    assert not add(site, event(), batch="a")
    assert add(site, event(), batch="b")
    assert service.counts(site.id)[Cell("", "", 1, "shown", "")] == 2
    with transaction():
        service.forget(site.id, "a")
    assert not add(site, event(), batch="b")
    assert add(site, event(), batch="a")


def test_sites_are_counted_apart() -> None:
    ours, theirs = open_site(), open_site("annen")
    add(ours, event(), batch="a")
    add(theirs, event(), event(), batch="a")
    total = Cell("", "", 1, "shown", "")
    assert (service.counts(ours.id)[total], service.counts(theirs.id)[total]) == (1, 2)


def test_a_lump_that_is_closed_no_longer_grows() -> None:
    site, other = open_site(), open_site("annen")
    add(site, event())
    add(other, event())
    with transaction():
        service.close(site.id, FIRST)
    closed = service.counts(site.id, FIRST)
    assert (sum(closed.values()), service.counts(site.id, OPEN)) == (6, {})
    add(site, event(), event())
    assert service.counts(site.id, FIRST) == closed
    assert service.counts(site.id)[Cell("", "", 1, "shown", "")] == 2
    assert sum(service.counts(other.id).values()) == 6


def test_a_lump_is_closed_once() -> None:
    site = open_site()
    add(site, event())
    with transaction():
        service.close(site.id, FIRST)
    add(site, event())
    with pytest.raises(IntegrityError), transaction():
        service.close(site.id, FIRST)
    assert service.counts(site.id)[Cell("", "", 1, "shown", "")] == 1


def test_closed_lumps_are_deleted_and_the_open_one_is_not() -> None:
    site, other = open_site(), open_site("annen")
    for each in (site, other):
        for lump in (FIRST, SECOND):
            add(each, event())
            with transaction():
                service.close(each.id, lump)
        add(each, event())
    with transaction():
        service.purge(site.id, SECOND)
    assert [bool(service.counts(site.id, lump)) for lump in (FIRST, SECOND, OPEN)] == [False, True, True]
    with transaction():
        service.purge(site.id, date.max)
    assert [bool(service.counts(site.id, lump)) for lump in (FIRST, SECOND, OPEN)] == [False, False, True]
    assert [bool(service.counts(other.id, lump)) for lump in (FIRST, SECOND, OPEN)] == [True, True, True]
