"""One figure that a fault run must show, and how it is printed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was done, how often, what must come of it, and what came."""

    what: str
    """E.g. `acknowledged decisions lost`."""
    must: str
    """The bar in words, e.g. `0`."""
    saw: str
    """What was counted, e.g. `0 of 12,431`."""
    met: bool

    def line(self) -> str:
        """The row of the table."""
        return f"{self.what:58} {self.must:>8} {self.saw:>22}  {'ok' if self.met else 'MISSED'}"


HEADING = f"{'what':58} {'must be':>8} {'seen':>22}"
"""The row above the figures."""


def nothing(what: str, count: int, of: int) -> Figure:
    """A figure whose bar is zero."""
    return Figure(what, "0", f"{count:,} of {of:,}", met=count == 0 and of > 0)


def everything(what: str, count: int, of: int) -> Figure:
    """A figure whose bar is all of them."""
    return Figure(what, "all", f"{count:,} of {of:,}", met=count == of > 0)
