"""Messages about alarms that open and close, for staff and webhooks."""

from datetime import datetime

from server.accounts.service import message_choices
from server.analytics import alarm_words
from server.analytics.alarms.rule import Alarm
from server.analytics.service.alarms import Changes, StoredAlarm
from server.analytics.values import THRESHOLD
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import service as sites
from server.sites.values import Site

OPENED, CLOSED = "alarm.opened", "alarm.closed"

Data = dict[str, str | int | None]


def record(site_id: str, changes: Changes, *, now: datetime) -> None:
    """Put a message about each alarm into the outbox, in the transaction that opened or closed it.

    There is none about an alarm whose place another one has taken: that one has a message of its own.
    """
    if not changes.opened and not changes.closed:
        return
    site = sites.find_by_id(site_id)
    for one in changes.opened:
        _record(site, OPENED, one, _data(site, one.alarm), now)
    for one in changes.closed:
        if one.outcome is not None and one.outcome != "worse":
            _record(site, CLOSED, one, {**_data(site, one.alarm), "outcome": one.outcome}, now)


def _record(site: Site, kind: str, one: StoredAlarm, data: Data, now: datetime) -> None:
    alarm = one.alarm
    key = f"{kind} {alarm.kind} {alarm.language} {alarm.span} {alarm.start} {one.opened_at:%Y%m%dT%H%M%S}"
    outbox.record(Message(site.id, kind, data, key), message_choices.recipients(site.id, kind), now=now)


def _data(site: Site, alarm: Alarm) -> Data:
    """What is usual and what came, as numbers and as pages write them; of shares in percent."""
    percent = alarm.measure == "accepted"
    scale = 100 if percent else 1
    few = not percent and alarm.came < THRESHOLD
    names = {language.code: language.name for language in sites.known_languages()}
    return {
        "site": site.key,
        "site_name": site.name,
        "alarm": "language_silent" if alarm.language else alarm.kind,
        "language": alarm.language or None,
        "language_name": names.get(alarm.language, alarm.language) or None,
        "span": alarm.span,
        "from": alarm.start.isoformat(),
        "to": alarm.end.isoformat(),
        "hour_from": None if alarm.hour is None else alarm_words.hours(alarm)[0],
        "hour": alarm.hour,
        "unit": "percent" if percent else alarm.measure,
        "usual_low": round(alarm.low * scale),
        "usual_high": round(alarm.high * scale),
        "usual": alarm_words.usual_range(alarm),
        "figure": None if few else round(alarm.came * scale),
        "came": f"<{alarm_words.THIN}{THRESHOLD}" if few else alarm_words.came(alarm),
    }
