"""Every run of something that draws at random, with its probability."""

from collections import defaultdict
from collections.abc import Callable, Mapping


class Unfinished(Exception):
    """A run has become so unlikely that it is not followed."""


class Choices:
    """The draws of one run. It begins as `path` says and then takes the first choice each time."""

    def __init__(self, path: list[int], least: float) -> None:
        self.path = path
        self.least = least
        self.sizes: list[int] = []
        """How many choices each draw so far had."""
        self.mass = 1.0
        """How likely the draws so far are."""

    def choose(self, *weights: float) -> int:
        """The number of one of the choices, which are as likely as their weights say."""
        if self.mass < self.least:
            raise Unfinished
        if len(self.sizes) == len(self.path):
            self.path.append(0)
        chosen = self.path[len(self.sizes)]
        self.sizes.append(len(weights))
        self.mass *= weights[chosen]
        return chosen

    def randbelow(self, bound: int) -> int:
        """An integer from 0 to `bound` − 1, all equally likely."""
        return self.choose(*[1 / bound] * bound)


def enumerated(
    run: Callable[[Choices], int | None], least: float
) -> tuple[Mapping[int | None, float], float]:
    """How likely each result of `run` is, and the probability of the runs that were not followed to the end.

    A run is followed until it is less likely than `least`.
    """
    results: defaultdict[int | None, float] = defaultdict(float)
    unfinished = 0.0
    waiting: list[list[int]] = [[]]
    while waiting:
        start = waiting.pop()
        choices = Choices([*start], least)
        try:
            result = run(choices)
            results[result] += choices.mass
        except Unfinished:
            unfinished += choices.mass
        for position in range(len(start), len(choices.sizes)):
            others = range(1, choices.sizes[position])
            waiting += [[*choices.path[:position], other] for other in others]
    return results, unfinished
