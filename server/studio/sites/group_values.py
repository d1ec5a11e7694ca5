"""Which values of a site are its group’s, and going back to them."""

from collections import Counter

from flask import flash, request
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid, PreconditionFailed
from server.core.http import settings
from server.sites import groups
from server.studio.draft import change_words
from server.studio.editor import origins
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.views import page


@blueprint.get("/sites/<key>/group")
@needs("banner.edit")
def site_group() -> ResponseReturnValue:
    """What this site has of its group, and what is its own; without a group, how it gets into one."""
    found = origins.current()
    if found is None:
        who = identity()
        only = None if who.all_sites else who.site_ids
        return page("groups/none.html", groups=groups.listed(only=only))
    own = found.own
    return page(
        "groups/values.html",
        group=found.group,
        parts=[(part, str(change_words.SECTIONS[part])) for part in found.parts],
        own=own,
        counts=Counter(each.part for each in own),
        differing=sum(not each.only_here for each in own),
        may_share=origins.may_share(found.group),
    )


@blueprint.post("/sites/<key>/group/use")
@needs("banner.edit")
def use_group_values() -> ResponseReturnValue:
    """Go back to the group's values where the form says so; an edit like any other, which can be undone."""
    found = origins.membership()
    wanted = found.named(request.form.getlist("place"), only_here=False)
    if not wanted:
        flash(gettext("Choose values of which the group has another."), "warning")
        return origins.back()
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
    return origins.back()
