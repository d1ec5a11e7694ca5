"""Alarms of a site: opened and closed by the job that releases figures, from what was released."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.service import users
from server.analytics import jobs
from server.analytics.leaves import live_leaves
from server.analytics.privacy.release import Counted, Leaf
from server.analytics.service import alarm_messages, alarms, releasing
from server.analytics.service.releasing import EndedLump
from server.core import clock
from server.core.db import Base, db, transaction
from server.notifications.models import Delivery, Notification
from server.sites import service as sites
from tests.analytics.alarms.figures import usual_days
from tests.analytics.visitors import Visited, at, count, open_site, without_noise

BEGINS = date(2026, 8, 31)
"""A Monday; no holiday for three months."""

DAYS = 35

YESTERDAY = BEGINS + timedelta(days=DAYS)
TODAY = YESTERDAY + timedelta(days=1)

WEBHOOKS = Path(__file__).parents[2] / "docs" / "webhooks.md"

Decided = Mapping[str, int]
"""Language → decisions."""


def released(yesterday: Decided | None = None) -> Visited:
    """A site with five weeks of figures, the last ones of yesterday; without them, that day is running."""
    visited = open_site(day=BEGINS)
    leaves = live_leaves(sites.versions(visited.site.id), BEGINS, BEGINS, sites.time_zone(visited.site.id))
    usual: list[Decided] = [{"nb": number // 2, "en": number // 2} for number in usual_days(DAYS)]
    with transaction(), without_noise():
        for number, decided in enumerate([*usual, yesterday] if yesterday else usual):
            day = BEGINS + timedelta(days=number)
            place = ("log", 0)
            lump = EndedLump(visited.site.id, day, day, "day", Fraction(1), place, place, at(day))
            counted = dict.fromkeys(leaves, Counted())
            counted.update(
                (Leaf(1, code), Counted(each - each // 2, each // 2)) for code, each in decided.items()
            )
            releasing.release_lump(lump, leaves, counted, randbelow=lambda _: 0)
        _run(visited, TODAY if yesterday else YESTERDAY, due_at=at(TODAY))
    return visited


def _run(visited: Visited, start: date, *, due_at: datetime) -> None:
    """Let the running lump be one that began on this day."""
    running = Base.metadata.tables["open_lump"]
    values = {"start": start, "due_at": due_at}
    db.session.execute(sa.update(running).where(running.c.site_id == visited.site.id).values(values))


def review(visited: Visited, *, day: date = TODAY) -> alarms.Changes:
    with transaction():
        return alarms.review(visited.site.id, now=at(day), lump_released=True)


def review_in(visited: Visited) -> alarms.Changes:
    return alarms.review(visited.site.id, now=at(TODAY), lump_released=True)


def sent_messages() -> list[Notification]:
    """The messages about alarms, in order."""
    about = Notification.kind.startswith("alarm.")
    return list(db.session.scalars(sa.select(Notification).where(about).order_by(Notification.number)))


def kinds(visited: Visited) -> list[tuple[str, str]]:
    return [(one.alarm.kind, one.alarm.language) for one in alarms.open_alarms(visited.site.id)]


def test_a_silent_day_opens_one_alarm(app: Flask) -> None:
    visited = released({"nb": 0})
    (found,) = review(visited).opened
    assert (found.alarm.kind, found.alarm.start, found.opened_at) == ("no_events", YESTERDAY, at(TODAY))
    assert found.alarm.low < 420 < found.alarm.high
    assert review(visited) == alarms.Changes()
    assert alarms.open_alarms(visited.site.id) == (found,)


def test_a_silent_language_is_named(app: Flask) -> None:
    visited = released({"nb": 210})
    review(visited)
    assert kinds(visited) == [("no_events", "en")]


def test_a_usual_day_opens_nothing(app: Flask) -> None:
    assert review(released({"nb": 205, "en": 205})) == alarms.Changes()


def test_a_fall_after_a_publication_of_that_day_is_left_alone(app: Flask) -> None:
    visited = released({"nb": 90, "en": 90})
    visited.publish(YESTERDAY)
    assert review(visited) == alarms.Changes()


def test_sample_figures_say_nothing_about_what_is_usual(app: Flask) -> None:
    visited = released({"nb": 0})
    lump = Base.metadata.tables["released_lump"]
    with transaction():
        db.session.execute(sa.update(lump).where(lump.c.start < YESTERDAY).values(sample=True))
    assert review(visited) == alarms.Changes()


def test_the_job_that_releases_a_day_opens_its_alarm_and_later_closes_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited = released()
    with transaction():
        users.create_user("kari@example.no", "editor", password=None, site_ids=None, now=at(TODAY))
    monkeypatch.setattr(clock, "now", lambda: at(TODAY))
    with without_noise():
        jobs.close()
        jobs.close()
        assert kinds(visited) == [("no_events", "")]
        for language in ("nb", "en"):
            visited.decide("accept_all", 30, day=TODAY, language=language)
        monkeypatch.setattr(clock, "now", lambda: at(TODAY) + timedelta(days=1))
        count(TODAY)
        jobs.close()
    # Some came, and far fewer than usual.
    assert kinds(visited) == [("decisions_fell", "")]
    (closed,) = alarms.closed_alarms(visited.site.id, limit=5)
    assert (closed.outcome, closed.last, closed.closed_at) == (
        "usual_again",
        YESTERDAY,
        at(TODAY) + timedelta(days=1),
    )
    messages = [(one.kind, json.loads(one.data)["alarm"]) for one in sent_messages()]
    assert messages == [
        ("alarm.opened", "no_events"),
        ("alarm.opened", "decisions_fell"),
        ("alarm.closed", "no_events"),
    ]
    targets = db.session.scalars(sa.select(Delivery.target).where(Delivery.channel == "email")).all()
    assert list(targets) == ["kari@example.no"] * 3


def test_a_message_about_an_alarm_says_what_is_usual_and_what_came(app: Flask) -> None:
    visited = released({"nb": 210})
    with transaction():
        alarm_messages.record(visited.site.id, review_in(visited), now=at(TODAY))
    (one,) = sent_messages()
    found = json.loads(one.data)
    assert found["usual_low"] < 210 < found["usual_high"]
    assert found["usual"] == f"{found['usual_low']}–{found['usual_high']}"
    assert {name: found[name] for name in ("alarm", "language", "language_name", "span", "from", "to")} == {
        "alarm": "language_silent",
        "language": "en",
        "language_name": "English",
        "span": "day",
        "from": YESTERDAY.isoformat(),
        "to": YESTERDAY.isoformat(),
    }
    assert (found["figure"], found["came"], found["unit"]) == (None, "<\u202f10", "decided")
    written = re.search(r'"type": "alarm.opened".+?"data": (\{.+?\})', WEBHOOKS.read_text("utf-8"), re.S)
    assert written is not None
    assert json.loads(written[1]).keys() == found.keys()


def test_the_job_tells_of_a_silent_part_of_the_running_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited = released({"nb": 205, "en": 205})
    noon = datetime.combine(TODAY, time(10), UTC)
    key = {"site_id": visited.site.id, "tier": "decisions"}
    with transaction():
        db.session.execute(
            sa.insert(Base.metadata.tables["live_block"]),
            [
                {**key, "start": day, "ends_at": datetime.combine(day, time(10), UTC), "figure": 200 + number}
                for number in range(DAYS)
                for day in [BEGINS + timedelta(days=number)]
            ],
        )
        _run(visited, TODAY, due_at=noon)
    monkeypatch.setattr(clock, "now", lambda: noon)
    with without_noise():
        jobs.close()
    (found,) = alarms.open_alarms(visited.site.id)
    assert (found.alarm.kind, found.alarm.span, found.alarm.hour) == ("no_events", "block", 12)
