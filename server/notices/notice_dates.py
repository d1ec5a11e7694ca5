"""From when to when a published version is in force, in sentences."""

from server.notices.formats import day
from server.notices.languages import of_words
from server.notices.service import history as histories
from server.notices.site_pages import Asked
from server.notices.values import Text
from server.notices.words import phrase
from server.sites.values import Version, in_force_since


def first_day(version: Version, language: str) -> str:
    """The first day of a version in the words of a page in a language."""
    return day(in_force_since(version), of_words(language)).text


def in_force(about: Asked) -> Text:
    """Number and first day of a version, in a sentence."""
    number, first = str(about.version.number), first_day(about.version, about.language)
    return phrase("declaration", about.language, "version", number=number, date=first)


def was_in_force(about: Asked) -> Text | None:
    """From when to when a version was in force, in a sentence; None: it is still in force."""
    following = histories.following(about.version)
    if following is None:
        return None
    days = {
        "since": first_day(about.version, about.language),
        "until": first_day(following, about.language),
    }
    key = "old_version" if days["since"] != days["until"] else "old_version_same_day"
    return phrase("notice", about.language, key, number=str(about.version.number), **days)
