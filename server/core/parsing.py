"""Strict parsing of numbers and days, as URLs, forms, commands and settings have them. Pure."""

import re
from datetime import date

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def number(text: str, *, digits: int = 9) -> int | None:
    """The whole number that a text of 1 to `digits` ASCII digits is; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def day(text: str) -> date | None:
    """The day of a text `YYYY-MM-DD`; None for any other text, also for the other forms of ISO 8601."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
