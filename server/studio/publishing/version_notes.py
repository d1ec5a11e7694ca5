"""Notes that the server itself gives to versions, in the language of the reader. Pure."""

import re

from server.studio.language import gettext
from server.studio.sentences import sentence

NOTES = (
    sentence("Variant A of experiment %(number)s"),
    sentence("Variant B of experiment %(number)s, beside version %(version)s"),
    sentence("As version %(version)s: experiment %(number)s has ended"),
    sentence("As version %(version)s: variant B won experiment %(number)s"),
    sentence("As version %(version)s: %(note)s"),
    sentence("As version %(version)s"),
)
"""As `server.sites` writes them, with their numbers as places."""

_PLACE = re.compile(r"%\((\w+)\)s")


def in_words(note: str) -> str:
    """A note in the language of the reader; as it is if a person wrote it."""
    for known in NOTES:
        pattern = _PLACE.sub(_pattern, known)
        if found := re.fullmatch(pattern, note, re.DOTALL):
            return gettext(known, **found.groupdict())
    return note


def _pattern(place: re.Match[str]) -> str:
    return f"(?P<{place[1]}>{'.+' if place[1] == 'note' else '[0-9]+'})"
