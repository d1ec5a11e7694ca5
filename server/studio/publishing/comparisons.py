"""Two states of a banner beside each other; earlier states are looked at, compared and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise, starmap

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import PreconditionFailed
from server.sites import document_diff, draft_history, sample_progress, states
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import BannerState, Draft, languages
from server.studio import authors
from server.studio.draft import change_words
from server.studio.editor import drafts
from server.studio.editor.preview import shown_as
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext, ngettext
from server.studio.local_times import Groups
from server.studio.publishing import state_names
from server.studio.views import page, redirect_with_flash

NAMED = 3
"""Changes that the history names of a save; further ones are counted."""


@dataclass(frozen=True)
class State:
    """A state with what it is called, and its banner."""

    state: BannerState
    document: Document

    @property
    def name(self) -> str:
        """As addresses have it."""
        return self.state.name

    @property
    def label(self) -> str:
        """As it stands in a sentence."""
        return state_names.in_sentence(self.state)

    @property
    def title(self) -> str:
        """As it stands at the beginning."""
        return self.label[:1].upper() + self.label[1:]


@blueprint.get("/sites/<key>/compare")
@needs("site.read")
def compare() -> ResponseReturnValue:
    """What differs between two states; without further words, what the draft changes of what is live."""
    newest = sites.newest(site().id)
    old = _state(request.args.get("old") or (str(newest.number) if newest else "draft"))
    new = _state(request.args.get("new") or "draft")
    if site().sample_of is not None and old.name != new.name:
        with transaction():
            sample_progress.note(site().id, {"compare"})
    return _compare(old, new)


def _compare(old: State, new: State, status: int = 200, *, moved: bool = False) -> Response:
    """The page of two states; `moved` says that nothing was taken back, as the draft was saved meanwhile."""
    newest, found = sites.newest(site().id), document_diff.changes(old.document, new.document)
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
        live=newest.number if newest else None,
        discards=old.state.kind == "version" and newest is not None and old.state.number == newest.number,
    )


@blueprint.get("/sites/<key>/states/<name>/preview")
@needs("site.read")
def preview_state(name: str) -> ResponseReturnValue:
    """The banner of a state, in a frame of its own."""
    shown = _state(name)
    return shown_as(shown.document, request.args.get("language", ""), request.args.get("scheme", ""))


@blueprint.get("/sites/<key>/states/<name>/full")
@needs("site.read")
def full_state(name: str) -> ResponseReturnValue:
    """The banner of a state in full size, and the way to the one that it is compared with."""
    shown = _state(name)
    pair = [request.args.get(which, "") for which in ("old", "new")]
    others = [other for other in pair if other and other != name]
    spoken = languages(shown.document)
    return page(
        "comparisons/full.html",
        shown=shown,
        pair=pair if all(pair) else (name, "draft"),
        beside=_state(others[0]) if others else None,
        shown_language=_one_of(request.args.get("language", ""), spoken),
        scheme=_one_of(request.args.get("scheme", ""), ["light", "dark"]),
    )


@blueprint.get("/sites/<key>/draft/history")
@needs("site.read")
def draft_states() -> ResponseReturnValue:
    """Who saved the draft when, and what each save changed; none is shown that changed nothing."""
    found = draft_history.states(site().id)
    # Of states that are alike, the oldest: who made it so, and when.
    kept = [[*alike][-1] for _document, alike in groupby(found, _content)]
    authors.look_up(state.updated_by for state in kept)
    return page(
        "comparisons/history.html",
        draft=found[0],
        # The oldest has nothing to be compared with.
        states=list(zip(kept, [*starmap(_saved, pairwise(kept)), None], strict=True)),
        kept=draft_history.KEPT,
    )


@dataclass(frozen=True)
class _Saved:
    """What a save changed."""

    count: int
    named: str
    """The first fields, as the editor calls them."""
    further: int
    """How many more there are."""


def _content(state: Draft) -> Document:
    return state.document


def _saved(after: Draft, before: Draft) -> _Saved:
    found = document_diff.changes(before.document, after.document)
    groups = change_words.groups(found[:NAMED], before.document, after.document)
    named = [line.label for group in groups for line in group.lines]
    return _Saved(len(found), "; ".join(named), len(found) - len(named))


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
            wanted.document,
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
    return State(*states.find(site().id, name))


def _choices(*chosen: State) -> Groups:
    """The states to choose from; those that are shown are there, however old."""
    newest = sites.newest(site().id)
    offered = states.offered(site().id)
    all_of_them = [*offered, *({state.state for state in chosen} - set(offered))]
    if newest is None:
        return state_names.groups(all_of_them, live=None)
    differences = states.differences(site().id, all_of_them, newest)
    return state_names.groups(all_of_them, live=newest.number, differences=differences)


def _one_of(asked: str, offered: Sequence[str]) -> str:
    return asked if asked in offered else offered[0]
