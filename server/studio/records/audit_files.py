"""Events of the audit log as a file: JSON lines, or CSV for spreadsheets. Pure.

Fields that `samtykke audit export` has, too, have the same names; actions are their stable words.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import Literal

from server.accounts.values import AuditEvent
from server.core.spreadsheets import harmless

Form = Literal["csv", "jsonl"]

FORMS: Mapping[Form, str] = {"csv": "CSV", "jsonl": "JSON Lines"}
"""Format of a file → its name."""

_FIELDS = ("number", "time", "actor_kind", "actor", "action", "site", "site_id", "subject", "detail")


def lines(events: Iterable[tuple[AuditEvent, str]], form: Form) -> Iterator[str]:
    """Events line by line, each with the key of its site; empty: it has none, or the site is gone."""
    return _csv_lines(events) if form == "csv" else _json_lines(events)


def _json_lines(events: Iterable[tuple[AuditEvent, str]]) -> Iterator[str]:
    for event, key in events:
        yield json.dumps(_facts(event, key), ensure_ascii=False) + "\n"


def _csv_lines(events: Iterable[tuple[AuditEvent, str]]) -> Iterator[str]:
    """A heading, and one row per line (RFC 4180)."""
    yield _row(_FIELDS)
    for event, key in events:
        facts = _facts(event, key)
        yield _row(harmless("" if facts[name] is None else str(facts[name])) for name in _FIELDS)


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _facts(event: AuditEvent, key: str) -> dict[str, object]:
    return {
        "number": event.number,
        "time": event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "actor_kind": event.by.kind,
        "actor": event.by.name,
        "action": event.action,
        "site": key or None,
        "site_id": event.site_id,
        "subject": event.subject,
        "detail": event.detail,
    }
