"""Actions on many sites at once: what they are, what may be done with one, and how far it is. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from server.sites.values import Site

State = Literal["pending", "done", "unchanged", "failed"]
"""Of one site. `unchanged`: it was so already; `failed`: something stands against it there."""

AT_ONCE = 10
"""Most sites that are changed while the reader waits; more are left to the worker."""

UNDOABLE = timedelta(days=1)
"""How long after it began an action can be undone as a whole."""

KEPT = timedelta(days=90)
"""How long an action is kept; what it did to each site stays in the audit log."""


@dataclass(frozen=True)
class Task:
    """What is to be done with one site."""

    site: Site
    parameters: Mapping[str, object]
    """Of the whole action, e.g. the tag or the note."""
    given: Mapping[str, object]
    """For this site alone, e.g. the revision that was looked at, or what is to be brought back."""
    by: str
    """Name of who does it, as it is stored with what is done."""
    may: Callable[[str], bool]
    """Whether they have a permission on this site, now."""
    now: datetime


@dataclass(frozen=True)
class Done:
    """What was done with one site."""

    event: str = ""
    """Action of the audit log; empty: nothing is to be on record."""
    subject: str = ""
    detail: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    """What the action that undoes it is given for this site."""
    result: Mapping[str, object] = field(default_factory=dict)
    """For the page of the action, e.g. the number of the version."""


@dataclass(frozen=True)
class Kind:
    """What can be done with many sites."""

    name: str
    permission: str
    """Needed on each site, when it is its turn."""
    do: Callable[[Task], Done | None]
    """Does it in the caller's transaction; None: the site is so already. A `DomainError` says what stands
    against it, and nothing of it is stored."""
    undo: str = ""
    """Kind that takes it back; empty: nothing does, as a whole."""
    batch: int = 10
    """Sites in one transaction, for which others who write have to wait."""
    listed: bool = True
    """Whether it changes sites, and so is listed among what was done."""
    check: Callable[[Mapping[str, object]], None] | None = None
    """Raises `Invalid` where its parameters cannot be used, before anything is started."""


@dataclass(frozen=True)
class Progress:
    """How many sites of an action are in each state."""

    pending: int = 0
    done: int = 0
    unchanged: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All sites of the action."""
        return self.pending + self.settled

    @property
    def settled(self) -> int:
        """The sites that need nothing more."""
        return self.done + self.unchanged + self.failed

    @property
    def percent(self) -> int:
        """How far it is, 0 … 100; 100 only when nothing is pending."""
        return 100 * self.settled // self.total if self.total else 100


@dataclass(frozen=True)
class BulkAction:
    """An action on many sites, and how far it is."""

    id: str
    kind: str
    parameters: Mapping[str, object]
    asked_at: datetime
    asked_by: str
    user_id: str | None
    """None: it was started on the command line."""
    ended_at: datetime | None
    """None: the worker has not been through all of its sites."""
    undoes: str | None
    """Id of the action that this one takes back."""
    undone_by: str | None
    """Id of the action that takes this one back."""
    progress: Progress


@dataclass(frozen=True)
class BulkSite:
    """One site of an action."""

    site: Site
    state: State
    reason: str
    """Stable word for why it failed."""
    message: str
    """The same as a sentence in English without its full stop."""
    result: Mapping[str, object]
    given: Mapping[str, object]


def fault_in_undo(action: BulkAction, kind: Kind, now: datetime) -> str | None:
    """Why an action cannot be undone as a whole, as a stable word; None if it can."""
    if not kind.undo:
        return "not_undoable"
    if action.ended_at is None:
        return "still_running"
    if action.undone_by is not None:
        return "already_undone"
    if now - action.asked_at > UNDOABLE:
        return "too_late"
    return None if action.progress.done else "nothing_to_undo"


def fault_in_retry(action: BulkAction, by: str | None) -> str | None:
    """Why the failed sites of an action cannot be tried again, as a stable word; None if they can.

    :param by: id of the user who asks for it: what the action does, it does with the rights of who started it
    """
    if action.ended_at is None:
        return "still_running"
    if action.user_id != by:
        return "not_own_action"
    return None if action.progress.failed else "nothing_failed"
