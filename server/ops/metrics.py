"""Figures for operators, in Prometheus' text format. None is about a person or a site."""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from server.accounts import service as accounts
from server.core import clock
from server.core.http import Blueprint
from server.core.limits import from_this_machine
from server.ledger import service as ledger

blueprint = Blueprint("metrics", __name__)

REQUESTS = Counter("samtykke_requests_total", "Answers given", ["route", "method", "status"])
SECONDS = Histogram(
    "samtykke_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)


def install(app: Flask) -> None:
    """Count every answer under its route's pattern, never under its address."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(route, request.method, response.status_code).inc()
        if (started := g.get("started")) is not None:
            SECONDS.labels(route).observe(time.perf_counter() - started)
        return response


@blueprint.get("/metrics")
@blueprint.doc(
    tags=["operations"],
    responses={200: {"description": "The figures"}, 401: {"description": "From elsewhere, without a token"}},
)
def metrics() -> Response:
    """Figures for Prometheus: from this machine, or with a token of scope `metrics:read`"""
    # A proxy that the operator has not declared looks like this machine, but says that it forwards.
    if not from_this_machine() or "X-Forwarded-For" in request.headers:
        accounts.authorise(request.headers.get("Authorization"), "metrics:read", site_id=None)
    body = _counted() + _measured()
    return Response(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _counted() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _measured() -> bytes:
    """What the database knows and no process counts."""
    registry = CollectorRegistry()
    waiting = ledger.waiting(now=clock.now())
    outbox = Gauge("samtykke_outbox_entries", "Commitments that wait for their index", registry=registry)
    outbox.set(waiting.entries)
    age = Gauge("samtykke_outbox_oldest_seconds", "Age of the oldest of them", registry=registry)
    age.set(waiting.oldest.total_seconds())
    size = Gauge("samtykke_log_entries", "Entries with an index", ["log"], registry=registry)
    for log, entries in ledger.sizes().items():
        size.labels(log).set(entries)
    return generate_latest(registry)
