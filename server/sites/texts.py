"""The texts that come with the product, per language; each site's own document starts from them."""

import functools
import importlib.resources
import json
from typing import Any

from server.sites.frozen import freeze
from server.sites.values import Document

SHIPPED = ("nb", "nn", "en")
"""Languages whose texts come with the product."""


@functools.cache
def shipped(language: str) -> Document:
    """Texts, categories, notice and the consent service's own words in one language.

    :raises ValueError: the product has no texts in `language`.
    """
    if language not in SHIPPED:
        raise ValueError(f"there are no texts in {language!r}; there are {', '.join(SHIPPED)}")
    file = importlib.resources.files("server.sites") / "texts" / f"{language}.json"
    content: Any = json.loads(file.read_text(encoding="utf-8"))
    frozen: Document = freeze(content)
    return frozen
