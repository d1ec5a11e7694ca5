"""Times that programs send, as RFC 3339 writes them. Pure."""

import re
from datetime import UTC, datetime

_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def moment(text: object) -> datetime:
    """The moment that a text names, with its distance to UTC, in UTC.

    :raises ValueError: it is no such text, or no moment; the message is the end of a sentence.
    """
    if not isinstance(text, str) or not _WRITTEN.fullmatch(text):
        raise ValueError("is not a time such as 2026-11-22T12:00:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ValueError("is no moment in time") from fault
