"""Shared infrastructure; imports no slice."""
