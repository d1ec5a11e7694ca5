"""Our noise beside that of OpenDP.

`pip install opendp`, then `python -m tests.analytics.privacy.opendp_oracle [DRAWS]`.

OpenDP takes 265 MB, so it is not among the dependencies of the tests, and pytest does not collect this.
With OpenDP 0.16.0 and a million draws:

    ε = 4/5: 15 values, largest log ratio 0.026, largest deviation 1.8 standard errors, χ² 13.2
    ε = 4/15: 37 values, largest log ratio 0.054, largest deviation 2.1 standard errors, χ² 36.8
    ε = 1/5: 46 values, largest log ratio 0.067, largest deviation 2.5 standard errors, χ² 38.5
"""

import importlib
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator

from server.analytics.privacy.noise import discrete_laplace

EPSILONS = ((4, 5), (4, 15), (1, 5))
SEED = 2020
FEWEST = 1000
"""Draws of a value, in both samples, for its ratio to be looked at: its standard error is below 4.5 %."""


def draws_of_opendp(numerator: int, denominator: int, draws: int) -> Counter[int]:
    """That many draws by OpenDP, counted. Its generator cannot be seeded."""
    dp = importlib.import_module("opendp.prelude")
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    return Counter(dp.m.make_laplace(*space, scale=denominator / numerator)([0] * draws))


def our_draws(numerator: int, denominator: int, draws: int) -> Counter[int]:
    """That many draws by us, counted."""
    randbelow = random.Random(SEED).randrange
    return Counter(discrete_laplace(numerator, denominator, randbelow) for _ in range(draws))


def compared(ours: Counter[int], theirs: Counter[int]) -> Iterator[tuple[int, float, float]]:
    """Each frequent value, the logarithm of how much oftener we draw it, and that in standard errors."""
    for x in sorted(ours.keys() & theirs.keys()):
        if min(ours[x], theirs[x]) >= FEWEST:
            ratio = math.log(ours[x] / theirs[x])
            yield x, ratio, ratio / math.sqrt(1 / ours[x] + 1 / theirs[x])


def main(draws: int) -> None:
    """Write one line for each ε."""
    for numerator, denominator in EPSILONS:
        cells = [
            *compared(
                our_draws(numerator, denominator, draws), draws_of_opendp(numerator, denominator, draws)
            )
        ]
        sys.stdout.write(
            f"ε = {numerator}/{denominator}: {len(cells)} values, "
            f"largest log ratio {max(abs(ratio) for _, ratio, _ in cells):.3f}, "
            f"largest deviation {max(abs(z) for *_, z in cells):.1f} standard errors, "
            f"χ² {sum(z * z for *_, z in cells):.1f}\n"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
