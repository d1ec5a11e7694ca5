"""Admission of decisions: rate limit, cached sites and rules, and submission to the group commit."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, has_app_context

from server.consents import cookie
from server.consents import store as service
from server.consents.decision_rules import DecisionRules
from server.consents.group_commit import GroupCommit
from server.consents.record import timestamp
from server.consents.store import Stored
from server.consents.values import Decision, NewConsent, Receipt
from server.core import clock
from server.core.db import end_reading, transaction
from server.core.errors import Conflict
from server.core.limits import Allowance, counters, is_this_machine, network_of
from server.core.settings import Settings
from server.sites import service as sites
from server.sites.values import Site

MAX_DECISION = 8 * 1024
"""Bytes of one decision."""

ALLOWANCE = Allowance("visitors", number=120, seconds=60)
"""Requests that one network may send about one site."""

_MAX_VERSIONS = 4096
"""Published versions whose rules one process caches."""

_EXTENSION = "samtykke.consents"


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
    """The caches of one application in this process, and the one way in which it stores decisions."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._sites: dict[str, Site] = {}
        """By key, as last read; compared with the database in the transaction that stores a decision."""
        self._rules: dict[tuple[str, int], DecisionRules] = {}
        """By site id and version. Published versions never change, so entries are never invalidated."""
        self._group_commit: GroupCommit[PreparedDecision, Stored | Conflict | None] = GroupCommit(
            self._store_batch
        )

    def wait(self, address: str | None, site_key: str) -> int:
        """Count one request from this address; returns 0, or the seconds that its network has to wait."""
        if is_this_machine(address):
            return 0
        who = f"{network_of(address, self._settings.secret_key)}:{site_key}"
        return counters(self._app).spend(ALLOWANCE, who, now=clock.now())

    def site(self, key: str, origin: str | None, *, fresh: bool = False) -> Site | None:
        """The site, if it allows this origin; read from the database if it is not cached, or `fresh`.

        :raises NotFound: `site_unknown`.
        """
        site = None if fresh else self.cached_site(key, origin)
        if site is None:
            self._sites.pop(key, None)
            site = self._sites[key] = sites.find(key)
        return site if site.allows_origin(origin) else None

    def cached_site(self, key: str, origin: str | None) -> Site | None:
        """The cached site, if there is one and it allows this origin."""
        site = self._sites.get(key)
        return site if site is not None and site.allows_origin(origin) else None

    def rules(self, site: Site, version: int) -> DecisionRules:
        """The rules of a published version of the site, cached.

        :raises Conflict: `version_unknown`.
        """
        rules = self.cached_rules(site, version)
        if rules is None:
            rules = service.find_rules(site.id, version)
            if len(self._rules) >= _MAX_VERSIONS:
                self._rules.clear()
            self._rules[site.id, version] = rules
        return rules

    def cached_rules(self, site: Site, version: int) -> DecisionRules | None:
        """The rules of a version, if they are cached."""
        return self._rules.get((site.id, version))

    def prepare(self, site: Site, decision: Decision, rules: DecisionRules) -> PreparedDecision:
        """Validate a decision and build what will be stored; needs no database.

        :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
        """
        secret_key = self._settings.secret_key
        new = service.prepare(site, decision, rules, secret_key=secret_key, now=clock.now())
        return PreparedDecision(
            site, new, decision.visitor, max(rules.validity, rules.refusal), decision.decided_at
        )

    def cookie(self, prepared: PreparedDecision, *, query: str, origin: str, cookies: str) -> str | None:
        """The value of `Set-Cookie`, if the page requested one and may have it (`server.consents.cookie`)."""
        domain = cookie.requested_domain(query)
        if domain is None:
            return None
        return cookie.renewed_cookie(
            cookies,
            domain,
            site=prepared.site,
            visitor=prepared.visitor,
            origin=origin,
            public_url=self._settings.public_url,
            decided_at=prepared.decided_at,
            lasts=prepared.lasts,
            now=clock.now(),
        )

    def submit(self, prepared: PreparedDecision) -> Stored | Conflict | None:
        """Store the decision, alone or with others; returns once it is durable.

        None when the cached site is stale. Raises whatever prevented the transaction.
        """
        if has_app_context():
            end_reading()
        return self._group_commit.submit(prepared)

    def _store_batch(self, take: Callable[[], Sequence[PreparedDecision]]) -> list[Stored | Conflict | None]:
        with self._context(), transaction():
            batch = take()
            current = sites.with_ids({prepared.site.id for prepared in batch})
            outcomes = iter(service.store([prepared.new for prepared in batch if prepared.site in current]))
            return [next(outcomes) if prepared.site in current else None for prepared in batch]

    def _context(self) -> AbstractContextManager[object]:
        """An application context for the database session: the route has one, the middleware has none."""
        return nullcontext() if has_app_context() else self._app.app_context()


def install(app: Flask, settings: Settings) -> Admission:
    """Create the `Admission` of the application."""
    admission = app.extensions[_EXTENSION] = Admission(app, settings)
    return admission


def of(app: Flask) -> Admission:
    """The `Admission` of this application."""
    return cast("Admission", app.extensions[_EXTENSION])


def receipt_body(receipt: Receipt) -> dict[str, object]:
    """The body of the answer to a stored decision."""
    return {
        "id": receipt.id,
        "consent_id": receipt.consent_id,
        "recorded_at": timestamp(receipt.recorded_at),
        "expires_at": timestamp(receipt.expires_at),
        "version": receipt.version,
        "choices": dict(receipt.choices),
    }
