"""The state of a banner in words, for every page that says it, and what pages show after an action."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from server.studio.language import gettext, lazy_gettext
from server.studio.publishing.banner_state import Name

Colour = Literal["good", "wait", "bad", ""]
"""Of a mark; empty: it says nothing good or bad."""

TITLES: Mapping[Name, str] = {
    "draft": lazy_gettext("Not published yet"),
    "paused": lazy_gettext("Paused"),
    "off": lazy_gettext("Visitors are not asked"),
    "silent": lazy_gettext("No decisions come in"),
    "unchecked": lazy_gettext("Not checked since it was published"),
    "unblocked": lazy_gettext("Not everything waits for the answer"),
    "unseen": lazy_gettext("Not seen on the website yet"),
}
"""State → its name; that of a live banner names its version."""

_COLOURS: Mapping[Name, Colour] = {"off": "bad", "silent": "bad", "live": "good"}


@dataclass(frozen=True)
class Mark:
    """A state in a few words."""

    text: str
    colour: Colour


def marks(name: Name, version: int | None, variant_of: int | None, *, paused: bool) -> tuple[Mark, ...]:
    """A state, and what else has to be known with it.

    :param version: the newest one; None: nothing is published
    :param variant_of: the version that is compared with that in an experiment
    """
    if name == "live" and version is not None:
        return (Mark(_live(version, variant_of), "good"),)
    found = [Mark(str(TITLES[name]), _COLOURS.get(name, "wait"))]
    if version is not None:
        found.append(Mark(_versions(version, variant_of), ""))
    elif paused:
        found.append(Mark(str(TITLES["paused"]), "wait"))
    return tuple(found)


def published(version: int, *, paused: bool, notified: bool = False) -> str:
    """What follows from a publication.

    :param notified: whether visitors are notified of what changed
    """
    if paused:
        return gettext(
            "Version %(number)s is published. The site is paused: visitors see it once it goes on.",
            number=version,
        )
    if notified:
        return gettext(
            "Version %(number)s is published. Pages with the script tag show it within five minutes, and"
            " visitors are notified of what changed.",
            number=version,
        )
    return gettext(
        "Version %(number)s is published. Pages with the script tag show it within five minutes.",
        number=version,
    )


def shown_again(*, published: bool, paused: bool) -> str:
    """What pages show of a site that is back."""
    if not published:
        return gettext("Nothing of it is published yet, so pages show no banner.")
    if paused:
        return gettext("It is still paused: pages show no banner until it is resumed.")
    return gettext("Pages with the script tag show the banner again within five minutes.")


def _live(version: int, variant_of: int | None) -> str:
    if variant_of is not None:
        return _versions(version, variant_of)
    return gettext("Version %(number)s is live", number=version)


def _versions(version: int, variant_of: int | None) -> str:
    if variant_of is not None:
        return gettext("Versions %(a)s and %(b)s are compared", a=variant_of, b=version)
    return gettext("Version %(number)s", number=version)
