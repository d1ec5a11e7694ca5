"""What the steps of a set-up share: their titles, their page, and the way from one to the next."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from werkzeug.wrappers import Response as Redirection

from server.core import clock
from server.core.db import transaction
from server.sites import service as sites
from server.sites import setups
from server.sites.setups import STEPS, Setup, SetupStep
from server.studio.guard import blueprint, may, site
from server.studio.language import lazy_gettext
from server.studio.views import page, redirect_with_flash

TITLES: Mapping[SetupStep, str] = {
    "who": lazy_gettext("Who you are"),
    "services": lazy_gettext("What you use"),
    "look": lazy_gettext("How it looks"),
    "law": lazy_gettext("What the law asks"),
    "install": lazy_gettext("On your website"),
}
"""Step → what it is called."""


def shown(step: SetupStep, status: int = 200, **values: Any) -> Response:
    """The page of a step."""
    return page(
        f"setup/{step}.html",
        status,
        setup=setups.find(site().id),
        step=step,
        steps=TITLES,
        number=STEPS.index(step) + 1,
        previous=STEPS[STEPS.index(step) - 1] if step != STEPS[0] else "",
        **values,
    )


def onward(step: SetupStep, message: str | None = None) -> Redirection:
    """Mark a step as done, and go to the one after it."""
    with transaction():
        setups.finish_step(site().id, step, now=clock.now())
    following = STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]
    return redirect_with_flash("setup_step", message, stage=following)


@blueprint.context_processor
def _unfinished() -> dict[str, Any]:
    return {"unfinished_setup": _unfinished_setup, "setup_titles": TITLES}


def _unfinished_setup() -> Setup | None:
    """The set-up of the site in the address, if it has begun, is not finished, and the reader may go on.

    What is published is set up, in whatever way: that the website does not have it yet, the overview says.
    """
    if not may("banner.edit") or sites.newest(site().id) is not None:
        return None
    found = setups.find(site().id)
    return found if found.begun and not found.done >= set(STEPS) else None
