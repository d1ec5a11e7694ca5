"""Descriptions of the catalog that drafts were filled from: kept when a draft is saved, read to compare."""

import functools
import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.core.canonical import canonical_text
from server.core.db import db, insert
from server.core.errors import Invalid
from server.sites import models, queries
from server.sites.document_types import Document, Service

_TABLE = cast("sa.Table", models.ServiceDescription.__table__)


def remember(document: Document, *, now: datetime) -> None:
    """Keep each description of today's catalog that a service of the document was filled from."""
    today = _today()
    entries = {(service["catalog"]["key"], service["catalog"]["version"]) for service in document["services"]}
    rows = [
        {
            "key": key,
            "version": version,
            "description": canonical_text(catalog.as_json(today[key])),
            "first_used": now,
        }
        for key, version in sorted(entries)
        if key in today and version == catalog.version(today[key])
    ]
    if rows:
        statement = insert(_TABLE).on_conflict_do_nothing(index_elements=["key", "version"])
        db.session.execute(statement, rows)


def of_document(document: Document) -> Mapping[str, KnownService]:
    """Key of a service → the description that it was filled from; absent where that is not known."""
    today = _today()
    found: dict[str, KnownService] = {}
    earlier: dict[str, tuple[str, str]] = {}
    for service in document["services"]:
        key, version = service["catalog"]["key"], service["catalog"]["version"]
        if key in today and version == catalog.version(today[key]):
            found[service["key"]] = today[key]
        elif key and version:
            earlier[service["key"]] = (key, version)
    if earlier:
        stored = queries.service_descriptions({key for key, _version in earlier.values()})
        read = {key: _read(stored[entry]) for key, entry in earlier.items() if entry in stored}
        found |= {key: known for key, known in read.items() if known is not None}
    return found


def newest(service: Service) -> KnownService | None:
    """What today's catalog says of a service that was filled from it; None if it has nothing on it."""
    return _today().get(service["catalog"]["key"])


def _today() -> Mapping[str, KnownService]:
    return {each.key: each for each in catalog.services()}


@functools.lru_cache(maxsize=512)
def _read(text: str) -> KnownService | None:
    """A stored description; None if an earlier release described services by other fields."""
    try:
        return catalog.check(json.loads(text))
    except Invalid:
        return None
