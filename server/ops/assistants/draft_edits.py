"""Single values of a banner document, changed by their place. Pure.

A place names parts by their key, so that it stays right when their order changes: `services`, `matomo`,
`purpose`, `nb`.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from server.core.errors import Invalid


def edited(document: Mapping[str, Any], place: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy of a document with another value at a place; null removes what is there.

    :raises Invalid: `place`: it is empty, or the document has nothing there to change.
    """
    if not place:
        raise _nowhere("is empty")
    result = copy.deepcopy(dict(document))
    above: Any = result
    for number, step in enumerate(place[:-1]):
        above = _below(above, step, place[: number + 1])
    last = place[-1]
    if isinstance(above, list):
        index = _index(above, last)
        if index is None:
            raise _nowhere(f"has no part with the key {last[:60]!r} at {_shown(place)}")
        above[index : index + 1] = [] if value is None else [value]
    elif isinstance(above, dict) and value is None:
        if last not in above:
            raise _nowhere(f"has nothing at {_shown(place)}")
        del above[last]
    elif isinstance(above, dict):
        above[last] = value
    else:
        raise _nowhere(f"ends before {_shown(place)}")
    return result


def added(document: Mapping[str, Any], place: Sequence[str], part: Any) -> dict[str, Any]:
    """A copy of a document with one more part at the end of the list at a place.

    :raises Invalid: `place`: there is no list.
    """
    result = copy.deepcopy(dict(document))
    above: Any = result
    for number, step in enumerate(place):
        above = _below(above, step, place[: number + 1])
    if not isinstance(above, list):
        raise _nowhere(f"has no list at {_shown(place)}")
    above.append(part)
    return result


def _below(above: Any, step: str, place: Sequence[str]) -> Any:
    if isinstance(above, Mapping) and step in above:
        return above[step]
    if isinstance(above, list) and (index := _index(above, step)) is not None:
        return above[index]
    raise _nowhere(f"has nothing at {_shown(place)}")


def _index(parts: Sequence[Any], key: str) -> int | None:
    """Which part has this key, or this name where parts have none."""
    called = (part.get("key", part.get("name")) if isinstance(part, Mapping) else None for part in parts)
    return next((index for index, name in enumerate(called) if name == key), None)


def _shown(place: Sequence[str]) -> str:
    return " › ".join(step[:60] for step in place)


def _nowhere(fault: str) -> Invalid:
    return Invalid(f"the place {fault}", errors={"place": fault})
