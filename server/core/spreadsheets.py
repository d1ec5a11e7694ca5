"""Safe cells of tables that are opened in spreadsheets."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a formula."""


def harmless(text: str) -> str:
    """Text that no spreadsheet evaluates (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
