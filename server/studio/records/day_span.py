"""A span of days, as the fields `from` and `to` of an address name it. Both days are included."""

from datetime import date

from flask import request

from server.core import parsing
from server.studio.language import gettext


def asked(errors: dict[str, str]) -> tuple[date | None, date | None]:
    """The first and the last day; what is wrong is put into `errors` by its field, and is no limit."""
    first, last = _day("from", errors), _day("to", errors)
    if first and last and first > last:
        errors["from"] = gettext("is after the last day")
        first = None
    return first, last


def _day(name: str, errors: dict[str, str]) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    day = parsing.day(text)
    if day is None:
        errors[name] = gettext("is not a day such as 2026-11-22")
    return day
