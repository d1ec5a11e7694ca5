"""`make bench`: every table, one after the other."""

from benchmarks import alarms, editor, experiments, load, notices, scanning, silence, sizes, utility, widget

sizes.report()
widget.report()
load.report()
utility.report()
experiments.report()
alarms.report(sites=8, moments=1)
silence.report()
notices.report()
editor.report()
scanning.report()
