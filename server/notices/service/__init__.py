"""Use cases of notices; each module is a subject."""
