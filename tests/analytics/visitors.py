"""A site on which a known number of visitors decided on known days."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from unittest.mock import patch

import sqlalchemy as sa

from server.accounts.service import tokens
from server.analytics.privacy import release
from server.analytics.privacy.release import Counted, Leaf
from server.analytics.service import closing, counting, figures, opening, samples, watermarks
from server.analytics.values import Figures, Query
from server.consents.service import decisions
from server.consents.values import Action, Decision
from server.core import clock
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
        return figures.figures(query or Query(MONDAY, MONDAY), site=self.site)


def open_site(key: str = "butikk", day: date = MONDAY) -> Visited:
    """A site whose first version is live from `day` on."""
    with transaction():
        visited = Visited(sites.create(key, "Butikk", [f"{key}.example.no"], by="test", now=at(day)))
    visited.publish(day)
    with transaction():
        opening.open_first([visited.site.id], begins=watermarks.position(), now=at(day))
    return visited


def count(day: date = MONDAY, *, limit: int = 1000) -> None:
    """Give everything an index, in the log of this day, and count it."""
    with transaction():
        sequencing.sequence(now=at(day), limit=100_000)
    drain(day, limit=limit)


def drain(day: date = MONDAY, *, limit: int = 1000) -> None:
    """Count until nothing is left."""
    more = True
    while more:
        with transaction():
            more = counting.project(now=at(day), limit=limit) > 0


def close(
    day: date = MONDAY, *, countries: bool = False, randbelow: Callable[[int], int] = secrets.randbelow
) -> int:
    """Count everything in the lump of this day, and release all lumps until then; how many."""
    count(day)
    night = at(day) + timedelta(hours=12)
    released = 0
    for site_id in closing.due(night):
        with transaction():
            released += closing.advance(site_id, now=night, countries=countries, randbelow=randbelow)
    return released


def release_days(site: Site, counted: Mapping[date, Counted], *, now: datetime, language: str = "nb") -> None:
    """So many decisions on days before today, on the first version, with their figures released."""
    opening.open_first([site.id], begins=watermarks.position(), now=now)
    days = [samples.SampleDay(day, {Leaf(1, language): counts}) for day, counts in sorted(counted.items())]
    samples.release_samples(site.id, days, randbelow=secrets.randbelow)


@contextmanager
def without_noise() -> Iterator[None]:
    """What is released is what was counted: for tests about everything but the noise."""
    with (
        patch.object(release, "discrete_laplace", lambda *_: 0),
        patch.object(closing, "discrete_laplace", lambda *_: 0),
    ):
        yield


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
            # Requests read the clock, and a token expires.
            now=clock.now(),
        )
    return {"Authorization": f"Bearer {secret}"}


def at(day: date) -> datetime:
    """Noon of a day, in UTC."""
    return datetime.combine(day, time(12), UTC)
