"""Admission of decisions: cached sites and rules, and submission to the group commit."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.consents.decision_rules import DecisionRules
from server.consents.intake import store
from server.consents.intake.group_commit import GroupCommit
from server.consents.intake.store import Stored
from server.consents.values import Decision, NewConsent
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, DomainError, Unavailable
from server.sites import service as sites
from server.sites.site_cache import SiteCache
from server.sites.values import Site

_MAX_VERSIONS = 4096
"""Published versions whose rules one process caches."""


@dataclass(frozen=True)
class PreparedDecision:
    """A validated decision ready to be stored, and the cached site that it was validated against."""

    site: Site
    new: NewConsent
    visitor: str
    """The browser's secret; held in memory for the duration of the request only."""
    lasts: timedelta
    """Lifetime of the page's cookie, from the decision."""
    decided_at: datetime | None
    """The time of the decision by the browser's clock."""


class Admission:
    """The caches of one application in this process, and the one way in which it stores decisions.

    `session` opens a database session for the calling thread, and closes it.
    """

    def __init__(self, session: Callable[[], AbstractContextManager[object]], *, secret_key: str) -> None:
        self._session = session
        self._secret_key = secret_key
        self.sites = SiteCache(session)
        """Compared with the database in the transaction that stores a decision."""
        self._rules: dict[tuple[str, int], DecisionRules] = {}
        """By site id and version. Published versions never change, so entries are never invalidated."""
        self._group_commit: GroupCommit[PreparedDecision, Stored | Conflict | None] = GroupCommit(
            self._store_batch
        )

    def store(
        self, site: Site, decision: Decision, origin: str | None
    ) -> tuple[PreparedDecision, Stored | None]:
        """Store a decision about a cached site, alone or with others; returns once it is durable.

        One from a website for testing is validated alike and not stored: then there is nothing but what was
        prepared.

        The cached site may be stale: what it refuses is tried again with the site as it is in the database.

        :raises Conflict: `version_unknown`, `decision_differs` or `decision_erased`.
        :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
        :raises NotFound: the site was deleted meanwhile.
        :raises Forbidden: the site was changed meanwhile, and no longer allows this origin.
        :raises Unavailable: the site is being changed at this moment.
        """
        if site.is_staging(origin):
            # The database knows whether it still is.
            site = self.sites.find(site.key, origin, fresh=True)
        if site.is_staging(origin):
            return self._prepare(site, decision), None
        try:
            prepared, outcome = self._submit(site, decision)
        except DomainError:
            outcome = None
        if outcome is None:
            site = self.sites.find(site.key, origin, fresh=True)
            if site.is_staging(origin):
                return self._prepare(site, decision), None
            prepared, outcome = self._submit(site, decision)
        if outcome is None:
            raise Unavailable("the site is being changed; send the decision again", retry_after=1)
        if isinstance(outcome, Conflict):
            raise outcome
        return prepared, outcome

    def _submit(self, site: Site, decision: Decision) -> tuple[PreparedDecision, Stored | Conflict | None]:
        """Store the decision; no outcome if the cached site is stale."""
        prepared = self._prepare(site, decision)
        return prepared, self._group_commit.submit(prepared)

    def _prepare(self, site: Site, decision: Decision) -> PreparedDecision:
        rules = self._rules_of(site, decision.version)
        new = store.prepare(site, decision, rules, secret_key=self._secret_key, now=clock.now())
        lasts = max(rules.validity, rules.refusal)
        return PreparedDecision(site, new, decision.visitor, lasts, decision.decided_at)

    def _rules_of(self, site: Site, version: int) -> DecisionRules:
        rules = self._rules.get((site.id, version))
        if rules is None:
            with self._session():
                rules = store.find_rules(site.id, version)
            if len(self._rules) >= _MAX_VERSIONS:
                self._rules.clear()
            self._rules[site.id, version] = rules
        return rules

    def _store_batch(self, take: Callable[[], Sequence[PreparedDecision]]) -> list[Stored | Conflict | None]:
        with self._session(), transaction():
            batch = take()
            current = sites.with_ids({prepared.site.id for prepared in batch})
            outcomes = iter(store.store([prepared.new for prepared in batch if prepared.site in current]))
            return [next(outcomes) if prepared.site in current else None for prepared in batch]
