"""What a file would change of a site, and where each change comes from: the file, the studio, or both. Pure.

Three states are compared: the site as it was when a file was last applied, as it is now, and as the file has
it. A value that the studio has changed since is *drift*: applying the file would undo that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from server.sites import document_diff
from server.sites.document_diff import Change, identity_of
from server.sites.document_places import MISSING, Place, are_parts, place_of, value_at
from server.sites.site_content import Content

Origin = Literal["file", "studio", "both", "unknown"]
"""Who changed a value since a file was last applied; `unknown`: none ever was that named it."""

Kind = Literal["added", "removed", "moved", "changed"]

SETTINGS: Final[Mapping[str, str]] = {
    "key": "Key",
    "name": "Name",
    "domains": "Domains",
    "staging_domains": "Domains for testing",
    "tags": "Tags",
    "group": "Group",
    "retention_days": "Days that decisions are stored after they have expired",
    "approval_required": "Approval by a second person",
}
"""Setting of a site → what it is called."""

_NAMES = ("name", "names", "heading")
"""Fields by which a part is called, the best first."""


@dataclass(frozen=True)
class Difference:
    """A value that applying a file would change."""

    field: str
    """Its path in the file, parts by their key: `banner.services.counter.purpose.nb`."""
    label: str
    """Which value of what, in words."""
    kind: Kind
    before: Any
    """Of the site now; None: nothing. Of a list of words, those that would go."""
    after: Any
    """In the file; None: nothing. Of a list of words, those that would come."""
    origin: Origin


def between(now: Content, file: Content, applied: Content | None) -> tuple[Difference, ...]:
    """What would change, in the order of the file.

    :param applied: the site as it was when a file was last applied; None: none ever was
    """
    found = document_diff.changes(cast("Any", now), cast("Any", file))
    return tuple(_difference(change, now, file, applied) for change in found)


def _difference(change: Change, now: Content, file: Content, applied: Content | None) -> Difference:
    # Where a text is empty on one side, that side has the path of what is around it.
    sides = [(path, side) for path, side in ((change.new, file), (change.old, now)) if path is not None]
    path, content = max(sides, key=lambda side: len(side[0]))
    place = place_of(path, content)
    return Difference(
        field=".".join("/".join(step) if isinstance(step, tuple) else step for step in place),
        label=_label(place, content),
        kind=_kind(change),
        before=change.before,
        after=change.after,
        origin=_origin(place, now, file, applied or {}),
    )


def _origin(place: Place, now: Content, file: Content, applied: Content) -> Origin:
    if place[0] not in applied:
        return "unknown"
    was, there, wanted = (_comparable(value_at(each, place)) for each in (applied, now, file))
    if was == there:
        return "file"
    return "studio" if was == wanted else "both"


def _comparable(value: Any) -> Any:
    """A value as it counts here: of a list of parts the order alone, each part being compared by itself."""
    if value is MISSING or value in ("", None):  # a text that is not there is an empty one
        return None
    return [identity_of(part) for part in value] if value and are_parts(value) else value


def _kind(change: Change) -> Kind:
    if change.moved:
        return "moved"
    if change.before is None and isinstance(change.after, Mapping):
        return "added"
    if change.after is None and isinstance(change.before, Mapping):
        return "removed"
    return "changed"


# --- words ------------------------------------------------------------------------------------------------


def _label(place: Place, content: Content) -> str:
    """A place in words: `Services › Google Analytics › purpose (nb)`."""
    if place[0] != "banner":
        return SETTINGS[str(place[0])]
    banner = content["banner"]
    languages, words = set(banner.get("texts", ())), []
    value: Any = banner
    for step in place[1:]:
        if isinstance(step, tuple):
            value = next(part for part in value if identity_of(part) == step)
            words.append(called(value, banner["default_language"]))
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
            words.append(f"({step})" if step in languages and words else step.replace("_", " "))
    words = words or ["banner"]
    sentence = " › ".join(words).replace(" › (", " (")
    return sentence[:1].upper() + sentence[1:]


def called(part: Mapping[str, Any], main: str) -> str:
    """What a part of a banner is called, in the main language."""
    for name in _NAMES:
        value = part.get(name)
        if isinstance(value, Mapping):
            value = value.get(main)
        if value:
            return str(value)
    return " ".join(identity_of(part)) or "one without a name"


def shown(value: Any, main: str) -> str:
    """A value in a few words, for a line of a plan."""
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return called(value, main)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(shown(each, main) for each in value)
    return str(value)
