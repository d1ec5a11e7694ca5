"""A site on which a known number of visitors decided on known days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from server.accounts.service import tokens
from server.analytics import service
from server.analytics.values import Figures, Query
from server.consents.service import decisions
from server.consents.values import Action, Decision
from server.core.db import Base, db, transaction
from server.core.ids import new_id
from server.ledger.service import sequencing
from server.sites import service as sites
from server.sites.values import Site, optional_categories
from tests.sites.documents import publishable

MONDAY = date(2026, 11, 2)
SECRET = "tests-only-" + "k" * 32


@dataclass(frozen=True)
class Visited:
    """A site with a published banner."""

    site: Site

    def publish(self, day: date = MONDAY, *, categories: Sequence[str] = ()) -> int:
        """The next version, live from this day on; its number."""
        document = publishable()
        if categories:
            keys = {"necessary", *categories}
            document["categories"] = [each for each in document["categories"] if each["key"] in keys]
        with transaction():
            sites.save_draft(self.site.id, document, by="test", now=at(day))
            return sites.publish(self.site.id, note="", by="test", now=at(day)).number

    def decide(
        self,
        action: Action,
        number: int,
        *,
        day: date = MONDAY,
        version: int = 1,
        language: str = "nb",
        granted: Iterable[str] = (),
    ) -> list[str]:
        """So many visitors decide alike; the numbers of their records. `granted` matters for `save` alone."""
        document = sites.version(self.site.id, version).document
        given = set(optional_categories(document) if action == "accept_all" else granted)
        choices = {key: key in given for key in optional_categories(document)}
        with transaction():
            return [
                decisions.record(
                    self.site,
                    Decision(new_id(), new_id(), version, language, action, "banner", choices),
                    secret_key=SECRET,
                    now=at(day) + timedelta(seconds=second),
                )[0].consent_id
                for second in range(number)
            ]

    def read(self, query: Query | None = None) -> Figures:
        """What may be published; about the first day alone if nothing else is asked."""
        asked = query or Query(MONDAY, MONDAY)
        return service.figures(asked, site=self.site, versions=sites.versions(self.site.id))


def open_site(key: str = "butikk", day: date = MONDAY) -> Visited:
    """A site whose first version is live from `day` on."""
    with transaction():
        visited = Visited(sites.create(key, "Butikk", [f"{key}.example.no"], by="test", now=at(day)))
    visited.publish(day)
    return visited


def count(day: date = MONDAY, *, limit: int = 1000) -> None:
    """Give everything an index, in the log of this day, and count it."""
    with transaction():
        sequencing.sequence(now=at(day), limit=100_000)
    drain(limit)


def drain(limit: int = 1000) -> None:
    """Fold until nothing is left."""
    more = True
    while more:
        with transaction():
            more = service.project(now=at(MONDAY), limit=limit) > 0


def counters() -> dict[tuple[object, ...], int]:
    """All counters as they are stored."""
    found: dict[tuple[object, ...], int] = {}
    for name in ("decision_count", "grant_count"):
        for row in db.session.execute(sa.select(Base.metadata.tables[name])):
            found[(name, *row[:-1])] = row[-1]
    return found


def token(visited: Visited | None, *scopes: str) -> dict[str, str]:
    """The header of a program that may read this site's figures, or with these scopes do something else."""
    with transaction():
        _, secret = tokens.create_token(
            name="reports",
            scopes=scopes or ("analytics:read",),
            site_ids=[visited.site.id] if visited else None,
            by="test",
            now=at(MONDAY),
        )
    return {"Authorization": f"Bearer {secret}"}


def at(day: date) -> datetime:
    """Noon of a day, in UTC."""
    return datetime.combine(day, time(12), UTC)
