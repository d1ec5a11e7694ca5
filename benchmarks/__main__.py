"""`make bench`: every table, one after the other."""

from benchmarks import load, sizes

sizes.report()
load.report()
