"""Anonymised figures, derived from the log and released with noise; no row of it is about one person.

Owns the tables `decision_count`, `grant_count` and `analytics_watermark` (counters, not published),
`open_lump` and `release_setting` (what is released next), and `released_lump`, `released_cell` and
`live_block` (what was released, never changed). Others enter by `service` and `values`.
"""

__all__: list[str] = []
