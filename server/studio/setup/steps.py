"""Setting a site up in five steps. They fill in the draft itself: each can be left and come back to."""

from collections.abc import Callable, Mapping

from flask.typing import ResponseReturnValue

from server.sites import setups
from server.sites.setups import SetupStep
from server.studio.guard import blueprint, needs, site
from server.studio.setup import install as setup_install
from server.studio.setup import law as setup_law
from server.studio.setup import look as setup_look
from server.studio.setup import services as setup_services
from server.studio.setup import who as setup_who
from server.studio.views import redirect_with_flash

_PAGES: Mapping[SetupStep, Callable[[], ResponseReturnValue]] = {
    "who": setup_who.shown,
    "services": setup_services.shown,
    "look": setup_look.shown,
    "law": setup_law.shown,
    "install": setup_install.shown,
}

_DONE: Mapping[SetupStep, Callable[[], ResponseReturnValue]] = {
    "who": setup_who.done,
    "services": setup_services.done,
    "look": setup_look.done,
    "law": setup_law.done,
    "install": setup_install.done,
}


@blueprint.get("/sites/<key>/setup")
@needs("banner.edit")
def setup() -> ResponseReturnValue:
    """Goes on where the set-up was left."""
    return redirect_with_flash("setup_step", stage=setups.find(site().id).next_step)


@blueprint.get("/sites/<key>/setup/<any(who, services, look, law, install):stage>")
@needs("banner.edit")
def setup_step(stage: SetupStep) -> ResponseReturnValue:
    """A step of the set-up."""
    return _PAGES[stage]()


@blueprint.post("/sites/<key>/setup/<any(who, services, look, law, install):stage>")
@needs("banner.edit")
def do_setup_step(stage: SetupStep) -> ResponseReturnValue:
    """Save a step, and go on to the next; or what another of its buttons does."""
    return _DONE[stage]()
