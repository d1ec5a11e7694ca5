"""The one thing that an assistant may change: the draft of a banner. Publishing is for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from server.core.errors import Invalid
from server.ops.assistants import draft_edits
from server.ops.assistants.callers import Caller
from server.sites import edit_records
from server.sites import service as sites

MOST_EDITS = 100
"""Edits of one call."""

NOTHING: Final = object()
"""The value of an edit that names none; null is one."""

Action = Literal["set", "add", "remove"]


@dataclass(frozen=True)
class Edit:
    """One value that is to change."""

    action: Action
    place: Sequence[str]
    value: Any = NOTHING


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
    edit_records.record(site)  # what people have edited before is theirs
    if not 0 < len(edits) <= MOST_EDITS:
        fault = f"are not 1 to {MOST_EDITS}"
        raise Invalid(f"the edits {fault}", errors={"edits": fault})
    before = sites.draft(site.id)
    content: Any = before.document
    for edit in edits:
        content = _changed(content, edit)
    saved = sites.save_draft(site.id, content, by=caller.name, now=now, expected_revision=revision)
    if saved.revision != before.revision:
        edit_records.record_at_once("draft_assisted", site.id, before, saved, by=caller.actor, now=now)
    found = sites.findings(saved.document, site)
    return {
        "revision": saved.revision,
        "changed": saved.revision != before.revision,
        "stops_a_publish": [f"{one.field} {one.message}" for one in found if one.severity == "error"],
    }


def _changed(content: Any, edit: Edit) -> dict[str, Any]:
    if edit.action == "remove":
        if edit.value not in (NOTHING, None):
            raise _wrong_value("is not for an edit that removes something")
        return draft_edits.without(content, edit.place)
    if edit.value is NOTHING:
        raise _wrong_value("has to be there; what is to go is taken away by `remove`")
    change = draft_edits.added if edit.action == "add" else draft_edits.edited
    return change(content, edit.place, edit.value)


def _wrong_value(fault: str) -> Invalid:
    return Invalid(f"the value {fault}", errors={"value": fault})
