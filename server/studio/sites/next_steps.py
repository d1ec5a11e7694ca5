"""What is left before a site's banner works and its notice is whole: shown until all of it is done."""

from dataclasses import dataclass

from flask import url_for
from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.scanner.values import Status
from server.sites import setups
from server.sites.document_types import Document
from server.sites.values import Version
from server.studio.guard import blueprint, needs, site
from server.studio.language import gettext, ngettext
from server.studio.views import redirect_with_flash


@dataclass(frozen=True)
class Step:
    """A step, done or not."""

    name: str
    title: str
    note: str
    done: bool
    address: str
    permission: str
    """Permission that is needed."""


def left(
    document: Document, newest: Version | None, check: Status | None, *, errors: int, received: bool
) -> tuple[Step, ...]:
    """The steps of the site of the page, until all are done; what is done is left out once the banner works.

    :param errors: how many things stop publishing
    :param received: whether a decision was received
    """
    seen = received or (check is not None and check.live_since is not None)
    steps = _steps(document, published=newest is not None, seen=seen, errors=errors)
    if newest is not None and seen:
        return tuple(step for step in steps if not step.done)
    return () if all(step.done for step in steps) else steps


@blueprint.post("/sites/<key>/notice-complete")
@needs("banner.edit")
def settle_notice() -> ResponseReturnValue:
    """Say that the privacy notice has all there is to say: the services are all that processes data."""
    with transaction():
        setups.settle_notice(site().id, now=clock.now())
    said = gettext("The step is done. What else you do with personal data can be added to the notice later.")
    return redirect_with_flash("overview", said)


def _steps(document: Document, *, published: bool, seen: bool, errors: int) -> tuple[Step, ...]:
    key = site().key
    stops = (
        ngettext("One thing left", "%(num)s things left", errors) if errors else gettext("Ready to publish")
    )
    stated = bool(document["notice"]["activities"] or document["notice"]["processors"])
    # What was published had nothing against it; what stops the next version is said with what needs somebody.
    return (
        Step("controller", gettext("Say who is responsible"), gettext("Name and contact of the controller"),
             published or bool(document["controller"]["name"]),
             url_for("studio.section", key=key, section="controller"), "banner.edit"),
        Step("services", gettext("List what the site uses"),
             gettext("Every service with its provider, purpose and lifetimes"),
             published or len(document["services"]) > 1, url_for("studio.services", key=key), "banner.edit"),
        Step("notice", gettext("Complete the privacy notice"),
             gettext("What else you do with personal data, and who gets it"),
             stated or setups.find(site().id).notice_settled,
             url_for("studio.activities", key=key), "banner.edit"),
        Step("stops", gettext("Put right what stops publishing"), stops,
             published or not errors, url_for("studio.publish", key=key), "site.read"),
        Step("publish", gettext("Publish the banner"),
             gettext("Pages with the script tag show it within five minutes"), published,
             url_for("studio.publish", key=key), "banner.publish"),
        Step("tag", gettext("Put the script tag on the pages"),
             gettext("Done when a check finds it, or the first decision is received"), seen,
             url_for("studio.install", key=key), "site.read"),
    )  # fmt: skip
