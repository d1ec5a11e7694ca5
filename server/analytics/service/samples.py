"""Figures of days before the running lump, from sample data: for demonstrations and measurements."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from server.analytics import queries
from server.analytics.leaves import Leaves, live_leaves
from server.analytics.privacy.release import Counted, Leaf
from server.analytics.service import releasing
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

    Nothing is written into the consent log or its counters.

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


def _by_leaf(sample: SampleDay, leaves: Leaves) -> Mapping[Leaf, Counted]:
    found = dict.fromkeys(leaves, Counted())
    for leaf, counted in sample.counted.items():
        live = leaves.leaf(leaf.version, leaf.language)
        found[live] = found[live] + counted
    return found
