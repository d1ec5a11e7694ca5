"""What sites of a group share, and which values of a site come from its group. Pure.

The document of a group is a part of a banner document: what its sites share. A value of a site is inherited
as long as it equals that of the group, so nothing has to be kept beside the two documents, and nothing can
contradict them. A change of the group goes to each site by a three-way merge: what equals the group's
earlier value follows, and own values stay.

Languages are each site's own: it takes the group's texts in those that it speaks. What only one site has (a
service, a category, a section) stays beside what the group has. The service that describes the storage of
this product itself is never shared: its provider is the site.
"""

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from server.sites import document, document_diff, document_merge, page_addresses
from server.sites.document_diff import Change, identity_of
from server.sites.document_places import (
    MISSING,
    Place,
    are_parts,
    beside,
    place_of,
    value_at,
    with_values_of,
)
from server.sites.document_types import Behaviour, Document
from server.sites.gaps import PER_LANGUAGE
from server.sites.values import CONSENT_SERVICE

GroupDocument = Mapping[str, Any]
"""The shared part of a banner document, with its shape; what is absent is not shared."""

TOOL_KEYS = ("consent_mode", "google", "tools", "mapping")
"""Keys of `behaviour` that are edited on the page of tools."""

PARTS: Mapping[str, tuple[Place, ...]] = {
    "texts": (("texts",),),
    "categories": (("categories",),),
    "services": (("services",),),
    "appearance": (("appearance",),),
    "behaviour": tuple(("behaviour", key) for key in Behaviour.__annotations__ if key not in TOOL_KEYS),
    "tools": tuple(("behaviour", key) for key in TOOL_KEYS),
    "controller": (("controller",),),
    "notice": (("notice",),),
}
"""Part of a document that sites can share → its places; the parts are those of the editor."""

_OURS: Final = (CONSENT_SERVICE,)
"""Identity of the service that describes our own storage."""


@dataclass(frozen=True)
class OwnValue:
    """A value of a site that is not the group's."""

    place: Place
    change: Change
    """From the group's document, as this site would inherit all of it, to the site's."""
    only_here: bool
    """Whether the group has no such part or language, so that there is nothing to go back to."""

    @property
    def is_empty(self) -> bool:
        """Whether the site has nothing where the group has something."""
        is_there = self.change.new is not None and not self.only_here
        return is_there and self.change.after in (None, "", [], {})

    def touches(self, place: Place) -> bool:
        """Whether it is at a place, around it or inside it; an order is not around its parts."""
        shorter = len(place) if self.change.moved else min(len(self.place), len(place))
        return self.place[:shorter] == place[:shorter]


def of_parts(source: GroupDocument, parts: Collection[str]) -> dict[str, Any]:
    """The document of a group that shares these parts, with the values of a document that has them."""
    shared: dict[str, Any] = {}
    for part in PARTS:
        for place in PARTS[part] if part in parts else ():
            if (value := value_at(source, place)) is not MISSING:
                above = shared if len(place) == 1 else shared.setdefault(str(place[0]), {})
                above[str(place[-1])] = copy.deepcopy(value)
    if "services" in shared:
        shared["services"] = [each for each in shared["services"] if identity_of(each) != _OURS]
    return shared


def with_parts(group: GroupDocument, source: Document, parts: Collection[str]) -> dict[str, Any]:
    """The document of a group that shares these parts from now on.

    Those that it shares already keep their values; those of the others are the site's.
    """
    kept, fresh = parts_of(group), of_parts(source, parts)
    for name, value in of_parts(group, [part for part in kept if part in parts]).items():
        fresh[name] = {**fresh[name], **value} if name == "behaviour" else value
    return fresh


def with_shared(group: GroupDocument, source: Document, places: Collection[Place]) -> GroupDocument:
    """The document of a group with the values that a site has at these places, as far as it shares them."""
    content = group
    for place in places:
        if place[:1] == ("texts",) and len(place) == 2:
            content = with_language_of(content, source, str(place[1]))
    roots = shared_places(content)
    shared = [place for place in places if is_in(place, roots)]
    return cast("GroupDocument", with_values_of(content, source, shared))


