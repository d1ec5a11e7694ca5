"""How a version is appended to those of a site; what publishing, going back and experiments share."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa

from server.accounts.service import message_choices
from server.core.canonical import canonical, content_hash
from server.core.db import db
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.ledger.service import outbox as ledger_outbox
from server.ledger.values import KIND_VERSION
from server.notifications.service import outbox as notification_outbox
from server.notifications.values import Message
from server.sites import lint, models, queries, scope_diff
from server.sites.document_types import Document, StoredDocument
from server.sites.values import Draft, Finding, Numbering, Pending, Site, Version, completed


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


def append(
    site: Site,
    content: StoredDocument,
    *,
    note: str,
    by: str,
    now: datetime,
    variant_of: int | None = None,
    announcement: Mapping[str, str] | None = None,
) -> Version:
    """Store the next version of a site whose draft is locked, so that two publishes cannot get one number.

    :param variant_of: the version that stays live beside this one, in an experiment
    :param announcement: checked; None: visitors are not notified of this version

    :raises Invalid: `not_publishable`: a category has no place in the visitors' cookie.
    """
    whole = completed(content)
    made, numbering = coming(queries.newest_version(site.id), whole)
    refuse(lint.unnumberable(whole, numbering))
    row = {
        "site_id": site.id,
        "number": made.number,
        "document": text(content),
        "content_hash": content_hash(content),
        "change": made.change,
        "scope_changes": text([asdict(change) for change in made.scope_changes]),
        "numbering": text(asdict(numbering)),
        "note": note,
        "published_at": now,
        "published_by": by,
        "variant_of": variant_of,
        "announcement": text(announcement) if announcement else None,
    }
    db.session.execute(sa.insert(models.BannerVersion).values(row))
    stored = queries.version(site.id, made.number)
    assert stored is not None  # noqa: S101 - it was inserted above
    ledger_outbox.append(KIND_VERSION, site.id, str(made.number), stored.commitment(), now=now)
    _notify(site, stored, now)
    return stored


def _notify(site: Site, made: Version, now: datetime) -> None:
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
    notification_outbox.record(message, message_choices.recipients(site.id, kind), now=now)


def coming(previous: Version | None, content: Document) -> tuple[Pending, Numbering]:
    """The version that this content would become after `previous`."""
    number = previous.number + 1 if previous else 1
    difference = scope_diff.diff(previous.document if previous else None, content)
    numbering = scope_diff.next_numbering(_numbering(previous), number, content, difference)
    return Pending(number, content, "scope" if difference.changes else "text", difference.changes), numbering


def text(value: object) -> str:
    """A value as it is stored: canonical JSON."""
    return canonical(value).decode("utf-8")


def _numbering(previous: Version | None) -> Numbering:
    if previous is None:
        return Numbering()
    return Numbering(previous.slots, previous.since, previous.service_slots, previous.service_since)
