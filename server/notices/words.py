"""The product's own words on these pages, per language, and the sentences made of them. Pure."""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any, cast

from server.core.text_direction import isolated
from server.notices.languages import of_words
from server.notices.values import Text


def words(area: str, language: str) -> Mapping[str, Any]:
    """The words of an area of the pages, in the nearest language there is.

    :param area: a folder of `texts/`, such as `site_pages`

    :raises FileNotFoundError: there is no such area.
    """
    return _read(area, of_words(language))


def phrase(area: str, language: str, *path: str, **values: object) -> Text:
    """Words of an area by their path, filled in, in the nearest language there is.

    :raises KeyError: there are none at this path.
    """
    found: Any = words(area, language)
    for key in path:
        found = found[key]
    return Text(fill(str(found), **values), of_words(language))


def fill(sentence: str, /, **values: object) -> str:
    """A sentence with its placeholders filled in; no value can turn the rest of the sentence around."""
    return sentence.format(**{key: isolated(str(value)) for key, value in values.items()})


@functools.cache
def _read(area: str, language: str) -> Mapping[str, Any]:
    file = importlib.resources.files("server.notices") / "texts" / area / f"{language}.json"
    return cast("Mapping[str, Any]", json.loads(file.read_text(encoding="utf-8")))
