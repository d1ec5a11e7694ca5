"""Jobs of messages: deliver webhooks and e-mail, and delete what is old.

A try happens outside of any transaction, in a thread of its own: a slow receiver holds up neither the
database nor other receivers.
"""

import random
import ssl
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from server.notifications import email_text
from server.notifications.channels import mail, webhook
from server.notifications.service import delivering, delivery_log, inbox
from server.notifications.values import VISITOR_CHANNELS, Channel, Claim, Outcome, without_addresses

log = structlog.get_logger("samtykke.worker")

LEASE = timedelta(minutes=2)
"""How long a worker may take for a try; more than a webhook's time limit."""

MAIL_LEASE = timedelta(minutes=10)
"""The same for an e-mail, whose session has a dozen answers, each with a time limit of its own."""

POLL = 0.5
"""Seconds after which new deliveries are looked for while slow receivers are waited for."""

BATCH = 500
"""Messages deleted per transaction."""

Batch = tuple[Claim, ...]
"""What is sent in one try: one delivery, or those of one digest."""


@dataclass(frozen=True)
class Queue:
    """How the deliveries of some channels are sent, apart from those of others."""

    channels: tuple[Channel, ...]
    threads: int
    per_target: int
    """Tries of one receiver at a time, so that a slow one does not take all threads; if `joined`, most
    messages of one try."""
    lease: timedelta
    per_site: int | None = None
    """Tries of one site at which no further ones begin, so that receivers of one that all hang leave room for
    those of others."""
    joined: bool = False
    """Whether all that is due to a receiver is sent in one try."""
    in_turn: bool = False
    """Whether sites are served in turn, and receivers not looked at."""


WEBHOOKS = Queue(("webhook",), threads=32, per_target=2, lease=LEASE, per_site=8)
EMAILS = Queue(("email",), threads=4, per_target=1, lease=MAIL_LEASE)
DIGESTS = Queue(("digest",), threads=1, per_target=200, lease=MAIL_LEASE, joined=True)
REQUESTS = Queue(("request",), threads=4, per_target=1, lease=MAIL_LEASE, in_turn=True)
VISITORS = Queue(("visitor",), threads=4, per_target=1, lease=MAIL_LEASE, in_turn=True)
MAILINGS = Queue(("mailing",), threads=4, per_target=1, lease=MAIL_LEASE, in_turn=True)


def deliver_due(queue: Queue, attempt: Callable[[Batch], Outcome]) -> int:
    """Deliver all that is due, and becomes due meanwhile; returns how many tries ended.

    It goes on while a slow receiver is waited for, so that nobody else waits for the next run; a worker that
    is stopped waits for what has begun.
    """
    if not delivering.any_due(queue.channels, now=clock.now()):
        return 0
    running: dict[Future[Outcome], Batch] = {}
    ended, turn = 0, ""
    with ThreadPoolExecutor(queue.threads, thread_name_prefix="deliver") as pool:
        while True:
            claimed = () if stopping.is_set() else _claim(queue, running, turn)
            # The last of those that follow `turn`, or of those that it has come round to.
            turn = max((one.site_id for one in claimed), key=lambda site: (site <= turn, site), default=turn)
            batches = _batches(claimed) if queue.joined else [(one,) for one in claimed]
            running |= {pool.submit(_guarded, attempt, batch): batch for batch in batches}
            if not running:
                return ended
            finished, _ = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
            _store_outcomes([(running.pop(each), each.result()) for each in finished])
            ended += len(finished)


def _claim(queue: Queue, running: dict[Future[Outcome], Batch], turn: str) -> Batch:
    room = queue.threads - len(running)
    now = clock.now()
    if room <= 0 or not delivering.any_due(queue.channels, now=now):
        return ()
    if queue.in_turn:
        with transaction():
            return delivering.claim_in_turn(
                queue.channels, now=now, lease=queue.lease, after_site=turn, limit=room
            )
    # A receiver that is being tried gets no more: what is claimed here may be `per_target` of each receiver.
    busy = {batch[0].target for batch in running.values()}
    of_sites = Counter(batch[0].site_id for batch in running.values())
    with transaction():
        return delivering.claim(
            queue.channels,
            now=now,
            lease=queue.lease,
            busy=busy,
            per_target=queue.per_target,
            # Of joined ones those to one receiver: another's would be torn apart by the limit.
            limit=queue.per_target if queue.joined else room,
            busy_sites=[
                site for site, number in of_sites.items() if number >= (queue.per_site or number + 1)
            ],
            per_site=queue.per_site,
            one_target=queue.joined,
        )


def _batches(claimed: Batch) -> list[Batch]:
    """The deliveries to each person together, in each language."""
    ordered = sorted(claimed, key=lambda one: (one.target, one.language))
    return [tuple(group) for _, group in groupby(ordered, key=lambda one: (one.target, one.language))]


