"""Durations of storage as people write them: `6 months` for `P6M` (ISO 8601). Pure."""

import re

_ISO = re.compile(r"P(?:([0-9]+)([YMWD])|T([0-9]+)([HMS]))")
_READABLE = re.compile(
    r"([0-9]{1,5})\s*(year|month|week|day|hour|minute|second|år|måned|uke|dag|time|minutt|sekund)\w*",
    re.IGNORECASE,
)

_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day", "TH": "hour", "TM": "minute", "TS": "second"}
_LETTERS = {
    **{word: letter for letter, word in _UNITS.items()},
    "år": "Y",
    "måned": "M",
    "uke": "W",
    "dag": "D",
    "time": "TH",
    "minutt": "TM",
    "sekund": "TS",
}


def readable(duration: str) -> str:
    """`P6M` as `6 months`; what is no such duration is returned unchanged."""
    found = _ISO.fullmatch(duration)
    if not found:
        return duration
    number, letter = (found[1], found[2]) if found[1] else (found[3], "T" + found[4])
    return f"{number} {_UNITS[letter]}{'' if int(number) == 1 else 's'}"


def parse(text: str) -> str:
    """`6 months` as `P6M`; anything else is returned unchanged, for the schema to validate."""
    text = " ".join(text.split())
    if text.lower() in ("session", "until the browser is closed"):
        return "session"
    found = _READABLE.fullmatch(text)
    if not found:
        return text.upper() if text[:1] in "pP" else text
    letter = _LETTERS[found[2].lower()]
    return f"P{letter[:-1]}{int(found[1])}{letter[-1]}"
