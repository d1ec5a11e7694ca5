"""How long data about visitors is stored for their subscriptions, requests and the e-mail they get. Pure.

The worker deletes by these rules, and the pages name them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from server.notices import request_rules
from server.notifications.values import DEAD_VISITOR_MAIL_KEPT, VISITOR_MAIL_KEPT


@dataclass(frozen=True)
class Rule:
    """How long something is stored."""

    name: str
    """Its key in the words of the pages, in figures and in logs."""
    period: timedelta | None
    """From when it was stored or has ended; None: until the person ends it."""
    what: str
    """What is deleted, for those who run the server."""


SUBSCRIPTION = Rule("subscription", None, "a subscription, when its subscriber ends it")
CONFIRMED_WITHIN = timedelta(days=7)
UNCONFIRMED_SUBSCRIPTIONS = Rule("unconfirmed", CONFIRMED_WITHIN, "a subscription that nobody has confirmed")
SENT_MAIL = Rule(
    "sent_mail", VISITOR_MAIL_KEPT, "that an e-mail was sent to a visitor, without address and text"
)
UNSENT_MAIL = Rule(
    "unsent_mail", DEAD_VISITOR_MAIL_KEPT, "an e-mail to a visitor that could not be delivered"
)
REQUESTS = Rule("requests", request_rules.KEPT, "the content of a closed request")
UNCONFIRMED_REQUESTS = Rule(
    "unconfirmed_requests", request_rules.TO_CONFIRM, "a request that nobody has confirmed"
)

RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        SUBSCRIPTION,
        UNCONFIRMED_SUBSCRIPTIONS,
        SENT_MAIL,
        UNSENT_MAIL,
        REQUESTS,
        UNCONFIRMED_REQUESTS,
    )
}
"""All of them, by name."""

OF_MAIL = frozenset(rule.name for rule in (SUBSCRIPTION, UNCONFIRMED_SUBSCRIPTIONS, SENT_MAIL, UNSENT_MAIL))
"""Names of those that only a server that sends e-mail has use for."""
