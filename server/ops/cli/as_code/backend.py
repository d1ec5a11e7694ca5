"""What reaches sites and applies files to them: this machine's database, or the API of a server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class How:
    """How a file is applied."""

    overwrite: bool
    publish: bool
    note: str


class Backend(Protocol):
    """Sites, and what files do to them. Faults are `DomainError`s."""

    def keys(self) -> Iterator[str]:
        """The sites that there are, by key."""

    def content(self, key: str) -> Mapping[str, Any]:
        """A site as its file has it."""

    def plan(self, key: str, value: Any) -> dict[str, Any]:
        """What applying a file would do, as `site_file_values.plan_value` says it."""

    def apply(self, key: str, value: Any, how: How) -> dict[str, Any]:
        """What applying a file has done, as `site_file_values.outcome_value` says it."""
