"""Anonymised figures, derived from the log and released with noise; no row of it is about one person.

Owns the tables `decision_count`, `grant_count` and `analytics_watermark` (counters, not published),
`open_lump`, `release_setting` and `margin_carried` (what is released next), and `released_lump`,
`released_cell`, `released_margin` and `live_block` (what was released, never changed), and `analytics_alarm`
(figures far below what is usual).
Others enter by `service` and `values`, and may use `intervals` (how sure a rate or a change is),
`representations` (figures as JSON and CSV), `experiments` (what a comparison of two variants shows),
`vocabulary` (what measures are called) and `alarm_words` (the figures of an alarm).
"""

__all__ = ["alarm_words", "experiments", "intervals", "representations", "vocabulary"]
