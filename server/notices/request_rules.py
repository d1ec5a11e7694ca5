"""Requests of data subjects (GDPR 15–21): kinds, states, time limits, and reference numbers. Pure."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.core.working_days import months_after, working_day_from

KINDS = ("access", "rectification", "erasure", "restriction", "portability", "objection")
"""GDPR articles 15, 16, 17, 18, 20 and 21."""

STATES = ("unconfirmed", "received", "extended", "answered", "refused", "withdrawn")
"""`unconfirmed`: sent, and the e-mail address is not confirmed yet; staff are not asked to act."""

OPEN = ("received", "extended")
"""States in which staff owe an answer."""

CLOSED = ("answered", "refused", "withdrawn")

FOR_STAFF = frozenset({"note", "erased"})
"""Steps that the requester is not shown: an answer tells what was done."""

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "confirm": {"unconfirmed": "received"},
    "extend": {"received": "extended"},
    "answer": {"received": "answered", "extended": "answered"},
    "refuse": {"received": "refused", "extended": "refused"},
    "withdraw": dict.fromkeys(("unconfirmed", *OPEN), "withdrawn"),
}
"""Step → state before → state after. What is not here cannot be done."""

LONGEST_NAME = 200
LONGEST_MESSAGE = 4000
LONGEST_REPLY = 20_000
"""Characters of what requesters and staff write."""

MOST_MONTHS = 2
"""Further months that an answer may take (GDPR 12(3))."""

TO_CONFIRM = timedelta(days=7)
"""How long an unconfirmed request is stored."""

KEPT = timedelta(days=180)
"""How long the content of a closed request is stored.

Long enough to show, if the requester complains or asks again, that and how it was answered (GDPR 5(2)).
"""

WARNED = timedelta(days=5)
"""How long before the due date staff are reminded."""


CAME = ("phone", "letter", "email", "person")
"""How a request came that a member of staff has entered."""

ENTERED_WITHIN = 366
"""Days after it came within which a request can be entered: a forgotten one is better late than never."""


class StepNotAllowed(Exception):
    """A step that the state of a request, or the law, does not allow. The message is a sentence."""


def after(state: str, step: str) -> str:
    """The state after a step.

    :raises StepNotAllowed: it is not possible in this state.
    :raises KeyError: there is no such step.
    """
    try:
        return TRANSITIONS[step][state]
    except KeyError:
        if step not in TRANSITIONS:
            raise
        raise StepNotAllowed(f"a request that is {state} cannot be changed in this way") from None


def due_on(received: date, further_months: int = 0) -> date:
    """The last day for the answer to a request received on a day, extended by so many months.

    One month after receipt (GDPR 12(3)), counted by Regulation (EEC) 1182/71: the day of receipt does not
    count, and a limit that would end on a day off ends on the next working day.
    """
    return working_day_from(months_after(received, 1 + further_months))


def extended(received: date, further_months: int, *, today: date) -> date:
    """The new due date of a request that takes longer.

    :raises StepNotAllowed: it is more than the law allows, or the month in which the requester is to be
        informed of it is over.
    """
    if not 1 <= further_months <= MOST_MONTHS:
        raise StepNotAllowed(f"an answer may take 1 or {MOST_MONTHS} months longer")
    if today > due_on(received):
        raise StepNotAllowed("the first month is over: only within it may the time be extended (GDPR 12(3))")
    return due_on(received, further_months)


def is_overdue(state: str, due: date, *, today: date) -> bool:
    """Whether staff owe an answer since yesterday or longer."""
    return state in OPEN and today > due


def reminded_of_until(today: date) -> date:
    """The last due date of which staff are reminded on a day."""
    return today + WARNED


# --- reference numbers -----------------------------------------------------------------------------------

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""Signs that are not mistaken for each other: no 0, 1, I, O, and no U. Their number, 31, is a prime."""

_RANDOM = 10
_WEIGHTS = range(_RANDOM + 1, 0, -1)
_PLAIN = re.compile(rf"[{ALPHABET}]{{{_RANDOM + 1}}}")


def new_reference() -> str:
    """A number for a request, such as `K7QF-3MXD-9TB`: 49 random bits, and a sign that checks the others."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return grouped(signs + check_sign(signs))


def check_sign(signs: str) -> str:
    """The last sign, which makes the weighted sum of all a multiple of 31.

    As 31 is a prime and the weights differ, one wrong sign and two that changed places are always found.
    """
    total = sum(weight * ALPHABET.index(sign) for weight, sign in zip(_WEIGHTS, signs, strict=False))
    return ALPHABET[-total % len(ALPHABET)]


def reference_as_written(text: str) -> str | None:
    """The reference number that somebody typed, in the form of `new_reference`; None if it is not one."""
    signs = "".join(text.upper().split()).replace("-", "")
    if not _PLAIN.fullmatch(signs) or check_sign(signs[:_RANDOM]) != signs[_RANDOM]:
        return None
    return grouped(signs)


def grouped(signs: str) -> str:
    """The signs in groups of four."""
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


# --- what a request is -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Content:
    """What the requester wrote."""

    name: str
    """May be empty."""
    email: str
    message: str
    """May be empty."""
    consent: str = ""
    """The consent number that it is about, if staff have entered one."""


@dataclass(frozen=True)
class Entry:
    """A request as a member of staff has typed it."""

    kind: str
    came: str
    received: date | None
    """The day it came; None: what was typed is no day."""
    content: Content
    language: str


@dataclass(frozen=True)
class Event:
    """A step of a request."""

    number: int
    """From 1 on."""
    at: datetime
    action: str
    """`sent` or `entered`, a key of `TRANSITIONS`, or one of `FOR_STAFF`."""
    by: str
    """E-mail address of the member of staff; empty if it was the requester."""
    text: str | None
    """The reply, the reason, or the note. May be empty; None if it cannot be decrypted."""


@dataclass(frozen=True)
class Summary:
    """A request without its content: nothing here points to a person."""

    site_id: str
    request_id: str
    reference: str
    kind: str
    state: str
    received_at: datetime
    confirmed_at: datetime | None
    """When the requester showed that the e-mail address is theirs; None: they have not."""
    due_on: date
    closed_at: datetime | None
    revision: int
    """Incremented by each step."""
    came: str
    """How it came, if a member of staff has entered it (`CAME`); empty: by the form."""


@dataclass(frozen=True)
class Request(Summary):
    """A request with its content."""

    language: str
    content: Content | None
    """None if it cannot be decrypted, because the server's secret key was replaced."""
    events: tuple[Event, ...]
    """Oldest first."""

    @property
    def erased_at(self) -> datetime | None:
        """When staff last erased decisions for it; None: they have not."""
        return next((one.at for one in reversed(self.events) if one.action == "erased"), None)


@dataclass(frozen=True)
class Counts:
    """How many requests of a site wait for staff."""

    open: int
    overdue: int
    """Of the open ones."""
    unconfirmed: int
