"""Kinds of messages, their recipients, and the states of a delivery. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from server.core.plain_text import one_line

Severity = Literal["information", "warning", "critical"]
Frequency = Literal["at_once", "daily", "studio", "never"]
"""How staff get a kind: by e-mail at once or daily, or in the studio alone. All but `never` have it there."""
Channel = Literal["webhook", "email", "digest", "request", "visitor", "mailing"]
"""`email` and `digest` go to staff. The others are e-mail to anybody else: `request` about a request or an
account, `mailing` what many get, `visitor` the rest. Each is sent apart, so that none waits for another."""
State = Literal["pending", "delivered", "dead", "gone"]

TABLES_OF_A_SITE = (
    "inbox_message",
    "notification_delivery",
    "notification",
    "notification_sequence",
    "webhook_endpoint",
)
"""Tables of this slice whose rows are deleted with their site; what refers to others comes first."""

FREQUENCIES: tuple[Frequency, ...] = ("at_once", "daily", "studio", "never")
STATES: tuple[State, ...] = ("pending", "delivered", "dead", "gone")
"""`dead`: given up, can be sent again. `gone`: the receiver wants nothing any more, or was switched off."""

MAX_ANSWER = 200
"""Characters stored of what a receiver answered."""

VISITOR_MAIL_KEPT = timedelta(days=1)
"""How long it is stored that an e-mail to a visitor was sent. Its address and content are deleted at once."""

DEAD_VISITOR_MAIL_KEPT = timedelta(days=7)
"""How long an e-mail to a visitor is stored that could not be delivered, so that it can be sent again."""


@dataclass(frozen=True)
class Kind:
    """A kind of message: how important it is, and who is meant."""

    name: str
    """As webhooks have it in `type`."""
    severity: Severity
    permission: str
    """The permission, on the site concerned, of the staff who may get it; empty of `OWN_KINDS`."""
    frequency: Frequency
    """How often staff get it who have not chosen."""
    path: str
    """The studio's page about it; `{site}` stands for the site's key."""
    webhook: bool = True
    """Whether endpoints may choose it: they belong to a site."""


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("banner.published", "information", "site.read", "daily", "/studio/sites/{site}/versions"),
        Kind(
            "publication.requested",
            "information",
            "banner.publish",
            "at_once",
            "/studio/sites/{site}/publish",
            webhook=False,
        ),
        Kind(
            "publication.decided",
            "information",
            "banner.edit",
            "at_once",
            "/studio/sites/{site}/publish",
            webhook=False,
        ),
        Kind("publication.failed", "warning", "banner.publish", "at_once", "/studio/sites/{site}/publish"),
        Kind("alarm.opened", "warning", "analytics.read", "at_once", "/studio/sites/{site}/analytics"),
        Kind("alarm.closed", "information", "analytics.read", "at_once", "/studio/sites/{site}/analytics"),
        Kind(
            "experiment.ended", "information", "analytics.read", "at_once", "/studio/sites/{site}/experiment"
        ),
        Kind("notice.announced", "information", "site.read", "daily", "/studio/sites/{site}/versions"),
        Kind(
            "request.received",
            "information",
            "request.handle",
            "at_once",
            "/studio/sites/{site}/requests",
            webhook=False,
        ),
        Kind(
            "request.overdue",
            "warning",
            "request.handle",
            "at_once",
            "/studio/sites/{site}/requests",
            webhook=False,
        ),
        Kind(
            "agreement.expiring",
            "warning",
            "banner.edit",
            "at_once",
            "/studio/sites/{site}/register",
            webhook=False,
        ),
        Kind(
            "catalog.updated",
            "information",
            "banner.edit",
            "studio",
            "/studio/sites/{site}/banner/services",
            webhook=False,
        ),
        Kind("installation.failed", "warning", "site.read", "at_once", "/studio/sites/{site}/install"),
        Kind("installation.restored", "information", "site.read", "at_once", "/studio/sites/{site}/install"),
        Kind(
            "site.deleted", "warning", "site.edit", "at_once", "/studio/sites/{site}/deleted", webhook=False
        ),
        Kind("token.created", "warning", "site.edit", "at_once", "/studio/tokens", webhook=False),
        Kind("token.expiring", "warning", "token.manage", "at_once", "/studio/tokens", webhook=False),
        Kind("account.owner_added", "critical", "user.manage", "at_once", "/studio/users", webhook=False),
        Kind("account.factors_removed", "critical", "user.manage", "at_once", "/studio/users", webhook=False),
        Kind("account.logins_refused", "warning", "user.manage", "at_once", "/studio/trail", webhook=False),
        Kind("erasure.overdue", "critical", "user.manage", "at_once", "/studio/", webhook=False),
        Kind("login.break_glass", "critical", "user.manage", "at_once", "/studio/trail", webhook=False),
    )
}
"""The kinds that staff choose from."""

OWN_KINDS: Mapping[str, Kind] = {
    name: Kind(name, "critical", "", "studio", path, webhook=False)
    for name, path in (
        ("own.factors_removed", "/studio/account/factors"),
        ("own.recovery_code_used", "/studio/account/factors"),
        ("own.passkey_refused", "/studio/account/factors"),
        ("own.password_reset", "/studio/account"),
    )
}
"""The kinds about one's own account, at the bell of its person alone: nobody chooses them, and no permission
is asked for."""

WEBHOOK_KINDS = tuple(kind.name for kind in KINDS.values() if kind.webhook)
"""The kinds that endpoints choose from."""

TEST = Kind("test", "information", "site.read", "at_once", "/studio/account")
"""Sent on request alone, to one endpoint or one person."""


def kind_of(name: str) -> Kind:
    """The kind of this name.

    :raises KeyError: there is no such kind.
    """
    if name == TEST.name:
        return TEST
    return OWN_KINDS[name] if name in OWN_KINDS else KINDS[name]


VISITOR_KINDS: Mapping[str, Channel] = {
    "notice.subscription": "visitor",
    "notice.changed": "mailing",
    "request.confirmation": "request",
    "request.reply": "request",
    "request.extended": "request",
    "installation.instructions": "visitor",
    "user.invitation": "request",
    "user.password_reset": "request",
    "user.password_changed": "request",
    "user.factors_changed": "request",
}
"""The kinds of e-mail to people who are not staff, or not logged in, and how each is sent.

