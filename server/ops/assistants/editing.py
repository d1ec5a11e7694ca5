"""The one thing that an assistant may change: the draft of a banner. Publishing is for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from server.accounts.service import audit_log
from server.core.errors import Invalid
from server.ops.assistants import draft_edits
from server.ops.assistants.callers import Caller
from server.sites import service as sites

MOST_EDITS = 100
"""Edits of one call."""


@dataclass(frozen=True)
class Edit:
    """One value that is to change."""

    action: Literal["set", "add"]
    place: Sequence[str]
    value: Any


def edit_draft(
    caller: Caller, key: str, revision: int, edits: Sequence[Edit], *, now: datetime
) -> dict[str, Any]:
    """Change values of a draft, all of them or none, if it still has this revision.

    What the draft was stays in its history, and people can take the edit back in the studio.

    :raises Invalid: a place or the resulting document is wrong; `errors` names the fields.
    :raises PreconditionFailed: `changed_meanwhile`.
    :raises Forbidden, NotFound: as `Caller.site`.
    """
    site = caller.site(key, "banner.edit")
    if not 0 < len(edits) <= MOST_EDITS:
        fault = f"are not 1 to {MOST_EDITS}"
        raise Invalid(f"the edits {fault}", errors={"edits": fault})
    before = sites.draft(site.id)
    content: Any = before.document
    for edit in edits:
        change = draft_edits.added if edit.action == "add" else draft_edits.edited
        content = change(content, edit.place, edit.value)
    saved = sites.save_draft(site.id, content, by=caller.name, now=now, expected_revision=revision)
    if saved.revision != before.revision:
        audit_log.record_event(
            "draft_imported",
            by=caller.actor,
            site_id=site.id,
            subject=f"revision {saved.revision}",
            detail="by an assistant (samtykke mcp)",
            now=now,
        )
    found = sites.findings(saved.document, site)
    return {
        "revision": saved.revision,
        "changed": saved.revision != before.revision,
        "stops_a_publish": [f"{one.field} {one.message}" for one in found if one.severity == "error"],
    }
