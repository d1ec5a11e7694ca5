"""The list of sites: searched, filtered, page by page, and changed several at a time."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import users
from server.core.errors import Invalid
from server.core.http import settings
from server.demo.service import KEY as DEMO
from server.sites import groups, listing, responsibility, samples, tags
from server.sites import service as sites
from server.sites.listing import Status, Wanted
from server.sites.values import KEY
from server.studio.guard import SOMEBODY, blueprint, identity, may, needs
from server.studio.language import lazy_gettext
from server.studio.publishing import banner_words
from server.studio.sites import bulk_actions, site_attention, site_states
from server.studio.views import page, printable, redirect_with_flash

LISTED = 60
"""Sites on one page of the list, and the most that are changed at once."""

STATUSES: Mapping[Status, str] = {
    "": lazy_gettext("All"),
    "live": lazy_gettext("Published"),
    "paused": banner_words.TITLES["paused"],
    "draft": banner_words.TITLES["draft"],
}
"""Status → its name in the filter."""

PERMISSIONS = {
    "pause": "banner.publish",
    "resume": "banner.publish",
    "tag": "site.edit",
    "untag": "site.edit",
    "assign": "site.edit",
    "publish": "banner.edit",
}
"""What can be done with several sites → the permission that it needs on each."""


@blueprint.get("/sites")
@needs(SOMEBODY)
def all_sites() -> ResponseReturnValue:
    """The sites that the user may see."""
    return _list(200, request.args, {})


@blueprint.post("/sites")
@needs(SOMEBODY)
def change_sites() -> ResponseReturnValue:
    """Do something with the chosen sites, or take back what was done; the next page says what came of it."""
    if request.form.get("do") == "undo":
        return bulk_actions.undo(bulk_actions.visible(request.form.get("of", "")))
    try:
        action, number, chosen, about = _asked()
    except Invalid as fault:
        return _list(422, request.form, {name: str(said) for name, said in fault.errors.items()})
    permitted = [site_id for site_id in chosen if identity().may(PERMISSIONS[action], site_id)]
    if not permitted:
        bulk_actions.say_left_out(number)
        return redirect_with_flash("all_sites", **_filter(request.form))
    if action == "publish":
        bulk_actions.say_left_out(number - len(permitted))
        return redirect_with_flash(
            "bulk_action", action=bulk_actions.begin(bulk_actions.REVIEW, permitted, {})
        )
    made = bulk_actions.begin(action, permitted, about)
    return bulk_actions.led_to(made, chosen=number, **_filter(request.form))


def _asked() -> tuple[str, int, Sequence[str], Mapping[str, object]]:
    """What to do, with how many sites, the ids of those that the user sees, and what it is about.

    :raises Invalid: `site`, `do`, `new_tag` or `person`: it is missing, or cannot be used.
    """
    action = request.form.get("do", "")
    if request.form.get("all") == "1":
        # Frozen here: a site that comes to match later is none of them.
        ids = listing.ids(_wanted(_filter(request.form)), only=_only())
        number = len(ids)
    else:
        keys = [key for key in dict.fromkeys(request.form.getlist("site")) if KEY.fullmatch(key)][:LISTED]
        ids = tuple(site.id for site in sites.with_keys(keys) if identity().sees(site.id))
        number = len(keys)
    if not number:
        raise Invalid("some fields are not as they should be", errors={"site": "are not chosen yet"})
    if action not in PERMISSIONS:
        raise Invalid("some fields are not as they should be", errors={"do": "has to be chosen"})
    return action, number, ids, _about(action)


def _about(action: str) -> Mapping[str, object]:
    """The tag or the person that an action is about.

    :raises Invalid: `new_tag` or `person`.
    """
    if action in ("tag", "untag"):
        return {"tag": _tag()}
    if action != "assign":
        return {}
    user_id = request.form.get("person", "")
    if user_id == listing.NOBODY:
        return {"user_id": None, "email": ""}
    if user_id not in (known := _people()):
        raise Invalid("some fields are not as they should be", errors={"person": "has to be chosen"})
    return {"user_id": user_id, "email": known[user_id]}


def _people() -> dict[str, str]:
    """Id → address of those who can be named for sites; on each site it is checked that they see it."""
    return users.everybody() if identity().may("user.manage") else {identity().user_id: identity().email}


def _tag() -> str:
    """The one tag that was typed.

    :raises Invalid: `new_tag`: none was, several were, or it cannot be one.
    """
    try:
        found = tags.parsed(request.form.get("new_tag", ""))
    except Invalid as fault:
        raise Invalid(fault.message, errors={"new_tag": fault.errors["tags"]}) from fault
    if len(found) != 1:
        raise Invalid("some fields are not as they should be", errors={"new_tag": "has to be one tag"})
    return found[0]


def _filter(sent: Mapping[str, str]) -> dict[str, str]:
    """The filter in an address or a form, without what is empty."""
    found = {name: printable(sent.get(name, "")) for name in ("q", "status", "tag", "group", "responsible")}
    if found["status"] not in STATUSES:
        found["status"] = ""
    return {name: value for name, value in found.items() if value}


def _wanted(asked: Mapping[str, str]) -> Wanted:
    return Wanted(
        asked.get("q", ""),
        cast("Status", asked.get("status", "")),
        asked.get("tag", ""),
        asked.get("responsible", ""),
        asked.get("group", ""),
    )


def _only() -> Collection[str] | None:
    """Ids of the sites that the user may see; None: all."""
    who = identity()
    return None if who.all_sites else who.site_ids


def _may_change(listed: Collection[str], wanted: Wanted, *, complete: bool) -> Mapping[str, bool]:
    """What can be done with several sites → whether the user may on any that is found.

    :param complete: whether all that are found are listed
    """
    who, others = identity(), None
    found = {}
    for name, permission in PERMISSIONS.items():
        found[name] = any(who.may(permission, site_id) for site_id in listed)
        if not found[name] and not complete and who.may(permission):
            # All that are found can be chosen, too.
            others = listing.ids(wanted, only=_only()) if others is None else others
            found[name] = any(who.may(permission, site_id) for site_id in others)
    return found


def _list(status: int, sent: Mapping[str, str], errors: dict[str, str]) -> Response:
    only, asked = _only(), _filter(sent)
    wanted = _wanted(asked)
    found = listing.page(wanted, after=sent.get("after") or None, limit=LISTED + 1, only=only)
    shown = found[:LISTED]
    states = site_states.of_sites([one.site for one in shown])
    fits = len(found) <= LISTED and not sent.get("after")
    return page(
        "sites/list.html",
        status,
        sites=shown,
        marks={
            one.site.id: banner_words.marks(
                states[one.site.id].name, one.version, one.variant_of, paused=one.site.pause is not None
            )
            for one in shown
        },
        needs=site_attention.of_sites(shown),
        groups=groups.listed(only=only),
        more=found[LISTED - 1].site.key if len(found) > LISTED else None,
        number=len(found) if fits else listing.count(wanted, only=only),
        # Who has nothing but the demo may want a site of their own.
        only_demo=settings().demo and not asked and [one.site.key for one in found] == [DEMO],
        asked=asked,
        statuses=STATUSES,
        tags=tags.known(only=only),
        responsible=users.addresses(responsibility.people(only=only)) if may("site.read") else {},
        nobody=listing.NOBODY,
        people=_people() if may("site.edit") else {},
        sample=samples.of(identity().user_id),
        may_learn=may("banner.edit"),
        deleted=sites.restorable(only=only) if may("site.edit") else (),
        may_change=_may_change([one.site.id for one in shown], wanted, complete=fits),
        done=bulk_actions.undoable(sent.get("of", "")),
        typed=sent,
        chosen=request.form.getlist("site"),
        all_chosen=request.form.get("all") == "1",
        errors=errors,
    )
