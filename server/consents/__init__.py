"""Visitors' decisions: recorded and committed to, proven, exported, erased, and deleted when they are due.

Owns the tables `consent`, `consent_erasure`, `consent_retention_run` and `consent_residue`, and the erasure
log in the data folder. Others enter by `service`, `values`, and what is named below: receipts, which are
checked without a database.
"""

__all__ = ["receipts"]
