"""The last step of a set-up: publishing the banner, and putting the script tag on the website."""

from collections.abc import Mapping

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, Forbidden, Invalid, PreconditionFailed
from server.core.http import settings
from server.scanner import service as scanner
from server.sites import publication_rules, publications, setups
from server.sites import service as sites
from server.studio.guard import may, site
from server.studio.installation import check_view, install, install_guide, snippets
from server.studio.language import gettext
from server.studio.publishing import banner_words, publish
from server.studio.sentences import whole
from server.studio.setup import frame as setup_frame
from server.studio.views import redirect_with_flash


def shown() -> ResponseReturnValue:
    """Publishing, the script tag, and whether the website has it."""
    return _shown()


def done() -> ResponseReturnValue:
    """Publish the draft, or check a page of the website."""
    if request.form.get("do") == "publish":
        return _publish()
    typed = request.form.get("url", "")
    try:
        live = install.look(typed)
    except Invalid as fault:
        return _shown(422, typed=typed, errors=fault.errors)
    if not live:
        return redirect_with_flash("setup_step", stage="install", _anchor="check")
    with transaction():
        setups.finish_step(site().id, "install", now=clock.now())
    return redirect_with_flash("setup_step", stage="install", _anchor="check")


def _publish() -> ResponseReturnValue:
    """:raises Forbidden: somebody else has to approve it, or this role does not publish."""
    if not _publishes():
        raise Forbidden("publishing needs the approval of another person here")
    note = request.form.get("note", "").strip()
    try:
        with transaction():
            made = publish.publish_first(note, clock.now())
    except PreconditionFailed as fault:
        saved = gettext("The draft was saved while you were looking. Look at it, then publish.")
        return _shown(409, note=note, problem=whole(fault.message) if sites.newest(site().id) else saved)
    except Conflict as fault:
        return _shown(409, note=note, problem=whole(fault.message))
    except Invalid as fault:
        if "note" in fault.errors:
            return _shown(422, note=note, errors=fault.errors)
        return redirect_with_flash("setup_step", stage="law")
    said = banner_words.published(made.number, paused=site().pause is not None)
    return redirect_with_flash("setup_step", said, stage="install")


def _publishes() -> bool:
    return may("banner.publish") and not site().approval_required


def _shown(
    status: int = 200,
    *,
    typed: str = "",
    note: str = "",
    errors: Mapping[str, object] | None = None,
    problem: str = "",
) -> Response:
    draft, newest = sites.draft(site().id), sites.newest(site().id)
    check = check_view.shown(scanner.status(site().id), newest, draft.document, snippets.FIRST)
    setup = setups.find(site().id)
    return setup_frame.shown(
        "install",
        status,
        draft=draft,
        newest=newest,
        stops=any(finding.severity == "error" for finding in sites.check(site().id)),
        publishes=_publishes(),
        note=note,
        needs_reason=publication_rules.needs_reason(newest, draft.document),
        waiting=publications.waiting(site().id),
        check=check,
        url=typed or (check.url if check else setup.url or scanner.first_page(site())),
        errors=errors or {},
        problem=problem,
        needs_early=install_guide.needs_early((newest or draft).document),
        snippet=f'<script src="{settings().public_url}/w/{site().key}.js"></script>',
    )
