"""Use cases of decisions, one module for each subject."""
