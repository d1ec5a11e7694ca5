"""Use cases of scheduling: the draft as it is now is published by the worker at a moment that was chosen."""

import json
from collections.abc import Mapping
from datetime import datetime

from server.core.errors import Conflict, Invalid
from server.sites import authors, publication_rules, publications, publishing, service
from server.sites.publication_rules import NOT_PERMITTED, Publication
from server.sites.values import Site, Version


def schedule(
    site_id: str,
    publish_at: datetime,
    *,
    note: str,
    by: str,
    now: datetime,
    announcement: Mapping[str, str] | None = None,
    expected_revision: int | None = None,
    expected_version: int | None = None,
    replacing: int | None = None,
) -> Publication:
    """Have the draft as it is now published at a moment; what is changed in it later is not.

    :param expected_version: the newest version when the caller looked, 0 if there was none; None: any will do
    :param replacing: number of the publication that waits, which is cancelled

    :raises Invalid: the moment has passed or is more than a year ahead; and as `service.publish`.
    :raises Conflict: `experiment_running`, `approval_required`, `publication_waiting`.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises NotFound: `site_unknown`.
    """
    check_time(publish_at, now)
    stored = publishing.locked_draft(site_id, expected_revision)
    site = service.find_by_id(site_id)
    publishing.refuse_during_experiment(site.id)
    publishing.refuse_other_version(site.id, expected_version)
    publishing.refuse_without_approval(site)
    publications.make_room(site, replacing=replacing, by=by, now=now)
    content, announced = publishing.checked(site, stored.document, note=note, announcement=announcement)
    return publications.add(
        site_id,
        "draft",
        content,
        state="scheduled",
        note=note,
        by=by,
        now=now,
        publish_at=publish_at,
        announcement=announced,
    )


def reschedule(site_id: str, number: int, publish_at: datetime, *, by: str, now: datetime) -> Publication:
    """Choose another moment for what goes on being that of the person who scheduled it.

    Where a second person has to approve, whoever chooses a moment for what somebody else scheduled is the
    second person; the new moment of one's own waits for approval again.

    :raises Invalid: the moment has passed or is more than a year ahead.
    :raises Conflict: `publication_closed`, `publication_waiting`: it is not scheduled any more, or yet.
    :raises NotFound: `site_unknown`, `publication_unknown`.
    """
    check_time(publish_at, now)
    publishing.locked_draft(site_id)
    site, found = service.find_by_id(site_id), publications.find(site_id, number)
    publication_rules.refuse_closed(found, "scheduled")
    if not site.approval_required:
        return publications.change(found, publish_at=publish_at)
    if publication_rules.is_own(found, by):
        asked = {"publish_at": publish_at, "asked_at": now, "decided_at": None, "decided_by": None}
        again = publications.move(found, "requested", **asked)
        publications.tell_of_request(site, again, now=now)
        return again
    approved = publications.change(found, publish_at=publish_at, decided_at=now, decided_by=by)
    publications.tell_of_decision(site, approved, now=now)
    return approved


def cancel(site_id: str, number: int, *, by: str, now: datetime) -> Publication:
    """Do not publish what is scheduled. The draft stays as it is.

    :raises Conflict: `publication_closed`, `publication_waiting`: it is not scheduled any more, or yet.
    :raises NotFound: `site_unknown`, `publication_unknown`.
    """
    publishing.locked_draft(site_id)
    site, found = service.find_by_id(site_id), publications.find(site_id, number)
    publication_rules.refuse_closed(found, "scheduled")
    return publications.cancel(site, found, by=by, now=now)


def run(site_id: str, number: int, *, now: datetime) -> Publication | None:
    """Publish what is due; None if it is not, or somebody was faster.

    What may not be published any more is not, nor what somebody scheduled or approved who may not publish any
    more: it fails, with the reasons, and a message is sent.

    :raises NotFound: `site_unknown`, `publication_unknown`.
    """
    publishing.locked_draft(site_id)
    found = publications.find(site_id, number)
    if found.state != "scheduled" or found.publish_at is None or found.publish_at > now:
        return None
    site = service.find_by_id(site_id)
    if not authors.may_publish(found.answered_for_by, site_id):
        return _fail(site, found, {NOT_PERMITTED: "may not publish on this site any more"}, now)
    try:
        carry_out(site, found, now=now)
    except (Conflict, Invalid) as fault:
        if fault.reason == "publication_closed":
            raise
        faults = {field: str(why) for field, why in fault.errors.items()} or {"": fault.message}
        return _fail(site, found, faults, now)
    return publications.find(site_id, number)


def _fail(site: Site, publication: Publication, faults: Mapping[str, str], now: datetime) -> Publication:
    failed = publications.move(publication, "failed", faults=json.dumps(faults), closed_at=now)
    publications.tell_of_failure(site, failed, but="", now=now)
    return failed


def carry_out(site: Site, publication: Publication, *, now: datetime) -> Version:
    """Publish the draft or the old version that a publication holds; the draft of the site is locked.

    :raises Invalid: `not_publishable`: the rules have changed since; nothing was stored.
    :raises Conflict: `experiment_running`.
    """
    publishing.refuse_during_experiment(site.id)
    by, fulfils = publication.asked_by, publication.number
    if publication.kind == "version":
        assert publication.of_version is not None  # noqa: S101 - its kind says so
        # Not linted again, as a rollback is not.
        content = service.version(site.id, publication.of_version).published_document
        note = publishing.note_again(publication.of_version, publication.note)
        return publishing.append(site, content, note=note, by=by, now=now, fulfils=fulfils)
    whole, announced = publishing.checked(
        site, publication.document, note=publication.note, announcement=publication.announcement
    )
    return publishing.append(
        site, whole, note=publication.note, by=by, now=now, announcement=announced, fulfils=fulfils
    )


def check_time(publish_at: datetime, now: datetime) -> None:
    """Refuse a moment that nothing can be scheduled for.

    :raises Invalid: it has passed, or is more than a year ahead; the field is `publish_at`.
    """
    if fault := publication_rules.fault_in_time(publish_at, now):
        raise Invalid(f"the time {fault}", errors={"publish_at": fault})
