"""The form of publishing: what was typed into it, and what it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import request

from server.core import clock, parsing
from server.core.errors import Invalid
from server.sites.publication_rules import FARTHEST
from server.sites.values import Version
from server.studio.guard import zone
from server.studio.publishing import typed_times


@dataclass(frozen=True)
class Typed:
    """The form as it was sent; an empty one has what is proposed."""

    note: str = ""
    announces: bool = False
    """Whether visitors are to be notified."""
    announcement: Mapping[str, str] = field(default_factory=dict)
    """Language → the text of their notification, also while there is to be none."""
    later: bool = False
    """Whether a moment is chosen."""
    publish_on: str = ""
    publish_time: str = "09:00"
    replacing: int | None = None
    """The publication that waits, which this one is to replace."""


def sent() -> Typed:
    """What was typed."""
    return Typed(
        note=request.form.get("note", "").strip(),
        announces=request.form.get("announce") == "on",
        announcement=_announcement(),
        later=request.form.get("when") == "later",
        publish_on=request.form.get(typed_times.DAY, "").strip(),
        publish_time=request.form.get(typed_times.TIME, "").strip(),
        replacing=parsing.number(request.form.get("replacing", "")),
    )


def version() -> int:
    """The newest version when the page was made, 0 if there was none; -1, which none is, if it names none."""
    number = parsing.number(request.form.get("version", ""))
    return -1 if number is None else number


def is_lost(typed: Typed, newest: Version) -> bool:
    """Whether something was typed that a version, which was published meanwhile, does not have."""
    announced = typed.announcement if typed.announces else {}
    has_it = (typed.note, dict(announced)) == (newest.note, dict(newest.announcement or {}))
    return bool(typed.note or any(typed.announcement.values())) and not has_it


def moment(typed: Typed) -> datetime:
    """The moment that was typed, in the time zone of the user.

    :raises Invalid: it cannot be read, or clocks do not show it once that day; `errors` names the field.
    """
    return typed_times.moment(typed.publish_on, typed.publish_time, zone())


def at_field(fault: Invalid, publish_at: datetime | None, now: datetime) -> dict[str, object]:
    """The errors of a form, that of its moment at the date or the time."""
    errors = dict(fault.errors)
    if publish_at is not None and (why := errors.pop("publish_at", None)):
        errors[typed_times.field_of(publish_at, now, zone())] = why
    return errors


def divided(errors: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """The errors of fields of the form, and those of the banner."""
    mine = {
        name: why
        for name, why in errors.items()
        if name in ("note", "announcement", typed_times.DAY, typed_times.TIME)
        or name.startswith("announcement.")
    }
    return mine, {name: why for name, why in errors.items() if name not in mine}


def days() -> tuple[str, str]:
    """The first and the last day that may be chosen."""
    today = clock.now().astimezone(zone()).date()
    return today.isoformat(), (today + FARTHEST - timedelta(days=1)).isoformat()


def _announcement() -> dict[str, str]:
    """Language → what the form has for visitors."""
    named = ((name.partition("."), text) for name, text in request.form.items())
    return {
        code: text.replace("\r\n", "\n").strip()
        for (head, dot, code), text in named
        if dot and head == "announcement"
    }
