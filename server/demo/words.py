"""Texts of the shop, per language."""

import functools
import importlib.resources
import json
from typing import Any, cast

LANGUAGES = ("nb", "nn", "en")
"""The shop's languages, its default first."""


@functools.cache
def shop(language: str) -> dict[str, Any]:
    """All texts of the shop in one of `LANGUAGES`, nested by page."""
    file = importlib.resources.files("server.demo") / "texts" / f"{language}.json"
    return cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))


def text(language: str, path: str) -> str:
    """A text, by its keys joined with dots."""
    value: Any = shop(language)
    for key in path.split("."):
        value = value[key]
    return cast("str", value)
