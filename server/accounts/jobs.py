"""Jobs of accounts: store the head of the audit log outside the database, and forget what has ended."""

from datetime import datetime, timedelta

import structlog

from server.accounts.service import (
    attempts,
    audit_log,
    audit_log_heads,
    invitations,
    provider_logout,
    single_sign_on,
    token_rotation,
)
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job
from server.core.monitoring import CONTRADICTIONS

log = structlog.get_logger("samtykke.worker")


def store_audit_log_head(now: datetime | None = None) -> None:
    """Store the head of the audit log outside the database; log an error if it contradicts the last one."""
    head = audit_log.audit_log_head()
    if head is None:
        return
    folder = settings().data_dir / audit_log_heads.FOLDER
    today = (now or clock.now()).date()
    if fault := audit_log_heads.store(*head, audit_log.audit_log_digest, folder, today=today):
        CONTRADICTIONS.labels("trail").inc()
        log.error("trail_contradicts_itself", why=fault)


def forget_attempts() -> int:
    """Delete expired counters of failed logins; returns how many."""
    with transaction():
        return attempts.forget_attempts(now=clock.now())


def forget_invitations() -> int:
    """Delete invitations that ended long ago; returns how many."""
    with transaction():
        return invitations.forget(now=clock.now())


def forget_single_sign_on() -> int:
    """Delete logins that nobody has finished at the provider, and old logout tokens; returns how many."""
    now = clock.now()
    with transaction():
        return single_sign_on.forget(now=now) + provider_logout.forget(now=now)


def forget_old_secrets() -> int:
    """Delete digests of secrets of tokens that were replaced and no longer work; returns how many."""
    with transaction():
        return token_rotation.forget_old_secrets(now=clock.now())


JOBS = (
    Job("keep the audit log's head", timedelta(minutes=1), store_audit_log_head),
    Job("forget failed logins", timedelta(minutes=10), forget_attempts),
    Job("forget old invitations", timedelta(hours=1), forget_invitations),
    Job("forget unfinished logins by single sign-on", timedelta(hours=1), forget_single_sign_on),
    Job("forget replaced secrets", timedelta(hours=1), forget_old_secrets),
)
