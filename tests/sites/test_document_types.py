"""The types of the banner document: each field says what it may be, and what it means."""

from collections.abc import Iterator
from typing import Any, get_origin, is_typeddict

from server.sites.constraints import Closed, Field, Most, Range, default_of, fields_of
from server.sites.document_types import SIGNAL_TYPES, TEXT_KEYS, Document


def every_field(part: type, path: str = "") -> Iterator[tuple[str, Field]]:
    """All fields below a type, by path; entries of lists and values of objects are named `*`."""
    for name, field in fields_of(part):
        yield from _with_inner(f"{path}{name}", field)


def _with_inner(path: str, field: Field) -> Iterator[tuple[str, Field]]:
    yield path, field
    if is_typeddict(field.type):
        yield from every_field(field.type, f"{path}.")
    elif field.entries is not None:
        yield from _with_inner(f"{path}.*", field.entries)


FIELDS = dict(every_field(Document))


def test_every_field_says_what_it_means() -> None:
    assert len(FIELDS) > 80
    assert [path for path, field in FIELDS.items() if not path.endswith("*") and not field.meaning] == []


def test_every_text_is_limited_and_so_is_every_number_and_every_list() -> None:
    expected: dict[Any, type] = {int: Range, list: Most}
    for path, field in FIELDS.items():
        kind = get_origin(field.type) or field.type
        if kind in expected:
            assert isinstance(field.constraint, expected[kind]), path
        if kind is str:
            assert field.constraint is not None, path


def test_an_absent_field_is_one_that_may_be_there() -> None:
    for path, field in FIELDS.items():
        if field.words and not field.required:
            assert default_of(field) in field.words, path
        if isinstance(field.constraint, Range):
            assert field.constraint.low <= default_of(field) <= field.constraint.high, path


def test_keys_of_a_closed_object_are_those_of_its_literal() -> None:
    closed = [field for field in FIELDS.values() if isinstance(field.constraint, Closed)]
    assert len(closed) == 2
    assert [tuple(field.named) for field in closed] == [TEXT_KEYS, SIGNAL_TYPES]
