"""Jobs of messages: deliver webhooks and e-mail, and forget what is old.

A try happens outside of any transaction, in a thread of its own: a slow receiver holds up neither the
database nor other receivers.
"""

import random
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

import structlog

from server.core import clock, guarded_fetch
from server.core.db import transaction
from server.core.http import settings
from server.core.jobs import Job, drain, stopping
from server.core.mail_server import sender
from server.core.monitoring import DELIVERIES
from server.core.settings import Settings
from server.notifications import letters
from server.notifications.channels import mail, webhook
from server.notifications.service import delivering, delivery_log
from server.notifications.values import Channel, Claim, Outcome

log = structlog.get_logger("samtykke.worker")

LEASE = timedelta(minutes=2)
"""How long a worker may take for a try; far more than any channel's time limit."""

POLL = 0.5
"""Seconds after which new deliveries are looked for while slow receivers are waited for."""

BATCH = 500
"""Messages deleted per transaction."""

Batch = tuple[Claim, ...]
"""What is sent in one try: one delivery, or those of one digest."""


@dataclass(frozen=True)
class Lane:
    """How the deliveries of some channels are worked off, apart from those of others."""

    channels: tuple[Channel, ...]
    threads: int
    per_target: int
    """Tries of one receiver at a time, so that a slow one does not take all threads."""
    lease: timedelta = LEASE


WEBHOOKS = Lane(("webhook",), threads=32, per_target=2)
EMAILS = Lane(("email",), threads=4, per_target=1)
DIGESTS = Lane(("digest",), threads=1, per_target=200)


def work_off(lane: Lane, attempt: Callable[[Batch], Outcome]) -> int:
    """Deliver all that is due, and becomes due meanwhile; returns how many tries ended.

    It goes on while a slow receiver is waited for, so that nobody else waits for the next run; a worker that
    is stopped waits for what has begun.
    """
    if not delivering.any_due(lane.channels, now=clock.now()):
        return 0
    running: dict[Future[Outcome], Batch] = {}
    ended = 0
    with ThreadPoolExecutor(lane.threads, thread_name_prefix="deliver") as pool:
        while True:
            claimed = () if stopping.is_set() else _claim(lane, running)
            running |= {pool.submit(_guarded, attempt, batch): batch for batch in _batches(claimed)}
            if not running:
                return ended
            finished, _ = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
            _settle([(running.pop(each), each.result()) for each in finished])
            ended += len(finished)


def _claim(lane: Lane, running: dict[Future[Outcome], Batch]) -> Batch:
    room = lane.threads - len(running)
    trying = Counter(batch[0].target for batch in running.values())
    busy = [target for target, number in trying.items() if number >= lane.per_target]
    now = clock.now()
    if room <= 0 or not delivering.any_due(lane.channels, now=now):
        return ()
    limit = max(room, lane.per_target)
    with transaction():
        return delivering.claim(
            lane.channels, now=now, lease=lane.lease, busy=busy, per_target=lane.per_target, limit=limit
        )


def _batches(claimed: Batch) -> list[Batch]:
    """Each delivery by itself; those of one person's digest together, in each language."""
    digests = sorted(
        (one for one in claimed if one.channel == "digest"), key=lambda one: (one.target, one.language)
    )
    single: list[Batch] = [(one,) for one in claimed if one.channel != "digest"]
    return single + [
        tuple(group) for _, group in groupby(digests, key=lambda one: (one.target, one.language))
    ]


def _guarded(attempt: Callable[[Batch], Outcome], batch: Batch) -> Outcome:
    try:
        return attempt(batch)
    except Exception:
        # One message that cannot be sent must not stop the others; it is tried again, and given up at last.
        log.exception("delivery_failed", channel=batch[0].channel, kind=batch[0].kind)
        return Outcome("failed", None, "A fault of this server, which is in its log.")


def _settle(finished: Sequence[tuple[Batch, Outcome]]) -> None:
    if finished:
        outcomes = [(one, outcome) for batch, outcome in finished for one in batch]
        for batch, outcome in finished:
            DELIVERIES.labels(batch[0].channel, outcome.result).inc()
            if batch[0].channel != "webhook" and outcome.result != "delivered":
                # Of webhooks the delivery log tells; of e-mail the operator has to know.
                log.warning("email_failed", kind=batch[0].kind, status=outcome.status, why=outcome.answer)
        with transaction():
            delivering.settle(outcomes, now=clock.now(), random=random.random())  # noqa: S311 - jitter


# --- webhooks --------------------------------------------------------------------------------------------


def deliver_webhooks(lane: Lane = WEBHOOKS) -> int:
    """Deliver webhooks that are due; returns how many tries ended."""
    found = settings()
    post = partial(guarded_fetch.post, timeout=webhook.TIMEOUT, allow_private=found.scan_private)

    def attempt(batch: Batch) -> Outcome:
        return webhook.send(batch[0], post=post, secret_key=found.secret_key, now=clock.now())

    return work_off(lane, attempt)


# --- e-mail ----------------------------------------------------------------------------------------------


def send_mail() -> int:
    """Send e-mails and digests that are due; returns how many tries ended. Nothing without a mail server."""
    found = settings()
    if found.smtp_url is None or found.mail_from is None:
        return 0
    attempt = partial(_mail, found=found, tls=ssl.create_default_context())
    return work_off(EMAILS, attempt) + work_off(DIGESTS, attempt)


def _mail(batch: Batch, *, found: Settings, tls: ssl.SSLContext) -> Outcome:
    if found.smtp_url is None or found.mail_from is None:
        raise RuntimeError("no mail server is set")
    first = min(batch, key=lambda one: (one.created_at, one.delivery_id))
    try:
        message = mail.compose(
            _letter(batch, found.public_url),
            sender=sender(found.mail_from),
            to=first.target,
            message_id=first.delivery_id,
            now=clock.now(),
        )
    except ValueError as fault:
        return Outcome("refused", None, str(fault))
    return mail.send(message, found.smtp_url, tls=tls)


def _letter(batch: Batch, public_url: str) -> letters.Letter:
    items = [(one.kind, one.data) for one in sorted(batch, key=lambda one: one.created_at)]
    if batch[0].channel == "digest":
        return letters.digest(items, language=batch[0].language, public_url=public_url)
    return letters.letter(items[0], language=batch[0].language, public_url=public_url)


# --- retention -------------------------------------------------------------------------------------------


def forget(now: datetime | None = None) -> int:
    """Delete messages that were delivered, or given up, 30 days ago; returns how many."""
    moment = now or clock.now()
    if settings().smtp_url is None:
        with transaction():
            delivery_log.drop_unsent_emails(now=moment)
    return drain(partial(delivery_log.forget, now=moment, batch=BATCH), batch=BATCH)


JOBS = (
    Job("deliver webhooks", timedelta(seconds=2), deliver_webhooks),
    Job("send e-mail", timedelta(seconds=5), send_mail),
    Job("forget old messages", timedelta(hours=1), forget),
)
