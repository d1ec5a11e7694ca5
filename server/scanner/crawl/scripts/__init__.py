"""Scripts that are run in pages, each one function."""

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def function(name: str) -> str:
    """The function in `NAME.js`, as an expression."""
    text = (_FOLDER / f"{name}.js").read_text("utf-8")
    return re.sub(r"^//.*\n", "", text, flags=re.MULTILINE).strip().removesuffix(";")
