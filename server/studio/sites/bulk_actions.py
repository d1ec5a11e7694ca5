"""What is done with many sites: started, followed while it runs, undone, and looked up later."""

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from flask import Response, flash, request
from flask.typing import ResponseReturnValue

from server.core import clock, parsing
from server.core.db import transaction
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.sites import bulk, bulk_records, bulk_rules
from server.sites.bulk_rules import AT_ONCE, UNDOABLE, BulkAction, State
from server.studio.guard import SOMEBODY, blueprint, identity, needs
from server.studio.sites import bulk_review, bulk_words
from server.studio.views import page, redirect_with_flash

SHOWN = 60
"""Sites of an action on one page."""

LISTED = 100
"""Most actions in the list of what was done."""

REVIEW = "publish_review"
"""The kind that looks at many drafts before they are published."""


@blueprint.get("/bulk")
@needs(SOMEBODY)
def bulk_actions() -> ResponseReturnValue:
    """What was done with many sites in the last 90 days."""
    found = bulk_records.newest(
        user_id=None if _sees_all() else identity().user_id, limit=LISTED, without=bulk.unlisted()
    )
    return page("bulk/list.html", actions=found, title_of=bulk_words.title, kept=bulk_rules.KEPT.days)


@blueprint.get("/bulk/<action>")
@needs(SOMEBODY)
def bulk_action(action: str) -> ResponseReturnValue:
    """How far an action is, and what became of each site."""
    found = visible(action)
    if found.kind == REVIEW and found.ended_at is not None:
        return bulk_review.show(found)
    return _page(found)


@blueprint.get("/bulk/<action>/progress")
@needs(SOMEBODY)
def bulk_progress(action: str) -> ResponseReturnValue:
    """How far it is, for a page that is open; one whose action has ended loads again."""
    found = visible(action)
    said = parsing.number(request.args.get("said", "")) or 0
    answer = page("bulk/progress.html", action=found, progress=bulk_words.progress(found), said=said)
    if found.ended_at is not None:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/bulk/<action>/undo")
@needs(SOMEBODY)
def undo_bulk_action(action: str) -> ResponseReturnValue:
    """Take back what an action has done."""
    return undo(visible(action))


@blueprint.post("/bulk/<action>/retry")
@needs(SOMEBODY)
def retry_bulk_action(action: str) -> ResponseReturnValue:
    """Try the sites again on which it was not done; drafts are looked at again before."""
    found = visible(action)
    try:
        if found.kind == "publish":
            return redirect_with_flash("bulk_action", action=begin(REVIEW, _failed(found), {}))
        with transaction():
            number = bulk.retry(found.id, by=identity())
        run_few(found.id, number)
    except (Conflict, Forbidden, Invalid) as fault:
        return _page(found, fault.status, fault=fault.message)
    return redirect_with_flash("bulk_action", action=found.id)


def _failed(action: BulkAction) -> list[str]:
    """The sites on which it was not done, and that the user may see."""
    rows = bulk_records.results(action.id)
    return [site_id for site_id, state, _result in rows if state == "failed" and identity().sees(site_id)]


def begin(
    kind: str,
    site_ids: Sequence[str],
    parameters: Mapping[str, object],
    *,
    each: Mapping[str, Mapping[str, object]] | None = None,
) -> str:
    """Start something as the user; few sites are done when this returns the id of the action.

    :raises Invalid: there are no sites, or the parameters cannot be used.
    """
    now = clock.now()
    with transaction():
        made = bulk.start(kind, site_ids, parameters, by=identity(), now=now, each=each)
    run_few(made, len(site_ids))
    return made


def undo(action: BulkAction) -> ResponseReturnValue:
    """Take back what an action has done, and lead to where that can be followed."""
    try:
        with transaction():
            made = bulk.undo(action.id, by=identity(), now=clock.now())
    except (Conflict, Forbidden) as fault:
        return _page(action, fault.status, fault=fault.message)
    run_few(made, action.progress.done)
    return led_to(made, chosen=action.progress.done)


def led_to(action_id: str, *, chosen: int, **asked: str) -> ResponseReturnValue:
    """To the list of sites if all is done already, else to the page of the action.

    :param chosen: how many sites were; those that the action has not are said to be left out
    :param asked: the filter of the list
    """
    found = bulk_records.find(action_id)
    say_left_out(chosen - found.progress.total)
    if found.ended_at is None or found.progress.total > AT_ONCE or found.progress.failed:
        return redirect_with_flash("bulk_action", action=action_id)
    number, tag = found.progress.done, bulk_words.about(found)
    if found.progress.unchanged:
        flash(bulk_words.unchanged(found.progress.unchanged), "warning")
    said = bulk_words.done(found.kind, number, tag) if number else None
    return redirect_with_flash("all_sites", said, **asked, of=action_id)


def say_left_out(count: int) -> None:
    """Say on the next page that so many of the chosen sites are none of the reader's to change, if any is."""
    if count > 0:
        flash(bulk_words.not_permitted(count), "warning")


def undoable(action_id: str) -> BulkAction | None:
    """An action that the user has just made, and can take back."""
    try:
        found = visible(action_id)
    except NotFound:
        return None
    return found if bulk.may_undo(found, by=identity(), now=clock.now()) else None


def visible(action_id: str) -> BulkAction:
    """An action of the user, or of anybody for those who may read the audit log of all sites.

    :raises NotFound: `action_unknown`.
    """
    found = bulk_records.find(action_id)
    if found.user_id != identity().user_id and not _sees_all():
        # The same answer as for one that is not there.
        raise NotFound("there is no such bulk action", reason="action_unknown")
    return found


def _sees_all() -> bool:
    return identity().all_sites and identity().may("audit.read")


def run_few(action_id: str, number: int) -> None:
    """Do the first sites of an action at once, if they are few; the worker does the rest."""
    while number <= AT_ONCE:
        with transaction():
            if not bulk.run(action_id, now=clock.now()):
                return


def _page(found: BulkAction, status: int = 200, *, fault: str = "") -> Response:
    who = identity()
    asked = request.args.get("state", "")
    shown = asked if asked in get_args(State) else "" if asked == "all" else _first_shown(found)
    after = parsing.number(request.args.get("after", ""))
    rows = bulk_records.sites_of(
        found.id,
        states=(cast("State", shown),) if shown else (),
        only=None if who.all_sites else who.site_ids,
        after=-1 if after is None else after,
        limit=SHOWN + 1,
    )
    return page(
        "bulk/action.html",
        status,
        action=found,
        title=bulk_words.title(found),
        progress=bulk_words.progress(found),
        rows=[row for _, row in rows[:SHOWN]],
        more=rows[SHOWN - 1][0] if len(rows) > SHOWN else None,
        shown=shown,
        states=bulk_words.STATES,
        marks=bulk_words.MARKS,
        reason=bulk_words.reason,
        fault=fault,
        undoable=bulk.may_undo(found, by=who, now=clock.now()),
        until=found.asked_at + UNDOABLE,
        retries=bulk_rules.fault_in_retry(found, who.user_id) is None,
        said=0,
    )


def _first_shown(found: BulkAction) -> str:
    """The state of the sites that are read first: what was not done; empty: all."""
    return "failed" if found.progress.failed and found.ended_at else ""
