"""Use cases of approval: somebody asks for a publication, and another person approves or refuses it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.accounts.service import reach, users
from server.core.db import db
from server.core.errors import Invalid, PreconditionFailed
from server.sites import (
    experiments,
    models,
    publication_rules,
    publications,
    publishing,
    schedules,
    service,
    states,
)
from server.sites.publication_rules import LONGEST_REASON, Publication
from server.sites.values import Planned, Site, fault_in_text

_SITE = cast("sa.Table", models.Site.__table__)


def approvers(site_id: str, asked_by: str = "") -> tuple[str, ...]:
    """Addresses of those who may approve what this person asks for, ordered."""
    return tuple(one for one in users.with_permission("banner.publish", site_id) if one != asked_by)


def require(site_id: str, *, required: bool, now: datetime) -> Site:
    """Say whether a second person has to approve what is published.

    What is scheduled already, and nobody has approved, waits for that from now on.

    :raises Invalid: it is to be required, and fewer than two may publish, so that nobody could approve.
    :raises NotFound: `site_unknown`.
    """
    publishing.locked_draft(site_id)
    site = service.find_by_id(site_id)
    if required and len(approvers(site_id)) < 2:
        fault = "needs two people who may publish on this site, and there are fewer: nobody could approve"
        raise Invalid(f"approval {fault}", errors={"approval_required": fault})
    changed = sa.update(_SITE).where(_SITE.c.id == site.id).values(approval_required=required)
    db.session.execute(changed)
    found = publications.waiting(site_id)
    if required and found is not None and found.state == "scheduled" and found.decided_by is None:
        asked = publications.move(found, "requested", asked_at=now)
        publications.tell_of_request(site, asked, now=now)
    return replace(site, approval_required=required)


def require_publishers(site_id: str, *, required: bool, now: datetime) -> bool:
    """Say whether editors only ask for publications, and publishers and owners publish.

    What somebody has scheduled who may not publish any more, and nobody has approved, waits for that from now
    on. Returns false if it is so already.

    :raises NotFound: `site_unknown`.
    """
    publishing.locked_draft(site_id)
    site = service.find_by_id(site_id)
    if not reach.set_publishers_only(site_id, required=required):
        return False
    found = publications.waiting(site_id)
    if required and found is not None and found.state == "scheduled" and found.decided_by is None:
        people = users.with_permission("banner.edit", site_id)
        if found.asked_by in people and found.asked_by not in approvers(site_id):
            asked = publications.move(found, "requested", asked_at=now)
            publications.tell_of_request(site, asked, now=now)
    return True


def ask(
    site_id: str,
    *,
    note: str,
    by: str,
    now: datetime,
    publish_at: datetime | None = None,
    announcement: Mapping[str, str] | None = None,
    expected_revision: int | None = None,
    expected_version: int | None = None,
    replacing: int | None = None,
) -> Publication:
    """Ask that the draft as it is now be published: at a moment, or as soon as somebody approves it.

    :param expected_version: the newest version when the caller looked, 0 if there was none; None: any will do
    :param replacing: number of the publication that waits, which is withdrawn or cancelled

    :raises Invalid: as `schedules.schedule`.
    :raises Conflict: `experiment_running`, `publication_waiting`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    if publish_at is not None:
        schedules.check_time(publish_at, now)
    stored = publishing.locked_draft(site_id, expected_revision)
    site = service.find_by_id(site_id)
    publishing.refuse_during_experiment(site.id)
    publishing.refuse_other_version(site.id, expected_version)
    publications.make_room(site, replacing=replacing, by=by, now=now)
    content, announced = publishing.checked(site, stored.document, note=note, announcement=announcement)
    made = publications.add(
        site_id,
        "draft",
        content,
        state="requested",
        note=note,
        by=by,
        now=now,
        publish_at=publish_at,
        announcement=announced,
    )
    publications.tell_of_request(site, made, now=now)
    return made


def ask_for_version(
    site_id: str,
    number: int,
    *,
    note: str,
    by: str,
    now: datetime,
    expected_version: int | None = None,
    replacing: int | None = None,
) -> Publication:
    """Ask that an old version be published again; the parameters are as in `ask`.

    :raises Invalid: the note is too long.
    :raises Conflict: `experiment_running`, `publication_waiting`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`, `version_unknown`.
    """
    publishing.check_note(publishing.note_again(number, note))
    publishing.locked_draft(site_id)
    site, old = service.find_by_id(site_id), service.version(site_id, number)
    publishing.refuse_during_experiment(site.id)
    publishing.refuse_other_version(site.id, expected_version)
    publications.make_room(site, replacing=replacing, by=by, now=now)
    made = publications.add(
        site_id,
        "version",
        old.published_document,
        state="requested",
        note=note,
        by=by,
        now=now,
        of_version=number,
    )
    publications.tell_of_request(site, made, now=now)
    return made


