"""Labels of audit events in the studio, and each as a sentence."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

from markupsafe import Markup

from server.accounts.values import ROLES, AuditEvent
from server.core.local_days import day_of
from server.studio import local_times
from server.studio.author_words import NOBODY
from server.studio.draft import edit_summary_words
from server.studio.language import current, gettext, lazy_gettext
from server.studio.phrases import Phrases
from server.studio.role_names import ROLE_NAMES
from server.studio.sentences import sentence


@dataclass(frozen=True)
class Label:
    """How an action is shown."""

    label: str
    """In the filter."""
    line: str
    """A sentence with the places `who` and, if the action has a subject, `what`."""
    icon: str
    important: bool = False
    """Whether it removes data or rights, and is highlighted."""


LABELS = {
    "login": Label(lazy_gettext("Login"), lazy_gettext("%(who)s logged in"), "in"),
    "login_refused": Label(
        lazy_gettext("Login refused"),
        lazy_gettext("%(who)s was refused at the login"),
        "alert",
        important=True,
    ),
    "break_glass_login": Label(
        lazy_gettext("Login with the break-glass account"),
        lazy_gettext("%(who)s logged in with the break-glass account"),
        "alert",
        important=True,
    ),
    "break_glass_changed": Label(
        lazy_gettext("Break-glass account chosen"),
        lazy_gettext("%(who)s made %(what)s the break-glass account"),
        "tokens",
        important=True,
    ),
    "account_connected": Label(
        lazy_gettext("Account connected"),
        lazy_gettext("%(who)s connected their account to single sign-on"),
        "domains",
    ),
    "account_disconnected": Label(
        lazy_gettext("Account disconnected"),
        lazy_gettext("%(who)s disconnected %(what)s from single sign-on"),
        "domains",
        important=True,
    ),
    "provider_logout": Label(
        lazy_gettext("Logged out by single sign-on"),
        lazy_gettext("%(who)s ended sessions of %(what)s"),
        "in",
    ),
    "password_changed": Label(
        lazy_gettext("Password changed"), lazy_gettext("%(who)s chose a new password"), "tokens"
    ),
    "password_reset": Label(
        lazy_gettext("Password reset"),
        lazy_gettext("%(who)s made a new password for %(what)s"),
        "tokens",
        important=True,
    ),
    "reset_requested": Label(
        lazy_gettext("Forgotten password"),
        lazy_gettext("%(who)s was sent a link for a new password"),
        "tokens",
    ),
    "reset_link_made": Label(
        lazy_gettext("Link for a new password"),
        lazy_gettext("%(who)s made a link for a new password of %(what)s"),
        "tokens",
        important=True,
    ),
    "sessions_ended": Label(
        lazy_gettext("Sessions ended"), lazy_gettext("%(who)s ended sessions of %(what)s"), "in"
    ),
    "app_added": Label(
        lazy_gettext("Authenticator app added"), lazy_gettext("%(who)s added an authenticator app"), "shield"
    ),
    "app_removed": Label(
        lazy_gettext("Authenticator app removed"),
        lazy_gettext("%(who)s removed the authenticator app of %(what)s"),
        "shield",
        important=True,
    ),
    "passkey_added": Label(
        lazy_gettext("Passkey added"), lazy_gettext("%(who)s added the passkey %(what)s"), "shield"
    ),
    "passkey_removed": Label(
        lazy_gettext("Passkey removed"),
        lazy_gettext("%(who)s removed the passkey %(what)s"),
        "shield",
        important=True,
    ),
    "passkey_refused": Label(
        lazy_gettext("Copied passkey refused"),
        lazy_gettext("%(who)s was refused with a passkey that seems to be copied: %(what)s"),
        "alert",
        important=True,
    ),
    "factors_removed": Label(
        lazy_gettext("Two-factor login removed"),
        lazy_gettext("%(who)s removed the two-factor login of %(what)s"),
        "shield",
        important=True,
    ),
    "recovery_codes_made": Label(
        lazy_gettext("Recovery codes made"), lazy_gettext("%(who)s made new recovery codes"), "shield"
    ),
    "recovery_code_used": Label(
        lazy_gettext("Recovery code used"),
        lazy_gettext("%(who)s logged in with a recovery code"),
        "shield",
        important=True,
    ),
    "user_created": Label(
        lazy_gettext("User added"), lazy_gettext("%(who)s added the user %(what)s"), "users"
    ),
    "user_invited": Label(lazy_gettext("User invited"), lazy_gettext("%(who)s invited %(what)s"), "users"),
    "invitation_renewed": Label(
        lazy_gettext("Invited again"), lazy_gettext("%(who)s made a new invitation for %(what)s"), "users"
    ),
    "invitation_withdrawn": Label(
        lazy_gettext("Invitation withdrawn"),
        lazy_gettext("%(who)s withdrew the invitation of %(what)s"),
        "users",
        important=True,
    ),
    "invitation_accepted": Label(
        lazy_gettext("Invitation accepted"),
        lazy_gettext("%(who)s accepted the invitation of %(what)s"),
        "users",
    ),
    "user_changed": Label(
        lazy_gettext("Role changed"), lazy_gettext("%(who)s changed the role of %(what)s"), "users"
    ),
    "user_disabled": Label(
        lazy_gettext("User disabled"),
        lazy_gettext("%(who)s disabled the account of %(what)s"),
        "users",
        important=True,
    ),
    "user_enabled": Label(
        lazy_gettext("User enabled"), lazy_gettext("%(who)s enabled the account of %(what)s"), "users"
    ),
    "token_created": Label(
        lazy_gettext("Token made"), lazy_gettext("%(who)s made the token %(what)s"), "tokens"
    ),
    "token_revoked": Label(
        lazy_gettext("Token revoked"),
        lazy_gettext("%(who)s revoked the token %(what)s"),
        "tokens",
        important=True,
    ),
    "token_rotated": Label(
        lazy_gettext("Token’s secret replaced"),
        lazy_gettext("%(who)s replaced the secret of the token %(what)s"),
        "tokens",
    ),
    "token_changed": Label(
        lazy_gettext("Token’s rights changed"),
        lazy_gettext("%(who)s changed the rights of the token %(what)s"),
        "tokens",
        important=True,
    ),
    "site_created": Label(
        lazy_gettext("Site added"), lazy_gettext("%(who)s added the site %(what)s"), "sites"
    ),
    "site_duplicated": Label(
        lazy_gettext("Site copied"), lazy_gettext("%(who)s made the site %(what)s as a copy"), "sites"
    ),
    "sample_made": Label(
        lazy_gettext("Sample site made"), lazy_gettext("%(who)s made the sample site %(what)s"), "sites"
    ),
    "sample_removed": Label(
        lazy_gettext("Sample site removed"), lazy_gettext("%(who)s removed the sample site %(what)s"), "trash"
    ),
    "site_renamed": Label(
        lazy_gettext("Site renamed"), lazy_gettext("%(who)s renamed the site to %(what)s"), "sites"
    ),
    "site_changed": Label(
        lazy_gettext("Site changed"), lazy_gettext("%(who)s changed the %(what)s"), "domains"
    ),
    "site_tagged": Label(
        lazy_gettext("Tags of a site changed"),
        lazy_gettext("%(who)s changed the tags of the site %(what)s"),
        "sites",
    ),
    "group_created": Label(
        lazy_gettext("Group of sites made"), lazy_gettext("%(who)s made the group %(what)s"), "sites"
    ),
    "group_imported": Label(
        lazy_gettext("Group of sites imported"), lazy_gettext("%(who)s imported the group %(what)s"), "sites"
    ),
    "group_changed": Label(
        lazy_gettext("Group of sites changed"), lazy_gettext("%(who)s changed the group %(what)s"), "sites"
    ),
    "group_shared": Label(
        lazy_gettext("Values of a group changed"),
        lazy_gettext("%(who)s shared values with the group %(what)s"),
        "sites",
    ),
    "group_deleted": Label(
        lazy_gettext("Group of sites deleted"),
        lazy_gettext("%(who)s deleted the group %(what)s"),
        "trash",
        important=True,
    ),
    "group_joined": Label(
        lazy_gettext("Site put into a group"),
        lazy_gettext("%(who)s put the site into the group %(what)s"),
        "sites",
    ),
    "group_left": Label(
        lazy_gettext("Site taken out of a group"),
        lazy_gettext("%(who)s took the site out of the group %(what)s"),
        "sites",
    ),
    "site_paused": Label(
        lazy_gettext("Site paused"),
        lazy_gettext("%(who)s paused the site %(what)s"),
        "clock",
        important=True,
    ),
    "site_resumed": Label(
        lazy_gettext("Site resumed"), lazy_gettext("%(who)s resumed the site %(what)s"), "clock"
    ),
    "site_deleted": Label(
        lazy_gettext("Site deleted"),
        lazy_gettext("%(who)s deleted the site %(what)s"),
        "trash",
        important=True,
    ),
    "site_restored": Label(
        lazy_gettext("Site restored"), lazy_gettext("%(who)s restored the site %(what)s"), "refresh"
    ),
    "site_purged": Label(
        lazy_gettext("Site deleted for good"),
        lazy_gettext("%(who)s deleted the site %(what)s for good"),
        "trash",
        important=True,
    ),
    "draft_edited": Label(
        lazy_gettext("Draft edited"), lazy_gettext("%(who)s edited the draft of the banner"), "banner"
    ),
    "draft_assisted": Label(
        lazy_gettext("Draft edited by an assistant"),
        lazy_gettext("%(who)s let an assistant edit the draft of the banner"),
        "banner",
    ),
    "draft_imported": Label(
        lazy_gettext("Draft imported"), lazy_gettext("%(who)s replaced the draft by %(what)s"), "banner"
    ),
    "draft_restored": Label(
        lazy_gettext("Draft taken back"),
        lazy_gettext("%(who)s took the draft back to an earlier state: %(what)s"),
        "refresh",
    ),
    "logo_uploaded": Label(
        lazy_gettext("Logo uploaded"), lazy_gettext("%(who)s uploaded a logo: %(what)s"), "banner"
    ),
    "draft_link_made": Label(
        lazy_gettext("Draft shown on the website"),
        lazy_gettext("%(who)s made a link that shows the draft on %(what)s"),
        "eye",
    ),
    "install_link_made": Label(
        lazy_gettext("Link to the instructions made"),
        lazy_gettext("%(who)s made a link to the installation instructions"),
        "install",
    ),
    "install_sent": Label(
        lazy_gettext("Instructions sent"),
        lazy_gettext("%(who)s sent the installation instructions to %(what)s"),
        "messages",
    ),
    "install_link_revoked": Label(
        lazy_gettext("Link to the instructions revoked"),
        lazy_gettext("%(who)s revoked a link to the installation instructions"),
        "install",
    ),
    "services_added": Label(
        lazy_gettext("Services from the catalog"),
        lazy_gettext("%(who)s added from the catalog: %(what)s"),
        "plus",
    ),
    "service_updated": Label(
        lazy_gettext("Newer description of a service"),
        lazy_gettext("%(who)s compared %(what)s with a newer description in the catalog"),
        "refresh",
    ),
    "published": Label(lazy_gettext("Published"), lazy_gettext("%(who)s published %(what)s"), "publish"),
    "rolled_back": Label(
        lazy_gettext("Earlier version published again"),
        lazy_gettext("%(who)s went back to an earlier version, and published %(what)s"),
        "publish",
    ),
    "published_unapproved": Label(
        lazy_gettext("Published without approval"),
        lazy_gettext("%(who)s published without a second person: %(what)s"),
        "publish",
        important=True,
    ),
    "publish_scheduled": Label(
        lazy_gettext("Publication scheduled"), lazy_gettext("%(who)s scheduled %(what)s"), "clock"
    ),
    "publish_rescheduled": Label(
        lazy_gettext("Schedule changed"), lazy_gettext("%(who)s chose another time for %(what)s"), "clock"
    ),
    "publish_cancelled": Label(
        lazy_gettext("Schedule cancelled"), lazy_gettext("%(who)s cancelled %(what)s"), "cross"
    ),
    "publish_failed": Label(
        lazy_gettext("Not published when due"),
        lazy_gettext("%(who)s could not publish %(what)s"),
        "alert",
        important=True,
    ),
    "approval_asked": Label(
        lazy_gettext("Approval asked for"), lazy_gettext("%(who)s asked for approval of %(what)s"), "requests"
    ),
    "approval_withdrawn": Label(
        lazy_gettext("Request for approval withdrawn"), lazy_gettext("%(who)s withdrew %(what)s"), "cross"
    ),
    "approved": Label(lazy_gettext("Approved"), lazy_gettext("%(who)s approved %(what)s"), "check"),
    "approval_refused": Label(
        lazy_gettext("Approval refused"), lazy_gettext("%(who)s refused %(what)s"), "cross"
    ),
    "approval_changed": Label(
        lazy_gettext("Approval setting changed"),
        lazy_gettext("%(who)s changed whether a second person approves: %(what)s"),
        "shield",
        important=True,
    ),
    "publishers_changed": Label(
        lazy_gettext("Who publishes changed"),
        lazy_gettext("%(who)s changed whether editors only ask for publishing: %(what)s"),
        "shield",
        important=True,
    ),
    "experiment_started": Label(
        lazy_gettext("Experiment started"), lazy_gettext("%(who)s started %(what)s"), "experiment"
    ),
    "experiment_ended": Label(
        lazy_gettext("Experiment ended"), lazy_gettext("%(who)s ended %(what)s"), "experiment"
    ),
    "consent_looked_up": Label(
        lazy_gettext("Consent looked up"), lazy_gettext("%(who)s looked up %(what)s"), "eye"
    ),
    "consent_downloaded": Label(
        lazy_gettext("Receipt downloaded"),
        lazy_gettext("%(who)s downloaded the receipt of %(what)s"),
        "download",
    ),
    "consent_erased": Label(
        lazy_gettext("Consent erased"), lazy_gettext("%(who)s erased %(what)s"), "trash", important=True
    ),
    "consents_exported": Label(
        lazy_gettext("Consents exported"), lazy_gettext("%(who)s exported consents as %(what)s"), "download"
    ),
    "audit_exported": Label(
        lazy_gettext("Audit log downloaded"),
        lazy_gettext("%(who)s downloaded the audit log as %(what)s"),
        "download",
    ),
    "release_changed": Label(
        lazy_gettext("Release of figures changed"),
        lazy_gettext("%(who)s set how figures are released to %(what)s"),
        "analytics",
    ),
    "retention_changed": Label(
        lazy_gettext("Retention changed"),
        lazy_gettext("%(who)s set how long consents are stored after expiry to %(what)s"),
        "clock",
    ),
    "retention_run": Label(
        lazy_gettext("Deleted when due"),
        lazy_gettext("%(who)s deleted what was due: %(what)s"),
        "trash",
        important=True,
    ),
    "erasures_replayed": Label(
        lazy_gettext("Erasures repeated"),
        lazy_gettext("%(who)s erased again after a restore: %(what)s"),
        "trash",
        important=True,
    ),
    "webhook_created": Label(
        lazy_gettext("Webhook added"), lazy_gettext("%(who)s added the webhook endpoint %(what)s"), "messages"
    ),
    "webhook_changed": Label(
        lazy_gettext("Webhook changed"),
        lazy_gettext("%(who)s changed the webhook endpoint %(what)s"),
        "messages",
    ),
    "webhook_deleted": Label(
        lazy_gettext("Webhook deleted"),
        lazy_gettext("%(who)s deleted the webhook endpoint %(what)s"),
        "messages",
        important=True,
    ),
    "messages_resent": Label(
        lazy_gettext("Messages sent again"), lazy_gettext("%(who)s sent %(what)s again"), "messages"
    ),
    "request_entered": Label(
        lazy_gettext("Request entered"), lazy_gettext("%(who)s entered %(what)s"), "requests"
    ),
    "request_opened": Label(lazy_gettext("Request opened"), lazy_gettext("%(who)s opened %(what)s"), "eye"),
    "request_answered": Label(
        lazy_gettext("Request answered"), lazy_gettext("%(who)s answered %(what)s"), "requests"
    ),
    "request_refused": Label(
        lazy_gettext("Request refused"), lazy_gettext("%(who)s refused %(what)s"), "requests"
    ),
    "request_extended": Label(
        lazy_gettext("Request extended"), lazy_gettext("%(who)s extended the period for %(what)s"), "clock"
    ),
    "request_noted": Label(
        lazy_gettext("Note on a request"), lazy_gettext("%(who)s added a note to %(what)s"), "requests"
    ),
    "request_deleted": Label(
        lazy_gettext("Request deleted"), lazy_gettext("%(who)s deleted %(what)s"), "trash", important=True
    ),
    "agreement_changed": Label(
        lazy_gettext("Agreement changed"),
        lazy_gettext("%(who)s changed the agreement with %(what)s"),
        "register",
    ),
    "agreement_removed": Label(
        lazy_gettext("Agreement removed"),
        lazy_gettext("%(who)s removed the agreement with %(what)s from the register"),
        "trash",
        important=True,
    ),
    "log_key_rotated": Label(
        lazy_gettext("Log key changed"),
        lazy_gettext("%(who)s made a new signing key: %(what)s"),
        "tokens",
        important=True,
    ),
}
"""Action → label, in the order of the filter."""

_OF_BULK = re.compile(r" ?\(bulk action ([A-Za-z0-9_-]{22})\)$")
"""What `sites.bulk` adds to the detail of what was done with many sites."""

KINDS = {
    "token": lazy_gettext("API token"),
    "command": lazy_gettext("on the server"),
    "schedule": lazy_gettext("automatically"),
    "provider": lazy_gettext("single sign-on"),
}
"""Kind of actor → text beside the name; people have none."""

_NAMED_BY_STAFF = frozenset(
    {
        "site_renamed",
        "service_updated",
        "agreement_changed",
        "agreement_removed",
        "passkey_added",
        "passkey_removed",
        "passkey_refused",
    }
)
"""Actions whose subject is a name that staff have given, which is shown as it is."""

_WITH_NOTE = frozenset(
    {
        "site_duplicated",
        "site_renamed",
        "site_paused",
        "site_tagged",
        "published",
        "services_added",
        "approval_refused",
        "audit_exported",
    }
)
"""Actions whose detail is a note of staff, or names, which are shown as they are."""

_OF_PLACES = frozenset({"draft_edited", "draft_assisted", "group_changed", "group_shared"})
"""Actions whose detail says which places of a banner document were changed, as `edit_summary` writes it."""

_FIELDS = {
    "capacity": lazy_gettext("what it is to you"),
    "reference": lazy_gettext("the reference"),
    "signed_on": lazy_gettext("the day of signing"),
    "expires_on": lazy_gettext("the last day"),
    "remind_days": lazy_gettext("the reminder"),
    "contact": lazy_gettext("the contact"),
    "note": lazy_gettext("the note"),
}
"""Field of an agreement → its name in a sentence."""

_PHRASES = Phrases(
    (
        sentence("version %(number)s"),
        sentence("as version %(number)s"),
        sentence("revision %(number)s"),
        sentence("experiment %(number)s"),
        sentence("publication %(number)s"),
        sentence("consent %(mark)s"),
        sentence("request %(reference)s"),
        sentence("domains"),
        sentence("responsible person"),
        sentence("nobody"),
        sentence("1 day"),
        sentence("%(number)s days"),
        sentence("%(number)s hours"),
        sentence("before: %(phrase)s"),
        sentence("1 record"),
        sentence("%(number)s records"),
        sentence("%(number)s rows"),
        sentence("%(phrase)s of the same browser"),
        sentence("%(number)s records of its browser"),
        sentence("1 message"),
        sentence("%(number)s messages"),
        sentence("%(number)s services"),
        sentence("authenticator app"),
        sentence("recovery code"),
        sentence("passkey"),
        sentence("%(number)s left"),
        sentence("switched on"),
        sentence("switched off"),
        sentence("a new secret"),
        sentence("%(role)s of every site"),
        sentence("%(role)s of %(sites)s"),
        sentence("nothing"),
        sentence("beside version %(version)s, at most %(number)s days"),
        sentence("the content of a closed request: %(number)s"),
        sentence("a request that nobody has confirmed: %(number)s"),
        sentence("%(rights)s on every site"),
        sentence("%(rights)s on 1 site"),
        sentence("%(rights)s on %(number)s sites"),
        sentence("planned for %(moment)s"),
        sentence("due %(moment)s"),
        sentence("due %(moment)s, %(number)s days after expiry"),
        sentence("%(number)s erasures that the database did not know"),
        sentence("day, ε = %(epsilon)s"),
        sentence("week, ε = %(epsilon)s"),
        sentence("month, ε = %(epsilon)s"),
        sentence("%(number)s of %(total)s values taken over"),
        sentence("%(field)s changed"),
        "%(field)s: %(text)s",
    ),
    {
        "number": "[0-9]+",
        "total": "[0-9]+",
        "version": "[0-9]+",
        "mark": "[0-9a-f-]+",
        "reference": "[0-9A-Z-]+",
        "role": "|".join(ROLES),
        "epsilon": "[0-9.]+",
        "moment": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}",
        "field": "|".join(_FIELDS),
    },
)
"""Subjects and details as they are stored."""


def line(event: AuditEvent) -> Markup:
    """What was done, as a sentence with the actor and the subject in bold."""
    label, subject = LABELS.get(event.action), _subject(event)
    who = Markup("<strong>{}</strong>").format(named(event.by.name))
    if event.by.kind in KINDS:
        who += Markup(' <span class="muted">({})</span>').format(KINDS[event.by.kind])
    what = Markup("<strong>{}</strong>").format(subject) if subject else Markup()
    if label is None:
        return Markup(" ").join((who, event.action, what))
    return Markup(str(label.line)) % {"who": who, "what": what}  # noqa: S704 - a sentence of the translations


def detail(event: AuditEvent, zone: tzinfo) -> str:
    """The detail of an event, in the reader's language and time zone where it is not a text of staff."""
    stored = _OF_BULK.sub("", event.detail)
    if event.action in _OF_PLACES:
        return edit_summary_words.worded(stored)
    if event.action in _WITH_NOTE:
        return stored
    changes = (change.split(" → ") for change in stored.split("; "))
    return "; ".join(" → ".join(_phrase(part, zone) for part in change) for change in changes)


