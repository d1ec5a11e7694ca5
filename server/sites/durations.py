"""How long something stays, in words: the same in the banner's settings and on the pages about it. Pure.

In every language of a banner (CLDR, by Babel).
"""

import functools
import re
from collections.abc import Mapping

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

_DURATION = re.compile(
    r"P(?:(?P<week>\d+)W|(?:(?P<year>\d+)Y)?(?:(?P<month>\d+)M)?(?:(?P<day>\d+)D)?"
    r"(?:T(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?(?:(?P<second>\d+)S)?)?)"
)

_SECONDS: Mapping[str, int] = {
    "year": 31_556_952,
    "month": 2_629_746,
    "week": 604_800,
    "day": 86_400,
    "hour": 3_600,
    "minute": 60,
    "second": 1,
}
"""Unit → its length; of years and months the mean of the Gregorian calendar."""

_DAYS: Mapping[str, tuple[str, str]] = {"nb": ("dag", "dager"), "nn": ("dag", "dagar")}
"""One day and several; CLDR has `døgn`, which nobody says of months."""

_REGION = {"en": "en-GB"}
"""Language → the locale whose dates are written as its readers in Europe write them."""


@functools.lru_cache(maxsize=4096)
def in_words(value: str, language: str) -> tuple[str, str]:
    """An ISO 8601 duration in words, and the language of these: `P1Y6M` is 1 år og 6 måneder.

    :raises ValueError: it is not one.
    """
    found = _DURATION.fullmatch(value)
    numbers = {} if found is None else found.groupdict("")
    parts = [(unit, int(number)) for unit, number in numbers.items() if number]
    if not parts:
        raise ValueError(f"{value!r} is not an ISO 8601 duration")
    locale = locale_of(language)
    # Parts of zero say nothing, unless there is no other.
    worded = [part for part in parts if part[1]] or parts[-1:]
    words = [_amount(number, unit, locale) for unit, number in worded]
    return format_list(words, locale=locale), tag_of(locale)


def seconds(value: str) -> int:
    """About how long an ISO 8601 duration is, to put durations in order.

    :raises ValueError: it is not one.
    """
    found = _DURATION.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} is not an ISO 8601 duration")
    return sum(int(number) * _SECONDS[unit] for unit, number in found.groupdict("0").items())


def _amount(number: int, unit: str, locale: Locale) -> str:
    if unit == "day" and locale.language in _DAYS:
        return f"{format_decimal(number, locale=locale)} {_DAYS[locale.language][number != 1]}"
    return format_unit(number, f"duration-{unit}", length="long", locale=locale)


@functools.cache
def locale_of(language: str) -> Locale:
    """The locale of a language tag, or of its language; English where CLDR knows neither."""
    for tag in (language, language.split("-", maxsplit=1)[0]):
        try:
            return Locale.parse(_REGION.get(tag, tag), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_REGION["en"], sep="-")


def tag_of(locale: Locale) -> str:
    """The language tag of a locale."""
    return "en" if str(locale) == "en_GB" else str(locale).replace("_", "-")
