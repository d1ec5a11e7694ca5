"""`make faults`: every run, or those that are named, e.g. `make faults ARGS="kills proofs"`.

Each module beside this one with a function `run` is one run; it yields the figures that it must show, and
sentences that say under which circumstances. The exit status is 1 when a figure missed its bar.
"""

import importlib
import pkgutil
import sys

from tests import faults
from tests.faults.figures import HEADING


def main(names: list[str]) -> int:
    """Do the named runs, by default all, and print their figures; how many missed their bar."""
    missed = 0
    present = [module.name for module in pkgutil.iter_modules(faults.__path__) if module.name != "__main__"]
    for name in names or present:
        module = importlib.import_module(f"tests.faults.{name}")
        if not hasattr(module, "run"):
            continue
        print(f"\n## {(module.__doc__ or name).strip().splitlines()[0]}\n\n{HEADING}", flush=True)
        for figure in module.run():
            if isinstance(figure, str):
                print(f"{figure}:", flush=True)
                continue
            print(figure.line(), flush=True)
            missed += not figure.met
    return missed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
