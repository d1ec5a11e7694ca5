"""Visits pages in a browser, in a process of its own: it gets a job and reports observations as JSON.

Nothing here knows the database, the settings or Flask.
"""
