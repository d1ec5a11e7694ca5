"""What staff write about an agreement, checked. Pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from server.core import parsing
from server.core.errors import Invalid
from server.notices.parties import CAPACITIES, REMIND_DAYS, Agreement, Capacity

FIELDS = ("capacity", "reference", "signed_on", "expires_on", "remind_days", "contact", "note")
"""Names of the fields, in the order in which they are shown."""

LONGEST: Mapping[str, int] = {"reference": 2000, "contact": 200, "note": 4000}
"""Field → most characters."""

MOST_REMIND_DAYS = 730

_CONTROL = (
    re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]"),
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"),
)
"""Control characters, without and with line breaks among what is allowed."""


def read(typed: Mapping[str, str], before: Agreement) -> Agreement:
    """The agreement as staff have written it; what is not in the form stays.

    :raises Invalid: `errors` says for each field what is wrong, as the end of a sentence.
    """
    stored = written(before)
    text = {name: typed.get(name, stored[name]).strip() for name in FIELDS}
    errors: dict[str, object] = {}
    days = {}
    for name in ("signed_on", "expires_on"):
        days[name] = parsing.day(text[name])
        if text[name] and days[name] is None:
            errors[name] = "must be a day such as 2026-11-22"
    signed, expires = days["signed_on"], days["expires_on"]
    if signed and expires and expires < signed:
        errors["expires_on"] = "is before the day on which the agreement was signed"
    remind = parsing.number(text["remind_days"]) if text["remind_days"] else REMIND_DAYS
    if remind is None or remind > MOST_REMIND_DAYS:
        errors["remind_days"] = f"must be a whole number from 0 to {MOST_REMIND_DAYS}"
    for name, most in LONGEST.items():
        if len(text[name]) > most:
            errors[name] = f"must have at most {most} characters, and has {len(text[name])}"
        elif _CONTROL[name == "note"].search(text[name]):
            errors[name] = "must not contain control characters"
    if text["capacity"] and text["capacity"] not in CAPACITIES:
        errors["capacity"] = f"must be one of {', '.join(CAPACITIES)}"
    if errors or remind is None:
        raise Invalid("the facts of this agreement are not valid", errors=errors)
    return replace(
        before,
        capacity=cast("Capacity", text["capacity"]),
        reference=text["reference"],
        signed_on=signed,
        expires_on=expires,
        remind_days=remind,
        contact=text["contact"],
        note=text["note"],
    )


def written(agreement: Agreement) -> dict[str, str]:
    """An agreement as its form shows it."""
    return {name: str(value) if (value := getattr(agreement, name)) is not None else "" for name in FIELDS}
