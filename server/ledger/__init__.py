"""The append-only log of commitments that everything downstream of a decision reads by index."""
