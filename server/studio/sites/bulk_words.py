"""What is done with many sites, in words. Pure."""

from collections.abc import Callable, Mapping

from server.sites.bulk_rules import BulkAction, BulkSite, State
from server.studio.language import gettext, lazy_gettext, ngettext, number
from server.studio.sentences import whole

Titled = Callable[[int, str], str]

TITLES: Mapping[str, Titled] = {
    "tag": lambda count, tag: ngettext(
        "Add the tag %(tag)s to one site",
        "Add the tag %(tag)s to %(num)s sites",
        count,
        tag=tag,
    ),
    "untag": lambda count, tag: ngettext(
        "Remove the tag %(tag)s from one site",
        "Remove the tag %(tag)s from %(num)s sites",
        count,
        tag=tag,
    ),
    "assign": lambda count, person: ngettext(
        "Make %(person)s responsible for one site",
        "Make %(person)s responsible for %(num)s sites",
        count,
        person=person,
    ),
    "pause": lambda count, _: ngettext("Pause one site", "Pause %(num)s sites", count),
    "resume": lambda count, _: ngettext("Resume one site", "Resume %(num)s sites", count),
    "take_shared": lambda count, _: ngettext(
        "Give one site its group’s values", "Give %(num)s sites their group’s values", count
    ),
    "publish": lambda count, _: ngettext("Publish one site", "Publish %(num)s sites", count),
    "publish_review": lambda count, _: ngettext("Publish one site?", "Publish %(num)s sites?", count),
}
"""Kind → its name with a number of sites, and a tag or a person."""

STATES: Mapping[State, str] = {
    "pending": lazy_gettext("Waits"),
    "done": lazy_gettext("Done"),
    "unchanged": lazy_gettext("As it was"),
    "failed": lazy_gettext("Not done"),
}
"""State of a site → its mark."""

MARKS: Mapping[State, str] = {"done": "tag-good", "failed": "tag-bad", "pending": "tag-wait"}
"""State of a site → the colour of its mark; others are plain."""

_REASONS: Mapping[str, str] = {
    "not_publishable": lazy_gettext("Something in the draft has to be put right first."),
    "changed_meanwhile": lazy_gettext(
        "The draft was saved, or a version published, after you had looked at it."
    ),
    "changed_since": lazy_gettext("Somebody has changed this since. It is left as it is."),
    "does_not_fit": lazy_gettext("The group’s values do not fit the rest of the draft there."),
    "in_no_group": lazy_gettext("The site is in no group any more."),
    "forbidden": lazy_gettext("The role of who started this does not include it on this site."),
    "site_deleted": lazy_gettext("The site was deleted."),
    "approval_required": lazy_gettext("Another person has to approve it."),
}
"""Reason → why a site was left as it was, where its sentence is not meant for many sites."""


def title(action: BulkAction) -> str:
    """What an action is called."""
    if action.kind == "assign" and action.undoes:
        return ngettext(
            "Bring back who was responsible for one site",
            "Bring back who was responsible for %(num)s sites",
            action.progress.total,
        )
    return named(action.kind, action.progress.total, about(action))


def about(action: BulkAction) -> str:
    """The tag or the person that an action is about; empty: neither."""
    return str(action.parameters.get("tag") or action.parameters.get("email") or "")


def named(kind: str, count: int, tag: str = "") -> str:
    """What doing this with so many sites is called."""
    return TITLES[kind](count, tag) if kind in TITLES else kind


def reason(one: BulkSite) -> str:
    """Why it was not done on a site."""
    return str(_REASONS[one.reason]) if one.reason in _REASONS else whole(one.message)


def progress(action: BulkAction) -> str:
    """How far an action is."""
    now = action.progress
    return gettext("%(done)s of %(all)s sites", done=number(now.settled), all=number(now.total))


def done(kind: str, count: int, tag: str) -> str:
    """What has become of so many sites."""
    if kind == "pause":
        return ngettext("One site is paused.", "%(num)s sites are paused.", count)
    if kind == "resume":
        return ngettext("One site goes on.", "%(num)s sites go on.", count)
    if kind == "assign":
        return ngettext(
            "One site has another responsible person now.",
            "%(num)s sites have another responsible person now.",
            count,
        )
    if kind == "tag":
        return ngettext(
            "One site has the tag %(tag)s now.", "%(num)s sites have the tag %(tag)s now.", count, tag=tag
        )
    return ngettext(
        "The tag %(tag)s is taken from one site.",
        "The tag %(tag)s is taken from %(num)s sites.",
        count,
        tag=tag,
    )


def unchanged(count: int) -> str:
    """That there was nothing to do with so many sites."""
    return ngettext(
        "One site was left as it was: it is like that already.",
        "%(num)s sites were left as they were: they are like that already.",
        count,
    )


def not_permitted(count: int) -> str:
    """That nothing was done with so many sites, because the role of who asked does not include it there."""
    return ngettext(
        "One site was left as it was: your role there does not include this.",
        "%(num)s sites were left as they were: your role there does not include this.",
        count,
    )
