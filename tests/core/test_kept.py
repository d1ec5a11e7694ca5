"""What was expensive to make is kept in memory, up to a number of bytes."""

from hypothesis import given
from hypothesis import strategies as st

from server.core.kept import Kept


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40))))
def test_kept_values_never_need_more_bytes_than_they_may_and_are_the_newest(
    puts: list[tuple[str, int]],
) -> None:
    kept = Kept(100)
    newest: dict[str, bytes] = {}
    for key, length in puts:
        kept.put(key, b"x" * length)
        newest.pop(key, None)
        newest[key] = b"x" * length
        assert kept.size <= 100
        found = {key: value for key in newest if (value := kept.get(key)) is not None}
        assert kept.size == sum(map(len, found.values()))
        assert all(newest[key] == value for key, value in found.items())
        assert (kept.get(key) is None) == (length > 25)


def test_what_is_used_stays_longest() -> None:
    kept = Kept(4)
    for key in "abcd":
        kept.put(key, b"1")
    assert kept.get("a") == b"1"
    kept.put("e", b"1")
    assert [key for key in "abcde" if kept.get(key)] == ["a", "c", "d", "e"]