def bulk_action(event: AuditEvent) -> str:
    """The id of the action on several sites that an event is part of; empty: of none."""
    found = _OF_BULK.search(event.detail)
    return found[1] if found else ""


def named(actor: str) -> str:
    """The name of an actor on screen."""
    return str(NOBODY.get(actor, actor))


def by_day(events: Iterable[AuditEvent], zone: ZoneInfo) -> Iterator[tuple[str, list[AuditEvent]]]:
    """Events grouped by day of a time zone."""
    for day, group in groupby(events, key=lambda event: day_of(event.at, zone)):
        heading = local_times.in_words(day, "weekday", current())
        yield heading[:1].upper() + heading[1:], list(group)


def _subject(event: AuditEvent) -> str:
    return event.subject if event.action in _NAMED_BY_STAFF else _phrase(event.subject, UTC)


def _phrase(stored: str, zone: tzinfo) -> str:
    """A stored subject or detail in the language of the reader; as it is if it is no such phrase."""
    found = _PHRASES.find(stored)
    if found is None:
        return stored
    known, places = found
    return gettext(known, **{place: _placed(place, text, zone) for place, text in places.items()})


def _placed(place: str, text: str, zone: tzinfo) -> str:
    if place == "role":
        return str(ROLE_NAMES[text]).lower()
    if place == "field":
        return str(_FIELDS[text])
    if place == "moment":
        return _moment(text, zone)
    return _phrase(text, zone) if place == "phrase" else text


def _moment(stored: str, zone: tzinfo) -> str:
    """A moment that is stored as `2026-12-01 08:00` in UTC, by the reader's clock."""
    try:
        at = datetime.fromisoformat(stored).replace(tzinfo=UTC)
    except ValueError:
        return stored
    return local_times.in_words(at.astimezone(zone), "minute", current())