def _guarded(attempt: Callable[[Batch], Outcome], batch: Batch) -> Outcome:
    try:
        return attempt(batch)
    except Exception:
        # One message that cannot be sent must not stop the others; it is tried again, and given up at last.
        log.exception("delivery_failed", channel=batch[0].channel, kind=batch[0].kind)
        return Outcome("failed", None, "Something went wrong on this server. See its log.")


def _store_outcomes(finished: Sequence[tuple[Batch, Outcome]]) -> None:
    if finished:
        outcomes = [(one, outcome) for batch, outcome in finished for one in batch]
        for batch, outcome in finished:
            DELIVERIES.labels(batch[0].channel, outcome.result).inc()
            if batch[0].channel != "webhook" and outcome.result != "delivered":
                # Of webhooks the delivery log tells; of e-mail the operator has to know.
                why = without_addresses(outcome.answer)
                log.warning("email_failed", kind=batch[0].kind, status=outcome.status, why=why)
        with transaction():
            delivering.store_outcomes(outcomes, now=clock.now(), random=random.random())  # noqa: S311 - jitter


# --- webhooks --------------------------------------------------------------------------------------------


def deliver_webhooks(queue: Queue = WEBHOOKS) -> int:
    """Deliver webhooks that are due; returns how many tries ended."""
    found = settings()
    post = partial(guarded_fetch.post, timeout=webhook.TIMEOUT, allow_private=found.scan_private)

    def attempt(batch: Batch) -> Outcome:
        return webhook.send(batch[0], post=post, secret_key=found.secret_key, now=clock.now())

    return deliver_due(queue, attempt)


# --- e-mail ----------------------------------------------------------------------------------------------


def send(queue: Queue) -> int:
    """Send e-mails of a queue that are due; returns how many tries ended.

    Nothing is sent without a mail server.
    """
    found = settings()
    if found.smtp_url is None or found.mail_from is None:
        return 0
    return deliver_due(queue, partial(_mail, found=found, tls=ssl.create_default_context()))


def _mail(batch: Batch, *, found: Settings, tls: ssl.SSLContext) -> Outcome:
    if found.smtp_url is None or found.mail_from is None:
        raise RuntimeError("no mail server is set")
    first = min(batch, key=lambda one: (one.created_at, one.delivery_id))
    to_visitor = first.channel in VISITOR_CHANNELS
    try:
        message = mail.compose(
            _email_text(batch, found.public_url),
            sender=sender(found.mail_from),
            to=first.target,
            message_id=first.delivery_id,
            now=clock.now(),
            envelope=_envelope(first.data) if to_visitor else mail.PLAIN,
        )
    except ValueError as fault:
        return Outcome("refused", None, str(fault))
    return mail.send(message, found.smtp_url, tls=tls)


def _envelope(data: Mapping[str, str | int | None]) -> mail.Envelope:
    return mail.Envelope(str(data["sender"]), str(data["reply_to"]), str(data["unsubscribe"]))


def _email_text(batch: Batch, public_url: str) -> email_text.EmailText:
    items = [(one.kind, one.data) for one in sorted(batch, key=lambda one: one.created_at)]
    if batch[0].channel in VISITOR_CHANNELS:
        return email_text.to_visitor(items[0], language=batch[0].language)
    if batch[0].channel == "digest":
        return email_text.digest(items, language=batch[0].language, public_url=public_url)
    return email_text.single(items[0], language=batch[0].language, public_url=public_url)


# --- retention -------------------------------------------------------------------------------------------


def purge(now: datetime | None = None) -> int:
    """Delete messages that were delivered, or given up, 30 days ago; returns how many.

    Those to visitors are deleted sooner, by who sends them.
    """
    moment = now or clock.now()
    if settings().smtp_url is None:
        with transaction():
            delivery_log.drop_unsent_emails(now=moment)
    return drain(partial(delivery_log.purge, now=moment, batch=BATCH), batch=BATCH)


def purge_inboxes(now: datetime | None = None) -> int:
    """Delete what is old in the inboxes of staff; returns how many messages."""
    moment = now or clock.now()
    return drain(partial(inbox.purge, now=moment, batch=BATCH), batch=BATCH)


JOBS = (
    Job("deliver webhooks", timedelta(seconds=2), deliver_webhooks),
    # Each by a job of its own: one goes on as long as something is due, and nobody else waits for that.
    Job("send e-mail to staff", timedelta(seconds=5), partial(send, EMAILS)),
    Job("send e-mail about requests", timedelta(seconds=5), partial(send, REQUESTS)),
    Job("send e-mail to visitors", timedelta(seconds=5), partial(send, VISITORS)),
    Job("send digests", timedelta(seconds=10), partial(send, DIGESTS)),
    Job("send mailings", timedelta(seconds=10), partial(send, MAILINGS)),
    Job("delete old inbox messages", timedelta(hours=1), purge_inboxes),
    Job("delete old messages", timedelta(hours=1), purge),
)
