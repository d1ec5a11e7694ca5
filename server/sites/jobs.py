"""Jobs of sites: bulk actions, manifests, publications, groups, what nobody uses, edits, tokens."""

from datetime import datetime, timedelta

import structlog

from server.accounts.service import audit_log, token_rotation
from server.accounts.values import SCHEDULE
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict
from server.core.http import settings
from server.core.jobs import Job, drain, stopping
from server.ledger.service import days, reading
from server.sites import (
    authors,
    bulk,
    catalog_news,
    edit_records,
    groups,
    logos,
    presence,
    program_tokens,
    publications,
    samples,
    schedules,
    service,
)
from server.sites.publication_rules import Publication

log = structlog.get_logger("samtykke.sites")

BATCH = 200
"""Most manifests built in one transaction."""


def close_days(now: datetime | None = None) -> int:
    """Build the manifests of all days that are over; returns the number of days."""
    closed = 0
    for name in reading.logs():
        while (day := days.due_day(name, now=now or clock.now())) is not None:
            with transaction():
                days.end_day(name, day)
            ended = days.ended(name, day)
            site_ids = sorted(ended.tallies)
            for start in range(0, len(site_ids), BATCH):
                with transaction():
                    some = service.with_ids(site_ids[start : start + BATCH])
                    keys = {site.id: site.key for site in some}
                    days.build_manifests(ended, keys, now=now or clock.now())
            with transaction():
                days.close(ended)
            closed += 1
    return closed


def publish_due(now: datetime | None = None) -> int:
    """Publish what is scheduled and due, each in a transaction of its own; returns how many were settled."""
    moment = now or clock.now()
    return sum(_settled(site_id, number, moment) for site_id, number in publications.due(moment))


def _settled(site_id: str, number: int, now: datetime) -> bool:
    try:
        with transaction():
            done = schedules.run(site_id, number, now=now)
            if done is not None:
                _note(done, now)
    except Conflict:
        return False  # Another worker, or somebody of the staff, was faster.
    except Exception:
        # The other sites do not wait for this one, which is tried again.
        log.exception("publish_failed", site_id=site_id, publication=number)
        return False
    return done is not None


def _note(done: Publication, now: datetime) -> None:
    published = done.state == "published"
    lost = f"{authors.actor_of(done.answered_for_by).name} may not publish on this site any more"
    audit_log.record_event(
        "published" if published else "publish_failed",
        by=SCHEDULE,
        site_id=done.site_id,
        subject=f"version {done.version}" if published else f"publication {done.number}",
        detail=done.note if published else lost if done.not_permitted else "",
        now=now,
    )


def run_bulk_actions(now: datetime | None = None) -> int:
    """Do what is to be done with many sites, a few of each action by turns; returns how many sites."""
    total = 0
    while not stopping.is_set():
        done = sum(_some_sites(action_id, now or clock.now()) for action_id in bulk.unfinished())
        total += done
        if not done:
            break
    return total


def _some_sites(action_id: str, now: datetime) -> int:
    try:
        with transaction():
            return bulk.run(action_id, now=now)
    except Exception:
        # The other actions do not wait for this one, which is tried again.
        log.exception("bulk_action_failed", action=action_id)
        return 0


def purge_bulk_actions(now: datetime | None = None) -> int:
    """Delete bulk actions that are not kept any more; returns their number."""
    return drain(lambda: bulk.purge(now=now or clock.now(), most=BATCH), batch=BATCH)


def purge_logos(now: datetime | None = None) -> int:
    """Delete uploaded logos that no banner shows any more; returns their number."""
    deleted = 0
    while True:
        with transaction():
            found = logos.purge(now=now or clock.now(), most=BATCH)
        deleted += found
        if found < BATCH:
            return deleted


def follow_groups(now: datetime | None = None) -> int:
    """Let sites follow the newest documents of their groups; returns how many have looked at them."""
    done = 0
    for site_id in groups.behind(limit=groups.MOST_MEMBERS):
        try:
            with transaction():
                looked = groups.follow(site_id, now=now or clock.now(), public_url=settings().public_url)
        except Exception:
            # The other sites do not wait for this one, which is tried again.
            log.exception("group_not_followed", site_id=site_id)
        else:
            done += looked is not None
    return done


def record_edits(now: datetime | None = None) -> int:
    """Put edits of drafts on record that nobody goes on with, each site in a transaction; returns entries."""
    done = 0
    for site_id in edit_records.due(now=now or clock.now(), limit=BATCH):
        try:
            with transaction():
                done += edit_records.record(service.find_by_id(site_id))
        except Exception:
            # The other sites do not wait for this one, which is tried again.
            log.exception("edits_not_recorded", site_id=site_id)
    return done


def remove_samples(now: datetime | None = None) -> int:
    """Remove sample sites on which nobody learns any more; returns their number."""
    moment = now or clock.now()
    with transaction():
        found = samples.unused(now=moment)
        for site in found:
            samples.remove(site, by=SCHEDULE.name, now=moment)
            audit_log.record_event(
                "sample_removed", by=SCHEDULE, site_id=site.id, subject=site.key, now=moment
            )
    return len(found)


def forget_presence() -> int:
    """Delete signs of people who are not editing any more; returns how many."""
    with transaction():
        return presence.forget(now=clock.now())


def tell_of_catalog(now: datetime | None = None) -> int:
    """Inform staff of newer descriptions in the catalog, each site in a transaction; returns of how many."""
    told = 0
    for site in service.each_site():
        with transaction():
            told += catalog_news.tell(site, now=now or clock.now())
    return told


def tell_of_tokens(now: datetime | None = None) -> int:
    """Tell people of tokens that expire soon, each in a transaction; returns of how many."""
    moment, told = now or clock.now(), 0
    for token in token_rotation.expiring(now=moment):
        with transaction():
            told += program_tokens.tell_of_end(token, now=moment)
    return told


JOBS = (
    Job("change many sites", timedelta(seconds=2), run_bulk_actions),
    Job("forget bulk actions", timedelta(hours=24), purge_bulk_actions),
    Job("close days", timedelta(minutes=10), close_days),
    Job("forget who was editing", timedelta(minutes=10), forget_presence),
    Job("put edits on record", timedelta(minutes=1), record_edits),
    Job("follow groups", timedelta(seconds=10), follow_groups),
    Job("publish what is due", timedelta(seconds=10), publish_due),
    Job("tell of newer descriptions", timedelta(hours=24), tell_of_catalog),
    Job("tell of tokens that expire", timedelta(hours=1), tell_of_tokens),
    Job("delete unused logos", timedelta(hours=24), purge_logos),
    Job("remove unused sample sites", timedelta(hours=24), remove_samples),
)
