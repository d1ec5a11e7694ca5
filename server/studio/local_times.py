"""Moments as pages show them, in the time zone of their site; and the zones that a site may choose. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from server.core import time_zones

Groups = list[tuple[str, list[tuple[str, str]]]]
"""Groups of a select by their label: values with what is read."""

FORMS = {
    "day": "{0:%-d %B %Y}",
    "short day": "{0:%-d %b %Y}",
    "minute": "{0:%-d %B %Y, %H:%M}",
    "short minute": "{0:%-d %b %Y, %H:%M}",
    "second": "{0:%-d %B %Y, %H:%M:%S} ({1})",
    "clock": "{0:%H:%M}",
}
"""Name of a form → its format: of the local time, and of its offset from UTC."""


def element(moment: datetime, zone: ZoneInfo, form: str = "minute", note: str = "") -> Markup:
    """The `time` element of a moment; its tooltip has the second, the zone and the offset, then the note.

    :raises ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone cannot be shown")
    local = moment.astimezone(zone)
    offset = _offset(local)
    place = offset if zone.key == offset else f"{zone.key}, {offset}"
    title = f"{local:%-d %B %Y, %H:%M:%S} ({place}){', ' if note else ''}{note}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", title, FORMS[form].format(local, offset)
    )


def _offset(local: datetime) -> str:
    """`UTC+02:00`; two moments that clocks show alike when they are put back differ in it."""
    return f"UTC{local.isoformat(timespec='seconds')[19:]}" if local.utcoffset() else "UTC"


def zone_groups(chosen: str) -> Groups:
    """The zones of each area by city, as people look for them, and `UTC`.

    :param chosen: a name that is offered in any case, also a former one.
    """
    groups = [(area, sorted((_city(name), name) for name in names)) for area, names in time_zones.current()]
    offered = {name for _area, cities in groups for _label, name in cities}
    others = [time_zones.UTC, *({chosen} - offered - {time_zones.UTC})]
    found: Groups = [(area, [(name, label) for label, name in cities]) for area, cities in groups]
    return [*found, ("Other", [(name, name) for name in others])]


def _city(name: str) -> str:
    """`Buenos Aires (Argentina)` of `America/Argentina/Buenos_Aires`: typing finds options by their start."""
    _area, *region, city = name.replace("_", " ").split("/")
    return f"{city} ({region[0]})" if region else city
