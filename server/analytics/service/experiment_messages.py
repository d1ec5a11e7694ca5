"""Messages about experiments that ended, for staff and webhooks."""

import math
from datetime import datetime

from server.accounts.service import message_choices
from server.analytics.experiments.outcome import Outcome
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import service as sites
from server.sites.values import Experiment

ENDED = "experiment.ended"


def record(experiment: Experiment, found: Outcome, *, now: datetime) -> None:
    """Put a message into the outbox, in the transaction that ends the experiment."""
    site = sites.find_by_id(experiment.site_id)
    nearest, furthest = sorted((abs(found.difference.low), abs(found.difference.high)))
    clear = found.state in ("a_is_better", "b_is_better")
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "experiment": experiment.number,
        "outcome": found.state,
        "days": found.days,
        "version_a": experiment.version_a,
        "version_b": experiment.version_b,
        # Rounded away from each other, so that they claim no more than is known.
        "points_low": math.floor(100 * nearest) if clear else None,
        "points_high": math.ceil(100 * furthest) if clear else None,
    }
    message = Message(site.id, ENDED, data, key=f"{ENDED} {experiment.number}")
    outbox.record(message, message_choices.recipients(site.id, ENDED), now=now)
