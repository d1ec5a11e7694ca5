"""What is different between two versions of a notice: sections, lines, and words within a line. Pure.

Everything that is left out and put in is in the result, with what stayed: leaving the one or the other away
gives the new or the old notice. Unless that would be more than a page can show: then the rest is counted.
Work and result are bounded by counts, whatever the versions say.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from server.notices.line_matching import Pair, Work, matched

MOST_WORDS = 600
"""Longest line, in words, within which words are compared; a longer one is replaced as a whole."""

ALIKE = 0.4
"""From which share of common words on a line is the same line changed, and not another one."""

NEAR = 5
"""How many of the next old lines may be the one that a new line was made from."""

MOST_CHARACTERS = 100_000
"""Most characters of replaced lines in a notice; with more, words within lines are not compared."""

MOST_WORK_WITHIN = 20_000
"""Comparisons of words for one line."""

MOST_LINES = 6_000
"""Lines of a difference."""

MOST_PIECES = 4_000
"""Pieces of changed lines in a difference."""

MOST_CHANGED = 200_000
"""Characters of changed lines in a difference."""

LONGEST_FOLDED = 100
"""Unchanged lines in a row that can be unfolded; more are only counted, as they are in both versions."""

Kind = Literal["same", "removed", "added"]
State = Literal["same", "changed", "removed", "added"]

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Passage:
    """A section of a notice as plain text."""

    key: str
    """Identifies it; once in a notice."""
    heading: str
    lines: tuple[str, ...]
    language: str = ""
    """A BCP 47 tag of the heading's language."""


@dataclass(frozen=True)
class Piece:
    """Text that stayed, was removed or was added."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Line:
    """A heading, paragraph, list item or table row of both versions, or of one if added or removed."""

    pieces: tuple[Piece, ...]

    @property
    def state(self) -> State:
        """What happened to it."""
        kinds = {piece.kind for piece in self.pieces} or {"same"}
        return kinds.pop() if len(kinds) == 1 else "changed"

    @property
    def before(self) -> str | None:
        """It in the old version; None if it was added."""
        return None if self.state == "added" else _joined(self.pieces, "removed")

    @property
    def after(self) -> str | None:
        """It in the new version; None if it was removed."""
        return None if self.state == "removed" else _joined(self.pieces, "added")


@dataclass(frozen=True)
class SectionChange:
    """A section of one or both versions."""

    key: str
    language: str
    state: State
    moved: bool
    """Whether it stands in another place among the sections that both versions have."""
    heading: Line
    lines: tuple[Line, ...]
    """None of a section that is the same in the same place."""
    left_out: tuple[int, int] = (0, 0)
    """How many further lines of the old and of the new version are not among `lines`: the page is full."""


@dataclass(frozen=True)
class Difference:
    """All sections of both versions in the order of the new one, removed ones after what was before them."""

    sections: tuple[SectionChange, ...]

    @property
    def changed(self) -> tuple[SectionChange, ...]:
        """The sections that are not what and where they were."""
        return tuple(section for section in self.sections if section.state != "same" or section.moved)


@dataclass(frozen=True)
class Run:
    """Lines in a row that are shown, or folded because nothing happened to them."""

    lines: tuple[Line, ...]
    folded: bool

    @property
    def can_be_unfolded(self) -> bool:
        """Whether its lines are shown on demand, and not only their number."""
        return len(self.lines) <= LONGEST_FOLDED


@dataclass
class _Room:
    """What a difference may still hold. Once something did not fit, nothing does."""

    lines: int = MOST_LINES
    pieces: int = MOST_PIECES
    characters: int = MOST_CHANGED

    def fitting(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The lines as far as there is room for them."""
        for line in lines:
            self.lines -= 1
            if line.state != "same":
                self.pieces -= len(line.pieces)
                self.characters -= sum(len(piece.text) for piece in line.pieces)
            if min(self.lines, self.pieces, self.characters) < 0:
                self.lines = -1
                return
            yield line


