"""Sample sites: made, started over and removed by the person who learns on them."""

from dataclasses import dataclass

from flask import url_for
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound
from server.sites import sample_progress, samples
from server.sites.sample_rules import TASKS, Task
from server.sites.values import Site
from server.studio import language
from server.studio.guard import blueprint, identity, needs, site
from server.studio.language import gettext
from server.studio.views import page, redirect_with_flash

FIRST = "draft-1"
"""The state in which the banner of a sample site was delivered, as addresses have it."""


@dataclass(frozen=True)
class Try:
    """Something to try."""

    title: str
    note: str
    address: str
    done: bool


@blueprint.post("/sample")
@needs("banner.edit")
def make_sample() -> ResponseReturnValue:
    """Make the person's sample site, or go to the one that is there."""
    with transaction():
        made = _made()
    return redirect_with_flash("overview", key=made.key)


@blueprint.post("/sites/<key>/sample/again")
@needs("banner.edit")
def renew_sample() -> ResponseReturnValue:
    """Start over with a sample site as it was."""
    with transaction():
        _remove(_sample())
        made = _made()
    return redirect_with_flash("overview", gettext("Everything is as it was at first."), key=made.key)


@blueprint.post("/sites/<key>/sample/remove")
@needs("banner.edit")
def remove_sample() -> ResponseReturnValue:
    """Remove a sample site."""
    with transaction():
        _remove(_sample())
    return redirect_with_flash("all_sites", gettext("The sample site is removed."))


def sample_page() -> ResponseReturnValue:
    """The first page of a sample site: what to try on it."""
    done = sample_progress.tried(site().id)
    return page("sites/sample.html", tries=_tries(done), done=len(done))


@blueprint.context_processor
def _progress() -> dict[str, object]:
    return {"sample_progress": lambda: (len(sample_progress.tried(site().id)), len(TASKS))}


def _tries(done: frozenset[Task]) -> list[Try]:
    key = site().key
    texts = url_for("studio.section", key=key, section="texts")
    words: dict[Task, tuple[str, str, str]] = {
        "text": (
            gettext("Change a text"),
            gettext("Write another title, and look at the preview beside it."),
            texts,
        ),
        "finding": (
            gettext("Put something right"),
            gettext("The page Publish lists what is wrong. Some of it has a button."),
            url_for("studio.publish", key=key),
        ),
        "compare": (
            gettext("Compare two states"),
            gettext("See what differs from the banner as it was delivered."),
            url_for("studio.compare", key=key, old=FIRST, new="draft"),
        ),
        "undo": (
            gettext("Undo something"),
            gettext("Take your last change back with the button above the form."),
            texts,
        ),
        "theme": (
            gettext("Choose a theme"),
            gettext("See how the whole banner changes with one press."),
            url_for("studio.section", key=key, section="appearance"),
        ),
    }
    return [Try(*words[task], done=task in done) for task in TASKS]


def _sample() -> Site:
    """The sample site in the URL.

    :raises NotFound: it is a real site.
    """
    if site().sample_of is None:
        raise NotFound("there is nothing here")
    return site()


def _made() -> Site:
    now, who = clock.now(), identity()
    there = samples.of(who.user_id)
    made = there or samples.make(who.user_id, language=language.current(), now=now)
    if there is None:
        audit_log.record_event("sample_made", by=who.actor, site_id=made.id, subject=made.key, now=now)
    return made


def _remove(sample: Site) -> None:
    now, who = clock.now(), identity()
    samples.remove(sample, by=who.email, now=now)
    audit_log.record_event("sample_removed", by=who.actor, site_id=sample.id, subject=sample.key, now=now)
