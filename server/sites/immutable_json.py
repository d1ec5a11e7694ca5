"""Immutable JSON values, so that one copy can be shared by all threads."""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar, cast

_Json = TypeVar("_Json")


def _refuse(*_arguments: object, **_named: object) -> NoReturn:
    raise TypeError("this value is frozen; copy.deepcopy() gives one that can be changed")


class FrozenDict(dict[str, Any]):
    """An immutable dict; a subclass, so that JSON writers and comparisons accept it."""

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, _memo: object) -> dict[str, Any]:
        return {key: _thaw(value) for key, value in self.items()}


class FrozenList(list[Any]):
    """An immutable list."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __deepcopy__(self, _memo: object) -> list[Any]:
        return [_thaw(value) for value in self]


def freeze(value: _Json) -> _Json:
    """An immutable deep copy of a JSON value, of the same type: what would change it raises `TypeError`."""
    frozen: object = value
    if isinstance(value, Mapping):
        frozen = FrozenDict((key, freeze(inner)) for key, inner in value.items())
    elif isinstance(value, list):
        frozen = FrozenList(freeze(inner) for inner in value)
    return cast("_Json", frozen)


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thaw(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_thaw(inner) for inner in value]
    return value
