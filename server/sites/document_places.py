"""Values of a document by their place, put into another document. Pure.

A place names parts by what they are called, so that it is the same in documents that have them in another
order.
"""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from server.sites.document_diff import Identity, Path, identity_of

Place = tuple[str | Identity, ...]
"""Where a value is, with parts by what they are called: `("services", ("counter",), "purpose", "nb")`."""

MISSING: Final = object()
"""Instead of the value of a place that a document does not have."""


def place_of(path: Path, within: Any) -> Place:
    """The place of a path in a document, which need not have the last text of it."""
    place: list[str | Identity] = []
    for step in path:
        within = within.get(step, MISSING) if isinstance(within, Mapping) else within[step]
        place.append(identity_of(within) if isinstance(step, int) else step)
    return tuple(place)


def encoded(place: Place) -> str:
    """A place as text, for a form."""
    return json.dumps(place, ensure_ascii=False, separators=(",", ":"))


def decoded(text: str) -> Place:
    """A place that `encoded` has written.

    :raises ValueError: it has not.
    """
    steps = json.loads(text)
    if not isinstance(steps, list) or not steps:
        raise ValueError("this is no place of a document")
    return tuple(tuple(map(str, step)) if isinstance(step, list) else str(step) for step in steps)


def value_at(document: Any, place: Place) -> Any:
    """The value of a place; `MISSING` if the document does not have it."""
    for step in place:
        document = _step(document, step)
    return document


def with_values_of(document: Mapping[str, Any], source: Mapping[str, Any], places: Iterable[Place]) -> Any:
    """A copy of a document with the values that another one has at these places.

    What the other does not have is removed. Of a list of parts, at its own place, the order alone is taken.
    A place around which the document has nothing is passed over.
    """
    edited = copy.deepcopy(dict(document))
    orders = []
    for place in places:
        above, last = value_at(edited, place[:-1]), place[-1]
        value = value_at(source, place)
        if isinstance(last, tuple) and isinstance(above, list):
            _put_part(above, last, value, value_at(source, place[:-1]))
        elif isinstance(last, str) and isinstance(above, dict):
            if _is_order(above.get(last), value):
                orders.append((above, last, value))  # when all parts are there
            else:
                _put(above, last, value)
    for above, last, value in orders:
        mine = {identity_of(part): part for part in above[last]}
        order = beside([who for who in map(identity_of, value) if who in mine], list(mine))
        above[last] = [mine[who] for who in order]
    return edited


def are_parts(*lists: Any) -> bool:
    """Whether all of these are lists of parts that can be distinguished."""
    return all(
        isinstance(each, list)
        and all(isinstance(part, Mapping) for part in each)
        and len({*map(identity_of, each)}) == len(each)
        for each in lists
    )


def beside(spine: Sequence[Identity], added: Sequence[Identity]) -> list[Identity]:
    """The parts of `spine` in their order, each other one of `added` behind what it stands behind there."""
    result = list(spine)
    for index, who in enumerate(added):
        if who not in result:
            before = next((each for each in reversed(added[:index]) if each in result), None)
            result.insert(0 if before is None else result.index(before) + 1, who)
    return result


def _step(value: Any, step: str | Identity) -> Any:
    if isinstance(step, tuple):
        parts = value if isinstance(value, list) else []
        return next((part for part in parts if identity_of(part) == step), MISSING)
    return value.get(step, MISSING) if isinstance(value, Mapping) else MISSING


def _is_order(mine: Any, value: Any) -> bool:
    return are_parts(mine, value) and bool(mine or value)


def _put(above: dict[str, Any], name: str, value: Any) -> None:
    if value is MISSING:
        above.pop(name, None)
    else:
        above[name] = copy.deepcopy(value)


def _put_part(above: list[Any], who: Identity, value: Any, others: Any) -> None:
    """Put a part into a list, replace it there, or take it away."""
    there = [identity_of(part) for part in above]
    if value is MISSING:
        above[:] = [part for part in above if identity_of(part) != who]
    elif who in there:
        above[there.index(who)] = copy.deepcopy(value)
    else:
        order = beside(there, [each for each in map(identity_of, others) if each == who or each in there])
        above.insert(order.index(who), copy.deepcopy(value))
