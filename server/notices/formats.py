"""Countries, dates and durations in words, in every language of a banner (CLDR, by Babel). Pure."""

import functools
import re
from collections.abc import Mapping, Sequence
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from server.notices.languages import of_words
from server.notices.values import Text

_DURATION = re.compile(
    r"P(?:(?P<week>\d+)W|(?:(?P<year>\d+)Y)?(?:(?P<month>\d+)M)?(?:(?P<day>\d+)D)?"
    r"(?:T(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?(?:(?P<second>\d+)S)?)?)"
)


_DAYS: Mapping[str, tuple[str, str]] = {"nb": ("dag", "dager"), "nn": ("dag", "dagar")}
"""One day and several; CLDR has `døgn`, which nobody says of months."""


@functools.lru_cache(maxsize=4096)
def country(code: str, language: str) -> Text:
    """The name of a country by its ISO 3166-1 code; the code itself if CLDR has no name for it."""
    locale = _locale(language)
    return Text(locale.territories.get(code, code), _tag(locale))


def day(value: date, language: str) -> Text:
    """A date with its month in letters: 28. november 2026."""
    locale = _locale(language)
    return Text(format_date(value, "long", locale=locale), _tag(locale))


def enumerated(names: Sequence[str], language: str) -> str:
    """Names in a sentence: A, B og C."""
    return format_list(list(names), locale=_locale(language))


@functools.lru_cache(maxsize=4096)
def duration(value: str, language: str) -> Text:
    """An ISO 8601 duration in words: `P1Y6M` is 1 år og 6 måneder.

    :raises ValueError: it is not one.
    """
    found = _DURATION.fullmatch(value)
    numbers = {} if found is None else found.groupdict("")
    parts = [(unit, int(number)) for unit, number in numbers.items() if number]
    if not parts:
        raise ValueError(f"{value!r} is not an ISO 8601 duration")
    locale = _locale(language)
    # Parts of zero say nothing, unless there is no other.
    worded = [part for part in parts if part[1]] or parts[-1:]
    words = [_amount(number, unit, locale) for unit, number in worded]
    return Text(format_list(words, locale=locale), _tag(locale))


def _amount(number: int, unit: str, locale: Locale) -> str:
    if unit == "day" and locale.language in _DAYS:
        return f"{format_decimal(number, locale=locale)} {_DAYS[locale.language][number != 1]}"
    return format_unit(number, f"duration-{unit}", length="long", locale=locale)


_REGION = {"en": "en-GB"}
"""Language → the locale whose dates are written as its readers in Europe write them."""


@functools.cache
def _locale(language: str) -> Locale:
    """The locale of a language tag, or of its language, or of the product's own words in its place."""
    for tag in (language, language.split("-", maxsplit=1)[0]):
        try:
            return Locale.parse(_REGION.get(tag, tag), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    spoken = of_words(language)
    return Locale.parse(_REGION.get(spoken, spoken), sep="-")


def _tag(locale: Locale) -> str:
    return "en" if str(locale) == "en_GB" else str(locale).replace("_", "-")
