"""Pausing a site, and letting it go on."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.sites import pausing
from server.sites import service as sites
from server.sites.values import tells_others
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.publishing import banner_words
from server.studio.views import page, redirect_with_flash


@blueprint.get("/sites/<key>/pause")
@needs("banner.publish")
def pause() -> ResponseReturnValue:
    """What pausing this site does, and the form for it."""
    return _pause()


@blueprint.post("/sites/<key>/pause")
@needs("banner.publish", proof=False)
def pause_site() -> ResponseReturnValue:
    """Pause this site."""
    note, now = request.form.get("note", ""), clock.now()
    try:
        with transaction():
            paused = pausing.pause(site().id, note=note, by=identity().email, now=now)
            audit_log.record_event(
                "site_paused",
                by=identity().actor,
                site_id=paused.id,
                subject=paused.key,
                detail=note.strip(),
                now=now,
            )
    except Conflict as fault:
        if fault.reason != "already_paused":
            raise
        return redirect_with_flash("pause", gettext("The site was paused already."))
    except Invalid as fault:
        return _pause(422, note, {name: str(sentence) for name, sentence in fault.errors.items()})
    return redirect_with_flash(
        "pause",
        gettext("%(name)s is paused. Pages stop showing the banner within five minutes.", name=paused.name)
        if sites.newest(paused.id)
        else gettext(
            "%(name)s is paused. Nothing of it is published, so nothing changes on pages.", name=paused.name
        ),
    )


@blueprint.post("/sites/<key>/resume")
@needs("banner.publish", proof=False)
def resume_site() -> ResponseReturnValue:
    """Let this site go on."""
    try:
        with transaction():
            resumed = pausing.resume(site().id)
            audit_log.record_event(
                "site_resumed",
                by=identity().actor,
                site_id=resumed.id,
                subject=resumed.key,
                now=clock.now(),
            )
    except Conflict:
        return redirect_with_flash("overview", gettext("The site was not paused."))
    goes_on = gettext("%(name)s goes on.", name=resumed.name)
    shown = banner_words.shown_again(published=sites.newest(resumed.id) is not None, paused=False)
    return redirect_with_flash("overview", f"{goes_on} {shown}")


def _pause(status: int = 200, note: str = "", errors: dict[str, str] | None = None) -> Response:
    newest = sites.newest(site().id)
    return page(
        "sites/pause.html",
        status,
        note=note,
        errors=errors or {},
        published=newest is not None,
        blocks=newest is not None and newest.document["behaviour"]["automatic_blocking"],
        tells=newest is not None and tells_others(newest.document),
    )
