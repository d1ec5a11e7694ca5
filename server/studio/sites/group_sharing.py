"""Sharing values of a site with its group: what is shared, what becomes of the other sites, and doing it."""

from collections.abc import Collection, Iterator

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden, PreconditionFailed
from server.core.http import settings
from server.sites import document_places, edit_summary, group_takers, groups
from server.sites.bulk_rules import AT_ONCE, Progress
from server.sites.group_takers import Holding
from server.sites.groups import Followed, Seen
from server.sites.inheritance import GroupDocument, OwnValue
from server.sites.values import Group, Site
from server.studio.editor import origins
from server.studio.editor.origins import Origins
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.sites import group_takers as takers
from server.studio.views import page, studio_path


@blueprint.post("/sites/<key>/group/sharing")
@needs("banner.edit")
def review_sharing() -> ResponseReturnValue:
    """What sharing values would come to on the other sites, with the form that shares them."""
    found = _shareable()
    wanted = _wanted(found)
    return _review(found, wanted, 200) if wanted else _nothing_chosen()


@blueprint.post("/sites/<key>/group/share")
@needs("banner.edit")
def share_with_group() -> ResponseReturnValue:
    """Give the group the values of this site where the form says so, and to the sites that it ticks.

    What is not as it was shown is not shared: it is shown again.
    """
    found, seen = _shareable(), request.form.getlist("seen")
    wanted = _wanted(found)
    if not wanted:
        return _nothing_chosen()
    changed = [own.place for own in map(found.shown, wanted) if own.seen not in seen]
    if changed:
        return _review(found, wanted, 409, changed)
    now, places = clock.now(), [each.place for each in wanted]
    try:
        with transaction():
            taking = takers.ticked(one for one, _ in _holdings(found, wanted)) if _has_ticks() else ()
            shared = groups.share(
                found.group,
                site(),
                places,
                by=identity().email,
                now=now,
                expected=Seen(found.group.revision, found.stored.revision),
            )
            action = takers.start(taking, places, now=now)
            audit_log.record_event(
                "group_shared",
                by=identity().actor,
                site_id=site().id,
                subject=shared.name,
                detail=edit_summary.line(found.places_of(wanted)),
                now=now,
            )
    except PreconditionFailed:
        origins.forget()
        again = origins.membership()
        return _review(again, _wanted(again), 409, [document_places.encoded(each) for each in places])
    taken = takers.run(action, len(taking))
    _tell(len(wanted), follow_now(shared), taken, shared)
    if taken.failed:
        return redirect(url_for("studio.bulk_action", action=action), 303)
    return origins.back()


def _shareable() -> Origins:
    """What the site has of its group now.

    :raises Forbidden: the user may not change what the group shares.
    """
    if not origins.may_share(origins.membership().group):
        raise Forbidden("sharing with a group needs a role on each of its sites")
    with transaction():
        # Its values are compared with the group's newest.
        groups.follow(site().id, now=clock.now(), public_url=settings().public_url)
    origins.forget()
    return origins.membership()


def _wanted(found: Origins) -> list[OwnValue]:
    """The own values that the form names, one by one or with the part that they are in."""
    return found.named(request.form.getlist("place")) or found.within(request.form.get("within", ""))


def _nothing_chosen() -> ResponseReturnValue:
    flash(gettext("Choose what is to be shared, and differs from what the group has."), "warning")
    return origins.back()


def _has_ticks() -> bool:
    return bool(request.form.getlist("site"))


def _holdings(found: Origins, wanted: Collection[OwnValue]) -> Iterator[tuple[Holding, GroupDocument]]:
    """What the other sites have at the places of these values, the first `OFFERED` of them."""
    places = [each.place for each in wanted]
    for one in _others(found)[: takers.OFFERED]:
        followed = groups.membership(one, public_url=settings().public_url).document
        yield group_takers.of_values(one, followed, places, found.draft), followed


def _others(found: Origins) -> list[Site]:
    return [one for one, _ in groups.members(found.group) if one.id != site().id]


def _review(
    found: Origins, wanted: Collection[OwnValue], status: int, changed: Collection[str] = ()
) -> Response:
    """What is shared, and what becomes of the other sites.

    :param changed: places, as forms send them, of what is not as it was shown any more
    """
    return page(
        "groups/sharing.html",
        status,
        group=found.group,
        values=[found.shown(each) for each in wanted],
        members=takers.members(_holdings(found, wanted), of=len(_others(found))),
        changed=changed,
        back=studio_path(request.form.get("next")) or url_for("studio.site_group", key=site().key),
    )


def follow_now(group: Group) -> list[Followed]:
    """Let the first sites of a group follow it, each in its own transaction; the worker does the rest."""
    done = []
    for site_id in groups.behind(limit=AT_ONCE, group_id=group.id):
        with transaction():
            done.append(groups.follow(site_id, now=clock.now(), public_url=settings().public_url))
    return [each for each in done if each is not None]


def _tell(number: int, followed: list[Followed], taken: Progress, group: Group) -> None:
    changed = sum(each.changed for each in followed) + taken.done
    said = ngettext("One value is shared.", "%(num)s values are shared.", number)
    drafts = ngettext("The draft of one site changed.", "The drafts of %(num)s sites changed.", changed)
    flash(f"{said} {drafts}", "success")
    if taken.pending or groups.behind(limit=1, group_id=group.id):
        flash(gettext("The other sites follow within a minute."), "success")
    if refused := sum(bool(each.errors) for each in followed):
        flash(
            ngettext(
                "One site keeps its values, because the new ones do not fit the rest of its draft.",
                "%(num)s sites keep their values, because the new ones do not fit the rest of their drafts.",
                refused,
            ),
            "warning",
        )
