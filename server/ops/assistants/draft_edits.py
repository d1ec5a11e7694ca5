"""Single values of a banner document, changed by their place. Pure.

A place names parts by their key, so that it stays right when their order changes: `services`, `matomo`,
`purpose`, `nb`. What a service stores is named by its name, and where several have that by name, host and
kind, as `_ga www.example.no cookie`.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from server.core.errors import Invalid
from server.sites.document_diff import identity_of


def edited(document: Mapping[str, Any], place: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy of a document with another value at a place.

    :raises Invalid: `place`: it is empty, or the document has nothing there to change.
    """
    result, above, last = _above(document, place)
    if isinstance(above, list):
        above[_present(above, last, place)] = value
    else:
        above[last] = value
    return result


def without(document: Mapping[str, Any], place: Sequence[str]) -> dict[str, Any]:
    """A copy of a document without what is at a place.

    :raises Invalid: `place`: it is empty, or the document has nothing there.
    """
    result, above, last = _above(document, place)
    if isinstance(above, list):
        del above[_present(above, last, place)]
    elif last in above:
        del above[last]
    else:
        raise _nowhere(f"has nothing at {_shown(place)}")
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


def _above(document: Mapping[str, Any], place: Sequence[str]) -> tuple[dict[str, Any], Any, str]:
    """A copy of a document, the object or list in it that a place ends in, and the last step of the place."""
    if not place:
        raise _nowhere("is empty")
    result = copy.deepcopy(dict(document))
    above: Any = result
    for number, step in enumerate(place[:-1]):
        above = _below(above, step, place[: number + 1])
    if not isinstance(above, list | dict):
        raise _nowhere(f"ends before {_shown(place)}")
    return result, above, place[-1]


def _below(above: Any, step: str, place: Sequence[str]) -> Any:
    if isinstance(above, Mapping) and step in above:
        return above[step]
    if isinstance(above, list) and (index := _index(above, step, place)) is not None:
        return above[index]
    raise _nowhere(f"has nothing at {_shown(place)}")


def _present(parts: Sequence[Any], called: str, place: Sequence[str]) -> int:
    index = _index(parts, called, place)
    if index is None:
        raise _nowhere(f"has no part with the key {called[:60]!r} at {_shown(place)}")
    return index


def _index(parts: Sequence[Any], called: str, place: Sequence[str]) -> int | None:
    """Which part is called so.

    :raises Invalid: several are, and each has to be named by all that it is known by.
    """
    found = [index for index, part in enumerate(parts) if called in _names(part)]
    if len(found) > 1:
        each = ", ".join(repr(" ".join(filter(None, identity_of(parts[index])))[:120]) for index in found[:5])
        raise _nowhere(f"is that of {len(found)} parts at {_shown(place)}; name one of them: {each}")
    return found[0] if found else None


def _names(part: Any) -> tuple[str, ...]:
    """What a part is called: its key, or its name and all that tells it from others of that name."""
    if not isinstance(part, Mapping):
        return ()
    known = identity_of(part)
    return (*known[:1], " ".join(filter(None, known)))


def _shown(place: Sequence[str]) -> str:
    return " › ".join(step[:60] for step in place)


def _nowhere(fault: str) -> Invalid:
    return Invalid(f"the place {fault}", errors={"place": fault})