def ask_for_experiment(
    site_id: str,
    plan: Planned,
    *,
    by: str,
    now: datetime,
    a: str | None = None,
    b: str = states.DRAFT,
    expected_revision: int | None = None,
    expected_version: int | None = None,
) -> Publication:
    """Ask that an experiment with two states of the banner, as they are now, be started.

    :raises Invalid, PreconditionFailed, NotFound: as `experiments.start`.
    :raises Conflict: `experiment_running`, `publication_waiting`.
    """
    publishing.locked_draft(site_id, expected_revision)
    site = service.find_by_id(site_id)
    publishing.refuse_during_experiment(site.id)
    publications.make_room(site, replacing=None, by=by, now=now)
    pair = experiments.chosen(site, plan, a, b, expected_version)
    made = publications.add(
        site_id,
        "experiment",
        pair.b,
        state="requested",
        note="",
        by=by,
        now=now,
        plan=plan,
        variant_a=None if pair.a_is_live else pair.a,
    )
    publications.tell_of_request(site, made, now=now)
    return made


def approve(site_id: str, number: int, digest: str, *, by: str, now: datetime) -> Publication:
    """Approve what another person asked for: it is published, or scheduled if its moment is to come.

    :param digest: of the publication as it was shown, `Publication.digest`

    :raises Forbidden: `own_request`.
    :raises Invalid: `not_publishable`: the rules have changed since; it goes on waiting.
    :raises Conflict: `publication_closed`, `publication_waiting`: it does not wait for approval any more.
    :raises PreconditionFailed: `changed_meanwhile`: something else was shown.
    :raises NotFound: `site_unknown`, `publication_unknown`.
    """
    publishing.locked_draft(site_id)
    site, found = service.find_by_id(site_id), publications.find(site_id, number)
    publication_rules.refuse_closed(found, "requested")
    publication_rules.refuse_own(found, by)
    if digest != found.digest:
        raise PreconditionFailed(f"publication {number} was changed meanwhile: look at it as it is now")
    decided = publications.change(found, decided_at=now, decided_by=by)
    if found.publish_at is not None and found.publish_at > now:
        publications.move(decided, "scheduled")
    elif found.kind == "experiment":
        experiments.start_approved(site, decided, now=now)
    else:
        schedules.carry_out(site, decided, now=now)
    done = publications.find(site_id, number)
    publications.tell_of_decision(site, done, now=now)
    return done


def refuse(site_id: str, number: int, *, reason: str, by: str, now: datetime) -> Publication:
    """Send back what another person asked for.

    :raises Forbidden: `own_request`.
    :raises Invalid: there is no reason, or it is too long.
    :raises Conflict: `publication_closed`, `publication_waiting`: it does not wait for approval any more.
    :raises NotFound: `site_unknown`, `publication_unknown`.
    """
    fault = fault_in_text(reason, longest=LONGEST_REASON, lines=True)
    if not reason.strip():
        fault = "is empty: say what should be changed"
    if fault:
        raise Invalid(f"the reason {fault}", errors={"reason": fault})
    publishing.locked_draft(site_id)
    site, found = service.find_by_id(site_id), publications.find(site_id, number)
    publication_rules.refuse_closed(found, "requested")
    publication_rules.refuse_own(found, by)
    done = publications.move(found, "refused", decided_at=now, decided_by=by, reason=reason, closed_at=now)
    publications.tell_of_decision(site, done, now=now)
    return done


def withdraw(site_id: str, number: int, *, by: str, now: datetime) -> Publication:
    """Take back what one asked for.

    :raises Forbidden: `not_own_request`: somebody else asked for it.
    :raises Conflict: `publication_closed`, `publication_waiting`: it does not wait for approval any more.
    :raises NotFound: `site_unknown`, `publication_unknown`.
    """
    publishing.locked_draft(site_id)
    found = publications.find(site_id, number)
    publication_rules.refuse_closed(found, "requested")
    publication_rules.refuse_others(found, by)
    return publications.move(found, "withdrawn", closed_at=now, closed_by=by)
