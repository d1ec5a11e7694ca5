"""Which values of a site are its group's: going back to them, and sharing its own with the group."""

from collections import Counter
from collections.abc import Collection

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Redirection

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Forbidden, Invalid, NotFound, PreconditionFailed
from server.core.http import settings
from server.sites import document_places, edit_summary, groups
from server.sites.bulk_rules import AT_ONCE
from server.sites.groups import Followed, Seen
from server.sites.values import Group
from server.studio.draft import change_words
from server.studio.editor import origins
from server.studio.editor.origins import Origins
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.views import page, studio_path


@blueprint.get("/sites/<key>/group")
@needs("banner.edit")
def site_group() -> ResponseReturnValue:
    """What this site has of its group, and what is its own; without a group, how it gets into one."""
    found = origins.current()
    if found is None:
        who = identity()
        only = None if who.all_sites else who.site_ids
        return page("groups/none.html", groups=groups.listed(only=only))
    return _values(found, 200)


def _values(found: Origins, status: int, changed: Collection[str] = ()) -> Response:
    """The page of own values.

    :param changed: places, as forms send them, of values that are not those that were shown any more
    """
    own = found.own
    return page(
        "groups/values.html",
        status,
        group=found.group,
        parts=[(part, str(change_words.SECTIONS[part])) for part in found.parts],
        own=own,
        counts=Counter(each.part for each in own),
        differing=sum(not each.only_here for each in own),
        may_share=origins.may_share(found.group),
        changed=changed,
    )


@blueprint.post("/sites/<key>/group/use")
@needs("banner.edit")
def use_group_values() -> ResponseReturnValue:
    """Go back to the group's values where the form says so; an edit like any other, which can be undone."""
    found = _membership()
    wanted = found.named(request.form.getlist("place"), only_here=False)
    if not wanted:
        flash(gettext("Choose values of which the group has another."), "warning")
        return _back()
    places = [each.place for each in wanted]
    try:
        with transaction():
            groups.use(
                found.membership,
                site(),
                found.stored,
                places,
                by=identity().email,
                now=clock.now(),
                public_url=settings().public_url,
            )
    except PreconditionFailed:
        flash(gettext("Somebody saved this draft at the same moment. Try again."), "warning")
    except Invalid:
        said = gettext("This does not fit the rest of the draft, such as a service without its category.")
        flash(said, "warning")
    else:
        said = ngettext(
            "One value is the group’s again.", "%(num)s values are the group’s again.", len(places)
        )
        flash(said, "success")
    return _back()


@blueprint.post("/sites/<key>/group/share")
@needs("banner.edit")
def share_with_group() -> ResponseReturnValue:
    """Give the group the values of this site where the form says so; the other drafts follow.

    Values that are not those that were shown are not shared: both are shown again.
    """
    if not origins.may_share(_membership().group):
        raise Forbidden("sharing with a group needs a role on each of its sites")
    _follow_first()
    found, seen = _membership(), request.form.getlist("seen")
    wanted = found.named(request.form.getlist("place"))
    if not wanted:
        flash(gettext("Choose what is to be shared, and differs from what the group has."), "warning")
        return _back()
    changed = [own.place for own in map(found.shown, wanted) if own.seen not in seen]
    if changed:
        return _values(found, 409, changed)
    now = clock.now()
    try:
        with transaction():
            shared = groups.share(
                found.group,
                site(),
                [each.place for each in wanted],
                by=identity().email,
                now=now,
                expected=Seen(found.group.revision, found.stored.revision),
            )
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
        return _values(_membership(), 409, [document_places.encoded(each.place) for each in wanted])
    _tell(len(wanted), follow_now(shared), shared)
    return _back()


def _follow_first() -> None:
    """Let this site follow its group, so that its values are compared with the group's newest."""
    with transaction():
        groups.follow(site().id, now=clock.now(), public_url=settings().public_url)
    origins.forget()


def follow_now(group: Group) -> list[Followed]:
    """Let the first sites of a group follow it, each in its own transaction; the worker does the rest."""
    done = []
    for site_id in groups.behind(limit=AT_ONCE, group_id=group.id):
        with transaction():
            done.append(groups.follow(site_id, now=clock.now(), public_url=settings().public_url))
    return [each for each in done if each is not None]


def _tell(number: int, followed: list[Followed], group: Group) -> None:
    changed = sum(each.changed for each in followed)
    said = ngettext("One value is shared.", "%(num)s values are shared.", number)
    drafts = ngettext("The draft of one site changed.", "The drafts of %(num)s sites changed.", changed)
    flash(f"{said} {drafts}", "success")
    if groups.behind(limit=1, group_id=group.id):
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


def _membership() -> Origins:
    found = origins.current()
    if found is None:
        raise NotFound("there is no such group", reason="group_unknown")
    return found


def _back() -> Redirection:
    return redirect(
        studio_path(request.form.get("next")) or url_for("studio.site_group", key=site().key), 303
    )
