"""A scan as text, JSON, SARIF and HTML. Pure."""
