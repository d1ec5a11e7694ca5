"""The way on to the next finding, on pages of the editor whose address says which finding has led there."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import render_template, request

from server.sites import service as sites
from server.studio.draft import finding_way
from server.studio.draft.finding_way import PARAMETER, Way
from server.studio.guard import blueprint, site
from server.studio.views import studio_path


@blueprint.context_processor
def _next_finding() -> dict[str, Any]:
    return {"finding_mark": lambda: request.values.get(PARAMETER, ""), "next_finding": way}


def way(mark: str) -> Way | None:
    """The way on from the finding of this mark; None without one."""
    if not mark:
        return None
    return finding_way.way(mark, sites.check(site().id), sites.draft(site().id).document)


def shown_at(address: str) -> str:
    """What the page of the editor at this address says of it by now; empty if no finding has led there."""
    mark = parse_qs(urlsplit(studio_path(address) or "").query).get(PARAMETER, [""])[0]
    return render_template("studio/banner/next_finding.html", mark=mark) if mark else ""
