"""Two edits of one banner document brought together: three-way, by the same parts as `document_diff`. Pure.

What only one side changed is taken from that side. Parts are the same by key, what a service stores by name,
host and kind; texts are merged by language, lists of words by entry, and the order of parts on its own. Where
both changed the same thing in two ways, that is a conflict: the document has theirs there, and both values
are named.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

from server.core.errors import Invalid
from server.sites import document
from server.sites.document_diff import Identity, Path, identity_of
from server.sites.document_places import Place
from server.sites.document_types import Document

_Side = Literal["own", "theirs"]
_Parts = Mapping[Identity, Mapping[str, Any]]


@dataclass(frozen=True)
class Conflict:
    """A value that both sides changed, in two ways."""

    place: Place
    """Empty: each side is right by itself, but not both together."""
    own: Any
    """What one side has; None: it removed it."""
    theirs: Any
    """What the other has; None: it removed it."""
    moved: bool = False
    """Whether this is the order of parts, by their identities."""


@dataclass(frozen=True)
class Merge:
    """What two edits of one document make together."""

    document: Document
    """With theirs where both are in conflict."""
    conflicts: tuple[Conflict, ...]
    own: Document
    """With the own values where both are in conflict. It need not be a valid document."""
    start: Document
    """With their values, but with the parts that the own side has. It need not be valid, either."""
    errors: Mapping[str, object] = field(default_factory=dict)
    """Why the two cannot stand together, by path in `own`; empty: they can."""


class _Nothing:
    """The value that is not there."""

    def __bool__(self) -> bool:
        return False

    def __deepcopy__(self, _memo: object) -> "_Nothing":
        return self


_NOTHING: Final = _Nothing()


def merged(base: Document, own: Document, theirs: Document) -> Merge:
    """Both edits of `base` together.

    Parts that both have added in one place stand after each other, theirs first.
    """
    if own in (base, theirs):
        return Merge(*_alike(theirs))
    if theirs == base:
        return Merge(*_alike(own))
    sides: tuple[tuple[_Side, _Side], ...] = (("theirs", "theirs"), ("own", "own"), ("theirs", "own"))
    together, mine, start = (_Merging(values, parts) for values, parts in sides)
    found = [
        cast("Document", copy.deepcopy(each.value(base, own, theirs, ()))) for each in (together, mine, start)
    ]
    conflicts = tuple(together.conflicts)
    try:
        document.load(found[0])
    except Invalid as fault:
        whole = Conflict((), own, theirs)
        return Merge(copy.deepcopy(theirs), (*conflicts, whole), found[1], found[2], fault.errors)
    return Merge(found[0], conflicts, found[1], found[2])


def path_of(place: Place, within: Document) -> Path | None:
    """The path of a place in a document; None if it has no such part."""
    path: list[str | int] = []
    value: Any = within
    for step in place:
        if isinstance(step, tuple):
            index = next((i for i, part in enumerate(value) if identity_of(part) == step), None)
            if index is None:
                return None
            path.append(index)
            value = value[index]
        else:
            path.append(step)
            value = value.get(step, {}) if isinstance(value, Mapping) else {}
    return tuple(path)


def _alike(one: Document) -> tuple[Document, tuple[Conflict, ...], Document, Document]:
    return copy.deepcopy(one), (), copy.deepcopy(one), copy.deepcopy(one)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal; a text that is not there is an empty one."""
    if one is _NOTHING or other is _NOTHING:
        return not one and not other
    return bool(one == other)


