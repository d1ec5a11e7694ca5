"""Which entries of two sequences stand for each other. Pure.

`difflib` alone needs time that grows with the third power of the length where entries repeat. So entries
that occur once in each sequence are matched first (patience sorting, as in `git diff --patience`), and
`difflib` gets what is between them. All of it is counted, and stays below a bound. Beyond it, nothing more is
matched than what both begin and end with: a difference is then longer than it need be, but never wrong.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

MOST_WORK = 600_000
"""Comparisons of entries for one difference; about 100 ms."""

Pair = tuple[int, int]
"""An index in the old sequence and one in the new: equal entries."""


@dataclass
class Work:
    """What may still be compared, shared by all that is compared for one difference."""

    left: int = MOST_WORK
    """Comparisons of two entries."""

    def take(self, comparisons: int, most: int | None = None) -> bool:
        """Use so many, if there are as many left, and not more than `most`."""
        if comparisons > self.left or (most is not None and comparisons > most):
            return False
        self.left -= comparisons
        return True


def matched(old: Sequence[str], new: Sequence[str], work: Work, most: int | None = None) -> tuple[Pair, ...]:
    """Pairs of equal entries, both indices rising: what a difference leaves as it is.

    :param most: comparisons of which any piece between entries that occur once may need
    """
    pairs: list[Pair] = []
    # Pieces of both sequences that are still to be compared: begin and end in the old, then in the new.
    open_pieces = [(0, len(old), 0, len(new))]
    while open_pieces:
        low, high, new_low, new_high = open_pieces.pop()
        while low < high and new_low < new_high and old[low] == new[new_low]:
            pairs.append((low, new_low))
            low, new_low = low + 1, new_low + 1
        while low < high and new_low < new_high and old[high - 1] == new[new_high - 1]:
            high, new_high = high - 1, new_high - 1
            pairs.append((high, new_high))
        # To find what occurs once looks at every entry, and there may be as many pieces as entries.
        if low == high or new_low == new_high or not work.take(high - low + new_high - new_low):
            continue
        a, b = old[low:high], new[new_low:new_high]
        anchors = [(low + i, new_low + j) for i, j in _once_in_each(a, b)]
        if anchors:
            pairs.extend(anchors)
            bounds = [(low - 1, new_low - 1), *anchors, (high, new_high)]
            for (i, j), (after_i, after_j) in pairwise(bounds):
                open_pieces.append((i + 1, after_i, j + 1, after_j))
        elif work.take(_work(a, b), most):
            pairs.extend((low + i, new_low + j) for i, j in _by_difflib(a, b))
    return tuple(sorted(pairs))


def _once_in_each(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """The longest rising chain of entries that each sequence has exactly once."""
    counts, new_counts = Counter(old), Counter(new)
    places = {entry: index for index, entry in enumerate(new) if new_counts[entry] == 1}
    common = [(i, places[entry]) for i, entry in enumerate(old) if counts[entry] == 1 and entry in places]
    # The last pair of the best chain of each length, and the pair before each pair in its chain.
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(common):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        last[length : length + 1] = [at]
    chain: list[Pair] = []
    at = last[-1] if last else -1
    while at >= 0:
        chain.append(common[at])
        at = before[at]
    return chain[::-1]


def _work(old: Sequence[str], new: Sequence[str]) -> int:
    """About how many comparisons `difflib` makes: those of one pass, for each match that it may find."""
    counts, new_counts = Counter(old), Counter(new)
    once = len(old) + sum(count * new_counts[entry] for entry, count in counts.items())
    return once * (1 + (counts & new_counts).total())


def _by_difflib(old: Sequence[str], new: Sequence[str]) -> Iterator[Pair]:
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        yield from ((block.a + offset, block.b + offset) for offset in range(block.size))
