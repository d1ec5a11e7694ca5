"""Requests per second of the product's two hot paths beside a bare Flask view, in the same run.

Processor time is that of all processes of a server, for each request that succeeded; by then the worker has
given every decision its place in the log and counted it. What PostgreSQL itself uses is not in it.
"""

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks import serving
from tests.faults.evidence import Evidence, at_rest

ROUNDS = 3
SECONDS = 6
CONNECTIONS = 32

STEADY = 500
"""Decisions a second at which the budget asks how long one takes."""


@dataclass(frozen=True)
class Generated:
    """What one load showed; times in milliseconds."""

    perSecond: float  # noqa: N815 - as the load generator prints it
    p50: float
    p99: float
    succeeded: int
    failed: int
    acknowledged: Sequence[str]
    """Ids of decisions that were stored, says the server; only where a rate was given."""


@dataclass(frozen=True)
class Target:
    """A server under load."""

    address: str
    path: str
    kind: str
    """`get` or `decide`."""
    origin: str
    settle: Callable[[], object] = lambda: None
    """Comes back once everything that follows the requests is done."""


@dataclass(frozen=True)
class Round:
    """One load, and what it cost the server."""

    generated: Generated
    processor: float
    """Microseconds of processor time for each request that succeeded."""


def report() -> None:
    """Print the table."""
    print(f"\n## Load: {serving.WORKERS} processes of {serving.THREADS} threads, {CONNECTIONS} clients")
    print("## Load generator on the same cores")
    print(f"## {ROUNDS} interleaved rounds of {SECONDS} s, medians; × bare: median of the ratios")
    print(f"## One write and fdatasync on this disk: {fdatasync_milliseconds():.2f} ms (median)")
    print(f"## Load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    figures = f"{'p50 ms':>7} {'p99 ms':>7} {'failed':>7} {'× bare':>7} {'µs each':>8}"
    print(f"{'what':42} {'per second':>10} {figures}")
    with serving.product() as ours, serving.bare_flask(script_bytes(ours)) as bare:
        compare(
            {"GET /w/demo.js": Target(ours, "/w/demo.js", "get", ours)},
            {"GET, bare Flask, same bytes": Target(bare, "/script", "get", ours)},
        )
    _decide("POST decision, SQLite", "")
    with serving.postgresql() as url:
        _decide("POST decision, PostgreSQL", url)


def script_bytes(address: str) -> bytes:
    """The demo site's script as a browser gets it, compressed."""
    request = urllib.request.Request(f"{address}/w/demo.js", headers={"Accept-Encoding": "br"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def fdatasync_milliseconds() -> float:
    """How long it takes to make 4 KiB durable, in the median."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(200):
            started = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times) * 1000


def _decide(name: str, database_url: str) -> None:
    """A decision beside a view that stores nothing; how long one takes at a steady rate; what was lost."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.product(database_url, data_dir=Path(folder)) as ours,
        serving.bare_flask(b"") as bare,
    ):
        target = decisions(ours, Path(folder), database_url)
        compare({name: target}, {"POST, bare Flask, stores nothing": yardstick(bare)})
        steady = load(target, rate=STEADY)
        print(_line(f"{name}, {STEADY} a second", [steady], ""))
        acknowledged = steady.generated.acknowledged
        stored = at_rest(Path(folder), database_url).decisions
        lost = sum(each not in stored for each in acknowledged)
        print(f"  lost: {lost} of {len(acknowledged):,} that were acknowledged")


def decisions(address: str, folder: Path, database_url: str) -> Target:
    """The product's door for decisions, at rest once each has its place in the log and is counted."""

    def settle() -> Evidence:
        return at_rest(folder, database_url)

    return Target(address, "/api/v1/sites/demo/decisions", "decide", address, settle)


def yardstick(bare: str) -> Target:
    """The view of bare Flask that stores nothing."""
    return Target(bare, "/decision", "decide", bare)


def compare(targets: Mapping[str, Target], bare: Mapping[str, Target]) -> None:
    """Let the targets and the yardstick take turns, and print a line for each."""
    everybody = {**targets, **bare}
    rounds = [{name: load(target) for name, target in everybody.items()} for _ in range(ROUNDS)]
    (least,) = bare
    for name in everybody:
        ratio = median(turn[name].generated.perSecond / turn[least].generated.perSecond for turn in rounds)
        print(_line(name, [turn[name] for turn in rounds], f"{ratio:.2f}"))


def _line(name: str, rounds: Sequence[Round], ratio: str) -> str:
    loads = [each.generated for each in rounds]
    rate = median(each.perSecond for each in loads)
    p50, p99 = median(each.p50 for each in loads), median(each.p99 for each in loads)
    failed, processor = sum(each.failed for each in loads), median(each.processor for each in rounds)
    return f"{name:42} {rate:10,.0f} {p50:7.0f} {p99:7.0f} {failed:7} {ratio:>7} {processor:8.0f}"


def load(target: Target, *, rate: int | None = None) -> Round:
    """One load of `SECONDS`, as fast as it goes or at a rate, and what it cost."""
    before = _processor_seconds(target.address)
    generated = _generate(target, rate)
    target.settle()
    used = _processor_seconds(target.address) - before
    return Round(generated, used / max(1, generated.succeeded) * 1_000_000)


def _processor_seconds(address: str) -> float:
    """What all processes of the server at this address have used."""
    port = address.rsplit(":", 1)[1]
    children = psutil.Process().children()
    server = next(child for child in children if any(port in word for word in child.cmdline()))
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _generate(target: Target, rate: int | None) -> Generated:
    description = {
        "rate": rate,
        "url": target.address + target.path,
        "kind": target.kind,
        "seconds": SECONDS,
        "connections": CONNECTIONS,
        "version": 1,
        "origin": target.origin,
    }
    script = Path(__file__).parent / "load.mjs"
    done = subprocess.run(
        ["node", script, json.dumps(description)], check=True, capture_output=True, text=True
    )
    return Generated(**json.loads(done.stdout))
