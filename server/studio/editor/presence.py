"""Who else is editing the draft of a site: pages of the editor give signs, and show the others'."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.sites import draft_history, presence
from server.sites import service as sites
from server.sites.presence import Present
from server.studio.draft import field_edits, field_words
from server.studio.draft.form_binding import Form
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext

_PAGES = {**field_words.SECTIONS, **field_words.LISTS}
"""Part of the editor → its title."""


@blueprint.post("/sites/<key>/banner/presence")
@needs("banner.edit")
def give_sign() -> ResponseReturnValue:
    """Note that somebody is editing in this tab; answers who else is, and which revision the draft has.

    With `gone` the tab is not seen any more, with `idle` it only looks.
    """
    here, now = request.form, clock.now()
    tab, who = _name(here.get("tab", ""))[:36], identity()
    page = here.get("page", "")
    present = Present(who.email, page if page in _PAGES else "", _name(here.get("field", ""))[:200])
    with transaction():
        if here.get("gone") or here.get("idle"):
            presence.leave(site().id, who.user_id, tab)
        else:
            presence.sign(site().id, who.user_id, tab, present, now=now)
    others = [_sentence(one) for one in presence.others(site().id, who.user_id, now=now)]
    return jsonify({"others": others, "revision": draft_history.last_save(site().id).revision})


def _name(text: str) -> str:
    """A name that pages of the editor send, without what none of theirs has."""
    return "".join(filter(str.isprintable, text))


def _sentence(one: Present) -> str:
    page = str(_PAGES.get(one.page, ""))
    if not page:
        return gettext("%(name)s is editing the banner now", name=one.email)
    if field := _field(one.field):
        return gettext("%(name)s is editing %(page)s now: %(field)s", name=one.email, page=page, field=field)
    return gettext("%(name)s is editing %(page)s now", name=one.email, page=page)


def _field(name: str) -> str:
    """What the form calls a field; empty if the draft has none of this name."""
    if not name:
        return ""
    document = sites.draft(site().id).document
    names = field_edits.names_in(document, [name])
    return Form(document, 0, names).subject(name) if name in names else ""
