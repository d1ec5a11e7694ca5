"""What the first draft of a site takes over from a proposal that its page made. Pure."""

from collections.abc import Collection

from server.core.organisation_numbers import grouped
from server.core.time_zones import UTC
from server.core.time_zones import known as known_zones
from server.scanner.values import Proposal
from server.sites.brand_colours import solve
from server.sites.document_types import Controller, Document

NORWEGIAN = {"no": "nb", "nb": "nb", "nn": "nn"}
"""Language of a page → the language in which its banner is; `no` is not one of ours."""


def language_of(tag: str, shipped: Collection[str]) -> str:
    """The shipped language of a BCP 47 tag; empty if there is none."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    code = NORWEGIAN.get(code, code)
    return code if code in shipped else ""


def started(document: Document, proposal: Proposal) -> Document:
    """A first draft with who is behind the page, and in its brand's colour."""
    return with_brand({**document, "controller": _controller(document, proposal)}, proposal)


def with_time_zone(document: Document, time_zone: str) -> Document:
    """The document in the time zone of whoever makes the site, if they have chosen a place.

    UTC is what browsers on servers and in virtual machines say; it is nobody's place.
    """
    if time_zone == UTC or time_zone not in known_zones():
        return document
    return {**document, "controller": {**document["controller"], "time_zone": time_zone}}


def with_brand(document: Document, proposal: Proposal) -> Document:
    """The document in the colour that the page has for its brand, if it has one."""
    if not proposal.colours:
        return document
    colours = solve(proposal.colours[0]).colours
    return {**document, "appearance": {**document["appearance"], "colours": colours}}


def with_logo(document: Document, address: str, name: str) -> Document:
    """The document with a logo, which says the name of the site."""
    return {**document, "appearance": {**document["appearance"], "logo": address, "logo_text": name[:120]}}


def _controller(document: Document, proposal: Proposal) -> Controller:
    stored = document["controller"]
    number = proposal.organisation_number
    return {
        **stored,
        "name": proposal.legal_name or stored["name"],
        "organisation_number": grouped(number) if number else stored["organisation_number"],
        "address": proposal.address or stored["address"],
        "contacts": {**stored["contacts"], "email": proposal.email or stored["contacts"]["email"]},
    }
