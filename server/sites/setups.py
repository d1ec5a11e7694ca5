"""How far the set-up of a site is, and what its page showed of the services that it uses."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from server.core.db import db
from server.sites import models, queries

SetupStep = Literal["who", "services", "look", "law", "install"]
"""A step of the set-up: who is responsible, what the site uses, how the banner looks, what the law wants, and
getting it onto the website."""

STEPS: tuple[SetupStep, ...] = get_args(SetupStep)

BEFORE_PUBLISHING: frozenset[SetupStep] = frozenset(STEPS) - {"install"}
"""The steps that a published site has behind it, in whatever way it was set up."""

_NOTICE = "notice"
"""Among the words of what is done: staff have said that the privacy notice lacks nothing."""

MOST_SUGGESTIONS = 300
"""Services that are kept of one page."""


@dataclass(frozen=True)
class Suggestion:
    """A known service that the website's page loads."""

    key: str
    """In the catalog."""
    host: str
    """From where."""
    certain: bool
    """Whether nothing else that the catalog knows loads from there."""


@dataclass(frozen=True)
class Setup:
    """The set-up of a site."""

    url: str = ""
    """The page that was read; empty: none was."""
    suggestions: tuple[Suggestion, ...] = ()
    done: frozenset[SetupStep] = frozenset()
    begun: bool = False
    """Whether it has begun: sites that commands and programs make have none."""
    notice_settled: bool = False
    """Whether staff have said that the privacy notice lacks nothing."""

    @property
    def next_step(self) -> SetupStep:
        """The first step that is not done; the last one where all are."""
        return next((step for step in STEPS if step not in self.done), STEPS[-1])


def begin(site_id: str, url: str, suggestions: Sequence[Suggestion], *, now: datetime) -> None:
    """Begin the set-up of a site that was just made.

    :param url: the page that was read; empty: none was
    """
    kept = [asdict(each) for each in suggestions[:MOST_SUGGESTIONS]]
    db.session.add(
        models.SiteSetup(site_id=site_id, url=url, suggestions=json.dumps(kept), done="", updated_at=now)
    )


def find(site_id: str) -> Setup:
    """The set-up of a site; one that has not begun is empty."""
    row = db.session.get(models.SiteSetup, site_id, populate_existing=True)
    found = Setup() if row is None else _setup(row)
    if found.done >= BEFORE_PUBLISHING or queries.newest_version(site_id) is None:
        return found
    return replace(found, done=found.done | BEFORE_PUBLISHING)


def finish_step(site_id: str, step: SetupStep, *, now: datetime) -> Setup:
    """Mark a step as done, whatever others mark at the same moment; the set-up after it."""
    row = db.session.get(models.SiteSetup, site_id, populate_existing=True, with_for_update=True)
    if row is None:
        begin(site_id, "", (), now=now)
        db.session.flush()
        return finish_step(site_id, step, now=now)
    row.done, row.updated_at = _joined({*row.done.split(), step}), now
    return _setup(row)


def settle_notice(site_id: str, *, now: datetime) -> None:
    """Note that the privacy notice lacks nothing, though it states nothing but the services."""
    row = db.session.get(models.SiteSetup, site_id, populate_existing=True, with_for_update=True)
    if row is None:
        begin(site_id, "", (), now=now)
        db.session.flush()
        return settle_notice(site_id, now=now)
    row.done, row.updated_at = _joined({*row.done.split(), _NOTICE}), now
    return None


def _setup(row: models.SiteSetup) -> Setup:
    found = tuple(Suggestion(**each) for each in json.loads(row.suggestions))
    return Setup(row.url, found, _done(row.done), begun=True, notice_settled=_NOTICE in row.done.split())


def _done(text: str) -> frozenset[SetupStep]:
    words = text.split()
    return frozenset(step for step in STEPS if step in words)


def _joined(words: Collection[str]) -> str:
    return " ".join(word for word in (*STEPS, _NOTICE) if word in words)
