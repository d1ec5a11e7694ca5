"""What the variants of an experiment may differ in: words and looks, never what is asked. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from server.sites import lint
from server.sites.document_types import Document
from server.sites.values import Finding

FREE = ("appearance", "texts")
"""Parts of a banner in which its variants may differ."""

_EQUAL_BUTTONS = "labels_uneven"
"""The rule about answers of equal weight that warns in general, and must be followed in an experiment."""


def differences(a: Document, b: Document) -> dict[str, object]:
    """What stands against comparing two banners, by field; empty if nothing does."""
    one, other = cast("Mapping[str, object]", a), cast("Mapping[str, object]", b)
    faults: dict[str, object] = {
        key: "differs: variants differ in texts and appearance alone, never in what is asked"
        for key in sorted({*one, *other} - {*FREE})
        if one.get(key) != other.get(key)
    }
    if set(a["texts"]) != set(b["texts"]):
        faults["texts"] = "has other languages: both variants need the same"
    elif not faults and all(one[key] == other[key] for key in FREE):
        faults["draft"] = (
            "are those of the published version, as is the appearance: change some of them first"
        )
    return faults


def findings(a: Document, b: Document, *, version_a: int, domains: Sequence[str]) -> Iterator[Finding]:
    """Lint findings of both variants; uneven answers are errors.

    Those of A, which is published already, have `version.` and its number before the field.
    """
    yield from _strict(lint.findings(b, domains))
    for finding in _strict(lint.findings(a, domains)):
        yield replace(finding, field=f"version.{version_a}.{finding.field}")


def _strict(found: Iterable[Finding]) -> Iterator[Finding]:
    for finding in found:
        yield replace(finding, severity="error") if finding.rule == _EQUAL_BUTTONS else finding
