"""The catalog as one JSON document for other projects, and its JSON Schema. Pure.

Equal services give equal bytes, so that a release can be compared and signed.
"""

import json
from collections.abc import Iterable
from typing import Any

from server.catalog.json_schema import json_schema
from server.catalog.reading import written
from server.catalog.values import Service

LICENCE = "CC0-1.0"
"""SPDX identifier of the licence of the descriptions; its text lies beside them."""

SCHEMA_ID = "urn:uuid:eb6727e8-0131-5064-8bc6-df71a6d0b582"
"""`$id` of the schema. A document that another shape describes gets another one."""

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""Which draft of JSON Schema the schema is written in."""


def document(services: Iterable[Service], version: str) -> dict[str, Any]:
    """All descriptions with their licence, in the order of their keys.

    :param version: the release of Samtykke that they are part of
    """
    return {
        "schema": SCHEMA_ID,
        "licence": LICENCE,
        "version": version,
        "services": [written(each) for each in sorted(services, key=lambda each: each.key)],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of `document`; that of a single description is `#/$defs/service`."""
    return {
        "$schema": SCHEMA_DIALECT,
        "$id": SCHEMA_ID,
        "title": "Samtykke's catalog of known services",
        "description": "Services that websites use: who offers them, what they store and load, what for, "
        "and where each fact was found. What is absent was not confirmed.",
        "type": "object",
        "properties": {
            "schema": {"title": "Schema", "description": "The `$id` of this schema.", "const": SCHEMA_ID},
            "licence": {"title": "Licence", "description": "SPDX identifier.", "const": LICENCE},
            "version": {
                "title": "Version",
                "description": "The release of Samtykke that the descriptions are part of.",
                "type": "string",
                "minLength": 1,
            },
            "services": {
                "title": "Services",
                "description": "In the order of their keys.",
                "type": "array",
                "items": {"$ref": "#/$defs/service"},
            },
        },
        "required": ["schema", "licence", "version", "services"],
        "additionalProperties": False,
        "$defs": {"service": json_schema(Service)},
    }


def as_file(value: object) -> bytes:
    """JSON for people and programs: indented, in UTF-8, with a line feed at the end."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode()
