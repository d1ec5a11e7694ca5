"""What the pages for requesters share.

No cookies, and no address that names anybody: the requester's secret stands in the fragment of a link, which
browsers do not send, and in the body of a form.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from server.core.http import content
from server.core.local_days import day_of
from server.notices.formats import day
from server.notices.languages import of_words
from server.notices.site_pages import Asked
from server.notices.words import words
from server.sites import service as sites

HTML = content("text/html")

TOO_LARGE = {"description": "The body is too large", **HTML}

WAIT = {"description": "Too many were sent; what was typed is in the page", **HTML}


def form_of(fields: Mapping[str, Mapping[str, Any]], *required: str) -> dict[str, Any]:
    """A form as OpenAPI describes it: its fields, and those that it needs."""
    schema = {"type": "object", "properties": dict(fields), "required": list(required)}
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def words_of(about: Asked) -> dict[str, Any]:
    """The words of these pages, for their templates."""
    return {"w": words("requests", about.language)}


def day_in_words(about: Asked) -> Callable[[date], str]:
    """Writes a day, or that of a moment in the site's time zone, with the month in letters."""
    language, zone = of_words(about.language), sites.time_zone(about.site.id)

    def write(when: date) -> str:
        return day(day_of(when, zone) if isinstance(when, datetime) else when, language).text

    return write
