"""What on a site waits for who is looking, each in one line with the way to it, the most urgent first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import url_for

from server.scanner.values import Status
from server.sites import catalog_news
from server.sites.document_types import Document
from server.sites.publication_rules import Publication, may_decide
from server.sites.values import Finding, Version
from server.studio import authors
from server.studio.analytics import alarms
from server.studio.guard import identity, may, site, zone
from server.studio.language import gettext, ngettext
from server.studio.publishing import publication_words

Urgency = Literal["danger", "warning", "note"]

URGENCIES: tuple[Urgency, ...] = ("danger", "warning", "note")
"""The most urgent first. `danger`: visitors are not asked, or a date has passed."""


@dataclass(frozen=True)
class Item:
    """Something that waits."""

    name: str
    """Its id on the page."""
    icon: str
    urgency: Urgency
    urgent: str
    """The sentence that comes first, in bold; may be empty."""
    said: str
    """What else there is to say; may be empty."""
    action: str
    """The words of the button."""
    address: str


def items(
    document: Document,
    findings: Sequence[Finding],
    check: Status | None,
    newest: Version | None,
    *,
    started: bool,
    publication: Mapping[str, Any],
    found_alarms: Sequence[alarms.Shown],
    requests: Any,
    agreements: Mapping[str, Any] | None,
) -> tuple[Item, ...]:
    """Everything that waits on the site of the page.

    :param started: whether something is published; before, the next steps say what stops publishing
    :param publication: as `waiting_publications.of_site`
    """
    found = (
        *(_installation(check, newest) if check is not None and site().pause is None else ()),
        *_alarms(found_alarms),
        *_publication(publication["waiting"], publication["over"]),
        *_requests(requests),
        *_agreements(agreements),
        *(_editing(document, findings, started=started) if may("banner.edit") else ()),
    )
    return tuple(sorted(found, key=lambda item: URGENCIES.index(item.urgency)))


def _installation(check: Status, newest: Version | None) -> Iterator[Item]:
    """What the last check found of the version that visitors have; of an earlier one it says nothing."""
    standing = check.standing(newest.published_at if newest else None)
    address = url_for("studio.install", key=site().key) + "#live"
    if standing == "unasked":
        said = gettext("Visitors are not asked as they should be.")
        yield Item("installation", "install", "danger", said, "", gettext("See what is wrong"), address)
    elif standing == "unblocked":
        found = check.newest.unblocked
        said = (
            gettext("%(service)s does not wait for the visitors’ answer.", service=found[0].facts["service"])
            if len(found) == 1
            else ngettext(
                "%(num)s service does not wait for the visitors’ answer.",
                "%(num)s services do not wait for the visitors’ answer.",
                len(found),
            )
        )
        yield Item("installation", "install", "warning", said, "", gettext("See what to do"), address)


def _alarms(found: Sequence[alarms.Shown]) -> Iterator[Item]:
    for number, one in enumerate(found, 1):
        urgency: Urgency = "danger" if one.severe else "warning"
        yield Item(
            f"alarm-line-{number}",
            "analytics",
            urgency,
            f"{one.title}.",
            "",
            gettext("See what to do"),
            f"#alarm-{number}",
        )


def _publication(waiting: Publication | None, over: Publication | None) -> Iterator[Item]:
    if waiting is not None:
        yield _waiting(waiting)
    elif over is not None and over.state != "cancelled":
        yield _over(over)


def _waiting(one: Publication) -> Item:
    address = url_for("studio.publication", key=site().key, number=one.number)
    see = gettext("See what it changes")
    if one.state == "scheduled" and one.publish_at is not None:
        when = publication_words.moment(one.publish_at, zone())
        said = gettext("A publication is scheduled for %(when)s.", when=when)
        return Item("publication", "publish", "note", "", said, see, address)
    title = f"{publication_words.title(one)}."
    if one.asked_by == identity().email:
        said = gettext("You have asked for approval:")
        return Item("publication", "publish", "note", "", f"{said} {title}", see, address)
    said = gettext("%(who)s asks for approval:", who=authors.named(one.asked_by))
    if may_decide(one, identity().email, publishes=may("banner.publish")):
        return Item(
            "publication", "publish", "warning", "", f"{said} {title}", gettext("See it, and decide"), address
        )
    return Item("publication", "publish", "note", "", f"{said} {title}", see, address)


def _over(one: Publication) -> Item:
    address = url_for("studio.publication", key=site().key, number=one.number)
    if one.state == "failed" and one.publish_at is not None:
        when = publication_words.moment(one.publish_at, zone())
        said = gettext("What was scheduled for %(when)s was not published.", when=when)
        publish = url_for("studio.publish", key=site().key)
        return Item("publication", "publish", "danger", said, "", gettext("See why"), publish)
    if one.state == "refused":
        own = one.asked_by == identity().email
        said = (
            gettext("%(who)s sent back what you asked for.", who=authors.named(one.decided_by or ""))
            if own
            else gettext(
                "%(who)s sent back what %(asker)s asked for.",
                who=authors.named(one.decided_by or ""),
                asker=authors.named(one.asked_by),
            )
        )
        return Item(
            "publication", "publish", "warning" if own else "note", "", said, gettext("See why"), address
        )
    said = gettext("Something that waited was superseded by version %(number)s.", number=one.version)
    return Item("publication", "publish", "note", "", said, gettext("See what it was"), address)


def _requests(counts: Any) -> Iterator[Item]:
    if counts:
        late = ngettext("One is overdue.", "%(num)s are overdue.", counts.overdue) if counts.overdue else ""
        said = ngettext(
            "One request waits for an answer.", "%(num)s requests wait for an answer.", counts.open
        )
        address = url_for("studio.request_list", key=site().key)
        yield Item(
            "requests",
            "requests",
            "danger" if late else "warning",
            late,
            said,
            gettext("See requests"),
            address,
        )


def _agreements(counts: Mapping[str, Any] | None) -> Iterator[Item]:
    if counts is None:
        return
    ended, missing, ending = counts["expired"], counts["missing"], counts["ending"]
    urgent = ngettext("One agreement has ended.", "%(num)s agreements have ended.", ended) if ended else ""
    said = []
    if missing:
        said.append(
            ngettext(
                "One processor has no agreement yet.", "%(num)s processors have no agreement yet.", missing
            )
        )
    if ending:
        said.append(
            ngettext(
                "One agreement ends %(when)s.",
                "%(num)s agreements end soon, the first %(when)s.",
                ending,
                when=_in_days(counts["soonest"] or 0),
            )
        )
    urgency: Urgency = "danger" if ended else "warning" if missing else "note"
    address = url_for("studio.register_page", key=site().key)
    yield Item(
        "agreements", "register", urgency, urgent, " ".join(said), gettext("See the register"), address
    )


def _in_days(days: int) -> str:
    if days == 0:
        return gettext("today")
    return gettext("tomorrow") if days == 1 else ngettext("in %(num)s day", "in %(num)s days", days)


def _editing(document: Document, findings: Sequence[Finding], *, started: bool) -> Iterator[Item]:
    """What stands against publishing, what is worth knowing of the draft, and what the catalog has newer."""
    publish = url_for("studio.publish", key=site().key)
    errors = sum(one.severity == "error" for one in findings)
    if errors and started:
        said = ngettext("One thing stops publishing.", "%(num)s things stop publishing.", errors)
        yield Item("errors", "publish", "warning", "", said, gettext("Put it right"), publish)
    newer = catalog_news.newer(document)
    if newer:
        said = ngettext(
            "One service has a newer description in the catalog.",
            "%(num)s services have a newer description in the catalog.",
            len(newer),
        )
        address = (
            url_for("studio.catalog_update", key=site().key, service=newer[0]["key"])
            if len(newer) == 1
            else url_for("studio.services", key=site().key)
        )
        yield Item("newer", "refresh", "note", "", said, gettext("See what differs"), address)
    if (hints := len(findings) - errors) and started:
        said = ngettext(
            "One thing in the draft is worth knowing.",
            "%(num)s things in the draft are worth knowing.",
            hints,
        )
        yield Item("hints", "eye", "note", "", said, gettext("See them"), publish)
