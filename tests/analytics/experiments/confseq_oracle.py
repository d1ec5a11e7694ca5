"""Our boundary beside that of Howard and others' own package.

`pip install confseq`, then `python -m tests.analytics.experiments.confseq_oracle`. It is built from C++ and
needs Boost's headers (`pip install boost-headers scikit-build cmake ninja pybind11`, their folder in
`BOOST_ROOT` and `CPLUS_INCLUDE_PATH`, `--no-build-isolation`); with NumPy and SciPy that is 500 MB, so it is
not among the dependencies of the tests, and pytest does not collect this. With confseq 0.0.11:

    616 boundaries, largest relative difference 4.4e-16
"""

import importlib
import sys
from itertools import product

from server.analytics.experiments.confidence_sequence import boundary

_VARIANCES = (0.1, 1, 10, 100, 250, 1_000, 3_000, 10_000, 100_000, 1_000_000, 10_000_000)
_ALPHAS = (0.5, 0.2, 0.1, 0.05, 0.01, 0.001, 0.0001, 0.00001)
_TUNED_FOR = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def main() -> None:
    """Write one line."""
    theirs = importlib.import_module("confseq.boundaries").normal_mixture_bound
    differences = []
    for at, alpha, tuned_for in product(_VARIANCES, _ALPHAS, _TUNED_FOR):
        # The last argument: whether the bound is one-sided.
        bound = float(theirs(float(at), alpha, float(tuned_for), alpha, False))
        differences.append(abs(boundary(at, tuned_for=tuned_for, alpha=alpha) / bound - 1))
    sys.stdout.write(f"{len(differences)} boundaries, largest relative difference {max(differences):.1e}\n")


if __name__ == "__main__":
    main()
