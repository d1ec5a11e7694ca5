"""Which sites take the values that their group gets: chosen in a form, and done by a bulk action."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from server.core.errors import PreconditionFailed
from server.core.http import settings
from server.sites import bulk, bulk_records, group_takers
from server.sites.bulk_rules import Progress
from server.sites.document_places import Place
from server.sites.group_takers import Holding
from server.sites.inheritance import GroupDocument
from server.sites.values import Site
from server.studio.guard import identity
from server.studio.sites import bulk_actions, group_differences
from server.studio.sites.group_differences import Differences

OFFERED = 100
"""Most sites that are offered to take the values: each of them is compared. Others keep what they have."""


@dataclass(frozen=True)
class Choice:
    """A site with values of its own."""

    holding: Holding
    differences: Differences
    ticked: bool


@dataclass(frozen=True)
class Members:
    """The sites of a group, by what becomes of them."""

    follow: tuple[Site, ...]
    """They change by themselves."""
    same: tuple[Site, ...]
    """Nothing changes there."""
    choices: tuple[Choice, ...]
    """They change if they are ticked."""
    not_compared: int
    """How many more sites there are."""


def members(found: Iterable[tuple[Holding, GroupDocument]], *, of: int) -> Members:
    """For the form; those are ticked that have nothing of their own, or that were ticked in it.

    :param found: with the document of the group as each site compares its values with it
    :param of: how many sites the group has besides the one whose values it gets
    """
    every = list(found)
    choices = (
        Choice(one, group_differences.in_words(one.site, content, one.own), _is_ticked(one))
        for one, content in every
        if one.outcome == "own"
    )
    return Members(
        tuple(one.site for one, _ in every if one.outcome == "follows"),
        tuple(one.site for one, _ in every if one.outcome == "same"),
        tuple(choices),
        max(0, of - len(every)),
    )


def _is_ticked(one: Holding) -> bool:
    return one.site.key in request.form.getlist("site") if "asked" in request.form else one.is_empty


def ticked(found: Iterable[Holding]) -> tuple[Holding, ...]:
    """The sites that were ticked.

    :raises PreconditionFailed: one has other values than the form showed.
    """
    chosen, held = request.form.getlist("site"), request.form.getlist("held")
    taking = tuple(one for one in found if one.own and one.site.key in chosen)
    if any(f"{one.site.key} {one.digest}" not in held for one in taking):
        raise PreconditionFailed("the values of a site were changed meanwhile")
    return taking


def start(taking: Sequence[Holding], places: Collection[Place], *, now: datetime) -> str | None:
    """Have these sites take the group's values, in the caller's transaction; the id of the action, if any."""
    if not taking:
        return None
    return bulk.start(
        "take_shared",
        [one.site.id for one in taking],
        group_takers.parameters(places, public_url=settings().public_url),
        by=identity(),
        now=now,
        each={one.site.id: group_takers.given(one) for one in taking},
    )


def run(action_id: str | None, number: int) -> Progress:
    """Do it at once on few sites; how far it is."""
    if action_id is None:
        return Progress()
    bulk_actions.run_few(action_id, number)
    return bulk_records.find(action_id).progress
