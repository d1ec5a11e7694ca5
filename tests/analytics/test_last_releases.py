"""What was last released is known outside the database."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics import jobs, last_releases
from server.analytics.last_releases import NOTHING, LastRelease
from server.core.http import settings
from tests.analytics.visitors import MONDAY, at, open_site

SITE = "a" * 22
LAST = LastRelease(date(2026, 11, 28), datetime(2026, 11, 29, 13, tzinfo=UTC))

releases = st.builds(LastRelease, st.dates(), st.datetimes(timezones=st.just(UTC)))


def _read(folder: Path) -> LastRelease:
    return last_releases.read(folder, SITE, "decisions")


@given(st.lists(releases, max_size=3))
def test_what_was_written_is_read_and_never_goes_back(
    tmp_path_factory: pytest.TempPathFactory, found: list[LastRelease]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    for each in found:
        last_releases.store(folder, SITE, "decisions", each)
    latest = LastRelease(
        max([NOTHING.day, *(each.day for each in found)]),
        max([NOTHING.block, *(each.block for each in found)]),
    )
    assert _read(folder) == latest


def test_each_site_and_tier_has_its_own(tmp_path: Path) -> None:
    last_releases.store(tmp_path, SITE, "decisions", LAST)
    assert last_releases.read(tmp_path, SITE, "audience") == NOTHING
    assert last_releases.read(tmp_path, "b" * 22, "decisions") == NOTHING


def test_nobody_else_on_the_machine_may_read_it(tmp_path: Path) -> None:
    last_releases.store(tmp_path, SITE, "decisions", LAST)
    folder = tmp_path / last_releases.FOLDER
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("content", ["", "2026-11-28", "28.11.2026 13:00", "2026-11-28 noon"])
def test_a_damaged_file_stops_releases_instead_of_allowing_a_second_one(tmp_path: Path, content: str) -> None:
    last_releases.store(tmp_path, SITE, "decisions", LAST)
    (file,) = (tmp_path / last_releases.FOLDER).iterdir()
    file.write_text(content)
    with pytest.raises(ValueError, match=r"values to unpack|Invalid isoformat"):
        _read(tmp_path)


@pytest.mark.usefixtures("app")
def test_the_worker_writes_it_after_each_block_and_lump() -> None:
    visited = open_site()
    jobs.close(at(MONDAY) + timedelta(hours=2))
    folder = settings().data_dir
    block = last_releases.read(folder, visited.site.id, "decisions")
    assert (block.day, block.block.date()) == (date.min, MONDAY)
    jobs.close(at(MONDAY + timedelta(1)))
    assert last_releases.read(folder, visited.site.id, "decisions").day == MONDAY
