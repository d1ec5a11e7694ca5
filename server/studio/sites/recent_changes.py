"""What staff changed last on a site, for everybody who sees the site."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from markupsafe import Markup

from server.accounts.service import audit_log
from server.accounts.values import AuditEvent
from server.sites import edit_records
from server.sites.values import Site
from server.studio.records import audit_labels

SHOWN = 5
"""Changes on the overview."""

TOLD = frozenset(
    {
        "site_created",
        "site_duplicated",
        "site_renamed",
        "site_changed",
        "site_tagged",
        "site_paused",
        "site_resumed",
        "site_restored",
        "group_joined",
        "group_left",
        "group_shared",
        "draft_edited",
        "draft_assisted",
        "draft_imported",
        "draft_restored",
        "logo_uploaded",
        "services_added",
        "service_updated",
        "published",
        "rolled_back",
        "published_unapproved",
        "publish_scheduled",
        "publish_rescheduled",
        "publish_cancelled",
        "publish_failed",
        "approval_asked",
        "approval_withdrawn",
        "approved",
        "approval_refused",
        "approval_changed",
        "experiment_started",
        "experiment_ended",
        "release_changed",
        "retention_changed",
        "agreement_changed",
        "agreement_removed",
    }
)
"""Actions about the banner and its settings, which other pages show to everybody who sees the site.

What is about visitors, requests, logins, tokens and webhooks is in the audit log alone, for those who may
read it.
"""


@dataclass(frozen=True)
class Change:
    """Something that was changed."""

    icon: str
    line: Markup
    """A sentence that says who did what."""
    detail: str
    """What exactly: the edited places, the tags, the note of a version."""
    at: datetime


def newest(site: Site, zone: tzinfo) -> tuple[Change, ...]:
    """The newest changes of a site, the newest first; a few narrow reads if nobody is editing the draft.

    :param zone: of the moments in them
    """
    stored = audit_log.audit_events(only=None, site_id=site.id, actions=TOLD, limit=SHOWN)
    events = sorted((*_edited_just_now(site), *stored), key=lambda event: event.at, reverse=True)
    return tuple(
        Change(
            audit_labels.LABELS[event.action].icon,
            audit_labels.line(event),
            audit_labels.detail(event, zone),
            event.at,
        )
        for event in events[:SHOWN]
    )


def _edited_just_now(site: Site) -> tuple[AuditEvent, ...]:
    """Edits of the draft as the audit log will have them."""
    return tuple(
        AuditEvent(0, edit.at, edit_records.actor(edit), "draft_edited", site.id, "", edit.detail)
        for edit in edit_records.pending(site)
        if edit.places
    )
