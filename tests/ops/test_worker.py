"""One worker runs what every slice has to do from time to time."""

import importlib
from datetime import timedelta
from pathlib import Path

from server.ops import site_deletion, worker
from server.ops.audit_export import delivering
from tests.conftest import settings_for
from tests.processes import ROOT


def test_the_worker_runs_the_jobs_of_every_slice(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    slices = [path.parent.name for path in (ROOT / "server").glob("*/jobs.py") if path.parent.name != "core"]
    assert len(slices) >= 5
    modules = [importlib.import_module(f"server.{name}.jobs") for name in slices]
    jobs = [job for each in modules for job in (each.jobs(settings) if hasattr(each, "jobs") else each.JOBS)]
    # What concerns all slices alike is a job of this one.
    jobs += [*site_deletion.JOBS, *delivering.JOBS]
    assert sorted(job.name for job in worker.jobs(settings)) == sorted(job.name for job in jobs)
    assert len({job.name for job in jobs}) == len(jobs)


def test_the_log_grows_on_the_schedule_that_the_operator_chose(tmp_path: Path) -> None:
    """Otherwise the time of each checkpoint would tell when a decision came."""
    hourly = settings_for(tmp_path, checkpoint_every=timedelta(hours=1))
    (log,) = (job for job in worker.jobs(hourly) if job.name == "sequence the log")
    assert (log.every, log.on_schedule) == (timedelta(hours=1), True)
