"""Replies to requests of data subjects, ready to be completed, and what is left to fill in. Pure.

A gap stands in square brackets and says what to write there. Which they are is known from the texts, so that
brackets which somebody writes are none.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.notices.formats import day
from server.notices.languages import WORDS, of_words
from server.notices.words import fill, words

Step = Literal["answer", "refuse", "extend"]
"""The steps for which there are replies."""

STEPS: tuple[Step, ...] = ("answer", "refuse", "extend")

_AREA = "replies"
_GAP = re.compile(r"\[[^\[\]]+\]")


@dataclass(frozen=True)
class About:
    """What a reply names."""

    kind: str
    """Of the request, as in `request_rules.KINDS`."""
    name: str
    """The requester's; may be empty."""
    controller: str
    authority: str
    """Where to complain; may be empty."""
    received: date
    due: date
    late: bool
    """Whether the reply comes after that day."""


def reply(step: Step, about: About, language: str) -> str:
    """The text for a step in the nearest language there is: the law, the time limit, what was done, and where
    to complain. It has gaps.
    """
    w = words(_AREA, language)
    days = {name: day(when, of_words(language)).text for name, when in _days(about)}
    said = w["answer"][about.kind] if step == "answer" else w[step]
    kind = w["refused_kinds"][about.kind]
    paragraphs = (
        fill(w["greeting"], name=about.name) if about.name else w["greeting_any"],
        fill(w["received_late" if about.late else "received"], **days),
        *(fill(each, kind=kind) for each in said),
        fill(w["complaint"], authority=about.authority or w["authority_any"]),
        fill(w["closing"], controller=about.controller),
    )
    return "\n\n".join(paragraphs)


def language_of(language: str) -> str:
    """The language in which somebody who asked in this one gets a reply."""
    return of_words(language)


def gaps(text: str) -> tuple[str, ...]:
    """The gaps that are left in a text, each once, in the order of the text."""
    return tuple(dict.fromkeys(found for found in _GAP.findall(text) if found in _known()))


@functools.cache
def _known() -> frozenset[str]:
    """All gaps, in every language."""
    return frozenset(
        gap for language in WORDS for gap in _GAP.findall(" ".join(_texts(words(_AREA, language))))
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)


def _days(about: About) -> tuple[tuple[str, date], ...]:
    return ("received", about.received), ("due", about.due)
