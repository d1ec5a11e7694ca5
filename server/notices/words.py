"""The product's own words on these pages, per language. Pure."""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any, cast

from server.notices.languages import of_words


def words(area: str, language: str) -> Mapping[str, Any]:
    """The words of an area of the pages, in the nearest language there is.

    :param area: a folder of `texts/`, such as `site_pages`

    :raises FileNotFoundError: there is no such area.
    """
    return _read(area, of_words(language))


@functools.cache
def _read(area: str, language: str) -> Mapping[str, Any]:
    file = importlib.resources.files("server.notices") / "texts" / area / f"{language}.json"
    return cast("Mapping[str, Any]", json.loads(file.read_text(encoding="utf-8")))
