"""When background jobs run."""

import threading
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from server.core.db import db
from server.core.jobs import Job, each, run_until, stopping
from tests.processes import PATIENCE


def test_an_hourly_job_runs_when_the_worker_starts(app: Flask) -> None:
    stop = threading.Event()
    worker = threading.Thread(
        target=run_until, args=(stop, [Job("hourly", timedelta(hours=1), stop.set)], app), daemon=True
    )
    worker.start()
    ran = stop.wait(PATIENCE)
    stop.set()
    worker.join(PATIENCE)
    assert ran


def test_a_job_on_schedule_waits_for_the_next_multiple(app: Flask) -> None:
    stop, ran = threading.Event(), threading.Event()
    centennial = Job("once a century", timedelta(days=36_500), ran.set, on_schedule=True)
    other = Job("hourly", timedelta(hours=1), stop.set)
    run_until(stop, [centennial, other], app)
    assert not ran.is_set()


def test_a_job_that_fails_does_not_stop_the_others(app: Flask) -> None:
    stop = threading.Event()

    def fail() -> None:
        raise RuntimeError("a fault")

    failing, working = Job("failing", timedelta(hours=1), fail), Job("working", timedelta(hours=1), stop.set)
    run_until(stop, [failing, working], app)
    assert stop.is_set()


def test_a_job_is_told_that_the_worker_is_stopping_and_only_then(app: Flask) -> None:
    stop, seen = threading.Event(), []

    def work() -> None:
        seen.append(stopping.is_set())
        stop.set()
        seen.append(stopping.wait(10))

    run_until(stop, [Job("long", timedelta(hours=1), work)], app)
    assert (seen, stopping.is_set()) == ([False, True], False)


def test_one_that_fails_keeps_no_other_waiting(app: Flask) -> None:
    done = []

    def step(one: str) -> int:
        if one == "broken":
            db.session.execute(sa.text("SELECT * FROM nowhere"))
        done.append(db.session.scalar(sa.select(sa.literal(one))))
        return 1

    assert each(["first", "broken", "last"], step, fault="step_failed") == 2
    assert done == ["first", "last"]


def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(app: Flask) -> None:
    def step(_one: str) -> int:
        stopping.set()
        return 1

    try:
        assert each(["first", "last"], step, fault="step_failed") == 1
    finally:
        stopping.clear()
