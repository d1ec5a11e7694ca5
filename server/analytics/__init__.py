"""Anonymised figures, derived from the log; no row of it is about one person."""
