"""A copy of a site: its settings, texts, services and look, under another key."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Invalid
from server.core.http import settings
from server.sites import duplication
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.sites import websites
from server.studio.views import page, redirect_with_flash


@blueprint.get("/sites/<key>/copy")
@needs("site.create")
def copy() -> ResponseReturnValue:
    """The form for a copy of this site."""
    return _copy(200, {}, {})


@blueprint.post("/sites/<key>/copy")
@needs("site.create")
def copy_site() -> ResponseReturnValue:
    """Make a copy of this site."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "key", "domains")}
    chosen, now = typed["key"] or websites.key_of(typed["name"]), clock.now()
    try:
        with transaction():
            made = duplication.duplicate(
                site().id,
                key=chosen,
                name=typed["name"],
                domains=websites.hosts(typed["domains"]),
                by=identity().email,
                now=now,
                public_url=settings().public_url,
            )
            audit_log.record_event(
                "site_duplicated",
                by=identity().actor,
                site_id=made.id,
                subject=made.key,
                detail=site().key,
                now=now,
            )
    except (Invalid, Conflict) as fault:
        if not fault.errors:
            raise
        if isinstance(fault, Conflict):
            typed["key"] = chosen
        return _copy(fault.status, typed, websites.faults(fault, typed["domains"]))
    message = gettext(
        "%(name)s is made as a copy of %(original)s, with the key %(key)s. Nothing of it is published yet.",
        name=made.name,
        original=site().name,
        key=made.key,
    )
    return redirect_with_flash("overview", message, key=made.key)


def _copy(status: int, typed: dict[str, str], errors: dict[str, str]) -> Response:
    return page("sites/copy.html", status, typed=typed, errors=errors)
