"""Figures of days before the running lump, from sample data: for demonstrations and measurements."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.analytics import queries, sample_year
from server.analytics.leaves import Leaves, live_leaves
from server.analytics.privacy.release import Counted, Leaf
from server.analytics.service import opening, releasing, watermarks
from server.analytics.service.releasing import EndedLump
from server.core.errors import Conflict
from server.core.local_days import midnight
from server.sites import service as sites


@dataclass(frozen=True)
class SampleDay:
    """What was decided on a day of a sample."""

    day: date
    counted: Mapping[Leaf, Counted]
    """Version and language → numbers; those of versions that were not live that day count as late ones do."""


def release_samples(site_id: str, days: Iterable[SampleDay], *, randbelow: Callable[[int], int]) -> int:
    """Release days, in order, before a site's running lump, one lump each; returns how many.

    Nothing is written into the consent log or its counters. The lumps are marked as samples, for good.

    :raises Conflict: `figures_released`: the site has figures, or no running lump.
    """
    running = queries.running(site_id)
    if running is None or queries.first_start(site_id) is not None:
        raise Conflict(
            "the site has figures already, and sample figures come before the first",
            reason="figures_released",
        )
    versions, zone = sites.versions(site_id), sites.time_zone(site_id)
    number = 0
    for number, sample in enumerate(days, 1):  # noqa: B007 - the number is what is returned
        day = sample.day
        leaves = live_leaves(versions, day, day, zone)
        night = midnight(day + timedelta(days=1), zone)
        at = running.begins
        lump = EndedLump(site_id, day, day, "day", running.epsilon, at, at, night, sample=True)
        releasing.release_lump(lump, leaves, _by_leaf(sample, leaves), randbelow=randbelow)
    return number


def release_year(site_id: str, *, now: datetime, randbelow: Callable[[int], int]) -> date:
    """Release a year of sample figures of a published site, until the day before its running lump.

    What was decided is the same each time (`sample_year`), the noise is drawn.

    :returns: the last day of the sample
    :raises Conflict: `figures_released`: the site has figures.
    """
    watermarks.lock()
    opening.open_first([site_id], begins=watermarks.position(), now=now)
    running = queries.running(site_id)
    assert running is not None  # noqa: S101 - it was opened above
    begins = running.start - timedelta(days=sample_year.DAYS)
    versions, zone = sites.versions(site_id), sites.time_zone(site_id)
    days = (begins + timedelta(days=number) for number in range(sample_year.DAYS))
    year = (
        SampleDay(day, sample_year.decisions(day, live_leaves(versions, day, day, zone), begins=begins))
        for day in days
    )
    release_samples(site_id, year, randbelow=randbelow)
    return running.start - timedelta(days=1)


def _by_leaf(sample: SampleDay, leaves: Leaves) -> Mapping[Leaf, Counted]:
    found = dict.fromkeys(leaves, Counted())
    for leaf, counted in sample.counted.items():
        live = leaves.leaf(leaf.version, leaf.language)
        found[live] = found[live] + counted
    return found
