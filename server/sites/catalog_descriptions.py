"""Descriptions of the catalog that drafts were filled from: kept when a draft is saved, read to compare."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from server.catalog import service as catalog
from server.catalog.values import Service as KnownService
from server.core.canonical import canonical
from server.core.db import db, insert
from server.core.errors import Invalid
from server.sites import models, queries
from server.sites.catalog_differences import Difference, differences
from server.sites.document_types import Document, Service

_TABLE = cast("sa.Table", models.ServiceDescription.__table__)


def remember(document: Document, *, now: datetime) -> None:
    """Keep each description of today's catalog that a service of the document was filled from."""
    today = {each.key: each for each in catalog.services()}
    entries = {(service["catalog"]["key"], service["catalog"]["version"]) for service in document["services"]}
    rows = [
        {
            "key": key,
            "version": version,
            "description": canonical(catalog.as_json(today[key])).decode("utf-8"),
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
    entries = {service["key"]: service["catalog"] for service in document["services"]}
    stored = queries.service_descriptions({entry["key"] for entry in entries.values() if entry["key"]})
    read = {
        key: _read(stored[entry["key"], entry["version"]])
        for key, entry in entries.items()
        if (entry["key"], entry["version"]) in stored
    }
    return {key: known for key, known in read.items() if known is not None}


def newest(service: Service) -> KnownService | None:
    """What today's catalog says of a service that was filled from it; None if it has nothing on it."""
    return next((each for each in catalog.services() if each.key == service["catalog"]["key"]), None)


def offers(document: Document) -> Mapping[str, tuple[Difference, ...]]:
    """Key of a service → what today's catalog would change of it; absent where that is nothing."""
    bases = of_document(document)
    found = {}
    for service in document["services"]:
        if (known := newest(service)) is not None:
            found[service["key"]] = differences(service, bases.get(service["key"]), known, document)
    return {key: changes for key, changes in found.items() if changes}


def _read(text: str) -> KnownService | None:
    """A stored description; None if an earlier release described services by other fields."""
    try:
        return catalog.check(json.loads(text))
    except Invalid:
        return None
