"""What standard sections of the privacy notice say from the document, behind the site's own words. Pure.

GDPR article 13: controller, representative and officer (1 a, b), rights and withdrawal (2 b, c), complaint
(2 d). What it asks for besides is in `processing_parts`.
"""

from collections.abc import Callable, Iterator, Mapping

from server.core.contact_uris import mailto, tel
from server.notices import processing_parts
from server.notices.blocks import Block, Cell, Facts, Paragraph
from server.notices.formats import day
from server.notices.notice_context import Context
from server.notices.values import Text
from server.sites.document_types import Controller


def _who(of: Context) -> Iterator[Block]:
    controller = of.document["controller"]
    rows = {
        "name": of.plain(controller["name"]),
        "organisation_number": of.plain(controller["organisation_number"]),
        "address": of.plain(*controller["address"].splitlines()),
        "country": of.country(controller["country"]),
        **_ways(of, controller),
    }
    yield from _card(of, rows)


def _contact(of: Context) -> Iterator[Block]:
    yield from _card(of, _ways(of, of.document["controller"]))
    for link in of.link("request", "rights", "request"):
        yield Paragraph(link)


def _ways(of: Context, controller: Controller) -> dict[str, Cell]:
    contacts, officer = controller["contacts"], controller["data_protection_officer"]
    representative = controller["representative"]
    return {
        "email": _mail(of, contacts["email"]),
        "phone": _linked(of, contacts["phone"], tel(contacts["phone"])),
        "url": _linked(of, contacts["url"], contacts["url"]),
        "officer": of.plain(officer["name"]),
        "officer_email": _mail(of, officer["email"]),
        "representative": of.plain(representative["name"], *representative["address"].splitlines()),
        "representative_email": _mail(of, representative["email"]),
    }


def _card(of: Context, rows: Mapping[str, Cell]) -> Iterator[Facts]:
    filled = tuple((of.ours("controller", key), cell) for key, cell in rows.items() if cell)
    if filled:
        yield Facts(filled)


def _mail(of: Context, address: str) -> Cell:
    return _linked(of, address, mailto(address))


def _linked(of: Context, text: str, href: str | None) -> Cell:
    return (Text(text, of.language, href or ""),) if text else ()


def _about(of: Context) -> Iterator[Block]:
    rows = (
        (
            (of.wording.of(category["names"]),),
            of.plain(*(cookie["name"] for each in of.services(category["key"]) for cookie in each["cookies"]))
            or (of.ours("none"),),
        )
        for category in of.categories()
    )
    yield from of.table("about", ("category", "cookies"), rows)
    for link in of.link("cookies", "all_cookies"):
        yield Paragraph(link)


def _choice(of: Context) -> Iterator[Block]:
    for link in of.link("my_choice", "rights", "my_choice"):
        yield Paragraph(link)


_RIGHTS: tuple[str, ...] = ("access", "rectification", "erasure", "restriction", "portability", "objection")
"""Rights of GDPR articles 15–18, 20 and 21."""

_SELF_SERVICE = frozenset(("access", "erasure", "portability"))
"""Rights that visitors use by themselves for what is stored about their browser."""


def _rights(of: Context) -> Iterator[Block]:
    own = tuple(of.link("my_choice", "rights", "my_choice")) or (of.ours("rights", "settings"),)
    rows = [
        (of.ours("rights", right), (*_asking(of, right), *(own if right in _SELF_SERVICE else ())))
        for right in _RIGHTS
    ]
    yield Facts((*rows, (of.ours("rights", "withdrawal"), own)))


def _asking(of: Context, right: str) -> Iterator[Text]:
    """How to ask for a right: by the form, else by what the controller gives."""
    form = tuple(of.link(f"request_{right}", "rights", "requests", right))
    yield from form
    contacts = of.document["controller"]["contacts"]
    if not form and (email := contacts["email"]):
        text = of.ours("rights", "email", email=email)
        yield Text(text.text, text.language, mailto(email) or "")
    elif not form and (url := contacts["url"]):
        text = of.ours("rights", "url")
        yield Text(text.text, text.language, url)


def _complaint(of: Context) -> Iterator[Block]:
    authority = of.document["controller"]["supervisory_authority"]
    rows = (
        ("name", of.plain(authority["name"])),
        ("url", _linked(of, authority["url"], authority["url"])),
    )
    filled = tuple((of.ours("authority", key), cell) for key, cell in rows if cell)
    if filled:
        yield Facts(filled)


def _changes(of: Context) -> Iterator[Block]:
    yield Facts(((of.ours("changes", "in_force"), (day(of.about.since, of.language),)),))
    for page in ("versions", "feed", "subscribe"):
        for link in of.link(page, "changes", page):
            yield Paragraph(link)


GENERATED: Mapping[str, Callable[[Context], Iterator[Block]]] = {
    "who": _who,
    "collected": processing_parts.collected,
    "legal_basis": processing_parts.legal_basis,
    "sources": processing_parts.sources,
    "recipients": processing_parts.recipients,
    "transfers": processing_parts.transfers,
    "retention": processing_parts.retention,
    "about": _about,
    "choice": _choice,
    "rights": _rights,
    "complaint": _complaint,
    "changes": _changes,
    "contact": _contact,
}
"""Key of a standard section → what it says from the document. The others have the site's own words alone."""
