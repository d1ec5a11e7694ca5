"""The one schema of the banner document: what staff save, files import and scripts send is the same thing.

A draft may be incomplete (`lint` says what a publish still needs) but never ill-typed: an accepted document
has every key, and only values that the widget, the notice and the database can carry. Its fields are those of
`document_types`.
"""

from collections.abc import Mapping
from typing import cast

from marshmallow import ValidationError, post_load, validates_schema

from server.core.canonical import canonical
from server.core.errors import Invalid, flatten
from server.sites import cross_checks
from server.sites.document_types import Document
from server.sites.schema_fields import Strict, schema_of
from server.sites.standard_sections import with_standard_sections

MAX_DOCUMENT = 768 * 1024
"""Bytes of a document's canonical form.

A request's body may have 1 MiB (`server.core.bodies`): so what was stored can be sent again, also indented.
"""

MAX_ERRORS = 100
"""Faults that one answer names."""


def load(value: object) -> Document:
    """The document in `value`, with every key there; loading the result again changes nothing.

    :raises Invalid: `errors` names each field that is wrong, e.g. `categories.2.key`.
    """
    try:
        document = cast("Document", _SCHEMA.load(value))  # type: ignore[arg-type]
    except ValidationError as fault:
        errors = _readable(
            flatten(fault.messages_dict if isinstance(fault.messages, dict) else fault.messages)
        )
        first, sentence = next(iter(errors.items()))
        raise Invalid(f"the banner document cannot be used: {first} {sentence}", errors=errors) from fault
    if len(canonical(document)) > MAX_DOCUMENT:
        fault_text = f"is larger than {MAX_DOCUMENT} bytes"
        raise Invalid(f"the banner document {fault_text}", errors={"body": fault_text})
    return document


def _readable(errors: Mapping[str, object]) -> dict[str, object]:
    """At most `MAX_ERRORS` faults; paths hold what was sent, so they are cut and made printable."""
    shown = list(errors.items())[:MAX_ERRORS]
    return {(path if path.isprintable() else ascii(path))[:200]: sentence for path, sentence in shown}


class _CheckedAsAWhole(Strict):
    """A document whose parts fit together."""

    @validates_schema
    def _agrees_with_itself(self, document: Document, **_kwargs: object) -> None:
        if errors := cross_checks.faults(document):
            raise ValidationError(errors)

    @post_load
    def _whole(self, document: Document, **_kwargs: object) -> Document:
        document["behaviour"]["mapping"] = cross_checks.effective_mapping(document)
        return with_standard_sections(document)


BannerDocumentSchema = schema_of(Document, "BannerDocument", _CheckedAsAWhole)
"""The schema of a banner document, with the rules between its parts."""

_SCHEMA = BannerDocumentSchema()