def parts_of(group: GroupDocument) -> tuple[str, ...]:
    """The parts that a group shares."""
    return tuple(
        part
        for part, places in PARTS.items()
        if any(value_at(group, place) is not MISSING for place in places)
    )


def shared_places(group: GroupDocument) -> tuple[Place, ...]:
    """The places of what a group shares."""
    return tuple(
        place for places in PARTS.values() for place in places if value_at(group, place) is not MISSING
    )


def is_in(place: Place, shared: Collection[Place]) -> bool:
    """Whether a place of a site's document is one of these shared ones, or inside one."""
    return place[:2] != ("services", _OURS) and any(place[: len(root)] == root for root in shared)


def inherited(group: GroupDocument, site: Document) -> Document:
    """The document of a site that has no own value where its group has one."""
    return _laid_over(group, site)


def own_values(group: GroupDocument, site: Document) -> tuple[OwnValue, ...]:
    """The values of a site that are not the group's, and what it has beside them, in the editor's order."""
    pattern = inherited(group, site)
    differing = [
        OwnValue(_place(change, pattern, site), change, only_here=False)
        for change in document_diff.changes(pattern, site)
    ]
    beside_it = [
        (place_of(change.new, pattern), change.after)
        for change in document_diff.changes(_laid_over(group, site, added=False), pattern)
        if change.new is not None and change.before is None and isinstance(change.after, Mapping)
    ]
    added = [
        OwnValue(place, Change(None, part, None, document_merge.path_of(place, site)), only_here=True)
        for place, part in beside_it
    ]
    return (*differing, *added)


def for_site(group: GroupDocument, site_key: str, *, public_url: str) -> GroupDocument:
    """The document of a group as one site has it: an uploaded logo stands under its own address."""
    address = group.get("appearance", {}).get("logo", "")
    found = page_addresses.uploaded_logo(address, public_url)
    if found is None:
        return group
    own = public_url + page_addresses.logo_path(site_key, found[1])
    return {**group, "appearance": {**group["appearance"], "logo": own}}


def applied(site: Document, before: GroupDocument, after: GroupDocument) -> Document:
    """The document of a site after its group has changed: own values stay, all others follow.

    Of lists of words, such as the hosts of a service, the entries that came and went follow. A part of the
    document that was not shared before stays as it is.

    :raises Invalid: the new values and the own ones do not stand together; `errors` names the fields.
    """
    after = of_parts(after, parts_of(before))
    base = _laid_over(before, site, other=after, without=_languages(after) - _languages(before))
    theirs = _laid_over(after, site, other=before)
    if base == theirs:
        return site
    return document.load(document_merge.merged(base, site, theirs).own)


def with_language_of(group: GroupDocument, site: Document, code: str) -> dict[str, Any]:
    """The document of a group with one more language, in the words of a site."""
    return cast("dict[str, Any]", _speaking(group, site, code, ""))


