"""Publications that wait for their time or for a second person: what they are, and who may do what. Pure.

At most one waits on a site, and it belongs to the version that is live while it waits: what it would change
was read against that one. So another version that is published supersedes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from server.core.canonical import content_hash
from server.core.errors import Conflict, Forbidden
from server.sites.document_types import Document
from server.sites.values import Planned, Version

Kind = Literal["draft", "version", "experiment"]
"""`draft`: the draft as it was; `version`: an old version again; `experiment`: the draft as variant B."""

State = Literal[
    "requested", "scheduled", "published", "refused", "withdrawn", "cancelled", "superseded", "failed"
]
"""`requested` and `scheduled` wait. `withdrawn` by who asked, `cancelled` by who may publish, `superseded` by
another version, `failed` when it was due, since it could not be published any more."""

TRANSITIONS: Mapping[State, frozenset[State]] = {
    "requested": frozenset(("scheduled", "published", "refused", "withdrawn", "superseded")),
    "scheduled": frozenset(("requested", "published", "cancelled", "superseded", "failed")),
    "published": frozenset(),
    "refused": frozenset(),
    "withdrawn": frozenset(),
    "cancelled": frozenset(),
    "superseded": frozenset(),
    "failed": frozenset(),
}
"""State → the states that may follow."""

WAITING: tuple[State, ...] = ("requested", "scheduled")
"""States of what is not over."""

FARTHEST = timedelta(days=366)
"""How far ahead something may be scheduled: beyond it, nobody remembers that it was."""

NOT_PERMITTED = "answered_for_by"
"""Instead of a field, in the faults of a publication: it was nothing in the banner that stopped it."""

UNFINISHED: tuple[State, ...] = ("failed", "refused", "superseded", "cancelled")
"""States that somebody should know of who looks at the site."""

LONGEST_REASON = 1000
"""Most characters of why something is refused."""


@dataclass(frozen=True)
class Publication:
    """What somebody has scheduled, or asked for."""

    site_id: str
    number: int
    """1, 2, 3 … per site."""
    kind: Kind
    state: State
    document: Document
    """What visitors are to get, as it was when it was asked for."""
    content_hash: str
    """Of what is stored of the document and its variant A."""
    note: str
    announcement: Mapping[str, str] | None
    """Language → what visitors are notified of; None: they are not."""
    of_version: int | None
    """The version that is to be published again."""
    plan: Planned | None
    """What is fixed about the experiment."""
    variant_a: Document | None
    """What is compared with `document` in an experiment; None: what visitors have."""
    publish_at: datetime | None
    """None: as soon as it is approved."""
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str | None
    """Who approved or refused it; None: nobody had to, or has yet."""
    reason: str
    """Why it was refused."""
    faults: Mapping[str, str]
    """Field → why it could not be published when it was due."""
    closed_at: datetime | None
    closed_by: str | None
    version: int | None
    """The version that it became, or that was published instead."""

    @property
    def digest(self) -> str:
        """The hash of all that is decided about: approving names it, so that what was shown is approved."""
        plan = self.plan
        return content_hash(
            {
                "kind": self.kind,
                "content": self.content_hash,
                "of_version": self.of_version,
                "plan": [plan.limit_days, repr(plan.tuned_for), repr(plan.detectable)] if plan else None,
                "note": self.note,
                "announcement": dict(self.announcement) if self.announcement else None,
                "publish_at": _utc(self.publish_at),
                "asked_at": _utc(self.asked_at),
                "asked_by": self.asked_by,
            }
        )

    @property
    def answered_for_by(self) -> str:
        """Who answers for it when it is due: whoever has approved it, else whoever has scheduled it."""
        return self.decided_by or self.asked_by

    @property
    def not_permitted(self) -> bool:
        """Whether it failed because who answers for it could not publish on the site any more."""
        return NOT_PERMITTED in self.faults

    @property
    def waits(self) -> bool:
        """Whether it is not over."""
        return self.state in WAITING


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def fault_in_time(publish_at: datetime, now: datetime) -> str | None:
    """Why nothing can be scheduled for a moment, as the end of a sentence; None if it can."""
    if publish_at <= now:
        return "has passed"
    if publish_at - now > FARTHEST:
        return "is more than a year ahead"
    return None


def is_own(publication: Publication, by: str) -> bool:
    """Whether a person asked for it, or scheduled it: then another one has to approve it."""
    return by == publication.asked_by


@dataclass(frozen=True)
class Standing:
    """What became of the newest publication of a site, without what it publishes."""

    state: State
    asked_by: str
    closed_at: datetime | None
    last_published: datetime | None
    """When the newest version of the site was published; None: nothing is."""

    @property
    def came_to_nothing(self) -> bool:
        """Whether it was not published, and nothing was since but what superseded it."""
        if self.state not in UNFINISHED or self.closed_at is None:
            return False
        if self.last_published is None or self.last_published < self.closed_at:
            return True
        return self.state == "superseded" and self.last_published == self.closed_at

    def waits_for(self, by: str, *, publishes: bool) -> bool:
        """Whether a person has to do something about it.

        Approve it, since another person asks; put right what was not published in time; or read why what
        they had asked for was sent back.
        """
        if self.state == "requested":
            return publishes and by != self.asked_by
        return self.came_to_nothing and (
            self.state == "failed" or (self.state == "refused" and by == self.asked_by)
        )


def may_decide(publication: Publication, by: str, *, publishes: bool) -> bool:
    """Whether a person may approve or refuse: another one than who asked, and one who may publish."""
    return publication.state == "requested" and publishes and not is_own(publication, by)


def may_withdraw(publication: Publication, by: str) -> bool:
    """Whether a person may take a request back: their own."""
    return publication.state == "requested" and is_own(publication, by)


def may_cancel(publication: Publication, *, publishes: bool) -> bool:
    """Whether a person may cancel what is scheduled, or choose another time for it."""
    return publication.state == "scheduled" and publishes


def may_replace(publication: Publication, by: str, *, publishes: bool) -> bool:
    """Whether a person may have something else published or asked for instead of what waits."""
    return may_withdraw(publication, by) or may_cancel(publication, publishes=publishes)


def refuse_own(publication: Publication, by: str) -> None:
    """Let nobody decide about what they asked for themselves.

    :raises Forbidden: `own_request`.
    """
    if is_own(publication, by):
        raise Forbidden("nobody approves what they asked for themselves", reason="own_request")


def refuse_others(publication: Publication, by: str) -> None:
    """Let nobody take back what somebody else asked for.

    :raises Forbidden: `not_own_request`.
    """
    if not is_own(publication, by):
        raise Forbidden("somebody else asked for this: refuse it instead", reason="not_own_request")


def refuse_closed(publication: Publication, *expected: State) -> None:
    """Let nothing be done with a publication in another state than expected.

    :raises Conflict: `publication_closed`; or `publication_waiting`: it waits for something else.
    """
    if publication.state not in expected:
        reason = "publication_waiting" if publication.waits else "publication_closed"
        raise Conflict(f"publication {publication.number} is {publication.state} already", reason=reason)


def needs_reason(previous: Version | None, content: Document) -> bool:
    """Whether tags may send before visitors decide, from this on: a note has to say why."""
    before = previous is not None and _lets_tags_send(previous.document)
    return _lets_tags_send(content) and not before


def _lets_tags_send(content: Document) -> bool:
    """Whether tags may send without consent, which must be an explicit decision."""
    return content["behaviour"]["consent_mode"] == "advanced"
