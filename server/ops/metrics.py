"""Metrics for operators, in Prometheus' text format. None is about a person or a site."""

import os
from datetime import timedelta

from flask import Response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Gauge,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from server.accounts.service import tokens
from server.core import clock
from server.core.http import Blueprint, content, settings
from server.core.limits import from_this_machine
from server.ledger.service import reading

blueprint = Blueprint("metrics", __name__)

MERGE_DELAY = timedelta(seconds=30)
"""How late the next checkpoint may be for a waiting commitment until operators should be alerted."""


@blueprint.get("/metrics")
@blueprint.doc(
    tags=["operations"],
    responses={
        200: {"description": "The figures", **content("text/plain")},
        401: {"description": "From elsewhere, without a token"},
        403: {"description": "The token lacks the scope"},
    },
)
def metrics() -> Response:
    """Figures for Prometheus: from this machine, or with a token of scope `metrics:read`"""
    # An undeclared proxy looks like this machine, but sends forwarding headers.
    if not from_this_machine() or "X-Forwarded-For" in request.headers:
        tokens.authorise(request.headers.get("Authorization"), "metrics:read", site_id=None)
    body = _counted() + _measured()
    return Response(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _counted() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _measured() -> bytes:
    """Metrics that are read from the database."""
    registry = CollectorRegistry()
    waiting = reading.waiting(now=clock.now())
    outbox = Gauge("samtykke_outbox_entries", "Commitments that wait for their index", registry=registry)
    outbox.set(waiting.entries)
    age = Gauge("samtykke_outbox_oldest_seconds", "Age of the oldest of them", registry=registry)
    age.set(waiting.oldest.total_seconds())
    alarm = Gauge(
        "samtykke_merge_alarm",
        "1 while one has waited 30 seconds for longer than it should",
        registry=registry,
    )
    alarm.set(waiting.oldest > settings().checkpoint_every + MERGE_DELAY)
    size = Gauge("samtykke_log_entries", "Entries with an index", ["log"], registry=registry)
    for log, entries in reading.sizes().items():
        size.labels(log).set(entries)
    return generate_latest(registry)
