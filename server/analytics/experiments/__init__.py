"""Experiments with two variants of a banner: what their released figures show, on any day. Pure.

`power` says before the start what can be found, `confidence_sequence` how much the variants differ, `outcome`
whether that is clear, in words, and `progress` is all of that together. Other slices use the names below.
"""

from server.analytics.experiments.confidence_sequence import Arm
from server.analytics.experiments.outcome import Outcome, sentences
from server.analytics.experiments.progress import Forecast, Progress

__all__ = ["Arm", "Forecast", "Outcome", "Progress", "sentences"]
