"""What staff can do with many sites: tag, pause and resume them, and publish their drafts."""

from collections.abc import Mapping
from typing import Literal, cast

from server.accounts.service import users
from server.core.errors import Conflict
from server.sites import (
    approvals,
    bulk,
    document_diff,
    group_takers,
    pausing,
    publication_rules,
    publications,
    publishing,
    responsibility,
    service,
    tags,
)
from server.sites.bulk_rules import Done, Kind, Task
from server.sites.document_types import Document
from server.sites.values import Version

Outlook = Literal["publish", "ask", "unchanged", "stopped", "experiment", "waiting"]
"""What publishing the draft of a site would come to. `ask`: another person has to approve it; `waiting`:
another publication does, so that nothing is published beside it; `unchanged`: visitors have that already."""


def register() -> None:
    """Let all of this be done."""
    bulk.register(*KINDS)


def _tag(task: Task) -> Done | None:
    tag = str(task.parameters["tag"])
    return Done("site_tagged", task.site.key, f"+ {tag}") if tags.add(task.site.id, tag) else None


def _untag(task: Task) -> Done | None:
    tag = str(task.parameters["tag"])
    return Done("site_tagged", task.site.key, f"− {tag}") if tags.remove(task.site.id, tag) else None


def _assign(task: Task) -> Done | None:
    """Name who is responsible; `given` has who was before, and who was named, when that is taken back."""
    wanted = cast("str | None", task.given.get("user_id", task.parameters["user_id"]))
    before = responsibility.of_site(task.site.id)
    if before not in (wanted, task.given.get("named", before)):
        raise _changed_since()
    if not responsibility.assign(task.site.id, wanted):
        return None
    known = users.addresses([one for one in (before, wanted) if one])
    detail = " → ".join(known.get(one or "", "nobody") for one in (before, wanted))
    return Done("site_changed", "responsible person", detail, before={"user_id": before, "named": wanted})


def _pause(task: Task) -> Done | None:
    """Pause; `given` has the earlier note when a site is paused again."""
    if task.site.pause is not None:
        if task.given:
            raise _changed_since()
        return None
    note = str(task.given.get("note", task.parameters.get("note", "")))
    pausing.pause(task.site.id, note=note, by=task.by, now=task.now)
    return Done("site_paused", task.site.key, note, before={"paused_at": task.now.isoformat()})


def _resume(task: Task) -> Done | None:
    """Resume; `given` has when it was paused, when that is taken back."""
    if task.site.pause is None:
        return None
    if task.given.get("paused_at") not in (None, task.site.pause.at.isoformat()):
        raise _changed_since()
    pausing.resume(task.site.id)
    return Done("site_resumed", task.site.key, before={"note": task.site.pause.note})


def _changed_since() -> Conflict:
    return Conflict("somebody has changed this since", reason="changed_since")


def _check_note(parameters: Mapping[str, object]) -> None:
    publishing.check_note(str(parameters.get("note", "")))


def _publish(task: Task) -> Done | None:
    """Publish the draft, or ask for it where another person has to approve.

    `given` has the revision and the version that were looked at: nothing else is published. Without them it
    is the draft as it is now.
    """
    site, note = task.site, str(task.parameters.get("note", ""))
    draft, newest = service.draft(site.id), service.newest(site.id)
    if newest is not None and newest.document == draft.document:
        return None
    revision = cast("int | None", task.given.get("revision"))
    version = cast("int | None", task.given.get("version"))
    if site.approval_required or not task.may("banner.publish"):
        asked = approvals.ask(
            site.id,
            note=note,
            by=task.by,
            now=task.now,
            expected_revision=revision,
            expected_version=version,
        )
        subject = f"publication {asked.number}"
        return Done("approval_asked", subject, result={"publication": asked.number})
    made = service.publish(
        site.id,
        note=note,
        by=task.by,
        now=task.now,
        expected_revision=revision,
        expected_version=version,
    )
    return Done("published", f"version {made.number}", note, result={"version": made.number})


def _review(task: Task) -> Done:
    """What publishing would come to on a site, for the page on which many are looked at before; no change."""
    site = task.site
    draft, newest = service.draft(site.id), service.newest(site.id)
    seen = {"revision": draft.revision, "version": newest.number if newest else 0}
    if newest is not None and newest.document == draft.document:
        return Done(result={**seen, "outlook": "unchanged"})
    found = service.findings(draft.document, site)
    faults = sum(each.severity == "error" for each in found)
    if faults:
        return Done(result={**seen, "outlook": "stopped", "faults": faults})
    made, names = publishing.decided(newest, draft.document), _category_names(draft.document)
    changes = len(document_diff.changes(newest.document, draft.document)) if newest else 0
    return Done(
        result={
            **seen,
            "outlook": _outlook(task, newest),
            "change": made.change if newest else "first",
            "changes": changes,
            "asked": [names[change.category] for change in made.scope_changes] if newest else [],
            "needs_reason": publication_rules.needs_reason(newest, draft.document),
        }
    )


def _outlook(task: Task, newest: Version | None) -> Outlook:
    if newest is not None and newest.variant_of is not None:
        return "experiment"
    if publications.waiting(task.site.id) is not None:
        return "waiting"
    return "ask" if task.site.approval_required or not task.may("banner.publish") else "publish"


def _category_names(document: Document) -> dict[str, str]:
    """Category → its name in the default language of the banner."""
    main = document["default_language"]
    return {each["key"]: each["names"].get(main) or each["key"] for each in document["categories"]}


KINDS = (
    Kind("tag", "site.edit", _tag, undo="untag"),
    Kind("untag", "site.edit", _untag, undo="tag"),
    Kind("assign", "site.edit", _assign, undo="assign"),
    Kind("pause", "banner.publish", _pause, undo="resume"),
    Kind("resume", "banner.publish", _resume, undo="pause"),
    Kind("take_shared", "banner.edit", group_takers.take),
    Kind("publish", "banner.edit", _publish, batch=1, check=_check_note),
    Kind("publish_review", "banner.edit", _review, batch=1, listed=False),
)
"""The kinds of this slice. Whether a person publishes or asks for approval is decided on each site."""
