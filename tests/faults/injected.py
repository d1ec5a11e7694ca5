"""Figure 4: each write, truncation and sync of the database fails once, or is the last thing that happens.

One process stores decisions, gives them their places in the log and counts them. It is run once for each call
that it makes to the system on its SQLite files and each fault: the disk answers EIO, the disk is full
(ENOSPC), or the process is killed (SIGKILL) in the middle of it (strace injects them). Then a fresh process
opens what is left and catches up, and everything that was acknowledged is looked for.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from server.analytics import jobs as analytics_jobs
from server.app import create_app
from server.core.settings import Settings
from server.ledger import jobs as ledger_jobs
from server.ops.cli import run as command
from tests.faults.clients import History, a_decision
from tests.faults.evidence import engine_of, gather
from tests.faults.figures import Figure, nothing

DECISIONS = 4
FAULTS = ("error=EIO", "error=ENOSPC", "signal=KILL")
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate")
FILES = ("samtykke.db", "samtykke.db-wal")
URL = "http://127.0.0.1:8000"


def run() -> Iterator[Figure | str]:
    """Every call × every fault."""
    if shutil.which("strace") is None:
        yield "strace is not installed, so nothing was injected"
        yield Figure("faults injected", "> 0", "0", met=False)
        return
    with tempfile.TemporaryDirectory() as place:
        start = Path(place) / "start"
        _in_a_process(lambda _report: _command(start, "migrate"), None)
        _in_a_process(lambda _report: _command(start, "demo"), None)
        made, order = _calls(start, Path(place))
        yield f"{DECISIONS} decisions and the worker make {sum(made.values())} calls"
        yield nothing("acknowledgements without a sync before them", order, DECISIONS)
        runs = [
            (call, number, fault) for call in CALLS for number in range(1, made[call] + 1) for fault in FAULTS
        ]
        lost = broken = faults_found = faulty = acknowledged = refused = 0
        for call, number, fault in runs:
            folder = Path(place) / "run"
            shutil.copytree(start, folder)
            history = _disturbed(folder, f"{call}:{fault}:when={number}")
            acknowledged += len(history.acknowledged)
            refused += history.answers[503]
            faulty += sum(times for status, times in history.answers.items() if status not in (200, 201, 503))
            _in_a_process(lambda _report, folder=folder: _catch_up(folder), None)  # type: ignore[misc]
            found = gather(engine_of(folder, ""))
            lost += sum(each not in found.decisions for each in history.acknowledged)
            sound = found.sound and not found.waiting and found.counted == sum(found.decisions.values())
            broken += not sound
            faults_found += _in_a_process(lambda _report, folder=folder: _fsck(folder), None)[0] != 0  # type: ignore[misc]
            shutil.rmtree(folder)
        yield Figure("faults injected", "> 100", f"{len(runs):,}", met=len(runs) > 100)
        yield nothing("acknowledged decisions lost", lost, acknowledged)
        yield nothing("answers that were neither stored nor 503", faulty, acknowledged + refused)
        yield nothing("databases, outboxes or counters not in order afterwards", broken, len(runs))
        yield nothing("logs in which samtykke log fsck finds a fault", faults_found, len(runs))


def _calls(start: Path, place: Path) -> tuple[Counter[str], int]:
    """How often each call is made, and how many acknowledgements came without a sync since the one before."""
    folder, trace = place / "count", place / "trace"
    shutil.copytree(start, folder)
    _in_a_process(lambda report: _work(folder, report), ["-y", "-o", str(trace)], folder, (*CALLS, "write"))
    made: Counter[str] = Counter()
    synced, early = False, 0
    for line in trace.read_text().splitlines():
        found = re.match(r"(?:[0-9]+ +)?([a-z0-9]+)\([0-9]+<([^>]*)>(.*)", line)
        if found is None:
            continue
        if found[1] == "write":
            if found[3].startswith(', "201'):
                early += not synced
                synced = False
            continue
        made[found[1]] += 1
        synced |= found[1] in ("fdatasync", "fsync") and found[2].endswith("-wal")
    shutil.rmtree(folder)
    return made, early


def _disturbed(folder: Path, injection: str) -> History:
    """The answers that browsers got from a process to which this happened."""
    history = History()
    options = ["-o", os.devnull, "-e", f"inject={injection}"]
    _, output = _in_a_process(lambda report: _work(folder, report), options, folder)
    for line in output.splitlines():
        status, decision = line.split()
        history.answers[int(status)] += 1
        history.sent.add(decision)
        if status in ("200", "201"):
            history.acknowledged[decision] = ""
    return history


def _work(folder: Path, report: Callable[[str], object]) -> int:
    """Store, give places, count; a browser tries a second time."""
    client = create_app(_settings(folder)).test_client()
    for _ in range(DECISIONS):
        decision = a_decision()
        for _ in range(2):
            answer = client.post("/api/v1/sites/demo/decisions", json=decision, headers={"Origin": URL})
            report(f"{answer.status_code} {decision['id']}\n")
            if answer.status_code == 201:
                break
    with suppress(Exception):
        _catch_up(folder)
    return 0


def _catch_up(folder: Path) -> int:
    with create_app(_settings(folder)).app_context():
        for job in (ledger_jobs.sequence, analytics_jobs.count):
            job()
    return 0


def _fsck(folder: Path) -> int:
    return _command(folder, "log", "fsck")


def _command(folder: Path, *arguments: str) -> int:
    settings = {"SAMTYKKE_DATA_DIR": str(folder), "SAMTYKKE_PUBLIC_URL": URL, "SAMTYKKE_DEMO": "on"}
    os.environ.update(settings)
    return command(create_app, list(arguments))


def _settings(folder: Path) -> Settings:
    return Settings.from_env({"SAMTYKKE_DATA_DIR": str(folder), "SAMTYKKE_PUBLIC_URL": URL})


def _in_a_process(
    work: Callable[[Callable[[str], object]], int],
    strace: list[str] | None,
    folder: Path | None = None,
    calls: tuple[str, ...] = CALLS,
) -> tuple[int, str]:
    """Do the work in a fork of this process, watched from its first call on; its status and its output.

    A fork has everything imported, so hundreds of runs take minutes, not hours.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(reading)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            if strace is not None:
                os.kill(os.getpid(), signal.SIGSTOP)
            status = work(lambda line: os.write(writing, line.encode()))
        finally:
            os._exit(status)
    os.close(writing)
    watcher = None
    if strace is not None:
        os.waitpid(pid, os.WUNTRACED)
        watcher = _watch(pid, strace, folder, calls)
        os.kill(pid, signal.SIGCONT)
    with os.fdopen(reading) as stream:
        output = stream.read()
    _, status = os.waitpid(pid, 0)
    if watcher is not None:
        watcher.wait(timeout=30)
    return os.waitstatus_to_exitcode(status), output


def _watch(
    pid: int, options: list[str], folder: Path | None, calls: tuple[str, ...]
) -> "subprocess.Popen[bytes]":
    paths = [f"{folder}/{name}" for name in FILES] if "write" not in calls else []
    watcher = subprocess.Popen(
        [
            *("strace", "-f", "-qq", "-p", str(pid), "-e", f"trace={','.join(calls)}", *options),
            *(argument for path in paths for argument in ("-P", path)),
        ],
        stderr=subprocess.DEVNULL,
    )
    for _ in range(500):
        if "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text():
            return watcher
        time.sleep(0.01)
    raise RuntimeError("strace could not attach")
