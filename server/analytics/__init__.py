"""Anonymised figures, derived from the log; no row of it is about one person.

Owns the tables `decision_count`, `grant_count` and `analytics_watermark`. Others enter by `service` and
`values`.
"""

__all__: list[str] = []
