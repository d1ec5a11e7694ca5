"""Polling of the running day with decisions of one's own, through the product's own counting and closing."""

import random
import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.analytics.models import OPEN
from server.analytics.service import choices, closing, counting, figures, opening, watermarks
from server.analytics.service.counting import Tally
from server.analytics.values import Query
from server.consents.values import Action, Fact
from server.core import clock
from server.core.db import db, transaction
from server.core.local_days import midnight
from server.core.settings import Settings
from server.database import application
from server.demo import service as demo
from server.ops.schema import upgrade
from server.sites import service as sites
from server.sites.values import Site

VICTIMS = 300
"""One a day."""

POLLS = 12
"""Questions inside one block, each after a decision of the attacker's own."""

OTHERS = 15
"""Of each kind, all known to the attacker."""


@dataclass(frozen=True)
class Polled:
    """What the attack revealed."""

    victims: int
    right: int
    polls: int
    answers: int
    """How many different answers were given inside one block, at most."""


def attack() -> Polled:
    """Guess for each of the victims, of whom nothing but the choice is unknown, what they chose.

    Each decides on a day of their own. The attacker subtracts everything that is known from the figures of
    the closed day in their language, and says which of the two kinds has more left.
    """
    with tempfile.TemporaryDirectory() as folder:
        app = application(Settings.from_env({"SAMTYKKE_DATA_DIR": folder}))
        with app.app_context():
            upgrade()
            try:
                return _attacked()
            finally:
                db.session.remove()
                db.engine.dispose()


def _attacked() -> Polled:
    dice, begun = random.Random(5), clock.now()
    with transaction():
        site = demo.seed("http://127.0.0.1:8000", now=begun)
        watermarks.lock()
        opening.open_first([site.id], begins=watermarks.position(), now=begun)
        choices.choose(site.id, lump="day")
    zone, first = sites.time_zone(site.id), figures.today(site.id, now=begun)
    right = answers = 0
    for number in range(VICTIMS):
        day = first + timedelta(days=number)
        chosen: Action = dice.choice(("accept_all", "reject_all"))
        _decide(site, "accept_all", OTHERS)
        _decide(site, "reject_all", OTHERS)
        _decide(site, chosen, 1)
        noon = midnight(day, zone) + timedelta(hours=12)
        _advance(site, noon, dice)
        answers = max(answers, len({_poll(site, day, noon, dice) for _ in range(POLLS)}))
        _advance(site, midnight(day + timedelta(days=1), zone), dice)
        rows = figures.figures(Query(day, day, "day", "language"), site=site).rows
        shown = next(row.cells.measures for row in rows if row.value == "nb")
        left = {
            "accept_all": shown["accept_all"] - OTHERS - POLLS,
            "reject_all": shown["reject_all"] - OTHERS,
        }
        guess = max(left, key=lambda kind: (left[kind], dice.random()))
        right += guess == chosen
    return Polled(VICTIMS, right, POLLS, answers)


def _decide(site: Site, action: Action, number: int) -> None:
    tally = Tally()
    granted = action == "accept_all"
    fact = Fact(site.id, 1, "nb", action, dict.fromkeys(("functional", "statistics", "advertising"), granted))
    tally.add(fact, OPEN, number)
    with transaction():
        counting.add(tally)


def _poll(site: Site, day: date, noon: datetime, dice: random.Random) -> str:
    _decide(site, "accept_all", 1)
    _advance(site, noon + timedelta(minutes=5), dice)
    return repr(figures.figures(Query(day, day), site=site))


def _advance(site: Site, moment: datetime, dice: random.Random) -> None:
    with transaction():
        closing.advance(site.id, now=moment, randbelow=dice.randrange)
