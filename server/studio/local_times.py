"""Moments as pages show them, in the time zone of their site; and the zones that a site may choose. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from markupsafe import Markup

from server.core import time_zones
from server.studio.language import LANGUAGES, current, gettext, lazy_gettext

Groups = list[tuple[str, list[tuple[str, str]]]]
"""Groups of a select by their label: values with what is read."""

FORMS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "day": "d MMMM y",
        "weekday": "EEEE d MMMM y",
        "short day": "d MMM y",
        "minute": "d MMMM y, HH:mm",
        "short minute": "d MMM y, HH:mm",
        "second": "d MMMM y, HH:mm:ss",
        "clock": "HH:mm",
        "day of month": "d",
        "day of year": "d MMMM",
        "short day of year": "d MMM",
        "weekday of year": "EEEE d MMMM",
        "month": "MMMM y",
        "short month": "MMM y",
    },
    "nb": {
        "day": "d. MMMM y",
        "weekday": "EEEE d. MMMM y",
        "short day": "d. MMM y",
        "minute": "d. MMMM y 'kl.'\u00a0HH.mm",
        "short minute": "d. MMM y 'kl.'\u00a0HH.mm",
        "second": "d. MMMM y 'kl.'\u00a0HH.mm.ss",
        "clock": "HH.mm",
        "day of month": "d.",
        "day of year": "d. MMMM",
        "short day of year": "d. MMM",
        "weekday of year": "EEEE d. MMMM",
        "month": "MMMM y",
        "short month": "MMM y",
    },
}
"""Language → name of a form → its pattern (Unicode LDML). Nynorsk is as bokmål, and CLDR has its months."""

_AREAS: Mapping[str, str] = dict(
    zip(
        time_zones.AREAS,
        (
            lazy_gettext("Europe"),
            lazy_gettext("Africa"),
            lazy_gettext("America"),
            lazy_gettext("Antarctica"),
            lazy_gettext("Arctic"),
            lazy_gettext("Asia"),
            lazy_gettext("Atlantic Ocean"),
            lazy_gettext("Australia"),
            lazy_gettext("Indian Ocean"),
            lazy_gettext("Pacific Ocean"),
        ),
        strict=True,
    )
)
"""Area of names of zones → what it is called."""


def element(
    moment: datetime, zone: ZoneInfo, form: str = "minute", note: str = "", *, language: str = "en"
) -> Markup:
    """The `time` element of a moment; its tooltip has the second, the zone and the offset, then the note.

    :raises ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone cannot be shown")
    local = moment.astimezone(zone)
    offset = _offset(local)
    place = offset if zone.key == offset else f"{zone.key}, {offset}"
    title = f"{in_words(local, 'second', language)} ({place}){', ' if note else ''}{note}"
    shown = in_words(local, form, language) + (f" ({offset})" if form == "second" else "")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", title, shown
    )


def in_words(local: date, form: str, language: str) -> str:
    """A day or a local time as people of that language write it."""
    pattern = FORMS.get(language, FORMS["nb"])[form]
    if isinstance(local, datetime):
        # Its own clock: Babel would convert a moment to a zone of its own choice.
        return format_datetime(local.replace(tzinfo=None), pattern, locale=language)
    return format_date(local, pattern, locale=language)


def _offset(local: datetime) -> str:
    """`UTC+02:00`; two moments that clocks show alike when they are put back differ in it."""
    return f"UTC{local.isoformat(timespec='seconds')[19:]}" if local.utcoffset() else "UTC"


def zone_groups(chosen: str) -> Groups:
    """The zones of each area by city, as people look for them, and `UTC`.

    :param chosen: a name that is offered in any case, also a former one.
    """
    groups = _cities(current())
    offered = {name for _area, cities in groups for name, _label in cities}
    others = [time_zones.UTC, *({chosen} - offered - {time_zones.UTC})]
    found: Groups = [(str(_AREAS[area]), list(cities)) for area, cities in groups]
    return [*found, (gettext("Other"), [(name, name) for name in others])]


# Some four hundred names, on pages that are opened often.
@lru_cache(maxsize=len(LANGUAGES))
def _cities(language: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Each area with its zones, sorted by what they are called in a language."""
    names = Locale.parse(language).time_zones
    return tuple(
        (area, tuple(sorted(((name, _city(name, names)) for name in zones), key=lambda one: one[::-1])))
        for area, zones in time_zones.current()
    )


def _city(name: str, names: Mapping[str, Mapping[str, str]]) -> str:
    """`Buenos Aires (Argentina)` of `America/Argentina/Buenos_Aires`: typing finds options by their start.

    Where the language of the reader has a name of its own for the city, it is that (Unicode CLDR).
    """
    _area, *region, city = name.replace("_", " ").split("/")
    city = names.get(name, {}).get("city", city)
    return f"{city} ({region[0]})" if region else city
