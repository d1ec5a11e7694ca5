"""The audit log, for owners and auditors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Response, g, request, stream_with_context
from flask.typing import ResponseReturnValue

from server.accounts.service import audit_log
from server.accounts.values import AuditEvent
from server.core import clock, parsing
from server.core.db import end_reading, transaction
from server.core.errors import NotFound
from server.core.http import settings
from server.core.local_days import span
from server.sites import service as sites
from server.sites.values import Site
from server.studio.guard import blueprint, identity, needs, zone
from server.studio.records import audit_files, audit_labels, day_span
from server.studio.views import page, visible_sites

SHOWN = 50
"""Entries on one page."""

AT_ONCE = 500
"""Entries of a file that are in memory at once."""

FILTERS = ("site", "by", "action", "number", "from", "to")
"""Fields of the form, as they are in addresses."""


@blueprint.get("/trail")
@needs("audit.read")
def audit_log_page() -> ResponseReturnValue:
    """The events of all visible sites."""
    return _page(_asked())


@blueprint.get("/sites/<key>/trail")
@needs("audit.read")
def site_audit_log() -> ResponseReturnValue:
    """The events of one site."""
    return _page(_asked())


@blueprint.get("/trail.<any(jsonl, csv):form>")
@needs("audit.read")
def download_audit_log(form: audit_files.Form) -> ResponseReturnValue:
    """All events that the page shows with these filters, as a file."""
    return _download(form, "audit-log")


@blueprint.get("/sites/<key>/trail.<any(jsonl, csv):form>")
@needs("audit.read")
def download_site_audit_log(form: audit_files.Form) -> ResponseReturnValue:
    """All events of one site that its page shows with these filters, as a file."""
    return _download(form, f"{g.site.key}-audit-log")


@dataclass(frozen=True)
class _Asked:
    """What the form asks for."""

    texts: dict[str, str]
    """Field → what was sent in it, without what is empty."""
    errors: dict[str, str]
    here: Site | None
    since: datetime | None
    until: datetime | None

    def events(self, *, before: int | None, limit: int) -> tuple[AuditEvent, ...]:
        """The next events that fit, newest first: those with smaller numbers."""
        return audit_log.audit_events(
            only=None if identity().all_sites else identity().site_ids,
            site_id=self.here.id if self.here else None,
            by=self.texts.get("by", ""),
            action=self.texts.get("action", ""),
            subject=_mark(self.texts.get("number", "")),
            since=self.since,
            until=self.until,
            before=before,
            limit=limit,
        )


def _asked() -> _Asked:
    texts = {name: text for name in FILTERS if (text := request.args.get(name, "").strip())}
    errors: dict[str, str] = {}
    since, until = span(*day_span.asked(errors), zone())
    return _Asked(texts, errors, g.site or _visible(texts.get("site", "")), since, until)


def _page(asked: _Asked) -> Response:
    """Entries that match the filters, newest first."""
    only = None if identity().all_sites else identity().site_ids
    raw = request.args.get("before", "")
    found = asked.events(before=parsing.number(raw, digits=17), limit=SHOWN + 1)
    checked = audit_log.verify_audit_log() if only is None and request.args.get("check") else None
    return page(
        "audit_log/list.html",
        422 if asked.errors else 200,
        days=list(audit_labels.by_day(found[:SHOWN], zone())),
        older=found[SHOWN - 1].number if len(found) > SHOWN else None,
        newer=bool(raw),
        asked=asked.texts,
        errors=asked.errors,
        files=audit_files.FORMS,
        actors=audit_log.actors(only=only),
        labels=audit_labels.LABELS,
        line=audit_labels.line,
        bulk_action=audit_labels.bulk_action,
        detail=partial(audit_labels.detail, zone=zone()),
        named=audit_labels.named,
        sites={one.id: one for one in (*visible_sites(), *_sites_of(found))},
        whole=only is None,
        checked=checked,
    )


def _download(form: audit_files.Form, name: str) -> Response:
    """The file; that it was made is on record, and in none of its own lines."""
    asked, now = _asked(), clock.now()
    if asked.errors:
        return _page(asked)
    head = audit_log.audit_log_head()
    with transaction():
        audit_log.record_event(
            "audit_exported",
            by=identity().actor,
            site_id=asked.here.id if asked.here else None,
            subject=form,
            detail=_said(asked),
            now=now,
        )
    events = _events(asked, before=head[0] + 1 if head else 0)
    options: dict[str, Any] = {
        "mimetype": "text/csv" if form == "csv" else "application/x-ndjson",
        "headers": {"Content-Disposition": f'attachment; filename="{name}.{form}"'},
    }
    return Response(stream_with_context(audit_files.lines(events, form)), **options)


def _said(asked: _Asked) -> str:
    """The filters for the audit log; a number of a consent stands there by its pseudonym alone."""
    texts = {**asked.texts, **({"number": _mark(number)} if (number := asked.texts.get("number")) else {})}
    if asked.here is not None:
        texts.pop("site", None)
    return ", ".join(f"{name} {text}" for name, text in texts.items())


def _events(asked: _Asked, *, before: int) -> Iterator[tuple[AuditEvent, str]]:
    """Each event with the key of its site, a few hundred at a time."""
    while found := asked.events(before=before, limit=AT_ONCE):
        keys = {one.id: one.key for one in _sites_of(found)}
        end_reading()
        for event in found:
            yield event, keys.get(event.site_id or "", "")
        before = found[-1].number


def _visible(key: str) -> Site | None:
    try:
        found = sites.find(key)
    except NotFound:
        return None
    return found if identity().sees(found.id) else None


def _sites_of(events: Sequence[AuditEvent]) -> tuple[Site, ...]:
    """The sites of the events, which are visible ones."""
    return sites.with_ids({event.site_id for event in events if event.site_id})


def _mark(number: str) -> str:
    """The pseudonym of a consent: of its number, or the pseudonym itself if that was entered."""
    if not number or number.startswith("consent "):
        return number
    return audit_log.mark(number, secret_key=settings().secret_key)
