"""A scan as text, JSON, SARIF and HTML. Pure.

What a page chose, such as the name of a cookie, is foreign text here: each form escapes it in its own way.
"""
