"""Ten thousand webhooks to receivers that fail at random, while the workers are killed twenty times.

Two workers, as processes, share one outbox; each in turn is killed with SIGKILL. Times are shortened: a retry
comes after a fraction of a second, a lease ends after two. There are more retries, so that nothing is given
up, which would free the next one in order.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from benchmarks import serving
from server.app import create_app
from server.core import clock
from server.core.db import db, end_reading, transaction
from server.notifications.models import Delivery
from server.notifications.service import endpoints, outbox
from server.notifications.values import Message
from server.sites import service as sites
from tests.faults.delivery_worker import TIMEOUT
from tests.faults.figures import Figure, everything, nothing
from tests.faults.product import settings
from tests.notifications.receivers import Reply, Request, receiving

KIND = "banner.published"
ENDPOINTS = 4
"""Of each site; the first wants its messages in order."""

SEED = 20261129

FATES = (
    (0.02, "hangs"),
    (0.10, "500"),
    (0.15, "429"),
    (0.20, "301"),
    (0.25, "takes it and hangs"),
)
"""Cumulative shares of what a receiver does instead of answering 204."""


def run() -> Iterator[Figure | str]:
    """On SQLite, then on PostgreSQL."""
    for name in ("SQLite", "PostgreSQL"):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = stack.enter_context(serving.postgresql()) if name == "PostgreSQL" else ""
            began = time.monotonic()
            contest = Contest(folder, url, sites=25, messages=100, kills=20)
            figures = list(contest.verdict())
            seconds = time.monotonic() - began
            yield f"{name}, {contest.expected:,} deliveries and {contest.kills} kills in {seconds:.0f} s"
            yield from figures


@dataclass
class Arrivals:
    """What the receivers got: by address, id and position of each message that they took."""

    random: random.Random
    lock: threading.Lock = field(default_factory=threading.Lock)
    requests: int = 0
    taken: defaultdict[str, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))
    """Path → (id, body) of every request that was taken, in the order of arrival."""

    def reply(self, request: Request) -> Reply:
        """Take a message, or fail at random."""
        with self.lock:
            self.requests += 1
            share = self.random.random()
            fate = next((name for bound, name in FATES if share < bound), "204")
            if fate in ("204", "takes it and hangs"):
                self.taken[request.path].append((request.headers["webhook-id"], request.body))
        if "hangs" in fate:
            time.sleep(TIMEOUT * 1.5)
        return (int(fate), {"Retry-After": "0"}) if fate.isdigit() else (204, {})

    def first_seen(self, path: str) -> list[str]:
        """The ids that an address took, each where it was taken first."""
        return list(dict.fromkeys(message_id for message_id, _body in self.taken[path]))


class Contest:
    """One run: what was recorded, and what arrived."""

    def __init__(self, folder: Path, url: str, *, sites: int, messages: int, kills: int) -> None:
        self.expected = sites * messages * ENDPOINTS
        self.kills = 0
        self.arrivals = Arrivals(random.Random(SEED))
        self.states: defaultdict[str, int] = defaultdict(int)
        self.paths: dict[str, bool] = {}
        """Path of each endpoint → whether it wants its messages in order."""
        app = create_app(replace(settings(folder, url), scan_private=True))
        with receiving(self.arrivals.reply) as receiver, app.app_context():
            upgrade()
            self._sites = [self._site(number, receiver.url) for number in range(sites)]
            for number in range(messages):
                self._record(number)
            self._work(app, kills)
            db.session.remove()
            db.engine.dispose()

    def _site(self, number: int, url: str) -> str:
        now = clock.now()
        with transaction():
            made = sites.create(f"site-{number}", f"Site {number}", [f"{number}.no"], by="faults", now=now)
            for position in range(ENDPOINTS):
                path = f"/{number}/{position}"
                self.paths[path] = position == 0
                endpoints.create_endpoint(
                    made.id,
                    url.removesuffix("/hook") + path,
                    [KIND],
                    in_order=position == 0,
                    by="faults",
                    now=now,
                    private=True,
                )
        return made.id

    def _record(self, number: int) -> None:
        with transaction():
            for site_id in self._sites:
                outbox.record(Message(site_id, KIND, {"version": number}, str(number)), [], now=clock.now())

    def _work(self, app: Flask, kills: int) -> None:
        """Let two workers deliver, and kill them in turn, at even shares of all requests that are needed."""
        found = app.extensions["samtykke"]
        environment = {
            **os.environ,
            "SAMTYKKE_DATA_DIR": str(found.data_dir),
            "SAMTYKKE_DATABASE_URL": found.database_url,
            "SAMTYKKE_SECRET_KEY": found.secret_key,
            "SAMTYKKE_SCAN_PRIVATE": "on",
        }
        command = [sys.executable, "-m", "tests.faults.delivery_worker"]
        workers = [subprocess.Popen(command, env=environment) for _ in range(2)]
        try:
            while not self._ended():
                if self.kills < kills and self.arrivals.requests > self.expected * self.kills / kills:
                    victim = workers[self.kills % 2]
                    victim.kill()
                    victim.wait()
                    workers[self.kills % 2] = subprocess.Popen(command, env=environment)
                    self.kills += 1
                time.sleep(0.2)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()

    def _ended(self) -> bool:
        """Whether nothing is on its way; the database counts, as this process has to answer the workers."""
        if self.arrivals.requests < self.expected:
            return False
        end_reading()
        query = sa.select(Delivery.state, sa.func.count().label("number")).group_by(Delivery.state)
        self.states = defaultdict(int, {row.state: row.number for row in db.session.execute(query)})
        return self.states["pending"] == 0

    def verdict(self) -> Iterator[Figure]:
        """What must have come of it."""
        taken = {path: self.arrivals.first_seen(path) for path in self.paths}
        arrived = sum(map(len, taken.values()))
        yield everything("deliveries that arrived at least once", arrived, self.expected)
        yield everything("deliveries that the log has as delivered", self.states["delivered"], self.expected)
        ids = {each for path in self.paths for each in taken[path]}
        yield everything("ids, one for each message of a site", len(ids), self.expected // ENDPOINTS)
        bodies: defaultdict[str, set[bytes]] = defaultdict(set)
        for requests in self.arrivals.taken.values():
            for message_id, body in requests:
                bodies[message_id].add(body)
        yield nothing("ids with more than one body", sum(len(each) > 1 for each in bodies.values()), len(ids))
        ordered = [path for path, in_order in self.paths.items() if in_order]
        wrong = sum(self._versions(path) != sorted(self._versions(path)) for path in ordered)
        yield nothing("endpoints in order with another order", wrong, len(ordered))
        repeated = sum(len(each) for each in self.arrivals.taken.values()) - arrived
        what = f"{repeated:,} of {self.arrivals.requests:,} requests"
        yield Figure("repeats of what was taken already", "any", what, met=True)

    def _versions(self, path: str) -> list[int]:
        first: dict[str, int] = {}
        for message_id, body in self.arrivals.taken[path]:
            first.setdefault(message_id, int(body.split(b'"version":')[1].split(b"}")[0]))
        return list(first.values())
