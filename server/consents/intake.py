"""How decisions come in: what a process remembers so that none costs a read of its own, and the one door."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from flask import Flask, has_app_context

from server.consents import cookie, service
from server.consents.committer import Committer
from server.consents.record import moment
from server.consents.service import Stored
from server.consents.terms import Terms
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
"""What one network may ask about one site."""

_MOST_VERSIONS = 4096
"""Published versions whose terms one process remembers."""

_INTAKE = "samtykke.consents"


@dataclass(frozen=True)
class Drawn:
    """A decision drawn up to be stored, and the site as it was remembered."""

    site: Site
    new: NewConsent
    visitor: str
    """The browser's secret, for as long as the request lasts."""
    lasts: timedelta
    """How long the page may remember what was decided."""
    decided_at: datetime | None
    """When, by the browser's clock."""


class Intake:
    """What one application keeps in this process, and the door through which it stores decisions."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._sites: dict[str, Site] = {}
        """By key, as last read; looked at again in the transaction that stores a decision."""
        self._terms: dict[tuple[str, int], Terms] = {}
        """Read outside of any write, so only what is published for good; and that never changes."""
        self._committer: Committer[Drawn, Stored | Conflict | None] = Committer(self._store)

    def wait(self, address: str | None, site_key: str) -> int:
        """Count one request from this address; 0, or the seconds that its network has to wait."""
        if is_this_machine(address):
            return 0
        who = f"{network_of(address, self._settings.secret_key)}:{site_key}"
        return counters(self._app).spend(ALLOWANCE, who, now=clock.now())

    def site(self, key: str, origin: str | None, *, fresh: bool = False) -> Site | None:
        """The site, if its pages have this origin; read where it is not remembered so, or `fresh`.

        :raises NotFound: `site_unknown`.
        """
        site = None if fresh else self.remembered_site(key, origin)
        if site is None:
            self._sites.pop(key, None)
            site = self._sites[key] = sites.find(key)
        return site if site.allows_origin(origin) else None

    def remembered_site(self, key: str, origin: str | None) -> Site | None:
        """The site as it is remembered, if its pages have this origin."""
        site = self._sites.get(key)
        return site if site is not None and site.allows_origin(origin) else None

    def terms(self, site: Site, version: int) -> Terms:
        """What this version lets a visitor decide.

        :raises Conflict: `version_unknown`.
        """
        terms = self.remembered_terms(site, version)
        if terms is None:
            terms = service.terms(site.id, version)
            if len(self._terms) >= _MOST_VERSIONS:
                self._terms.clear()
            self._terms[site.id, version] = terms
        return terms

    def remembered_terms(self, site: Site, version: int) -> Terms | None:
        """The same, as far as it is remembered."""
        return self._terms.get((site.id, version))

    def draw_up(self, site: Site, decision: Decision, terms: Terms) -> Drawn:
        """The decision, ready to be stored; needs no database.

        :raises Invalid: the choices do not fit the version or the action; `errors` names the fields.
        """
        secret_key = self._settings.secret_key
        new = service.prepare(site, decision, terms, secret_key=secret_key, now=clock.now())
        return Drawn(site, new, decision.visitor, max(terms.validity, terms.refusal), decision.decided_at)

    def cookie(self, drawn: Drawn, *, query: str, origin: str, cookies: str) -> str | None:
        """The `Set-Cookie` that this page has asked for and may have (`server.consents.cookie`)."""
        domain = cookie.asked(query)
        if domain is None:
            return None
        return cookie.said_back(
            cookies,
            domain,
            site=drawn.site,
            visitor=drawn.visitor,
            origin=origin,
            public_url=self._settings.public_url,
            decided_at=drawn.decided_at,
            lasts=drawn.lasts,
            now=clock.now(),
        )

    def submit(self, drawn: Drawn) -> Stored | Conflict | None:
        """Store the decision, alone or with others; none when its site is not what was remembered.

        Comes back once it is durable, and raises what has prevented that.
        """
        if has_app_context():
            end_reading()
        return self._committer.submit(drawn)

    def _store(self, take: Callable[[], Sequence[Drawn]]) -> list[Stored | Conflict | None]:
        with self._context(), transaction():
            batch = take()
            current = sites.with_ids({drawn.site.id for drawn in batch})
            outcomes = iter(service.store([drawn.new for drawn in batch if drawn.site in current]))
            return [next(outcomes) if drawn.site in current else None for drawn in batch]

    def _context(self) -> AbstractContextManager[object]:
        """What the database's session belongs to: the route has one, the front has none."""
        return nullcontext() if has_app_context() else self._app.app_context()


def install(app: Flask, settings: Settings) -> Intake:
    """Give the application its intake."""
    intake = app.extensions[_INTAKE] = Intake(app, settings)
    return intake


def of(app: Flask) -> Intake:
    """The intake of this application."""
    return cast("Intake", app.extensions[_INTAKE])


def receipt_body(receipt: Receipt) -> dict[str, object]:
    """What the browser is answered."""
    return {
        "id": receipt.id,
        "consent_id": receipt.consent_id,
        "recorded_at": moment(receipt.recorded_at),
        "expires_at": moment(receipt.expires_at),
        "version": receipt.version,
        "choices": dict(receipt.choices),
    }
