"""Organisation numbers of the Norwegian register of legal entities. Pure.

Nine digits, of which the last is a check digit with the weights 3 2 7 6 5 4 3 2, modulo 11
(https://www.brreg.no/om-oss/registrene-vare/om-enhetsregisteret/organisasjonsnummeret/). Most begin with 8 or
9, new ones with 2 or 3; which do is not checked, since it changes.
"""

import re

_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)

_WRITTEN = re.compile(r"(?:NO[\s-]?)?([0-9]{3})[\s.]?([0-9]{3})[\s.]?([0-9]{3})(?:\s?MVA)?", re.IGNORECASE)
"""As people write it, also with the letters that make it a number for value added tax."""

_NAMED = re.compile(
    r"\borg(?:\.|anisasjons?)?[\s.-]{0,2}(?:nr|nummer|no|number)\b[\s.:#-]{0,4}" + _WRITTEN.pattern,
    re.IGNORECASE,
)


def norwegian(text: str) -> str:
    """The nine digits of a Norwegian organisation number; empty if this is none."""
    found = _WRITTEN.fullmatch(text.strip())
    digits = "".join(found.groups()) if found else ""
    return digits if digits and _sound(digits) else ""


def grouped(digits: str) -> str:
    """Nine digits as they are written: `923 609 016`."""
    return " ".join(digits[at : at + 3] for at in (0, 3, 6))


def named_in(words: str) -> str:
    """The nine digits of the first number that a text calls an organisation number; empty if it has none."""
    for found in _NAMED.finditer(words):
        digits = "".join(found.groups())
        if _sound(digits):
            return digits
    return ""


def _sound(digits: str) -> bool:
    rest = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11
    return rest != 1 and (11 - rest) % 11 == int(digits[8]) and any(digit != "0" for digit in digits)
