"""Alarms of a site as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.analytics.service import alarms
from server.studio.analytics import alarm_words
from server.studio.language import language_name

_EARLIER = 5
"""So many closed alarms are shown."""


@dataclass(frozen=True)
class Shown:
    """An alarm in words."""

    title: str
    explanation: str
    """What is usual, and what came."""
    opened_at: datetime
    severe: bool
    """Whether nothing came at all."""
    steps: tuple[str, ...] = ()
    closing: str = ""
    """When it closes."""
    closed_at: datetime | None = None
    outcome: str = ""
    """Why it was closed."""


def open_ones(site_id: str) -> dict[str, Any]:
    """The open alarms of a site for a template: those about silence first, then the newest."""
    return {"alarms": sorted(map(_shown, alarms.open_alarms(site_id)), key=lambda one: not one.severe)}


def with_earlier(site_id: str) -> dict[str, Any]:
    """The open alarms, and the last ones that closed."""
    earlier = alarms.closed_alarms(site_id, limit=_EARLIER)
    return {**open_ones(site_id), "earlier_alarms": [_shown(one) for one in earlier]}


def _shown(one: alarms.StoredAlarm) -> Shown:
    alarm = one.alarm
    return Shown(
        alarm_words.title(alarm, language_name(alarm.language)),
        alarm_words.explanation(alarm),
        one.opened_at,
        alarm.kind == "no_events",
        alarm_words.what_to_do(alarm),
        alarm_words.closing(alarm),
        one.closed_at,
        alarm_words.OUTCOMES[one.outcome] if one.outcome else "",
    )
