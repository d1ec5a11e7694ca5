"""Metrics for operators, in Prometheus' text format. None is about a person or a site."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import Response, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from server.accounts.service import audit_deliveries, tokens
from server.core import clock, programs
from server.core.event_targets import EventTarget
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
        header, now = request.headers.get("Authorization"), clock.now()
        bearer = tokens.identify(header, now=now)
        programs.enter(bearer.token_id, noted=bearer.noted, old_secret=bearer.old_secret)
        tokens.authorise(header, "metrics:read", site_id=None, now=now)
    measured = CollectorRegistry()
    measured.register(
        DatabaseCollector(clock.now(), settings().checkpoint_every + MERGE_DELAY, settings().audit_targets)
    )
    body = generate_latest(_counted()) + generate_latest(measured)
    return Response(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


class DatabaseCollector(Collector):
    """Metrics that are read from the database at each scrape; only `samtykke_database_up` while it is away.

    Not the client library's `Gauge`, whose values outlive the scrape: in multiprocess mode each one is
    written to a file of the process that answered, and read again as a value of its own.

    `late_after` is the age of a waiting commitment from which operators are alerted.
    """

    def __init__(
        self, now: datetime, late_after: timedelta, audit_targets: Iterable[EventTarget] = ()
    ) -> None:
        self._now = now
        self._late_after = late_after
        self._audit_targets = tuple(audit_targets)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The metric families, each once."""
        try:
            measured = self._measured()
        except SQLAlchemyError:
            measured = ()
        up = "1 while the database answers; what is read from it is absent otherwise"
        return (GaugeMetricFamily("samtykke_database_up", up, value=1 if measured else 0), *measured)

    def _measured(self) -> tuple[GaugeMetricFamily, ...]:
        waiting = reading.waiting(now=self._now)
        sizes = GaugeMetricFamily("samtykke_log_entries", "Entries with an index", labels=["log"])
        for name, entries in reading.sizes().items():
            sizes.add_metric([name], entries)
        return (
            GaugeMetricFamily(
                "samtykke_outbox_entries", "Commitments that wait for their index", value=waiting.entries
            ),
            GaugeMetricFamily(
                "samtykke_outbox_oldest_seconds",
                "Age of the oldest of them",
                value=waiting.oldest.total_seconds(),
            ),
            GaugeMetricFamily(
                "samtykke_merge_alarm",
                "1 while one has waited 30 seconds for longer than it should",
                value=float(waiting.oldest > self._late_after),
            ),
            sizes,
            self._audit_export(),
        )

    def _audit_export(self) -> GaugeMetricFamily:
        behind = GaugeMetricFamily(
            "samtykke_audit_export_behind", "Audit events that a target has not got", labels=["target"]
        )
        for each in self._audit_targets:
            behind.add_metric([each.address], audit_deliveries.behind(each.name))
        return behind


def _counted() -> CollectorRegistry:
    """What the processes count; the counts of processes that have ended stay in the sums."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