def folded(lines: Sequence[Line]) -> tuple[Run, ...]:
    """The lines of a section; of unchanged ones in a row, those beside a change are shown."""
    shown: set[int] = set()
    for index, line in enumerate(lines):
        if line.state != "same":
            shown |= {index - 1, index, index + 1}
    runs: list[Run] = []
    for is_shown, found in groupby(enumerate(lines), key=lambda each: each[0] in shown):
        run = tuple(line for _, line in found)
        # To unfold a single line costs more than to read it.
        runs.append(Run(run, folded=not is_shown and len(run) > 1))
    return tuple(runs)


def compared(old: Sequence[Passage], new: Sequence[Passage]) -> Difference:
    """The difference between two versions of a notice, whatever languages they are in."""
    before, after = {each.key: each for each in old}, {each.key: each for each in new}
    work, room = Work(), _Room()
    fixed = _fixed([key for key in before if key in after], [key for key in after if key in before])
    by_words = _replaced_characters(before, new) <= MOST_CHARACTERS
    removed = _removed_after(old, after)
    sections = [_whole(each, "removed", room) for each in removed.get("", ())]
    for passage in new:
        there, moved = before.get(passage.key), passage.key not in fixed
        if there is None:
            sections.append(_whole(passage, "added", room))
        elif _alike_in_words(there, passage) and not moved:
            heading = _line("same", passage.heading)
            sections.append(SectionChange(passage.key, passage.language, "same", moved, heading, ()))
        else:
            lines = _lines(there.lines, passage.lines, work, by_words=by_words)
            sections.append(_section(there, passage, tuple(room.fitting(lines)), work, moved=moved))
        sections.extend(_whole(each, "removed", room) for each in removed.get(passage.key, ()))
    return Difference(tuple(sections))


def changed_passages(old: Sequence[Passage], new: Sequence[Passage]) -> tuple[Passage, ...]:
    """The sections of `compared(old, new).changed`, without looking into them; those removed come last."""
    before, after = {each.key: each for each in old}, {each.key: each for each in new}
    fixed = _fixed([key for key in before if key in after], [key for key in after if key in before])
    now = (each for each in new if each.key not in fixed or not _alike_in_words(before[each.key], each))
    return (*now, *(each for each in old if each.key not in after))


def _alike_in_words(old: Passage, new: Passage) -> bool:
    return (old.heading, old.lines) == (new.heading, new.lines)


def _replaced_characters(before: Mapping[str, Passage], new: Sequence[Passage]) -> int:
    """How much text is in lines that only one of the versions has."""
    total = 0
    for passage in new:
        old = before[passage.key].lines if passage.key in before else passage.lines
        total += sum(map(len, {*old} ^ {*passage.lines}))
    return total


