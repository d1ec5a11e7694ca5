"""Countries, dates and durations in words, in every language of a banner (CLDR, by Babel). Pure."""

import functools
from collections.abc import Sequence
from datetime import date

from babel.dates import format_date
from babel.lists import format_list

from server.notices.values import Text
from server.sites.durations import in_words, locale_of, tag_of


@functools.lru_cache(maxsize=4096)
def country(code: str, language: str) -> Text:
    """The name of a country by its ISO 3166-1 code; the code itself if CLDR has no name for it."""
    locale = locale_of(language)
    return Text(locale.territories.get(code, code), tag_of(locale))


def day(value: date, language: str) -> Text:
    """A date with its month in letters: 28. november 2026."""
    locale = locale_of(language)
    return Text(format_date(value, "long", locale=locale), tag_of(locale))


def enumerated(names: Sequence[str], language: str) -> str:
    """Names in a sentence: A, B og C."""
    return format_list(list(names), locale=locale_of(language))


def duration(value: str, language: str) -> Text:
    """An ISO 8601 duration in words: `P1Y6M` is 1 år og 6 måneder.

    :raises ValueError: it is not one.
    """
    return Text(*in_words(value, language))
