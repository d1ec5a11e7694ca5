"""Which values of the site in the URL come from its group, for the fields and pages that show them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response as Redirection

from server.core.errors import NotFound
from server.core.http import settings
from server.sites import document_places, edit_summary, groups, inheritance
from server.sites import service as sites
from server.sites.document_places import Place
from server.sites.edit_summary import Place as EditedPlace
from server.sites.inheritance import OwnValue
from server.sites.values import Draft, Group, Membership
from server.studio.draft import change_words
from server.studio.draft.change_words import Line
from server.studio.draft.form_binding import Form
from server.studio.guard import blueprint, identity, site
from server.studio.views import studio_path

Kind = Literal["group", "own", "here"]
"""Whose a value is: the group's; the site's own, where the group has another; or of a part that only the
site has."""


@dataclass(frozen=True)
class Own:
    """An own value, as a page shows it."""

    place: str
    """As a form sends it."""
    part: str
    """The page of the editor that it is on."""
    line: Line
    """From the group's value to the site's."""
    only_here: bool
    seen: str
    """Digest of both values: a form sends what was shown, so that what came after it is not overwritten."""

    @property
    def id(self) -> str:
        """Its id on the page."""
        return f"own-{self.seen}"


@dataclass(frozen=True)
class Origin:
    """Whose the value of a field is."""

    kind: Kind
    group: str
    """Name of the group."""
    own: Own | None = None
    """The own value that the field is, or is part of."""
    may_share: bool = False


class Origins:
    """The group of a site, with what is the site's own. Read once for a request."""

    def __init__(self, membership: Membership, draft: Draft) -> None:
        self.membership = membership
        self.stored = draft
        self.group = membership.group
        self.content = content = membership.document
        self.draft = draft.document
        self.pattern = inheritance.inherited(content, self.draft)
        self.values = inheritance.own_values(content, self.draft)
        self._places = inheritance.shared_places(content)
        self._shown: dict[Place, Own] = {}

    @property
    def own(self) -> tuple[Own, ...]:
        """All own values, by page of the editor and in its order."""
        order = list(inheritance.PARTS)
        return tuple(sorted(map(self.shown, self.values), key=lambda own: order.index(own.part)))

    def shown(self, value: OwnValue) -> Own:
        """An own value with its words."""
        if value.place not in self._shown:
            ((line,),) = (
                group.lines for group in change_words.groups((value.change,), self.pattern, self.draft)
            )
            encoded = document_places.encoded(value.place)
            part, digest = part_of(value.place), _digest(encoded, value)
            self._shown[value.place] = Own(encoded, part, line, value.only_here, digest)
        return self._shown[value.place]

    @property
    def parts(self) -> tuple[str, ...]:
        """The pages of the editor that the group shares."""
        return inheritance.parts_of(self.content)

    def own_on(self, part: str) -> int:
        """How many own values a page of the editor has, apart from what only this site has."""
        return sum(part_of(value.place) == part for value in self.values if not value.only_here)

    def alone_on(self, part: str) -> int:
        """How many parts on a page of the editor only this site has."""
        return sum(part_of(value.place) == part for value in self.values if value.only_here)

    def within(self, name: str) -> list[OwnValue]:
        """All own values of a part of a list, which a form names by its place."""
        try:
            place = document_places.decoded(name)
        except ValueError:
            return []
        return [value for value in self.values if value.place[: len(place)] == place]

    def of_part(self, place: Place) -> Kind | None:
        """Whose a part of a list is; None if the group does not share it."""
        if not self.shares(place):
            return None
        value = self.at(place)
        if value is None:
            return "group"
        return "here" if value.only_here and len(value.place) == len(place) else "own"

    def own_in(self, place: Place) -> int:
        """How many own values a part of a list has, apart from what only this site has."""
        return sum(value.touches(place) for value in self.values if not value.only_here)

    @property
    def may_share(self) -> bool:
        """Whether the user may share values with the group."""
        return may_share(self.group)

    def named(self, names: list[str], *, only_here: bool | None = None) -> list[OwnValue]:
        """The own values that a form names; those that are none any more are left out."""
        return [
            value
            for value in self.values
            if document_places.encoded(value.place) in names and only_here in (None, value.only_here)
        ]

    def places_of(self, values: Iterable[OwnValue]) -> tuple[EditedPlace, ...]:
        """Own values, for the audit log."""
        changes = [value.change for value in values]
        return edit_summary.of_changes(changes, self.pattern, self.draft)

    def shares(self, place: Place) -> bool:
        """Whether the group shares what is at a place."""
        return inheritance.is_in(place, self._places)

    def at(self, place: Place) -> OwnValue | None:
        """The own value that a place is, is in, or has inside it."""
        return next((value for value in self.values if value.touches(place)), None)


def current() -> Origins | None:
    """What the site in the URL has of its group; None if it is in none."""
    if "origins" not in g:
        found = groups.of_site(site(), public_url=settings().public_url)
        g.origins = found and Origins(found, sites.draft(site().id))
    return cast("Origins | None", g.origins)


def membership() -> Origins:
    """The same of a site that is in a group.

    :raises NotFound: `group_unknown`: it is in none.
    """
    found = current()
    if found is None:
        raise NotFound("there is no such group", reason="group_unknown")
    return found


def back() -> Redirection:
    """To the page of the editor that a form about the group's values was on, or to that of all own values."""
    path = studio_path(request.form.get("next"))
    return redirect(path or url_for("studio.site_group", key=site().key), 303)


def forget() -> None:
    """Read again when it is asked for next: the draft, or the group, was changed."""
    g.pop("origins", None)


@blueprint.app_template_global("part_place")
def part_place(*steps: str) -> Place:
    """The place of a part of a list, by the list and the key of the part."""
    *above, key = steps
    return (*above, (key,))


def place_of_part(place: Place) -> Place | None:
    """The place of the part of a list that a place is in; None if it is in none."""
    end = next((number for number, step in enumerate(place, start=1) if isinstance(step, tuple)), None)
    return None if end is None else place[:end]


def part_of(place: Sequence[object]) -> str:
    """The page of the editor that a place is on."""
    if place[0] == "behaviour":
        return "tools" if place[1] in inheritance.TOOL_KEYS else "behaviour"
    return str(place[0])


def may_share(group: Group) -> bool:
    """Whether the user may change what a group shares: to edit each of its sites."""
    if "may_share" not in g:
        g.may_share = all(identity().may("banner.edit", each) for each in groups.member_ids(group))
    return cast("bool", g.may_share)


@blueprint.app_template_global("origin_of")
def origin_of(form: Form, name: str) -> Origin | None:
    """Whose the value of a field is; None if it is not shared, or the site is in no group."""
    found = current() if g.get("site") else None
    if found is None or name not in form.names:
        return None
    place = document_places.place_of(form.names[name], form.document)
    if not found.shares(place):
        return None
    value = found.at(place)
    if value is None:
        return Origin("group", found.group.name)
    kind: Kind = "here" if value.only_here else "own"
    return Origin(kind, found.group.name, found.shown(value), may_share(found.group))


blueprint.add_app_template_global(document_places.encoded, "encoded_place")


@blueprint.app_template_global("group_origins")
def _group_origins() -> Origins | None:
    return current() if g.get("site") else None


def _digest(place: str, value: OwnValue) -> str:
    shown = json.dumps([place, value.change.before, value.change.after], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]
