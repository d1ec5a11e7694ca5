"""Safe cells of tables that are opened in spreadsheets."""

import re

_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[=+\-@\t\r＝＋－＠])")
"""Where a formula begins: at the start of a cell, also of one that a spreadsheet separates by semicolons, as
in Norway, or by tabs. Full-width signs count as the plain ones."""


def harmless(text: str) -> str:
    """Text that no spreadsheet evaluates (OWASP: CSV injection)."""
    return _FORMULA.sub(r"\1'", text)
