"""JSON as every reader understands it alike."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid, Malformed
from server.core.strict_json import MAX_DEPTH, strict_json
from tests.core.test_canonical import VALUES


@given(VALUES)
def test_json_that_every_reader_understands_alike_is_read(value: object) -> None:
    assert strict_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"a":1,"a":2}', "appears twice"),
        (b"NaN", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (rb'{"\ud800":1,"\ud800":2}', "surrogate"),
        (b'{"a":18446744073709551616,"b":NaN}', "NaN"),
        (b'{"a":18446744073709551616,"a":1}', "appears twice"),
        (b"[18446744073709551616" + b"[" * 100_000, "not JSON"),
        (b"[18446744073709551616," + b"[" * 100_000, "nests deeper"),
        (rb'{"a":1e999,"\udfff":1}', "surrogate"),
        (rb'"\ud800"', "surrogate"),
        (rb'{"\udfff":1}', "surrogate"),
        (b"[" * 100_000, "nests deeper"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "nests deeper"),
        (b"\xff\xfe", "UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"{", "not JSON"),
        (b"", "not JSON"),
    ],
)
def test_json_that_readers_would_understand_differently_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        strict_json(raw)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"18446744073709551616", {"body"}),
        (b"1e999", {"body"}),
        (b"9" * 5000, {"body"}),
        (b'{"version":9007199254740992}', {"version"}),
        (b'{"version":-9007199254740992}', {"version"}),
        (b'{"a":[{"b":1},{"b":1e400,"c":9007199254740991}],"d":-1E999}', {"a.1.b", "d"}),
    ],
)
def test_a_number_beyond_what_every_reader_understands_is_named(raw: bytes, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        strict_json(raw)
    assert set(refused.value.errors) == fields


def test_a_small_body_gets_no_large_error() -> None:
    raw = b'{"' + b"k" * 4000 + b'":[' + b",".join([b"1e999"] * 680) + b"]}"
    with pytest.raises(Invalid) as caught:
        strict_json(raw)
    assert sum(len(path) for path in caught.value.errors) < 2 * len(raw)


@pytest.mark.parametrize("number", ["9007199254740991", "-9007199254740991", "-0", "1e300"])
def test_a_number_that_every_reader_understands_is_read(number: str) -> None:
    assert strict_json(number.encode()) == json.loads(number)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_the_reader_fall(raw: bytes) -> None:
    with suppress(Malformed, Invalid):
        strict_json(raw)
