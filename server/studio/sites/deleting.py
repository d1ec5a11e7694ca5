"""Deleting a site, and bringing it back within 30 days."""

from dataclasses import dataclass

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.accounts.values import PEOPLE_OF_SITES, TOKENS_OF_SITES
from server.analytics.values import RELEASED
from server.consents.values import RECORDS
from server.core import clock, site_rows
from server.core.db import transaction
from server.core.errors import Conflict, NotFound
from server.notices.service import requests, site_closing
from server.notices.values import ALL_REQUESTS, SUBSCRIBERS
from server.sites import deletion
from server.sites import service as sites
from server.sites.values import VERSIONS
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.publishing import banner_words
from server.studio.views import page, redirect_with_flash


@dataclass(frozen=True)
class Losses:
    """How much there is of a site, in numbers of rows."""

    versions: int
    records: int
    released: int
    requests: int
    subscribers: int
    people: int
    """Users whose role counts for this site by name; those of every site are not among them."""
    tokens: int


@blueprint.get("/sites/<key>/delete")
@needs("site.edit")
def delete() -> ResponseReturnValue:
    """What is lost with this site, and the form to delete it."""
    return _delete()


@blueprint.post("/sites/<key>/delete")
@needs("site.edit", proof=True)
def delete_site() -> ResponseReturnValue:
    """Delete this site, if its key was typed."""
    typed, now = request.form.get("confirm", ""), clock.now()
    if typed.strip() != site().key:
        return _delete(422, typed, {"confirm": "is not the key of this site"})
    try:
        with transaction():
            deleted = site_closing.delete_site(site().id, by=identity().email, now=now)
            audit_log.record_event(
                "site_deleted", by=identity().actor, site_id=deleted.id, subject=deleted.key, now=now
            )
    except Conflict as fault:
        # How many requests there are, and where, the page itself says.
        return _delete(409, typed, conflict=None if fault.reason == "requests_open" else fault)
    message = gettext("%(name)s is deleted. It can be restored for 30 days.", name=deleted.name)
    return redirect_with_flash("deleted_site", message)


@blueprint.get("/sites/<key>/deleted")
@needs("site.edit")
def deleted_site() -> ResponseReturnValue:
    """Until when this deleted site can be restored, and the button that does it."""
    if site().deletion is None:
        return redirect(url_for("studio.overview", key=site().key), 303)
    # Its menu leads to pages that a deleted site does not have.
    return page("sites/deleted.html", gone=site(), site=None)


@blueprint.post("/sites/<key>/restore")
@needs("site.edit")
def restore_site() -> ResponseReturnValue:
    """Bring this site back."""
    try:
        with transaction():
            restored = deletion.restore(site().id)
            audit_log.record_event(
                "site_restored",
                by=identity().actor,
                site_id=restored.id,
                subject=restored.key,
                now=clock.now(),
            )
    except NotFound:
        message = gettext("%(name)s is deleted for good, and cannot be restored.", name=site().name)
        return redirect_with_flash("all_sites", message, key=None)
    except Conflict:
        return redirect_with_flash("overview", gettext("The site was not deleted."))
    back = gettext("%(name)s is back as it was.", name=restored.name)
    shown = banner_words.shown_again(
        published=sites.newest(restored.id) is not None, paused=restored.pause is not None
    )
    return redirect_with_flash("overview", f"{back} {shown}")


def _delete(
    status: int = 200,
    typed: str = "",
    errors: dict[str, str] | None = None,
    conflict: Conflict | None = None,
) -> Response:
    return page(
        "sites/delete.html",
        status,
        typed=typed,
        errors=errors or {},
        conflict=conflict,
        open_requests=len(requests.open_requests(site().id)),
        published=sites.newest(site().id) is not None,
        lost=_losses(site().id),
    )


def _losses(site_id: str) -> Losses:
    tables = (VERSIONS, RECORDS, RELEASED, ALL_REQUESTS, SUBSCRIBERS, PEOPLE_OF_SITES, TOKENS_OF_SITES)
    return Losses(*(site_rows.count(table, site_id) for table in tables))
