"""What publishing many drafts would come to, and the form that publishes those that were looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Response, request

from server.core import parsing
from server.sites import bulk_records
from server.sites import service as sites
from server.sites.bulk_rules import BulkAction
from server.studio.guard import identity
from server.studio.language import gettext, lazy_gettext, ngettext
from server.studio.sites import bulk_words
from server.studio.views import page

Part = Literal["ready", "stopped", "unchanged"]

PARTS: Mapping[Part, str] = {
    "ready": lazy_gettext("To be published"),
    "stopped": lazy_gettext("Not possible now"),
    "unchanged": lazy_gettext("Nothing to publish"),
}
"""Part of the drafts → its name."""

SHOWN = 60
"""Sites on one page."""

CATEGORIES = 8
"""Most categories that are named as asked about again; the table has all."""


@dataclass(frozen=True)
class Draft:
    """The draft of one site, as it was looked at."""

    site_id: str
    outlook: str
    """`bulk_kinds.Outlook`, or `failed`: it could not be looked at."""
    result: Mapping[str, Any]

    @property
    def part(self) -> Part:
        """Where it is listed."""
        if self.outlook in ("publish", "ask"):
            return "ready"
        return "unchanged" if self.outlook == "unchanged" else "stopped"


@dataclass(frozen=True)
class Asked:
    """Who is asked again by what is ready, in numbers of sites."""

    everybody: int
    """Nothing was published there before."""
    nobody: int
    categories: tuple[tuple[str, int], ...]
    """Category → on how many sites those who allowed it are asked; the most first."""


def drafts(action: BulkAction) -> list[Draft]:
    """The drafts that were looked at, of sites that the person sees now, in their order."""
    return [
        Draft(site_id, str(result.get("outlook", "failed")), result)
        for site_id, _state, result in bulk_records.results(action.id)
        if identity().sees(site_id)
    ]


def asked_again(ready: Sequence[Draft]) -> Asked:
    """Who is asked again."""
    changes = Counter(each.result["change"] for each in ready)
    categories = Counter(name for each in ready for name in each.result["asked"])
    return Asked(changes["first"], changes["text"], tuple(categories.most_common(CATEGORIES)))


def _title(action: BulkAction, ready: Sequence[Draft]) -> str:
    """The question, about what is ready alone: one site by its name."""
    if not ready:
        return gettext("Nothing can be published now")
    if all(each.outlook == "ask" for each in ready):
        return ngettext("Ask for approval on one site?", "Ask for approval on %(num)s sites?", len(ready))
    if len(ready) == 1:
        return gettext("Publish %(name)s?", name=sites.find_by_id(ready[0].site_id).name)
    return bulk_words.named(action.kind, len(ready))


def show(
    action: BulkAction, status: int = 200, *, note: str = "", errors: Mapping[str, str] | None = None
) -> Response:
    """The page of what was looked at, with the form."""
    found = drafts(action)
    counts = Counter(each.part for each in found)
    wanted = request.args.get("part", "")
    part = wanted if wanted in PARTS else next((each for each in PARTS if counts[each]), "ready")
    first = parsing.number(request.args.get("from", "")) or 0
    of_part = [each for each in found if each.part == part]
    rows = of_part[first : first + SHOWN]
    known = {site.id: site for site in sites.with_ids([each.site_id for each in rows])}
    ready = [each for each in found if each.part == "ready"]
    return page(
        "bulk/review.html",
        status,
        action=action,
        title=_title(action, ready),
        looked_at=len(found),
        publishes=sum(each.outlook == "publish" for each in ready),
        asks=sum(each.outlook == "ask" for each in ready),
        ready=len(ready),
        asked=asked_again(ready),
        parts=PARTS,
        counts=counts,
        part=part,
        rows=[(known[each.site_id], each) for each in rows if each.site_id in known],
        more=first + SHOWN if len(of_part) > first + SHOWN else None,
        needs_reason=any(each.result["needs_reason"] for each in ready),
        own=action.user_id == identity().user_id,
        note=note,
        errors=errors or {},
    )
