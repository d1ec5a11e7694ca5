"""Jobs of accounts.

What was left to the worker is done, the head of the audit log is stored outside the database, and what has
ended is forgotten.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from flask import current_app
from limits import RateLimitItemPerHour
from sqlalchemy.exc import DBAPIError

from server.accounts.service import (
    account_alarms,
    attempts,
    audit_log,
    audit_log_heads,
    deferred,
    invitations,
    password_resets,
    provider_logout,
    single_sign_on,
    token_rotation,
    users,
)
from server.accounts.service.deferred import Task
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job
from server.core.limits import may_mail
from server.core.monitoring import CONTRADICTIONS

log = structlog.get_logger("samtykke.worker")

PER_ADDRESS = RateLimitItemPerHour(3, 1, "password_reset_mail")
"""How many links an address gets by e-mail. All of them work: a stranger who asks takes none away."""

_BATCH = 100


def do_deferred() -> int:
    """Do what requests have left to the worker; returns how many tasks. One that fails is tried again."""
    done = 0
    for task_id in deferred.waiting(limit=_BATCH):
        try:
            with transaction():
                task = deferred.take(task_id, secret_key=settings().secret_key)
                if task is not None:
                    _do(task, clock.now())
            done += 1
        except DBAPIError:
            log.exception("deferred_task_failed")
    return done


def _do(task: Task, now: datetime) -> None:
    if task.kind == "refusal":
        account_alarms.count_refusal(
            task.email,
            users.with_address(task.email) if task.email.isprintable() else None,
            secret_key=settings().secret_key,
            now=task.asked_at,
        )
        audit_log.record_refusal(task.email, now=task.asked_at)
    elif settings().smtp_url is not None:
        password_resets.send_if_known(
            task.email,
            language=task.language,
            public_url=settings().public_url,
            host=settings().public_host,
            may_mail=partial(may_mail, current_app, PER_ADDRESS),
            now=now,
        )


def forget_deferred() -> int:
    """Delete what no worker has done in time, and links that have expired while their e-mail waited."""
    now = clock.now()
    with transaction():
        password_resets.drop_expired_mail(now=now)
        return deferred.forget(now=now)


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
    Job("send links for new passwords, note refused logins", timedelta(seconds=2), do_deferred),
    Job("forget old links", timedelta(minutes=1), forget_deferred),
    Job("keep the audit log's head", timedelta(minutes=1), store_audit_log_head),
    Job("forget failed logins", timedelta(minutes=10), forget_attempts),
    Job("forget old invitations", timedelta(hours=1), forget_invitations),
    Job("forget unfinished logins by single sign-on", timedelta(hours=1), forget_single_sign_on),
    Job("forget replaced secrets", timedelta(hours=1), forget_old_secrets),
)
