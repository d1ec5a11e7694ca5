"""What differs between two banner documents, field by field. Pure.

Parts that have a key (categories, services, sections …) are compared by it, what a service stores by name,
host and kind, and the order of parts on its own. Texts are compared by language, and lists of words by entry,
so that a change is as small as what somebody edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.sites.document_types import Document

Identity = tuple[str, ...]
"""What stays the same of a part while it is edited: see `identity_of`."""

Step = str | int
Path = tuple[Step, ...]
"""Where a value is in a document, with the places of parts: `("services", 2, "purpose", "nb")`."""


@dataclass(frozen=True)
class Change:
    """A value that differs."""

    before: Any
    """What the first document has; None: nothing."""
    after: Any
    """What the second has; None: nothing."""
    old: Path | None
    """Where the value, or the part around it, is in the first document; None: it has neither."""
    new: Path | None
    """The same in the second document."""
    moved: bool = False
    """Whether this is the order of parts, by what they are called: nothing else of them need differ."""


def changes(old: Document, new: Document) -> tuple[Change, ...]:
    """All that differs, in the order of the second document; what was removed comes last in its list."""
    return tuple(_of_values(old, new, (), ()))


def _of_values(old: Any, new: Any, old_path: Path, new_path: Path) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_objects(old, new, old_path, new_path)
    elif _has_parts(old, new):
        yield from _of_parts(old, new, old_path, new_path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_entries(old, new, old_path, new_path)
    else:
        yield Change(old, new, old_path, new_path)


def _of_objects(
    old: Mapping[str, Any], new: Mapping[str, Any], old_path: Path, new_path: Path
) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        if name in old and name in new:
            yield from _of_values(old[name], new[name], (*old_path, name), (*new_path, name))
        elif name in new:
            # A language of a text that was not there: the same as an empty text.
            yield from _one_sided(None, new[name], old_path, (*new_path, name))
        else:
            yield from _one_sided(old[name], None, (*old_path, name), new_path)


def _one_sided(before: Any, after: Any, old_path: Path, new_path: Path) -> Iterator[Change]:
    if before or after:
        yield Change(before, after, old_path, new_path)


def _has_parts(old: Any, new: Any) -> bool:
    return (
        isinstance(old, list)
        and isinstance(new, list)
        and all(isinstance(each, Mapping) for each in old + new)
    )


def identity_of(part: Mapping[str, Any]) -> Identity:
    """What stays the same of a part while it is edited: its key; of what is stored, name, host and kind."""
    if "key" in part:
        return (str(part["key"]),)
    return tuple(str(part[name]) for name in ("name", "host", "kind") if name in part)


def _of_parts(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], old_path: Path, new_path: Path
) -> Iterator[Change]:
    before = {identity_of(part): place for place, part in enumerate(old)}
    after = {identity_of(part): place for place, part in enumerate(new)}
    if len(before) < len(old) or len(after) < len(new):
        # Parts that cannot be distinguished are compared as one.
        yield Change(list(old), list(new), old_path, new_path)
        return
    for known, place in after.items():
        if known in before:
            was = before[known]
            yield from _of_values(old[was], new[place], (*old_path, was), (*new_path, place))
        else:
            yield Change(None, new[place], None, (*new_path, place))
    for known, place in before.items():
        if known not in after:
            yield Change(old[place], None, (*old_path, place), None)
    kept_before = [known for known in before if known in after]
    kept_after = [known for known in after if known in before]
    if kept_before != kept_after:
        yield Change(
            [old[before[known]] for known in kept_before],
            [new[after[known]] for known in kept_after],
            old_path,
            new_path,
            moved=True,
        )


def _of_entries(old: list[Any], new: list[Any], old_path: Path, new_path: Path) -> Iterator[Change]:
    """Words or numbers in a list: those that are gone and those that came, as one change."""
    gone = [each for each in old if each not in new]
    came = [each for each in new if each not in old]
    if gone or came:
        yield Change(gone or None, came or None, old_path, new_path)
    else:
        yield Change(list(old), list(new), old_path, new_path, moved=True)
