"""From when to when a published version is in force, in the site's time zone."""

from datetime import date

from server.notices.formats import day
from server.notices.languages import of_words
from server.notices.site_pages import Asked
from server.notices.values import Text
from server.notices.words import phrase
from server.sites import service as sites
from server.sites.values import Version, time_zone


def since(version: Version) -> date:
    """The day of publication."""
    return version.published_at.astimezone(time_zone(version.document)).date()


def until(version: Version) -> date | None:
    """The day on which the next version was published; None: it is in force.

    The variant of an experiment replaces nothing: it is in force beside the version before it.
    """
    newest = sites.newest(version.site_id)
    number = version.number + 1
    if newest is not None and number <= newest.number:
        following = sites.version(version.site_id, number)
        if following.variant_of is None:
            return since(following)
        number += 1
    if newest is None or newest.number < number:
        return None
    return since(sites.version(version.site_id, number))


def in_force(about: Asked) -> Text:
    """Number and first day of a version, in a sentence."""
    spoken = of_words(about.language)
    number, first = str(about.version.number), day(since(about.version), spoken).text
    return phrase("declaration", spoken, "version", number=number, date=first)