# --- laying one over the other ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Laying:
    """How the document of a group is laid over that of a site."""

    spoken: frozenset[str]
    """Languages of the site."""
    of_group: frozenset[str]
    """Languages of the group, in which an absent text is an empty one."""
    without: frozenset[str]
    """Languages that are left out unless the group has them."""
    added: bool
    """Whether the site's own parts and languages are there."""

    def value(self, group: Any, site: Any, other: Any, key: str) -> Any:
        if group is MISSING:
            return copy.deepcopy(site)
        if isinstance(group, Mapping) and key in PER_LANGUAGE:
            return self._words(group, site if isinstance(site, Mapping) else {})
        if isinstance(group, Mapping):
            return self._object(group, site, other)
        if are_parts(group) and (site is MISSING or are_parts(site)) and (group or site):
            return self._parts(group, [] if site is MISSING else site, other, key)
        return copy.deepcopy(group)

    def texts(self, group: Mapping[str, Any], site: Mapping[str, Any]) -> dict[str, Any]:
        """The banner's own texts, by language."""
        found = {}
        for code, words in site.items():
            if code in group:
                found[code] = {**words, **group[code]}
            elif self.added and code not in self.without:
                found[code] = dict(words)
        return found

    def _words(self, group: Mapping[str, str], site: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for code in [*site, *(code for code in group if code not in site)]:
            if code in self.of_group and code in self.spoken:
                text = group.get(code, "")
            elif code in self.without or (code in self.spoken and not self.added):
                text = ""
            else:
                text = site.get(code, "")
            if text or code in site:
                found[code] = text
        return found

    def _object(self, group: Mapping[str, Any], site: Any, other: Any) -> dict[str, Any]:
        mine: Mapping[str, Any] = site if isinstance(site, Mapping) else {}
        theirs: Mapping[str, Any] = other if isinstance(other, Mapping) else {}
        return {
            name: self.value(
                group.get(name, MISSING), mine.get(name, MISSING), theirs.get(name, MISSING), name
            )
            for name in [*mine, *(name for name in group if name not in mine)]
        }

    def _parts(self, group: Sequence[Any], site: Sequence[Any], other: Any, key: str) -> list[Any]:
        shared, mine = ({identity_of(part): part for part in each} for each in (group, site))
        elsewhere = {identity_of(part): part for part in other} if are_parts(other) else {}
        ours = _OURS if key == "services" else None
        kept = [w for w in mine if w in shared or w == ours or (self.added and w not in elsewhere)]
        return [
            self.value(shared.get(who, MISSING), mine.get(who, MISSING), elsewhere.get(who, MISSING), "")
            for who in beside(list(shared), kept)
        ]


def _laid_over(
    group: GroupDocument,
    site: Document,
    *,
    other: GroupDocument | None = None,
    without: frozenset[str] = frozenset(),
    added: bool = True,
) -> Document:
    """A site's document with everything that the group has.

    :param other: the group's document at another time: what it had, or will have, is not the site's own
    :param without: languages in which the group will have words, and has none yet
    :param added: whether what only the site has is there
    """
    codes = frozenset(site["texts"])
    laying = _Laying(codes, _languages(group), without, added)
    result: dict[str, Any] = {}
    for name, value in cast("Mapping[str, Any]", site).items():
        if name == "texts" and "texts" in group:
            result[name] = laying.texts(group["texts"], value)
        else:
            theirs = other.get(name, MISSING) if other is not None else MISSING
            result[name] = laying.value(group.get(name, MISSING), value, theirs, name)
    return cast("Document", result)


def _place(change: Change, pattern: Document, site: Document) -> Place:
    """Where a change is: in the site's document, or in that of the group if the site has nothing there."""
    gone = change.after is None and len(change.new or ()) < len(change.old or ())
    return place_of(change.old or (), pattern) if gone else place_of(change.new or (), site)


def _languages(group: GroupDocument) -> frozenset[str]:
    """The languages that a group has words in."""
    found = frozenset(group.get("texts", {}))
    return found or frozenset(_found_languages(group, ""))


def _found_languages(value: Any, key: str) -> set[str]:
    if isinstance(value, Mapping):
        if key in PER_LANGUAGE:
            return set(value)
        return {code for name, inner in value.items() for code in _found_languages(inner, name)}
    if isinstance(value, list):
        return {code for inner in value for code in _found_languages(inner, "")}
    return set()


def _speaking(group: Any, site: Any, code: str, key: str) -> Any:
    if isinstance(group, Mapping) and isinstance(site, Mapping):
        if key == "texts" or key in PER_LANGUAGE:
            return {**group, code: copy.deepcopy(site[code])} if code in site else copy.deepcopy(group)
        return {name: _speaking(inner, site.get(name), code, name) for name, inner in group.items()}
    if isinstance(site, list) and are_parts(group, site):
        mine = {identity_of(part): part for part in site}
        return [_speaking(part, mine.get(identity_of(part)), code, "") for part in group]
    return copy.deepcopy(group)
