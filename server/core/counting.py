"""Counters for `/metrics` that several modules feed: answers by route pattern, and what jobs observe."""

from prometheus_client import Counter, Histogram

REQUESTS = Counter("samtykke_requests_total", "Answers given", ["route", "method", "status"])
SECONDS = Histogram(
    "samtykke_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

MERGE_SECONDS = Histogram(
    "samtykke_merge_seconds",
    "From the outbox to a signed checkpoint: the longest that anything waited, each time",
    # A label, because what has none is made when this is imported, before processes share their figures.
    ["log"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300),
)

CONTRADICTIONS = Counter(
    "samtykke_log_contradictions_total",
    "Times that the log did not continue its kept checkpoint",
    ["log"],
)


def count(route: str, method: str, status: int, seconds: float | None) -> None:
    """Count one answer, and its duration in seconds if known."""
    REQUESTS.labels(route, method, status).inc()
    if seconds is not None:
        SECONDS.labels(route).observe(seconds)