Nobody chooses them, and webhooks do not have them. Anybody can send forms to subscribe, and thousands may
have subscribed: what a person with a request waits for is not behind those.
"""

ACCOUNT_KINDS = frozenset(
    {"user.invitation", "user.password_reset", "user.password_changed", "user.factors_changed"}
)
"""Those about accounts of this server: they belong to no site."""

VISITOR_CHANNELS: tuple[Channel, ...] = ("request", "visitor", "mailing")
"""By which people who are not staff get e-mail."""


@dataclass(frozen=True)
class VisitorMail:
    """An e-mail to a person who is not staff, about what they asked for themselves."""

    site_id: str
    kind: str
    """One of `VISITOR_KINDS`."""
    data: Mapping[str, str | int | None]
    """What its words name, and `site_name`; as little about a person as possible."""
    key: str
    """Deduplication, as of a `Message`. It is in no mail, and must not hold an address."""
    address: str
    language: str
    """One of those of messages."""
    sender: str
    """The name that the mailbox shows: that of the controller, or of the site."""
    link: str
    """The address of the page that it is about. It may hold a secret, which is deleted when it is sent."""
    reply_to: str = ""
    """The controller's e-mail address, or nothing."""
    unsubscribe: str = ""
    """The address that ends a subscription, by `POST` without further questions (RFC 8058); empty: none."""


@dataclass(frozen=True)
class Recipient:
    """A person of the staff who is to get a message."""

    address: str
    language: str
    frequency: Frequency
    user_id: str = ""
    """Whose inbox in the studio has it; empty: nobody's, by e-mail alone."""


@dataclass(frozen=True)
class Message:
    """Something that happened, to be sent once."""

    site_id: str
    """Empty if it concerns no single site."""
    kind: str
    data: Mapping[str, str | int | None]
    """What webhooks carry and texts name. Nothing in it may single a visitor out."""
    key: str
    """Deduplication: a second message of the site with this key is dropped."""


@dataclass(frozen=True)
class Endpoint:
    """A webhook endpoint as shown to staff; the secret is shown apart."""

    site_id: str
    endpoint_id: str
    url: str
    kinds: tuple[str, ...]
    in_order: bool
    """Whether a message is sent only after those before it."""
    secret_number: int
    """Incremented by rotation."""
    rotated_at: datetime | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    disabled_why: str


@dataclass(frozen=True)
class Claim:
    """A delivery that this worker alone may try until `locked_until`."""

    site_id: str
    delivery_id: str
    message_id: str
    kind: str
    data: Mapping[str, str | int | None]
    created_at: datetime
    """When the message was recorded."""
    channel: Channel
    target: str
    """Id of the endpoint, or the e-mail address."""
    language: str
    attempts: int
    """Tries that have ended before."""
    locked_until: datetime
    endpoint: Endpoint | None
    """None for e-mail."""


@dataclass(frozen=True)
class Outcome:
    """What became of one try."""

    result: Literal["delivered", "failed", "refused", "gone"]
    """`failed` is tried again, `refused` is not, `gone` also disables the endpoint."""
    status: int | None
    """Status of the answer, of HTTP or SMTP; None if there was none."""
    answer: str
    """One sentence for the delivery log."""
    retry_after: timedelta | None = None
    """How long the receiver asks to be left alone."""


@dataclass(frozen=True)
class Delivery:
    """A delivery as the log shows it."""

    delivery_id: str
    message_id: str
    kind: str
    channel: Channel
    target: str
    """Id of an endpoint, or the address of one of the staff; empty: a visitor."""
    state: State
    attempts: int
    created_at: datetime
    next_at: datetime | None
    """When it is tried next; None unless pending."""
    finished_at: datetime | None
    status: int | None
    answer: str


_ADDRESS = re.compile(r"\S+@\S+")


def without_addresses(text: str) -> str:
    """The text without e-mail addresses, which mail servers like to repeat, and logs must not hold."""
    return _ADDRESS.sub("…", text)


def printable(text: str, length: int = MAX_ANSWER, *, keep: str = "") -> str:
    """The text on one line, without control characters but those to `keep`, cut to `length` characters."""
    line = one_line(text, keep=keep)
    return line if len(line) <= length else line[: length - 1] + "…"
