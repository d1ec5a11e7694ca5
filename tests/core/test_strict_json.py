"""JSON as every reader understands it alike."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Malformed
from server.core.strict_json import MAX_DEPTH, strict_json
from tests.core.test_canonical import VALUES


@given(VALUES)
def test_json_that_every_reader_understands_alike_is_read(value: object) -> None:
    assert strict_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'{"a":1,"a":2}', "appears twice"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"18446744073709551616", "larger than"),
        (b"1e999", "too large"),
        (b"9" * 5000, "larger than"),
        (rb'"\ud800"', "surrogate"),
        (rb'{"\udfff":1}', "surrogate"),
        (b"[" * 100_000, "nests deeper"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "nests deeper"),
        (b"\xff\xfe", "UTF-8"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_json_that_readers_would_understand_differently_is_refused(raw: bytes, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        strict_json(raw)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_the_reader_fall(raw: bytes) -> None:
    with suppress(Malformed):
        strict_json(raw)
