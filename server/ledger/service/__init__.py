"""Use cases of the log, one module for each subject."""
