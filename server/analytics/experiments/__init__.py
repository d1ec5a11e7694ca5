"""Experiments with two variants of a banner: what their released figures show, on any day. Pure.

`power` says before the start what can be found, `confidence_sequence` how much the variants differ, and
`outcome` whether that is clear, in words.
"""
