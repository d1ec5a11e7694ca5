"""Erasure: of records, with an entry in a log that outlives the database, and of their bytes in its files."""
