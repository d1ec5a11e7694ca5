"""Requests per second of the product's two hot paths beside a bare Flask view, in the same run."""

import json
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import serving

ROUNDS = 3
SECONDS = 6
CONNECTIONS = 32


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
    print(f"## {ROUNDS} interleaved rounds of {SECONDS} s, medians\n")
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


def _decide(name: str, ours: str, bare: str) -> None:
    path = "/api/v1/sites/demo/decisions"
    _compare(name, ours + path, "POST, bare Flask, stores nothing", f"{bare}/decision", "decide", ours)


def _compare(name: str, url: str, yardstick: str, bare_url: str, kind: str, origin: str) -> None:
    pairs = [(_load(url, kind, origin), _load(bare_url, kind, origin)) for _ in range(ROUNDS)]
    bare_rate = median(bare.perSecond for _, bare in pairs)
    for label, rounds in ((name, [one for one, _ in pairs]), (yardstick, [bare for _, bare in pairs])):
        rate = median(one.perSecond for one in rounds)
        p50, p99 = median(one.p50 for one in rounds), median(one.p99 for one in rounds)
        failed = sum(one.failed for one in rounds)
        print(f"{label:42} {rate:10,.0f} {p50:7.0f} {p99:7.0f} {failed:7} {rate / bare_rate:7.2f}")


def _load(url: str, kind: str, origin: str) -> Measured:
    description = {
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
