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
    if not faults and all(one[key] == other[key] for key in FREE):
        faults["texts"] = "are the same in both variants, as is the appearance: change some of them first"
    return faults


def findings(
    a: Document, b: Document, *, names: tuple[str, str], domains: Sequence[str]
) -> Iterator[Finding]:
    """Lint findings of both variants; uneven answers are errors.

    :param names: of the variants, which stand before their fields
    """
    for name, document in zip(names, (a, b), strict=True):
        for finding in _strict(lint.findings(document, domains)):
            yield replace(finding, field=f"{name}.{finding.field}")


def _strict(found: Iterable[Finding]) -> Iterator[Finding]:
    for finding in found:
        yield replace(finding, severity="error") if finding.rule == _EQUAL_BUTTONS else finding
