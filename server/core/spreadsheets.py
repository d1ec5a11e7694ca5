"""What may go into a cell of a table that people open in a spreadsheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def harmless(text: str) -> str:
    """Text that no spreadsheet runs (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
