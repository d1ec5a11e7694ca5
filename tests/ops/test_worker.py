"""One worker runs what every slice has to do from time to time."""

import importlib

from server.ops import worker
from tests.processes import ROOT


def test_the_worker_runs_the_jobs_of_every_slice() -> None:
    slices = [path.parent.name for path in (ROOT / "server").glob("*/jobs.py") if path.parent.name != "core"]
    assert len(slices) >= 5
    jobs = [job for name in slices for job in importlib.import_module(f"server.{name}.jobs").JOBS]
    assert sorted(job.name for job in worker.JOBS) == sorted(job.name for job in jobs)
    assert len({job.name for job in jobs}) == len(jobs)
