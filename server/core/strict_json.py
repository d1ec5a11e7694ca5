"""Strict JSON: what RFC 8259 leaves to implementations is refused. Pure.

On the standard library's decoder: orjson and msgspec accept a repeated key, and take its last value.
"""

import json
from collections.abc import Iterator
from itertools import islice
from math import isinf
from typing import Any

from server.core.errors import Invalid, Malformed

MAX_DEPTH = 32
"""Most levels of nesting."""

MAX_INTEGER = 2**53 - 1
"""Largest integer that JavaScript represents exactly."""

MAX_NAMED = 100
"""Most fields that one error names."""

LONGEST_PATH = 200
"""Most characters of the path of a field in an error."""


def whole_number(value: object) -> object:
    """The value, or the integer that equals it: 1.0 and 1 are one number (JSON Schema 2020-12, 4.2.3)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def strict_json(raw: bytes) -> Any:
    """Parse a JSON text that all parsers read alike.

    :raises Malformed: it is not UTF-8, not JSON, repeats a key, nests deeper than `MAX_DEPTH`, or has NaN,
        Infinity or an unpaired surrogate (implementation-defined in RFC 8259).
    :raises Invalid: it has a number beyond `MAX_INTEGER`, or a fraction beyond the range of floats; `errors`
        names the fields.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Malformed("the body is not UTF-8") from fault
    if text.startswith("\ufeff"):
        raise Malformed("the JSON begins with a byte order mark, U+FEFF (RFC 8259, 8.1)")
    try:
        value = _decoded(text, _DECODER)
    except _BeyondAll:
        raise _too_large(_decoded(text, _TOLERANT)) from None
    return value


def _decoded(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        value = decoder.decode(text)
    except RecursionError as fault:
        raise Malformed(f"the JSON nests deeper than {MAX_DEPTH} levels") from fault
    except ValueError as fault:
        raise Malformed(f"the body is not JSON: {fault}") from fault
    _check_depth(value)
    if "\\u" in text:  # only an escape can be an unpaired surrogate: decoded UTF-8 has none
        _check_text(value)
    return value


def _too_large(value: Any) -> Invalid:
    """The error for a value with numbers out of range."""
    # A few of them, and not all of a long key: the answer to a small body must not be large.
    paths = islice(_beyond(value, ""), MAX_NAMED)
    errors = dict.fromkeys(paths, f"is not a number from -{MAX_INTEGER} to {MAX_INTEGER}")
    return Invalid("a number is larger than every reader understands", errors=errors)


def _beyond(value: Any, path: str) -> Iterator[str]:
    if value is _TOO_LARGE:
        yield path or "body"
        return
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from _beyond(below, f"{path}.{key}"[:LONGEST_PATH] if path else str(key)[:LONGEST_PATH])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            _refuse_surrogates(key)
            raise Malformed(f"the key {key!r} appears twice", errors={key: "appears twice"})
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is not a JSON number")


class _BeyondAll(Exception):
    """A number is out of range."""


_TOO_LARGE = object()
"""Placeholder of such a number while its path is searched for."""


def _is_beyond(digits: str) -> bool:
    return len(digits) > 17 or abs(int(digits)) > MAX_INTEGER


def _integer(digits: str) -> int:
    if _is_beyond(digits):
        raise _BeyondAll
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if isinf(value):
        raise _BeyondAll
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_float
)

_TOLERANT = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_refuse_constant,
    parse_int=lambda digits: _TOO_LARGE if _is_beyond(digits) else int(digits),
    parse_float=lambda digits: _TOO_LARGE if isinf(float(digits)) else float(digits),
)


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise Malformed(f"the JSON nests deeper than {MAX_DEPTH} levels")
        below: list[Any] = []
        for item in level:
            if isinstance(item, list):
                below.extend(item)
            elif isinstance(item, dict):
                below.extend(item.values())
        level, depth = below, depth + 1


def _check_text(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            _refuse_surrogates(item)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise Malformed("the JSON has half of a surrogate pair") from fault
