"""The catalog is one file for other projects, with a schema and a licence."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from server.catalog import files, service

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    return {name: json.loads(content) for name, content in service.exported("1.2.3").items()}


def test_the_file_is_as_its_schema_says(exported: dict[str, Any]) -> None:
    document, schema = exported["catalog.json"], exported["catalog.schema.json"]

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert [fault.message for fault in Draft202012Validator(schema).iter_errors(document)] == []
    assert (document["schema"], document["licence"], document["version"]) == (
        schema["$id"],
        "CC0-1.0",
        "1.2.3",
    )


def test_it_has_every_service_as_its_file_has_it(exported: dict[str, Any]) -> None:
    listed = exported["catalog.json"]["services"]

    assert [each["key"] for each in listed] == sorted(each.key for each in service.services())
    assert listed == [json.loads((files.FOLDER / f"{each['key']}.json").read_bytes()) for each in listed]


def test_equal_releases_give_equal_bytes() -> None:
    assert service.exported("1.2.3") == service.exported("1.2.3")
    assert service.exported("1.2.3") != service.exported("1.2.4")


def test_a_file_of_another_shape_or_licence_is_refused_by_the_schema(exported: dict[str, Any]) -> None:
    document, validator = exported["catalog.json"], Draft202012Validator(exported["catalog.schema.json"])

    for change in ({"licence": "MIT"}, {"schema": "x"}, {"services": [{"key": "x"}]}, {"more": 1}):
        assert not validator.is_valid({**document, **change}), change


def objects(schema: object) -> list[dict[str, Any]]:
    """Every schema with properties, at any depth."""
    if isinstance(schema, dict):
        inner = [found for each in schema.values() for found in objects(each)]
        return [schema, *inner] if isinstance(schema.get("properties"), dict) else inner
    return [found for each in schema for found in objects(each)] if isinstance(schema, list) else []


def test_every_field_of_the_schema_has_a_title_and_a_meaning(exported: dict[str, Any]) -> None:
    found = objects(exported["catalog.schema.json"])

    assert len(found) > 5
    assert [each for each in found if not each.get("title")] == []
    assert [
        name
        for each in found
        for name, field in each["properties"].items()
        if not field.get("title") or not field.get("description")
    ] == []


def test_the_licence_lies_beside_the_descriptions_and_is_named_where_licences_are() -> None:
    place = "server/catalog/data/LICENSE"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert (ROOT / place).read_text(encoding="utf-8").startswith("Creative Commons Legal Code\n\nCC0 1.0")
    assert place in project["license-files"]
    assert "CC0-1.0" in project["license"]
    for page in ("README.md", "CONTRIBUTING.md", "docs/catalog.md"):
        assert place in (ROOT / page).read_text(encoding="utf-8"), page