class _Merging:
    """One pass over three documents, in which one side is right where both are in conflict."""

    def __init__(self, values: _Side, parts: _Side) -> None:
        self.values = values
        self.parts = parts
        self.conflicts: list[Conflict] = []

    def value(self, base: Any, own: Any, theirs: Any, place: Place) -> Any:
        if _same(own, base) or _same(own, theirs):
            return theirs
        if _same(theirs, base):
            return own
        if isinstance(own, Mapping) and isinstance(theirs, Mapping):
            return self._objects(base if isinstance(base, Mapping) else {}, own, theirs, place)
        if isinstance(own, list) and isinstance(theirs, list):
            before = base if isinstance(base, list) else []
            if _are_parts(before, own, theirs):
                return self._lists_of_parts(before, own, theirs, place)
            if _are_words(before, own, theirs):
                return self._words(before, own, theirs, place)
        return self._conflict(own, theirs, place)

    def _conflict(self, own: Any, theirs: Any, place: Place) -> Any:
        shown = [None if each is _NOTHING else each for each in (own, theirs)]
        self.conflicts.append(Conflict(place, shown[0], shown[1]))
        side = self.parts if own is _NOTHING or theirs is _NOTHING else self.values
        return own if side == "own" else theirs

    def _objects(
        self, base: Mapping[str, Any], own: Mapping[str, Any], theirs: Mapping[str, Any], place: Place
    ) -> dict[str, Any]:
        result = {}
        for name in [*theirs, *(name for name in own if name not in theirs)]:
            before, mine, others = (each.get(name, _NOTHING) for each in (base, own, theirs))
            value = self.value(before, mine, others, (*place, name))
            if value is not _NOTHING:
                result[name] = value
        return result

    def _words(self, base: list[Any], own: list[Any], theirs: list[Any], place: Place) -> list[Any]:
        gone = [each for each in base if each not in own]
        came = [each for each in own if each not in base]
        if gone or came:
            result = [each for each in theirs if each not in gone]
            return result + [each for each in came if each not in result]
        # The own side has another order alone.
        if [each for each in theirs if each in base] == [each for each in base if each in theirs]:
            ordered: Sequence[Any] = own
        else:
            ordered = self._order(own, theirs, place)
        return [each for each in ordered if each in theirs] + [each for each in theirs if each not in ordered]

    def _order(self, own: Sequence[Any], theirs: Sequence[Any], place: Place) -> Sequence[Any]:
        self.conflicts.append(Conflict(place, list(own), list(theirs), moved=True))
        return own if self.values == "own" else theirs

    # --- parts -------------------------------------------------------------------------------------------

    def _lists_of_parts(
        self, base: list[Any], own: list[Any], theirs: list[Any], place: Place
    ) -> list[dict[str, Any]]:
        three: list[_Parts] = [{identity_of(part): part for part in each} for each in (base, own, theirs)]
        orders = [_ranks(each) for each in three]
        ranked = all(len(ranks) == len(parts) for ranks, parts in zip(orders, three, strict=True))
        if ranked and three[2]:
            three = [{who: _without_rank(part) for who, part in each.items()} for each in three]
        result: dict[Identity, dict[str, Any]] = {}
        for who in [*three[2], *(who for who in three[1] if who not in three[2])]:
            was, mine, others = (each.get(who, _NOTHING) for each in three)
            value = self.value(was, mine, others, (*place, who))
            if value is not _NOTHING:
                result[who] = value
        sequence = self._sequence(list(three[0]), list(three[1]), list(three[2]), result, place)
        if ranked and three[2]:
            return self._ranked(orders, sequence, result, place)
        return [result[who] for who in sequence]

    def _ranked(
        self,
        orders: Sequence[Mapping[Identity, int]],
        sequence: Sequence[Identity],
        result: Mapping[Identity, Mapping[str, Any]],
        place: Place,
    ) -> list[dict[str, Any]]:
        """Categories with their `order`: it is one value, though each has a number of its own."""
        base, own, theirs = orders
        if own in (base, theirs) or theirs == base:
            ranks = {**own, **theirs} if own in (base, theirs) else {**theirs, **own}
        else:
            before, mine, others = (sorted(each, key=each.__getitem__) for each in orders)
            ranks = {
                who: rank for rank, who in enumerate(self._sequence(before, mine, others, result, place))
            }
        return [{**result[who], "order": ranks[who]} for who in sequence]

    def _sequence(
        self,
        base: list[Identity],
        own: list[Identity],
        theirs: list[Identity],
        kept: Mapping[Identity, object],
        place: Place,
    ) -> list[Identity]:
        """The kept parts in the order of the side that moved some; added ones stand where they were added."""
        common = [who for who in base if who in own and who in theirs]
        mine = [who for who in own if who in common]
        others = [who for who in theirs if who in common]
        spine, added = (theirs, own) if mine in (common, others) else (own, theirs)
        if mine not in (common, others) and others != common:
            chosen = self._order(mine, others, place)
            spine, added = (own, theirs) if chosen is mine else (theirs, own)
        result = [who for who in spine if who in kept]
        for index, who in enumerate(added):
            if who in kept and who not in result:
                before = next((each for each in reversed(added[:index]) if each in result), None)
                at = 0 if before is None else result.index(before) + 1
                while spine is theirs and at < len(result) and result[at] not in base and result[at] in spine:
                    at += 1
                result.insert(at, who)
        return result


def _are_parts(*lists: Sequence[Any]) -> bool:
    """Whether all entries are parts that can be distinguished."""
    return all(
        all(isinstance(part, Mapping) for part in each) and len({*map(identity_of, each)}) == len(each)
        for each in lists
    )


def _are_words(*lists: Sequence[Any]) -> bool:
    return all(not isinstance(entry, Mapping | list) for each in lists for entry in each)


def _ranks(parts: _Parts) -> dict[Identity, int]:
    return {who: part["order"] for who, part in parts.items() if "order" in part}


def _without_rank(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "order"}


def places(conflicts: Sequence[Conflict], within: Document) -> Iterator[tuple[Conflict, Path]]:
    """Conflicts that are somewhere in a document, with the path there."""
    for conflict in conflicts:
        path = path_of(conflict.place, within) if conflict.place and not conflict.moved else None
        if path is not None:
            yield conflict, path
