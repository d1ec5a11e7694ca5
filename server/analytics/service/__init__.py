"""Use cases of analytics, one module for each subject."""
