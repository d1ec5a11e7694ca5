"""The worker's part: each event goes to each target, in order, at least once."""

import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from server.accounts.service import audit_deliveries, audit_log
from server.accounts.values import AuditEvent
from server.core import clock
from server.core.db import end_reading, transaction
from server.core.event_targets import EventTarget
from server.core.http import settings
from server.core.jobs import Job, stopping
from server.ops.audit_export import records, targets

BATCH = 500
"""Events of one delivery."""

LEASE = timedelta(minutes=2)
"""How long a worker may take for one delivery before another one tries it."""

PAUSE = timedelta(seconds=30)
"""How long a target is left alone that has not taken its events."""

log = structlog.get_logger("samtykke.worker")


def deliver(tls: ssl.SSLContext | None = None) -> int:
    """Deliver what each target has not got; returns how many events, each counted for each target."""
    return sum(_deliver_to(each, tls) for each in settings().audit_targets)


def _deliver_to(target: EventTarget, tls: ssl.SSLContext | None) -> int:
    sent = 0
    while not stopping.is_set():
        done = _one_batch(target, tls, clock.now())
        sent += done
        if done < BATCH:
            break
    return sent


def _one_batch(target: EventTarget, tls: ssl.SSLContext | None, now: datetime) -> int:
    """Deliver one batch; the network is used outside of any transaction."""
    if not audit_deliveries.is_behind(target.name, now=now):
        return 0
    with transaction():
        claimed = audit_deliveries.claim(target.name, until=now + LEASE, now=now)
    if claimed is None:
        return 0
    found = audit_log.events_after(claimed.number, limit=BATCH)
    end_reading()
    try:
        targets.deliver(target, _messages(target, found, server=settings().public_host), tls=tls)
    except OSError as fault:
        why = fault.strerror or str(fault) or type(fault).__name__
        log.warning("audit_export_failed", target=target.address, why=why)
        with transaction():
            audit_deliveries.put_off(claimed, until=clock.now() + PAUSE)
        return 0
    with transaction():
        audit_deliveries.advance(claimed, number=found[-1][0].number, now=clock.now())
    return len(found)


def _messages(target: EventTarget, found: Sequence[tuple[AuditEvent, str]], *, server: str) -> list[bytes]:
    """The events as a target takes them: one message for each, or of OTLP for all."""
    if target.scheme.startswith("otlp"):
        return [records.otlp(found, server=server)]
    if target.scheme == "file":
        return [records.line(event, digest, server=server).encode() for event, digest in found]
    return [records.syslog(event, digest, server=server) for event, digest in found]


JOBS = (Job("deliver the audit log", timedelta(seconds=2), deliver),)
