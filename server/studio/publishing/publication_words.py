"""Publications that wait, in words."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.sites.publication_rules import Publication, State
from server.sites.values import Pending, Version
from server.studio import language, local_times
from server.studio.language import gettext, lazy_gettext

STATES: Mapping[State, str] = {
    "requested": lazy_gettext("Waits for approval"),
    "scheduled": lazy_gettext("Scheduled"),
    "published": lazy_gettext("Published"),
    "refused": lazy_gettext("Sent back"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "cancelled": lazy_gettext("Cancelled"),
    "superseded": lazy_gettext("Superseded"),
    "failed": lazy_gettext("Not published"),
}
"""State → the words on its mark."""

TAGS: Mapping[State, str] = {
    "requested": "tag-wait",
    "scheduled": "tag-wait",
    "published": "tag-good",
    "refused": "tag-bad",
    "failed": "tag-bad",
}
"""State → the colour of its mark; others are plain."""


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment in a sentence, in the language and by the clock of the reader."""
    return local_times.in_words(at.astimezone(zone), "minute", language.current())


def planned(publication: Publication) -> str:
    """When it is to be published, for the audit log, in UTC; empty: as soon as it is approved."""
    at = publication.publish_at
    return f"planned for {at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""


def asked(people: Sequence[str], *, mail: bool) -> str:
    """What is said to who has asked.

    :param people: those who may approve it
    :param mail: whether the server sends e-mail
    """
    if mail:
        return gettext("You asked for approval. Those who may approve it have been notified.")
    return gettext(
        "You asked for approval. This server sends no e-mail, so tell those who may approve it: %(people)s.",
        people=", ".join(people),
    )


def sent_back(who: str, *, mail: bool) -> str:
    """What is said to who has sent something back that `who` asked for."""
    if mail:
        return gettext("Sent back. %(who)s has been notified, with the reason.", who=who)
    return gettext(
        "Sent back. This server sends no e-mail, so tell %(who)s; the reason stands on the page Publish.",
        who=who,
    )


def title(publication: Publication) -> str:
    """What it is about, as a heading."""
    if publication.kind == "version":
        return gettext("Roll back to version %(number)s", number=publication.of_version)
    if publication.kind == "experiment":
        return gettext("Start an experiment")
    return gettext("Publication of the draft")


def category_names(version: Version | Pending) -> dict[str, str]:
    """Category → its name in the default language."""
    main = version.document["default_language"]
    return {c["key"]: c["names"].get(main) or c["key"] for c in version.document["categories"]}
