"""Jobs of the audience: what waits in the spool goes into the counters."""

from collections.abc import Iterator
from datetime import timedelta

from server.audience import record, service
from server.audience.spool import Batch, Spool
from server.core.db import transaction
from server.core.jobs import Job
from server.core.settings import Settings
from server.sites import service as sites


def apply(spool: Spool) -> int:
    """Count all events of which there are enough; returns the number of batches."""
    with spool.applied_here() as here:
        return sum(1 for step in steps(spool) if step == "counted") if here else 0


def steps(spool: Spool) -> Iterator[str]:
    """Apply the spool step by step; each is durable, and whatever was begun is continued the next time.

    A process that dies between any two of them counts nothing twice, and loses nothing.
    """
    known = {site.id for site in sites.with_ids(spool.site_ids())}
    for site_id in sorted(spool.site_ids() - known):
        spool.discard(site_id)
        yield "discarded"
    for site_id in spool.waiting():
        spool.take(site_id)
        yield "taken"
    for batch in spool.batches():
        if batch.site_id in known:
            yield from _applied(spool, batch)


def _applied(spool: Spool, batch: Batch) -> Iterator[str]:
    if not batch.counted:
        with transaction():
            service.count(batch.site_id, batch.name, record.events(spool.lines(batch)))
        yield "counted"
        batch = spool.mark_counted(batch)
        yield "marked"
    with transaction():
        service.forget(batch.site_id, batch.name)
    yield "forgotten"
    spool.remove(batch)
    yield "removed"


def jobs(settings: Settings) -> tuple[Job, ...]:
    """The jobs of this slice."""
    spool = Spool(settings.data_dir)
    return (Job("apply audience spool", timedelta(seconds=10), lambda: apply(spool)),)
