"""Safe cells of tables that are opened in spreadsheets."""

import re

_BEGINNING = re.compile(r'(?<![;"\s])([;"\s]*+)(?=[=+\-@＝＋－＠])')
"""What stands before a sign with which formulas begin, from the last letter or figure on. Full-width signs
count as the plain ones. Possessive, and from the beginning of a run alone: a text of spaces is read once."""

_SEPARATOR = re.compile(r"[;\t\r\n]")
"""What begins a cell for a spreadsheet that separates them by semicolons, as in Norway, or by tabs. Quotes
may follow: in a table that is separated by commas they do not say where such a cell ends."""


def harmless(text: str) -> str:
    """Text that no spreadsheet evaluates (OWASP: CSV injection)."""
    safe = _BEGINNING.sub(_as_text, text)
    return f"'{safe}" if safe[:1] in ("\t", "\r") else safe


def _as_text(found: re.Match[str]) -> str:
    begins = found.start() == 0 or _SEPARATOR.search(found[1])
    return f"{found[1]}'" if begins else found[1]
