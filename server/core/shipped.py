"""Where the files are that the product has besides its code: templates, static files and what is built."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """A folder of the checkout, or its copy inside the installed package."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