def _fixed(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """Those of the common keys that did not move: a longest chain in the same order."""
    # No document has so many sections that this needs a share of the work that is for their lines.
    return frozenset(old[i] for i, _ in matched(old, new, Work()))


def _removed_after(old: Sequence[Passage], after: Iterable[str]) -> dict[str, list[Passage]]:
    """Removed sections by the key of the kept section before them; empty key: there is none."""
    kept, last = frozenset(after), ""
    found: dict[str, list[Passage]] = {}
    for passage in old:
        if passage.key in kept:
            last = passage.key
        else:
            found.setdefault(last, []).append(passage)
    return found


def _whole(passage: Passage, kind: Literal["removed", "added"], room: _Room) -> SectionChange:
    lines = tuple(room.fitting(_line(kind, line) for line in passage.lines))
    rest = len(passage.lines) - len(lines)
    left_out = (rest, 0) if kind == "removed" else (0, rest)
    heading = _line(kind, passage.heading)
    return SectionChange(
        passage.key, passage.language, kind, moved=False, heading=heading, lines=lines, left_out=left_out
    )


def _section(
    old: Passage, new: Passage, lines: tuple[Line, ...], work: Work, *, moved: bool
) -> SectionChange:
    heading = (
        _line("same", new.heading) if old.heading == new.heading else _words(old.heading, new.heading, work)
    )
    left_out = (
        len(old.lines) - sum(line.state != "added" for line in lines),
        len(new.lines) - sum(line.state != "removed" for line in lines),
    )
    state: State = "same" if _alike_in_words(old, new) else "changed"
    return SectionChange(new.key, new.language, state, moved, heading, lines, left_out)


def _line(kind: Kind, text: str) -> Line:
    return Line((Piece(kind, text),))


# --- lines -----------------------------------------------------------------------------------------------


def _lines(old: Sequence[str], new: Sequence[str], work: Work, *, by_words: bool) -> Iterator[Line]:
    i = j = 0
    for at, new_at in (*matched(old, new, work), (len(old), len(new))):
        yield from _replaced(old[i:at], new[j:new_at], work, by_words=by_words)
        if at < len(old):
            yield _line("same", old[at])
        i, j = at + 1, new_at + 1


def _replaced(old: Sequence[str], new: Sequence[str], work: Work, *, by_words: bool) -> Iterator[Line]:
    """Lines of which none is equal: those alike as changed, between them the removed, then the added."""
    i = j = 0
    for at, new_at in (*(_alike(old, new, work) if by_words else ()), (len(old), len(new))):
        yield from (_line("removed", line) for line in old[i:at])
        yield from (_line("added", line) for line in new[j:new_at])
        if at < len(old):
            yield _words(old[at], new[new_at], work)
        i, j = at + 1, new_at + 1


def _alike(old: Sequence[str], new: Sequence[str], work: Work) -> Iterator[Pair]:
    """Old and new lines that have most of their words in common, both indices rising."""
    counts, free = [_counted(line) for line in old], 0
    for j, line in enumerate(new):
        there = _counted(line)
        if not work.take(NEAR * len(there)):
            return
        shares = [(_share(counts[i], there), -i) for i in range(free, min(free + NEAR, len(old)))]
        share, at = max(shares, default=(0.0, 0))
        if share >= ALIKE:
            yield -at, j
            free = 1 - at


def _counted(line: str) -> Counter[str]:
    """How often each word is on a line."""
    return Counter(_WORD.findall(line.lower()))


def _share(old: Counter[str], new: Counter[str]) -> float:
    """The common words of two lines among all of their words, 0 … 1."""
    if max(old.total(), new.total()) > MOST_WORDS:
        return 0.0
    return 2 * (old & new).total() / max(1, old.total() + new.total())


# --- words -----------------------------------------------------------------------------------------------


def _words(old: str, new: str, work: Work) -> Line:
    """A changed line: what stayed of it, what was removed and what was added."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    pairs = matched(a, b, work, MOST_WORK_WITHIN)
    pieces: list[Piece] = []
    i = j = 0
    for at, new_at in (*_beside_others(pairs, a), (len(a), len(b))):
        pieces.append(Piece("removed", "".join(a[i:at])))
        pieces.append(Piece("added", "".join(b[j:new_at])))
        pieces.append(Piece("same", "".join(a[at : at + 1])))
        i, j = at + 1, new_at + 1
    return Line(tuple(_merged(piece for piece in pieces if piece.text)))


def _beside_others(pairs: Sequence[Pair], old: Sequence[str]) -> Iterator[Pair]:
    """The pairs without spaces between changed words: one mark around `a b` reads better than two."""
    chosen = frozenset(pairs)
    for i, j in pairs:
        if not old[i].isspace() or (i - 1, j - 1) in chosen or (i + 1, j + 1) in chosen:
            yield i, j


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of the same kind as one; between two that stayed, first what was removed."""
    for stayed, run in groupby(pieces, key=lambda piece: piece.kind == "same"):
        found = list(run)
        kinds: tuple[Kind, ...] = ("same",) if stayed else ("removed", "added")
        for kind in kinds:
            if text := "".join(piece.text for piece in found if piece.kind == kind):
                yield Piece(kind, text)


def _joined(pieces: Iterable[Piece], kind: Kind) -> str:
    return "".join(piece.text for piece in pieces if piece.kind in ("same", kind))
