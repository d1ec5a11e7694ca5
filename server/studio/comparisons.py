"""Two states of a banner beside each other; earlier states are looked at, compared and taken back."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import NotFound, PreconditionFailed
from server.sites import document_diff, draft_history
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import languages
from server.studio import change_words, drafts
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.preview import shown_as
from server.studio.views import page, redirect_with_flash

LISTED = 50
"""Versions to choose from."""


@dataclass(frozen=True)
class State:
    """A banner as it is in the draft, was in an earlier draft, or was published."""

    name: str
    """`draft`, `draft-41` for an earlier revision, or the number of a version."""
    label: str
    document: Document


@blueprint.get("/sites/<key>/compare")
@needs("site.read")
def compare() -> ResponseReturnValue:
    """What differs between two states; without further words, what the draft changes of what is live."""
    newest = sites.newest(site().id)
    old = _state(request.args.get("old") or (str(newest.number) if newest else "draft"))
    return _compare(old, _state(request.args.get("new") or "draft"))


def _compare(old: State, new: State, status: int = 200, *, moved: bool = False) -> Response:
    """The page of two states; `moved` says that nothing was taken back, as the draft was saved meanwhile."""
    found = document_diff.changes(old.document, new.document)
    spoken = [code for code in languages(new.document) if code in old.document["texts"]]
    return page(
        "comparisons/compare.html",
        status,
        moved=moved,
        old=old,
        new=new,
        count=len(found),
        groups=change_words.groups(found, old.document, new.document),
        states=_choices(old, new),
        languages=[known for known in sites.known_languages() if known.code in spoken],
        shown_language=_one_of(request.args.get("language", ""), spoken or languages(new.document)),
        scheme=_one_of(request.args.get("scheme", ""), ["light", "dark"]),
        draft=sites.draft(site().id),
    )


@blueprint.get("/sites/<key>/states/<name>/preview")
@needs("site.read")
def preview_state(name: str) -> ResponseReturnValue:
    """The banner of a state, in a frame of its own."""
    shown = _state(name)
    return shown_as(shown.document, request.args.get("language", ""), request.args.get("scheme", ""))


@blueprint.get("/sites/<key>/draft/history")
@needs("site.read")
def draft_states() -> ResponseReturnValue:
    """Who saved the draft when, and what each save changed."""
    now = sites.draft(site().id)
    kept = [now, *draft_history.earlier(site().id)]
    counts = [len(document_diff.changes(before.document, after.document)) for after, before in pairwise(kept)]
    return page(
        "comparisons/history.html",
        draft=now,
        # The oldest has nothing to be compared with.
        states=list(zip(kept, [*counts, None], strict=True)),
        kept=draft_history.KEPT,
    )


@blueprint.post("/sites/<key>/states/<name>/restore")
@needs("banner.edit")
def restore_state(name: str) -> ResponseReturnValue:
    """Make a state the draft. What the draft was is kept in the history."""
    wanted = _state(name)
    count = len(document_diff.changes(sites.draft(site().id).document, wanted.document))
    if not count:
        return redirect_with_flash("compare", gettext("The draft is like that already."), old=name)
    now = clock.now()
    try:
        _restore(wanted, now)
    except PreconditionFailed as fault:
        return _compare(wanted, _state("draft"), fault.status, moved=True)
    message = ngettext(
        "One change was taken back. The draft is as in %(state)s; what it was is in the history.",
        "%(num)s changes were taken back. The draft is as in %(state)s; what it was is in the history.",
        count,
        state=wanted.label,
    )
    return redirect_with_flash("draft_states", message)


def _restore(wanted: State, now: datetime) -> None:
    """Make a state the draft.

    :raises PreconditionFailed: the draft was saved since the page was made.
    """
    with transaction():
        sites.save_draft(
            site().id,
            deepcopy(wanted.document),  # versions are frozen
            by=identity().email,
            now=now,
            expected_revision=drafts.revision(),
        )
        audit_log.record_event(
            "draft_restored", by=identity().actor, site_id=site().id, subject=wanted.name, now=now
        )


def _state(name: str) -> State:
    """The state of this name.

    :raises NotFound: there is none.
    """
    if name == "draft":
        return State(name, gettext("the draft"), sites.draft(site().id).document)
    kind, dash, number = name.rpartition("-")
    found = parsing.number(number)
    # A state has one name: `draft-01` and `01` are none.
    if found is None or str(found) != number or kind != ("draft" if dash else ""):
        raise NotFound("there is no such version", reason="version_unknown")
    if kind:
        document = draft_history.state(site().id, found).document
        return State(name, gettext("the draft of save %(number)s", number=found), document)
    published = sites.version(site().id, found)
    return State(name, gettext("version %(number)s", number=found), published.document)


def _choices(*chosen: State) -> list[tuple[str, str]]:
    """Names of states with what they are called: the draft, the newest versions, and those that are shown."""
    versions = sites.versions(site().id, limit=LISTED)
    offered = {"draft": gettext("Draft")} | {
        str(each.number): gettext("Version %(number)s", number=each.number) for each in versions
    }
    for state in chosen:
        offered.setdefault(state.name, state.label)
    return list(offered.items())


def _one_of(asked: str, offered: Sequence[str]) -> str:
    return asked if asked in offered else offered[0]
