"""Visitors' decisions: their canonical record, its commitment and its storage."""
