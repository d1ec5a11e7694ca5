"""Events wait outside of the database until there are twenty, and are counted once, whatever dies when."""

import os
import tempfile
import threading
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.audience import jobs, record, service
from server.audience.spool import FEWEST, LONGEST, Spool
from server.core.db import transaction
from server.core.ids import new_id
from server.sites import service as sites
from tests.audience.events import any_event, event
from tests.consents.shops import PUBLISHED

LINE = record.line(event())


def open_site() -> str:
    with transaction():
        return sites.create(
            f"s{new_id().lower().replace('_', '-')}", "Butikk", ["a.example.no"], by="test", now=PUBLISHED
        ).id


def counted(site_id: str) -> int:
    return sum(number for cell, number in service.counts(site_id).items() if not cell.dimension)


def names(folder: Path) -> list[str]:
    return sorted(path.suffix for path in (folder / "spool").iterdir() if path.name != ".lock")


@pytest.mark.usefixtures("app")
def test_events_are_counted_when_there_are_twenty(tmp_path: Path) -> None:
    site_id, spool = open_site(), Spool(tmp_path)
    for _ in range(FEWEST - 1):
        spool.append(site_id, LINE)
    assert (jobs.apply(spool), counted(site_id), names(tmp_path)) == (0, 0, [".events"])
    spool.append(site_id, LINE)
    assert (jobs.apply(spool), counted(site_id), names(tmp_path)) == (1, FEWEST, [])
    spool.append(site_id, LINE)
    assert (jobs.apply(spool), counted(site_id)) == (0, FEWEST)


@pytest.mark.usefixtures("app")
def test_events_of_a_site_that_is_no_more_are_deleted(tmp_path: Path) -> None:
    site_id, spool, gone = open_site(), Spool(tmp_path), new_id()
    for _ in range(FEWEST):
        spool.append(gone, LINE)
        spool.append(site_id, LINE)
    spool.take(gone)
    spool.append(gone, LINE)
    assert (jobs.apply(spool), counted(site_id), names(tmp_path)) == (1, FEWEST, [])


@pytest.mark.usefixtures("app")
def test_of_two_workers_only_one_applies(tmp_path: Path) -> None:
    site_id, spool = open_site(), Spool(tmp_path)
    for _ in range(FEWEST):
        spool.append(site_id, LINE)
    with spool.applied_here() as first:
        assert (first, jobs.apply(spool), counted(site_id)) == (True, 0, 0)
    assert jobs.apply(spool) == 1


STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 30)),
    st.tuples(st.just("apply, killed after"), st.integers(0, 8)),
    st.tuples(st.just("tear"), st.integers(1, len(LINE) - 1)),
)


@pytest.mark.usefixtures("app")
@given(st.lists(STEPS, max_size=10))
@example([("append", 25), ("apply, killed after", 2), ("append", 30)])
@example([("append", 25), ("apply, killed after", 3), ("tear", 20), ("append", 30)])
@settings(max_examples=30)
def test_whatever_dies_when_no_event_is_lost_and_none_is_counted_twice(
    history: list[tuple[str, int]],
) -> None:
    site_id, sent = open_site(), 0
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder))
        for step, number in history:
            if step == "append":
                for _ in range(number):
                    spool.append(site_id, LINE)
                sent += number
            elif step == "tear":
                spool.append(site_id, LINE[:number])
            else:
                list(islice(jobs.steps(spool), number))
            assert counted(site_id) <= sent
        jobs.apply(spool)
        waiting = sum(path.read_bytes().count(b"\n") for path in Path(folder).glob("spool/*.events"))
        assert waiting < FEWEST
        assert counted(site_id) + waiting == sent


def test_only_the_server_can_read_what_waits(tmp_path: Path) -> None:
    Spool(tmp_path).append("site", LINE)
    folder = tmp_path / "spool"
    modes = [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600]


def test_a_disk_that_takes_half_a_line_keeps_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path)
    spool.append("site", LINE)
    with monkeypatch.context() as patch:
        patch.setattr("server.audience.spool.os.write", _half)
        with pytest.raises(OSError, match="space"):
            spool.append("site", LINE)
    assert (tmp_path / "spool" / "site.events").read_bytes() == LINE


def _half(file: int, line: bytes) -> int:
    with open(file, "ab", closefd=False) as half:
        return half.write(line[: len(line) // 2])


def test_nobody_appends_to_a_file_that_was_taken(tmp_path: Path) -> None:
    spool = Spool(tmp_path)

    def append() -> None:
        for _ in range(150):
            spool.append("site", LINE)

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    taken: dict[str, int] = {}
    while any(thread.is_alive() for thread in threads):
        spool.take("site")
        for batch in spool.batches():
            taken.setdefault(batch.name, len(list(spool.lines(batch))))
    left = (tmp_path / "spool" / "site.events").read_bytes().count(b"\n") if spool.waiting() else 0
    assert taken == {batch.name: len(list(spool.lines(batch))) for batch in spool.batches()}
    assert sum(taken.values()) + left == 600


@given(any_event())
def test_no_line_is_longer_than_is_looked_at(made: object) -> None:
    assert len(record.line(made)) <= LONGEST  # type: ignore[arg-type]


@pytest.mark.usefixtures("app")
def test_what_is_strange_in_the_folder_is_left_alone_and_stops_nothing(tmp_path: Path) -> None:
    site_id, spool = open_site(), Spool(tmp_path)
    for _ in range(FEWEST):
        spool.append(site_id, LINE)
    folder = tmp_path / "spool"
    (folder / "lost+found").mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / os.fsdecode(b"a\xff\xfe.events")).write_bytes(LINE)
    garbage = folder / f"{site_id}.{new_id()}.taken"
    garbage.write_bytes(
        LINE + b"shown 99999999999999999999 - nb desktop firefox linux NO\n"
        b"hacked 1 nonsense nb desktop firefox linux NO\n\x00\xff\n"
    )
    assert jobs.apply(spool) == 2
    assert counted(site_id) == FEWEST + 1
    assert (folder / "notes.txt").read_text() == "mine"
    assert sorted(each.name for each in folder.iterdir() if each.is_dir()) == ["lost+found"]
