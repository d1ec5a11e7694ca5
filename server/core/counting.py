"""Counter of answers by route pattern, for `/metrics`."""

from functools import cache

from prometheus_client import Counter, Histogram

REQUESTS = Counter("samtykke_requests_total", "Answers given", ["route", "method", "status"])
SECONDS = Histogram(
    "samtykke_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are counted by name: a client may send any word, and each would be a series of its own."""


def count(route: str, method: str, status: int, seconds: float | None) -> None:
    """Count one answer, and its duration in seconds if known."""
    answers, durations = _series(route, method if method in METHODS else "other", status)
    answers.inc()
    if seconds is not None:
        durations.observe(seconds)


@cache
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """What counts these answers; made at first use, when the multiprocess mode of the client is known."""
    return REQUESTS.labels(route, method, status), SECONDS.labels(route)
