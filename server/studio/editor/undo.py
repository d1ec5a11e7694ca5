"""Undoing and redoing one's own edits of the draft: what others changed meanwhile stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Invalid, NotFound, PreconditionFailed
from server.sites import document_merge, draft_history, edit_place, undo_steps
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.undo_steps import Step
from server.sites.values import Draft
from server.studio.draft import edit_words, keyed_parts
from server.studio.draft.keyed_parts import Path
from server.studio.guard import NOWHERE, blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.views import studio_path

_PAGES_OF_PARTS: Mapping[str, tuple[Path, str, str]] = {
    "studio.service": (("services",), "service", "studio.services"),
    "studio.notice_section": (keyed_parts.SECTIONS, "part", "studio.notice"),
    "studio.activity": (keyed_parts.ACTIVITIES, "part", "studio.activities"),
    "studio.processor": (keyed_parts.PROCESSORS, "part", "studio.processors"),
}
"""Page of a part → list of the parts, the name of its key in the address, and the page of the list."""


@dataclass(frozen=True)
class Offer:
    """A step that a button takes back."""

    step: Step
    before: Document
    """The draft before the step."""
    after: Document
    """The draft after it."""

    @property
    def revision(self) -> int:
        """The last save of the step."""
        return self.step.last

    @property
    def label(self) -> str:
        """What it changed."""
        return edit_words.called(self.before, self.after)


@blueprint.context_processor
def _edit_steps() -> dict[str, object]:
    return {"edit_steps": offers}


def offers(asked: int | None = None) -> dict[str, Offer | None]:
    """What the person can undo and redo next on the site in the URL.

    :param asked: last save of a step that is found even if it cannot be taken back, so that this is said
    """
    newest = sites.draft(site().id)
    found = undo_steps.steps(draft_history.saves(site().id), identity().email, now=clock.now())
    return {"undo": _offer(found.undo, newest, asked), "redo": _offer(found.redo, newest, asked)}


def _offer(steps: Sequence[Step], newest: Draft, asked: int | None) -> Offer | None:
    """The first of these steps that anything is left of in the newest draft, and that can be taken back."""
    for step in steps:
        try:
            before, after = (draft_history.state(site().id, number) for number in (step.first - 1, step.last))
        except NotFound:  # dropped between the two looks
            return None
        if not edit_place.is_left(before.document, after.document, newest.document):
            continue
        offer = Offer(step, before.document, after.document)
        if offer.revision == asked or _fits(offer, newest):
            return offer
    return None


def _fits(offer: Offer, newest: Draft) -> bool:
    """Whether the newest draft without the step is a banner document, with all that was changed since."""
    merge = document_merge.merged(offer.after, offer.before, newest.document)
    if merge.conflicts:
        return False
    try:
        sites.validate(merge.document)
    except Invalid:
        return False
    return True


@blueprint.post("/sites/<key>/banner/undo")
@needs("banner.edit")
def undo_edit() -> ResponseReturnValue:
    """Take back an edit, or an undoing; what somebody else has changed there since is not touched."""
    number = parsing.number(request.form.get("step", ""))
    found = offers(asked=number)
    offer = next((each for each in found.values() if each and each.revision == number), None)
    if offer is None:
        flash(gettext("That cannot be undone any more. See the history of the draft."), "warning")
    else:
        _take_back(offer, again=offer is found["redo"])
    return redirect(_back(studio_path(request.form.get("next"))), 303)


def _back(path: str | None) -> str:
    """The page that was left; the list of what it was about, if that is not in the draft any more."""
    if path is None:
        return url_for("studio.banner", key=site().key)
    try:
        endpoint, values = current_app.url_map.bind("").match(urlsplit(path).path)
    except HTTPException:
        endpoint, values = NOWHERE, {}
    if endpoint == NOWHERE:
        return url_for("studio.banner", key=site().key)
    list_path, name, above = _PAGES_OF_PARTS.get(str(endpoint), ((), "", ""))
    if name and keyed_parts.index_of(sites.draft(site().id).document, list_path, values[name]) is None:
        return url_for(above, key=site().key)
    return path


def _take_back(offer: Offer, *, again: bool) -> None:
    """Take back a step; `again` says that it is an undoing, and what it undid is done again."""
    newest, label = sites.draft(site().id), offer.label
    merge = document_merge.merged(offer.after, offer.before, newest.document)
    if merge.conflicts:
        flash(_refusal(label, again=again), "warning")
        return
    try:
        with transaction():
            sites.save_draft(
                site().id,
                merge.document,
                by=identity().email,
                now=clock.now(),
                expected_revision=newest.revision,
                undoes=offer.revision,
            )
    except (Invalid, PreconditionFailed):
        flash(_refusal(label, again=again), "warning")
    else:
        done = gettext("Redone: %(what)s", what=label) if again else gettext("Undone: %(what)s", what=label)
        flash(done, "success")


def _refusal(label: str, *, again: bool) -> str:
    if again:
        return gettext("Not redone, because it was changed again since: %(what)s", what=label)
    return gettext("Not undone, because it was changed again since: %(what)s", what=label)
