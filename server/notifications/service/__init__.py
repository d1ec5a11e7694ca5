"""Use cases of messages, a module for each subject."""
