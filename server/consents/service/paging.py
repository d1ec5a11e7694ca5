"""Cursors of lists, as callers pass them."""

from server.consents.values import Cursor
from server.core.errors import Invalid


def cursor(text: str | None, field: str) -> Cursor | None:
    """The cursor of the parameter `field`; None for the first page.

    :raises Invalid: it is not a cursor.
    """
    try:
        return None if text is None else Cursor.read(text)
    except ValueError as fault:
        raise Invalid(f"{field} is not a place in this list", errors={field: "is not one"}) from fault
