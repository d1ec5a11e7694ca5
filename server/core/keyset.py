"""Places in lists by time and id, as the address of a page has them. Pure."""

from datetime import UTC, datetime

from server.core.ids import PATTERN


def place_after(moment: datetime, row_id: str) -> str:
    """The place after a row, for the address of the page that begins there."""
    return f"{moment.isoformat()}~{row_id}"


def place(text: str) -> tuple[datetime, str] | None:
    """Time, in UTC, and id that `place_after` wrote; None, for the first page, if it is anything else."""
    time, _, row_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(time)
        # OverflowError: near the ends of the calendar, a time may have no counterpart in UTC.
        return (moment.astimezone(UTC), row_id) if moment.tzinfo and PATTERN.fullmatch(row_id) else None
    except (ValueError, OverflowError):
        return None
