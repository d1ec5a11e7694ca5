"""`make bench`: every table, one after the other."""

from benchmarks import experiments, load, sizes, utility, widget

sizes.report()
widget.report()
load.report()
utility.report()
experiments.report()
