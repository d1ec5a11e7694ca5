"""Requests per second of the product's two hot paths beside a bare Flask view, in the same run."""

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks import serving

ROUNDS = 3
SECONDS = 6
CONNECTIONS = 32

STEADY = 500
"""Decisions a second at which the budget asks how long one takes."""


@dataclass(frozen=True)
class Measured:
    """What one load showed; times in milliseconds."""

    perSecond: float  # noqa: N815 - as the load generator prints it
    p50: float
    p99: float
    succeeded: int
    failed: int


def report() -> None:
    """Print the table."""
    print(f"\n## Load: {serving.WORKERS} processes of {serving.THREADS} threads, {CONNECTIONS} clients")
    print("## Load generator on the same cores")
    print(f"## {ROUNDS} interleaved rounds of {SECONDS} s, medians")
    print(f"## One write and fdatasync on this disk: {fdatasync_milliseconds():.2f} ms (median)\n")
    print(f"{'what':42} {'per second':>10} {'p50 ms':>7} {'p99 ms':>7} {'failed':>7} {'× bare':>7}")
    with serving.product() as ours, serving.bare_flask(script_bytes(ours)) as bare:
        _compare(
            "GET /w/demo.js",
            f"{ours}/w/demo.js",
            "GET, bare Flask, same bytes",
            f"{bare}/script",
            "get",
            ours,
        )
        _decide("POST decision, SQLite", ours, bare)
    with serving.postgresql() as url, serving.product(url) as ours, serving.bare_flask(b"") as bare:
        _decide("POST decision, PostgreSQL", ours, bare)


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


def _decide(name: str, ours: str, bare: str) -> None:
    path = "/api/v1/sites/demo/decisions"
    _compare(name, ours + path, "POST, bare Flask, stores nothing", f"{bare}/decision", "decide", ours)
    before = _processor_seconds(ours)
    steady = _load(ours + path, "decide", ours, rate=STEADY)
    each = (_processor_seconds(ours) - before) / max(1, steady.succeeded) * 1_000_000
    figures = f"{steady.perSecond:10,.0f} {steady.p50:7.0f} {steady.p99:7.0f} {steady.failed:7}"
    print(f"{f'{name}, {STEADY} a second':42} {figures}")
    print(f"  processor time of the product for each of these: {each:.0f} µs")


def _processor_seconds(address: str) -> float:
    """What all processes of the product at this address have used."""
    port = address.rsplit(":", 1)[1]
    product = next(child for child in psutil.Process().children() if port in child.cmdline())
    times = [process.cpu_times() for process in (product, *product.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def _compare(name: str, url: str, yardstick: str, bare_url: str, kind: str, origin: str) -> None:
    pairs = [(_load(url, kind, origin), _load(bare_url, kind, origin)) for _ in range(ROUNDS)]
    bare_rate = median(bare.perSecond for _, bare in pairs)
    for label, rounds in ((name, [one for one, _ in pairs]), (yardstick, [bare for _, bare in pairs])):
        rate = median(one.perSecond for one in rounds)
        p50, p99 = median(one.p50 for one in rounds), median(one.p99 for one in rounds)
        failed = sum(one.failed for one in rounds)
        print(f"{label:42} {rate:10,.0f} {p50:7.0f} {p99:7.0f} {failed:7} {rate / bare_rate:7.2f}")


def _load(url: str, kind: str, origin: str, *, rate: int | None = None) -> Measured:
    description = {
        "rate": rate,
        "url": url,
        "kind": kind,
        "seconds": SECONDS,
        "connections": CONNECTIONS,
        "version": 1,
        "origin": origin,
    }
    script = Path(__file__).parent / "load.mjs"
    done = subprocess.run(
        ["node", script, json.dumps(description)], check=True, capture_output=True, text=True
    )
    return Measured(**json.loads(done.stdout))
