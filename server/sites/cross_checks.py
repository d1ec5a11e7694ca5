"""Cross-checks between the parts of a banner document: unique keys, and references that resolve. Pure.

Errors are sentences by path, nested as the document is, which is the form of marshmallow's messages.
"""

from collections.abc import Mapping
from typing import Any

from server.sites.document_types import (
    MAX_SECTIONS,
    STANDARD_SECTIONS,
    Category,
    Document,
    Notice,
    Service,
    SignalType,
)
from server.sites.values import CONVENTION, NECESSARY, conventional_mapping

MAX_OWN_SECTIONS = MAX_SECTIONS - len(STANDARD_SECTIONS)
"""Most sections of a notice besides the standard ones."""


def faults(document: Document) -> dict[str, Any]:
    """The errors of a document whose parts are each valid; empty if there are none."""
    errors: dict[str, Any] = {}
    if document["default_language"] not in document["texts"]:
        errors["default_language"] = ["is not one of the languages of texts"]
    categories = [category["key"] for category in document["categories"]]
    _merge(errors, "categories", _duplicates(categories))
    _merge(errors, "categories", _necessary(document["categories"]))
    _merge(errors, "services", _duplicates([service["key"] for service in document["services"]]))
    _merge(errors, "services", _misassigned(document["services"], frozenset(categories)))
    _merge(errors, "services", _stores_nothing(document["services"]))
    if notice := _notice(document["notice"]):
        errors["notice"] = notice
    if unmapped := _unmapped(document["behaviour"]["mapping"], frozenset(categories) - {NECESSARY}):
        errors["behaviour"] = {"mapping": unmapped}
    return errors


def effective_mapping(document: Document) -> dict[SignalType, str]:
    """Signal type → category: the chosen one, else the conventional one."""
    usual, chosen = conventional_mapping(document), document["behaviour"]["mapping"]
    # An unchosen type follows its conventional category; a chosen category that does not exist is an error.
    known = {
        kind: usual[kind] if category == CONVENTION[kind] else category for kind, category in chosen.items()
    }
    return {**usual, **known}


def _merge(errors: dict[str, Any], name: str, found: Any) -> None:
    if found and isinstance(errors.get(name, {}), dict) and isinstance(found, dict):
        for index, faults_there in found.items():
            errors.setdefault(name, {}).setdefault(index, {}).update(faults_there)
    elif found:
        errors[name] = found


def _duplicates(keys: list[str]) -> dict[int, Any]:
    return {i: {"key": ["appears twice"]} for i, key in enumerate(keys) if key in keys[:i]}


def _notice(notice: Notice) -> dict[str, Any]:
    sections = [section["key"] for section in notice["sections"]]
    own = len(set(sections) - set(STANDARD_SECTIONS))
    found = {
        "sections": _duplicates(sections),
        "activities": _duplicates([activity["key"] for activity in notice["activities"]]),
        "processors": _duplicates([processor["key"] for processor in notice["processors"]]),
    }
    errors: dict[str, Any] = {name: faults for name, faults in found.items() if faults}
    # Absent standard sections are added, and the result must be one that can be loaded.
    if own > MAX_OWN_SECTIONS:
        errors["sections"] = [f"has more than {MAX_OWN_SECTIONS} sections besides the standard ones"]
    return errors


def _necessary(categories: list[Category]) -> Any:
    for index, category in enumerate(categories):
        if category["key"] == NECESSARY:
            return (
                {index: {"hidden": ["may not be true: what is necessary is always shown"]}}
                if category["hidden"]
                else None
            )
    return [f"lacks the category {NECESSARY}"]


def _misassigned(services: list[Service], categories: frozenset[str]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for index, service in enumerate(services):
        if service["category"] not in categories:
            found[index] = {"category": ["is not one of the categories"]}
        elif service["key"] in categories:
            found[index] = {"key": ["is the key of a category too"]}
    return found


def _stores_nothing(services: list[Service]) -> dict[int, Any]:
    return {
        index: {"stores_nothing": ["may not be true while cookies names something"]}
        for index, service in enumerate(services)
        if service["stores_nothing"] and service["cookies"]
    }


def _unmapped(mapping: Mapping[SignalType, str], optional: frozenset[str]) -> dict[str, list[str]]:
    return {
        kind: ["is neither empty nor one of the optional categories"]
        for kind, category in mapping.items()
        if category and category not in optional and category != CONVENTION[kind]
    }
