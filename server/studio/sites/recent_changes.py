"""What staff changed last on a site, for everybody who sees the site."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from server.accounts.service import audit_log
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
    at: datetime


def newest(site_id: str) -> tuple[Change, ...]:
    """The newest changes of a site, the newest first; one indexed read."""
    events = audit_log.audit_events(only=None, site_id=site_id, actions=TOLD, limit=SHOWN)
    return tuple(
        Change(audit_labels.LABELS[event.action].icon, audit_labels.line(event), event.at) for event in events
    )
