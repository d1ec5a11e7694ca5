"""Sites that have values of their own where their group is about to have others, and what they do then.

What equals the group's value follows by itself (`groups.follow`). An own value stays, unless somebody has
said for that site that it is to be the group's: then it is taken, site by site.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, cast

from server.core.errors import Conflict, Invalid
from server.sites import groups, inheritance, service
from server.sites.bulk_rules import Done, Task
from server.sites.document_places import MISSING, Place, decoded, encoded, value_at
from server.sites.document_types import Document
from server.sites.gaps import PER_LANGUAGE
from server.sites.inheritance import GroupDocument, OwnValue
from server.sites.values import Site

Outcome = Literal["follows", "same", "own"]
"""What becomes of a site by itself: its values change, there is nothing to change, or it keeps own values."""


@dataclass(frozen=True)
class Holding:
    """What a site has where its group is about to have other values."""

    site: Site
    outcome: Outcome
    own: tuple[OwnValue, ...] = ()
    """What it keeps unless it takes the group's."""
    seen: tuple[tuple[str, str], ...] = ()
    """Place of each of those, and digest of what the site has there."""

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing there, so that nothing is lost by taking the group's values."""
        return bool(self.own) and all(value.is_empty for value in self.own)

    @property
    def digest(self) -> str:
        """Of all that it keeps: another one if somebody has edited that since."""
        return _digest(self.seen)


def of_values(site: Site, before: GroupDocument, places: Collection[Place], source: Document) -> Holding:
    """What a site has at places at which its group gets the values of a source.

    :param before: the group's document, as this site follows it
    """
    draft = service.draft(site.id).document
    spoken = [place for place in places if _language(place) in (None, *draft["texts"])]
    own = tuple(
        value
        for value in inheritance.own_values(before, draft)
        if any(value.touches(place) for place in spoken)
        and value_at(draft, value.place) != value_at(source, value.place)
    )
    if own:
        return Holding(site, "own", own, _seen(draft, own))
    changes = any(value_at(draft, place) != value_at(source, place) for place in spoken)
    return Holding(site, "follows" if changes else "same")


def of_parts(site: Site, after: GroupDocument, parts: Collection[str]) -> Holding:
    """What a site has in parts that its group shares from now on, which no site follows by itself.

    :param after: the document that the group is about to have, as this site will follow it
    """
    draft = service.draft(site.id).document
    roots = places_of(parts)
    own = tuple(
        value
        for value in inheritance.own_values(after, draft)
        if not value.only_here and any(value.touches(root) for root in roots)
    )
    return Holding(site, "own", own, _seen(draft, own)) if own else Holding(site, "same")


def places_of(parts: Collection[str]) -> tuple[Place, ...]:
    """The places of parts that groups share."""
    return tuple(place for part in parts for place in inheritance.PARTS[part])


def parameters(places: Iterable[Place], *, public_url: str) -> dict[str, object]:
    """Of the action `take_shared`.

    :param public_url: which uploaded logos have their addresses under
    """
    return {"places": [encoded(place) for place in places], "public_url": public_url}


def given(holding: Holding) -> dict[str, object]:
    """What the action is given for one site: what was looked at, so that nothing newer is overwritten."""
    return {"seen": [list(each) for each in holding.seen]}


def take(task: Task) -> Done | None:
    """Let one site follow its group, and give it the group's values where it has own ones.

    :raises Conflict: `in_no_group`; `changed_since`: it has other values there than were looked at;
        `does_not_fit`: the group's values do not stand together with the rest of its draft.
    """
    public_url, site = str(task.parameters["public_url"]), task.site
    roots = [decoded(text) for text in cast("list[str]", task.parameters["places"])]
    groups.follow(site.id, now=task.now, public_url=public_url)
    membership, draft = groups.membership(site, public_url=public_url), service.draft(site.id)
    own = [
        value
        for value in inheritance.own_values(membership.document, draft.document)
        if not value.only_here and any(value.touches(root) for root in roots)
    ]
    if not own:
        return None
    seen = dict(cast("list[tuple[str, str]]", task.given.get("seen", [])))
    if not all(_as_seen(value.place, draft.document, seen) for value in own):
        raise Conflict("somebody has changed this since", reason="changed_since")
    places = [value.place for value in own]
    try:
        groups.use(membership, site, draft, places, by=task.by, now=task.now, public_url=public_url)
    except Invalid as fault:
        raise Conflict("the values do not fit the rest of this draft", reason="does_not_fit") from fault
    return Done()


def _seen(draft: Document, own: Iterable[OwnValue]) -> tuple[tuple[str, str], ...]:
    return tuple((encoded(value.place), _digest(value_at(draft, value.place))) for value in own)


def _as_seen(place: Place, draft: Document, seen: Mapping[str, str]) -> bool:
    """Whether what a site has at a place is what was looked at, there or with all that is around it."""
    around = (place[:length] for length in range(len(place), 0, -1))
    return any(seen.get(encoded(each)) == _digest(value_at(draft, each)) for each in around)


def _digest(value: Any) -> str:
    shown = None if value is MISSING else value
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def _language(place: Place) -> str | None:
    """The language of the text at a place; None if it is in none."""
    steps = [step for step in place if isinstance(step, str)]
    if steps[:1] == ["texts"]:
        return steps[1] if len(steps) > 1 else None
    return next((lang for key, lang in pairwise(steps) if key in PER_LANGUAGE), None)
