"""What countries and languages are called in English, by Unicode's CLDR. Pure."""

from babel import Locale


def country_name(code: str) -> str:
    """What a country is called; its ISO 3166-1 code if that is unknown."""
    return str(Locale("en").territories.get(code, code))


def language_name(code: str) -> str:
    """What a language is called, such as Norwegian Nynorsk; its code if that is unknown."""
    return str(Locale("en").languages.get(code, code))
