"""Logs as JSON lines that could be published: no address, no user agent, no path with an id, no body."""

import logging
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request


def configure(level: int = logging.INFO) -> None:
    """Send everything, the standard library's loggers included, through one JSON renderer to stderr."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Its warnings report late jobs, which `/metrics` has as seconds; failures are logged by ourselves.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def install(app: Flask) -> None:
    """One line for each answer that is not a plain success, with the route's pattern, never its values."""

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _line(response: Response) -> Response:
        if response.status_code >= 500:
            route = request.url_rule.rule if request.url_rule else None
            started = g.get("started")
            seconds = 0.0 if started is None else time.perf_counter() - started
            answered(request.method, route, response.status_code, seconds)
        return response


def answered(method: str, route: str | None, status: int, seconds: float) -> None:
    """The line of an answer that is not a plain success."""
    structlog.get_logger("samtykke.http").warning(
        "answered", method=method, route=route, status=status, milliseconds=round(seconds * 1000, 1)
    )
