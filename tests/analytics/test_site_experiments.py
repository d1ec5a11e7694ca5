"""Experiments on a site: what is counted, when one ends, and what is said before it starts."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from server.accounts.service import audit_log
from server.accounts.values import SCHEDULE, Actor
from server.analytics import jobs
from server.analytics.leaves import live_leaves
from server.analytics.privacy.lumps import LumpKind
from server.analytics.privacy.release import Counted
from server.analytics.service import choices, experiments, releasing
from server.analytics.service.releasing import EndedLump
from server.analytics.values import Query
from server.core.db import db, transaction
from server.core.local_days import midnight
from server.notifications.models import Notification
from server.sites import experiments as running
from server.sites import service as sites
from server.sites.values import Experiment, Planned
from tests.analytics.visitors import MONDAY, Visited, at, close, open_site, without_noise
from tests.sites.documents import publishable

pytestmark = pytest.mark.usefixtures("app")

WEBHOOKS = Path(__file__).parents[2] / "docs" / "webhooks.md"
OSLO = ZoneInfo("Europe/Oslo")
PLAN = Planned(10, 500.0, 0.05)
EVEN = Counted(60, 40)
BETTER = Counted(80, 20)


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """No noise is drawn; its variance is reckoned with all the same."""
    with without_noise():
        yield


def day(number: int) -> date:
    """The day after so many from Monday, on which each experiment here starts."""
    return MONDAY + timedelta(days=number)


@dataclass(frozen=True)
class Compared:
    """A site that compares version 1 with version 2."""

    visited: Visited

    @property
    def experiment(self) -> Experiment:
        return running.experiment(self.visited.site.id, 1)

    def release(self, first: int, a: Counted, b: Counted, *, days: int = 1, kind: LumpKind = "day") -> None:
        """Release a lump in which each language of a variant counted so much."""
        site_id, start, end = self.visited.site.id, day(first), day(first + days - 1)
        leaves = live_leaves(sites.versions(site_id), start, end, OSLO)
        night = midnight(end + timedelta(days=1), OSLO)
        lump = EndedLump(site_id, start, end, kind, Fraction(1), ("", 0), ("", 0), night)
        counted = {leaf: {1: a, 2: b}.get(leaf.version, Counted()) for leaf in leaves}
        with transaction():
            releasing.release_lump(lump, leaves, counted, randbelow=secrets.randbelow)

    def states(self) -> tuple[str, int]:
        found = experiments.progress(self.experiment).outcome
        return found.state, found.days


@pytest.fixture
def compared() -> Compared:
    visited = open_site()
    other = publishable()
    other["texts"]["nb"]["title"] = "Er det greit?"
    with transaction():
        sites.save_draft(visited.site.id, other, by="kari", now=at(MONDAY))
        running.start(visited.site.id, PLAN, by="kari", now=at(MONDAY))
    return Compared(visited)


def test_nothing_counts_until_the_scripts_from_before_are_gone(compared: Compared) -> None:
    assert experiments.progress(compared.experiment).begins == day(2)
    for first in (0, 1):
        compared.release(first, EVEN, BETTER)
        assert compared.states() == ("running", 0)
    compared.release(2, EVEN, EVEN)
    assert compared.states() == ("running", 1)


def test_only_lumps_that_lie_wholly_inside_count(compared: Compared) -> None:
    compared.release(0, EVEN, BETTER, days=7, kind="week")
    assert compared.states() == ("running", 0)
    compared.release(7, EVEN, EVEN, days=7, kind="week")
    assert compared.states() == ("running", 7)


def test_each_arm_is_the_sum_of_its_languages_with_the_variance_of_its_noise(compared: Compared) -> None:
    compared.release(2, Counted(60, 40, 7), Counted(55, 40, 7, 5, {"functional": 5}))
    one = experiments.progress(compared.experiment)
    languages = len(publishable()["texts"])
    assert (one.a.agreed, one.a.others) == (60 * languages, 40 * languages)
    assert (one.b.agreed, one.b.others) == (55 * languages, 45 * languages)
    compared.release(3, EVEN, EVEN)
    two = experiments.progress(compared.experiment)
    assert two.a.agreed == 120 * languages
    assert two.a.noise.agreed == pytest.approx(2 * one.a.noise.agreed)


def test_a_clear_result_ends_the_experiment_once_and_the_audit_log_says_so(compared: Compared) -> None:
    compared.release(2, EVEN, EVEN)
    assert jobs.end_experiments(at(day(3))) == 0
    for number in (3, 4, 5):
        compared.release(number, EVEN, BETTER)
    assert jobs.end_experiments(at(day(6))) == 1
    assert jobs.end_experiments(at(day(6))) == 0

    ended, newest = compared.experiment, sites.newest(compared.visited.site.id)
    assert ended.result is not None
    assert newest is not None
    assert (ended.result.outcome, ended.ended_by) == ("b_is_better", "worker")
    assert (newest.number, newest.content_hash) == (3, sites.version(newest.site_id, 1).content_hash)
    events = audit_log.audit_events(only=None, site_id=newest.site_id, limit=9)
    assert [(one.action, one.by, one.subject) for one in events][:2] == [
        ("rolled_back", SCHEDULE, "version 3"),
        ("experiment_ended", SCHEDULE, "experiment 1"),
    ]
    assert events[1].detail.startswith("Variant B is accepted by ")
    message = db.session.scalars(sa.select(Notification).where(Notification.kind == "experiment.ended")).one()
    data = json.loads(message.data)
    assert (data["outcome"], data["experiment"], data["version_b"]) == ("b_is_better", 1, 2)
    assert 0 < data["points_low"] < data["points_high"] <= 100
    example = re.search(r'"type": "experiment.ended".+?"data": (\{.+?\})', WEBHOOKS.read_text("utf-8"), re.S)
    assert example is not None
    assert json.loads(example[1]).keys() == data.keys()


def test_what_is_released_after_the_end_changes_nothing(compared: Compared) -> None:
    for number in (2, 3, 4):
        compared.release(number, EVEN, BETTER)
    jobs.end_experiments(at(day(5)))
    before = experiments.progress(compared.experiment)
    compared.release(5, BETTER, EVEN)
    assert experiments.progress(compared.experiment) == before


def test_an_experiment_ends_at_its_limit_without_a_clear_result(compared: Compared) -> None:
    for number in range(2, 11):
        compared.release(number, EVEN, EVEN)
    assert jobs.end_experiments(at(day(11))) == 0
    compared.release(11, EVEN, EVEN)
    assert jobs.end_experiments(at(day(12))) == 1
    result = compared.experiment.result
    assert result is not None
    assert (result.outcome, result.days) == ("undecided", 10)
    assert result.low < 0 < result.high


def test_staff_may_stop_it_and_what_was_clear_before_stays_clear(compared: Compared) -> None:
    with transaction():
        _, found = experiments.stop(compared.experiment, by=Actor("person", "kari"), now=at(day(1)))
    assert (found.state, found.days) == ("stopped", 0)
    result = compared.experiment.result
    assert result is not None
    assert (result.outcome, result.low, result.high) == ("stopped", -1, 1)


def test_a_result_that_is_clear_already_is_not_called_stopped(compared: Compared) -> None:
    for number in (2, 3, 4):
        compared.release(number, EVEN, BETTER)
    with transaction():
        _, found = experiments.stop(compared.experiment, by=Actor("person", "kari"), now=at(day(5)))
    assert found.state == "b_is_better"


def test_the_variant_from_before_is_live_to_the_end_however_much_is_published_after(
    compared: Compared,
) -> None:
    """Closing reads few versions at a time; the first variant may be older than those."""
    visited = compared.visited
    with transaction():
        choices.choose(visited.site.id, lump="day")
        experiments.stop(compared.experiment, by=Actor("person", "kari"), now=at(day(20)))
    for _ in range(3):
        visited.publish(day(20), categories=["functional"])
        visited.publish(day(20))
    close(day(20))
    rows = visited.read(Query(day(19), day(20), by="version")).rows
    assert [row.value for row in rows if row.start == day(19)] == ["1", "2"]
    assert [row.value for row in rows if row.start == day(20)] == ["1", "2", *map(str, range(3, 10))]


# --- before the start ------------------------------------------------------------------------------------


def test_nothing_is_forecast_before_the_first_figures() -> None:
    visited = open_site()
    assert experiments.forecast(visited.site.id, 28, now=at(MONDAY)) is None


def test_what_can_be_found_is_said_of_the_last_four_weeks(compared: Compared) -> None:
    site_id = compared.visited.site.id
    for number in range(5):
        compared.release(number, Counted(20, 10), Counted(20, 10))
    found = experiments.forecast(site_id, 28, now=at(day(5)))
    assert found is not None
    languages = len(publishable()["texts"])
    assert found.plan.decisions_a_day == 60 * languages
    assert found.plan.base_rate == pytest.approx(2 / 3)
    assert found.detectable is not None
    assert 0.01 < found.detectable < 0.2
    assert found.planned == Planned(28, found.plan.tuned_for, found.detectable)
    assert found.last_day == day(5 + 2 + 27)
    longer = experiments.forecast(site_id, 56, now=at(day(5)))
    assert longer is not None
    assert longer.detectable is not None
    assert longer.detectable < found.detectable
    assert experiments.forecast(site_id, 28, now=at(day(90))) is None
