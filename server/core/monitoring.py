"""What operators see of every answer: its place in `/metrics`, and a log line for faults of the server and
for what was refused.

Beside it the metrics that several slices observe.

Routes are named by their pattern, never by their values: neither shows a site, a person or an id.
"""

import time
from functools import cache

import structlog
from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from server.core.programs import entered

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
    "Times that the log did not continue its stored checkpoint",
    ["log"],
)

EVENTS_DROPPED = Counter(
    "samtykke_events_dropped_total",
    "Events of pages that were not counted, by the reason",
    ["reason"],
)

DELIVERIES = Counter(
    "samtykke_deliveries_total",
    "Tries to deliver a message, by channel and result",
    ["channel", "result"],
)

SILENT_SITES = Counter(
    "samtykke_silent_sites_total",
    "Sites that were found silent while many decisions are usual: each of them once a minute",
    ["what"],
)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are counted by name: a client may send any word, and each would be a series of its own."""

REFUSALS = frozenset({401, 403, 419, 429})
"""Statuses of what somebody may not do, or not so often: who watches over the server looks for these."""

log = structlog.get_logger("samtykke.http")


def install(app: Flask) -> None:
    """Observe every answer of the application."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _observe(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        started = g.get("started")
        took = None if started is None else time.perf_counter() - started
        observe(route, request.method, response.status_code, took)
        if response.status_code in REFUSALS:
            _log_refusal(route, request.method, response.status_code)
        return response


def observe(route: str, method: str, status: int, seconds: float | None) -> None:
    """Count an answer, and its duration in seconds if known; log it if its status is 500 or more."""
    answers, durations = _series(route, method if method in METHODS else "other", status)
    answers.inc()
    if seconds is not None:
        durations.observe(seconds)
    if status >= 500:
        took = None if seconds is None else round(seconds * 1000, 1)
        log.warning("answered", method=method, route=route, status=status, milliseconds=took)


def _log_refusal(route: str, method: str, status: int) -> None:
    """Log what was refused, with the id of the account or API token that asked, if it is known."""
    program = entered()
    log.warning(
        "refused",
        method=method if method in METHODS else "other",
        route=route,
        status=status,
        reason=g.get("reason"),
        person=g.get("person"),
        token=program.token_id if program else None,
    )


@cache
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """What counts these answers; made at first use, when the multiprocess mode of the client is known."""
    return REQUESTS.labels(route, method, status), SECONDS.labels(route)
