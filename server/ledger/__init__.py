"""The append-only log of commitments that everything downstream of a decision reads by index.

Owns the tables `ledger_outbox`, `ledger_entry`, `ledger_tile`, `ledger_state`, `ledger_key`, `ledger_day` and
`ledger_manifest`, the signing key and the stored checkpoints in the data folder. Every slice that commits to
something appends to it. Others enter by `service`, `values`, and what is named below: the mathematics and the
formats of the log, with which a proof is checked without one.
"""

__all__ = ["manifest", "note", "tiles", "tree"]
