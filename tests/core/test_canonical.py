"""Equal values have equal bytes, and the bytes read back as the value."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.canonical import canonical, content_hash

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_canonical_form_reads_back_as_the_value(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(turned) == canonical(value)
    assert content_hash(turned) == content_hash(value)


@pytest.mark.parametrize("value", [1.0, math.nan, math.inf, {"ø": 1}, {1: 2}, b"bytes", "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has a sentence of its own
        canonical(value)


def test_the_form_is_that_of_rfc_8785() -> None:
    assert canonical({"b": [1, True, None], "a": "æ\u2028"}) == '{"a":"æ\u2028","b":[1,true,null]}'.encode()
