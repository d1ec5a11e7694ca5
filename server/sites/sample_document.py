"""The banner of a sample site: an invented garden shop, as it was delivered and as it is. Pure.

What it is now has a few things to put right, which the lint finds, and differs from what was delivered, so
that there is something to compare.
"""

from copy import deepcopy

from server.catalog import service as catalog
from server.sites import defaults, known_services
from server.sites.document_types import Document

NAME = "Solsikke"
"""What the shop is called, in every language."""

DOMAIN = "www.solsikke.example"
"""A name that nobody can have (RFC 2606)."""

SERVICES = ("google_analytics", "youtube", "meta_pixel", "google_maps")
"""What the shop uses, by key in the catalog."""

PALE = "#b9c2bb"
"""A colour for text that is too pale to be read on white."""

_TITLES = {
    "nb": "Velkommen til Solsikke!",
    "nn": "Velkomen til Solsikke!",
    "en": "Welcome to Solsikke!",
}
_COAXING = {
    "nb": "Ja, gi meg den beste opplevelsen",
    "nn": "Ja, gi meg den beste opplevinga",
    "en": "Yes, give me the best experience",
}


def delivered(language: str) -> Document:
    """The draft as it was delivered, with `language`, one of the studio's, as its main one."""
    document = defaults.default_document(language, name=NAME)
    document["controller"] = {
        **document["controller"],
        "name": "Solsikke Hage AS",
        "address": "Blomstergata 1\n0000 Hageby",
        "contacts": {"email": "personvern@solsikke.example", "phone": "+47 00 00 00 00", "url": ""},
    }
    document, added = known_services.with_known(document, [catalog.find(key) for key in SERVICES], {})
    for service in added:
        service["retention"] = "P14M"
    return document


def current(language: str) -> Document:
    """The draft as it is: somebody has made it friendlier, and paler."""
    document = deepcopy(delivered(language))
    document["texts"][language]["accept_all"] = _COAXING[language]
    document["appearance"]["colours"]["light"]["text"] = PALE
    for code, texts in document["texts"].items():
        texts["title"] = _TITLES[code]
    for service in document["services"]:
        if service["key"] == "youtube":
            service["purpose"][language] = ""
    return document
