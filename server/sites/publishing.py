"""How a version is appended to those of a site; what publishing, going back and experiments share."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from server.accounts.service import message_choices
from server.core.canonical import canonical_text, content_hash
from server.core.db import db
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.ledger.service import outbox as ledger_outbox
from server.ledger.values import KIND_VERSION
from server.notifications.service import outbox as notification_outbox
from server.notifications.values import Message
from server.sites import (
    announcements,
    document,
    lint,
    models,
    publication_rules,
    publications,
    queries,
    sample_rules,
    scope_diff,
)
from server.sites.document_types import Document, StoredDocument
from server.sites.values import (
    Draft,
    Finding,
    Numbering,
    Pending,
    Site,
    Version,
    completed,
    fault_in_text,
)

LONGEST_NOTE = 1000
"""Most characters of a note for colleagues."""


def locked_draft(site_id: str, expected_revision: int | None = None) -> Draft:
    """The draft of a site, locked until the transaction ends: the mutex of all that publishes.

    :raises NotFound: `site_unknown`.
    :raises PreconditionFailed: `changed_meanwhile`: its revision is another one than expected.
    """
    found = queries.draft(site_id, lock=True)
    if found is None:
        raise NotFound("there is no such site", reason="site_unknown")
    if expected_revision is not None and expected_revision != found.revision:
        raise PreconditionFailed(f"the draft was saved meanwhile; its revision is {found.revision}")
    return found


def refuse_other_version(site_id: str, expected: int | None) -> None:
    """Let nothing be published after another version than the one that somebody compared it with.

    So a form that is sent twice publishes once. The draft of the site is locked.

    :param expected: the newest version when the caller looked, 0 if there was none; None: any will do
    :raises PreconditionFailed: `changed_meanwhile`.
    """
    newest = queries.newest_version(site_id)
    number = newest.number if newest else 0
    if expected not in (None, number):
        raise PreconditionFailed(f"version {number} was published meanwhile")


def refuse_during_experiment(site_id: str) -> None:
    """Let nothing be published beside the two variants of an experiment.

    :raises Conflict: `experiment_running`.
    """
    newest = queries.newest_version(site_id)
    if newest is not None and newest.variant_of is not None:
        raise Conflict(
            f"an experiment with versions {newest.variant_of} and {newest.number} is running: end it first",
            reason="experiment_running",
        )


def refuse(findings: Iterable[Finding]) -> None:
    """Refuse what a finding of the severity `error` stands against.

    :raises Invalid: `not_publishable`; `errors` names the fields.
    """
    errors: dict[str, object] = {}
    for finding in findings:
        if finding.severity == "error":
            errors.setdefault(finding.field, finding.message)
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(
            f"the banner cannot be published yet: {field} {sentence}",
            reason="not_publishable",
            errors=errors,
        )


def refuse_without_approval(site: Site) -> None:
    """Let nothing be published by one person alone where a second one has to approve it.

    :raises Conflict: `approval_required`.
    """
    if site.approval_required:
        raise Conflict(
            "on this site a second person approves what is published: ask for approval in the studio",
            reason="approval_required",
        )


def check_note(note: str) -> None:
    """Refuse a note that cannot be stored.

    :raises Invalid: it is too long, or has control characters.
    """
    fault = fault_in_text(note, longest=LONGEST_NOTE, lines=True)
    if fault is not None:
        raise Invalid(f"the note {fault}", errors={"note": fault})


def note_again(number: int, note: str) -> str:
    """The note of a version that is as version `number` was; `note` says why, and may be empty."""
    return f"As version {number}" + (f": {note}" if note else "")


def checked(
    site: Site, stored: Document, *, note: str, announcement: Mapping[str, str] | None
) -> tuple[Document, dict[str, str] | None]:
    """The document and the announcement as a version would have them, if they may be published.

    :raises Invalid: the note is too long, the announcement is not in exactly the banner's languages, or
        `not_publishable`, and `errors` names what to correct first.
    :raises Conflict: `sample_site`.
    """
    sample_rules.refuse(site)
    check_note(note)
    # The schema of an earlier release may have accepted what today's does not.
    content = document.load(stored)
    refuse(lint.findings(content, site.domains))
    if not note.strip() and publication_rules.needs_reason(queries.newest_version(site.id), content):
        fault = "is empty: say why Google's tags may load and send before visitors have chosen"
        raise Invalid(f"the note {fault}", reason="not_publishable", errors={"note": fault})
    return content, None if announcement is None else _announced(announcement, content)


def _announced(announcement: Mapping[str, str], content: Document) -> dict[str, str]:
    errors = announcements.faults(announcement, content)
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"{field} {sentence}", errors=errors)
    return announcements.checked(announcement, content)


def append(
    site: Site,
    content: StoredDocument,
    *,
    note: str,
    by: str,
    now: datetime,
    variant_of: int | None = None,
    announcement: Mapping[str, str] | None = None,
    fulfils: int | None = None,
) -> Version:
    """Store the next version of a site whose draft is locked, so that two publishes cannot get one number.

    A publication that waited for something else is superseded: it was compared with the version before.

    :param variant_of: the version that stays live beside this one, in an experiment
    :param announcement: checked; None: visitors are not notified of this version
    :param fulfils: number of the publication that waited for this

    :raises Invalid: `not_publishable`: a category has no place in the visitors' cookie.
    :raises Conflict: `publication_closed`: what it fulfils does not wait any more; `sample_site`.
    """
    sample_rules.refuse(site)
    whole = completed(content)
    made, numbering = coming(queries.newest_version(site.id), whole)
    refuse(lint.unnumberable(whole, numbering))
    row = {
        "site_id": site.id,
        "number": made.number,
        "document": canonical_text(content),
        "content_hash": content_hash(content),
        "change": made.change,
        "scope_changes": canonical_text([asdict(change) for change in made.scope_changes]),
        "numbering": canonical_text(asdict(numbering)),
        "note": note,
        "published_at": now,
        "published_by": by,
        "variant_of": variant_of,
        "announcement": canonical_text(announcement) if announcement else None,
    }
    db.session.execute(sa.insert(models.BannerVersion).values(row))
    stored = queries.version(site.id, made.number)
    assert stored is not None  # noqa: S101 - it was inserted above
    publications.settle(site, made.number, fulfils=fulfils, by=by, now=now)
    ledger_outbox.append(KIND_VERSION, site.id, str(made.number), stored.commitment(), now=now)
    # Who presses the button knows it; who has waited for it is told.
    _notify(site, stored, now, by=by if fulfils is None else "")
    return stored


def _notify(site: Site, made: Version, now: datetime, *, by: str) -> None:
    """Put a message about a version into the outbox. Who published it, and the note, stay in the studio."""
    kind = "banner.published"
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "version": made.number,
        "change": made.change if made.number > 1 else "first",
        "shown_to": "all" if made.variant_of is None else "half",
        "announced": bool(made.announcement),
        "content_hash": made.content_hash,
        "published_at": made.published_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    message = Message(site.id, kind, data, key=f"{kind} {made.number}")
    notification_outbox.record(message, message_choices.recipients(site.id, kind), now=now, by=by)


def coming(previous: Version | None, content: Document) -> tuple[Pending, Numbering]:
    """The version that this content would become after `previous`."""
    number = previous.number + 1 if previous else 1
    difference = scope_diff.diff(previous.document if previous else None, content)
    numbering = scope_diff.next_numbering(_numbering(previous), number, content, difference)
    return Pending(number, content, "scope" if difference.changes else "text", difference.changes), numbering


def decided(previous: Version | None, content: Document) -> Pending:
    """What publishing this content after `previous` decides: who is asked again, and should be notified."""
    made, _ = coming(previous, content)
    before = None if previous is None else previous.document
    return replace(made, notify=announcements.proposed(before, content, made.change))


def _numbering(previous: Version | None) -> Numbering:
    if previous is None:
        return Numbering()
    return Numbering(previous.slots, previous.since, previous.service_slots, previous.service_since)
