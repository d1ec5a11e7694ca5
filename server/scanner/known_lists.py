"""The lists that come with the product: who stores what, and who is behind a host. Read once."""

import json
from functools import lru_cache

from server.catalog import service as catalog
from server.core import shipped
from server.scanner.classify import cookie_database
from server.scanner.classify.classifier import Classifier
from server.scanner.classify.third_parties import ThirdParties
from server.scanner.declared import Declared


def classifier(declared: Declared | None) -> Classifier:
    """Says to whom things belong, by a website's declaration and by what is known."""
    return Classifier(catalog, _third_parties(), cookie_database.shipped(), declared)


@lru_cache(maxsize=1)
def _third_parties() -> ThirdParties:
    """Of the installed package, or of a checkout whose assets are built; of another one none."""
    file = shipped.folder("static") / "dist" / "scanner" / "third_party_entities.json"
    return ThirdParties(json.loads(file.read_text("utf-8")) if file.is_file() else ())
