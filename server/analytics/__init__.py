"""Anonymised figures, derived from the log and released with noise; no row of it is about one person.

Owns the tables `decision_count`, `grant_count` and `analytics_watermark` (counters, not published),
`open_lump`, `release_setting` and `margin_carried` (what is released next), and `released_lump`,
`released_cell`, `released_margin` and `live_block` (what was released, never changed).
Others enter by `service` and `values`, and may use `intervals` (how sure a rate or a change is) and
`vocabulary` (what measures are called).
"""

__all__ = ["intervals", "vocabulary"]
