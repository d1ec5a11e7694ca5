"""How long something is kept, as people write it: `6 months` for `P6M`. Pure."""

import re

_ISO = re.compile(r"P(?:([0-9]+)([YMWD])|T([0-9]+)([HMS]))")
_SPOKEN = re.compile(
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


def spoken(stored: str) -> str:
    """`P6M` as `6 months`; what has no such form stays as it is."""
    found = _ISO.fullmatch(stored)
    if not found:
        return stored
    number, letter = (found[1], found[2]) if found[1] else (found[3], "T" + found[4])
    return f"{number} {_UNITS[letter]}{'' if int(number) == 1 else 's'}"


def stored(written: str) -> str:
    """`6 months` as `P6M`; what is no such phrase stays as it is, for the schema to judge."""
    text = " ".join(written.split())
    if text.lower() in ("session", "until the browser is closed"):
        return "session"
    found = _SPOKEN.fullmatch(text)
    if not found:
        return text.upper() if text[:1] in "pP" else text
    letter = _LETTERS[found[2].lower()]
    return f"P{letter[:-1]}{int(found[1])}{letter[-1]}"
