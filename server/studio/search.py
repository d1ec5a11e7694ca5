"""The search of the studio: pages, settings, services and sites, by what people call them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify, request, url_for

from server.accounts.values import Identity
from server.core.errors import NotFound
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import KEY, Site
from server.studio import guard, language, places
from server.studio.draft import editor_links, form_binding
from server.studio.guard import SOMEBODY, blueprint, identity, needs
from server.studio.headings import HEADINGS
from server.studio.help import shelf
from server.studio.language import gettext, language_name, ngettext
from server.studio.places import Place
from server.studio.search_ranking import ranked
from server.studio.views import page, printable

SHOWN = 12
"""Most results; people who find nothing among them type another word."""

LONGEST = 100
"""Characters of a question that count."""

CANDIDATES = 200
"""Most sites that are ranked."""


@dataclass(frozen=True)
class Entry:
    """Something that can be found."""

    title: str
    note: str
    """Where it is."""
    icon: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    words: str = ""

    @property
    def address(self) -> str:
        """Its address, with the field's id after it where it is a field."""
        return url_for(f"studio.{self.endpoint}", **self.values)


@blueprint.get("/search")
@needs(SOMEBODY)
def search() -> Response:
    """The search as a page of its own, for browsers without scripts."""
    question = _question()
    return page("search.html", question=question, about=_site(), found=_found(question))


@blueprint.get("/search/found")
@needs(SOMEBODY)
def search_found() -> Response:
    """What is found, for the search's dialog."""
    found = _found(_question())
    said = (
        ngettext("%(num)s result", "%(num)s results", len(found))
        if found
        else gettext("Nothing found. Try another word.")
    )
    shown = [
        {"title": each.title, "note": each.note, "icon": each.icon, "address": each.address} for each in found
    ]
    return jsonify(said=said, found=shown)


def _question() -> str:
    return printable(request.args.get("q", ""))[:LONGEST]


def _site() -> Site | None:
    """The site whose pages are searched; None if none is named that the person may see."""
    key = request.args.get("site", "")
    try:
        found = sites.find(key) if KEY.fullmatch(key) else None
    except NotFound:
        return None
    return found if found and guard.sees(found) else None


def _found(question: str) -> list[Entry]:
    site = _site()
    who = guard.within(identity(), site) if site else identity()
    if not question:
        return list(_pages(who, site))[:SHOWN]
    if not any(sign.isalnum() for sign in question):
        return []
    of_site = (*_headings(who, site), *_of_draft(who, site)) if site else ()
    entries = [*_pages(who, site), *of_site, *_sites(who, question), *_helps(who, site)]
    return ranked(entries, question)[:SHOWN]


def _pages(who: Identity, site: Site | None) -> Iterator[Entry]:
    groups: list[tuple[Site | None, str, tuple[Place, ...]]] = []
    if site:
        banner = f"{site.name} › {gettext('Banner')}"
        groups = [
            (site, site.name, places.SECTIONS),
            (site, banner, places.PARTS),
            (site, site.name, places.FURTHER),
        ]
    for of, note, group in (*groups, (None, gettext("Studio"), places.EVERYWHERE)):
        for place in group:
            if place.permission == SOMEBODY or who.may(place.permission, of.id if of else None):
                values = {**place.values, **({"key": of.key} if of else {})}
                yield Entry(
                    str(place.title), note, place.name, place.endpoint, values, places.in_both(place.words)
                )


def _headings(who: Identity, site: Site) -> Iterator[Entry]:
    """The headings and switches of its pages that the person may see."""
    main = sites.draft(site.id).document["default_language"]
    for heading in HEADINGS:
        place = heading.place
        if who.may(place.permission, site.id):
            note = [site.name, *([gettext("Banner")] if place in places.PARTS else []), str(place.title)]
            values = {**place.values, "key": site.key, "_anchor": heading.anchor_in(main) or None}
            yield Entry(
                str(heading.title), " › ".join(note), place.name, place.endpoint, values, heading.words
            )


def _of_draft(who: Identity, site: Site) -> Iterator[Entry]:
    """The fields of the editor, in the banner's main language, and the parts of its lists."""
    if not who.may("banner.edit", site.id):
        return
    document = sites.draft(site.id).document
    main, spoken = document["default_language"], document["texts"].keys()
    roots = (("texts", main), ("appearance",), ("behaviour",), ("controller",))
    for path in form_binding.fields_of(document, *roots).values():
        steps = [str(step) for step in path]
        if any(step in spoken and step != main for step in steps):
            continue
        place = editor_links.link_to(".".join(steps), document)
        where, _arrow, title = place.label.removesuffix(f", {language_name(main)}").rpartition(" › ")
        plain = ".".join(step for step in steps if step not in spoken)
        where = " › ".join([where, *(str(each.title) for each in HEADINGS if each.has(plain))])
        words = " ".join([where, *(places.in_both(places.FIELDS.get(step, "")) for step in steps)])
        values = {**place.values, "key": site.key, "_anchor": place.anchor}
        yield Entry(
            title, f"{site.name} › {gettext('Banner')} › {where}", "banner", place.endpoint, values, words
        )
    yield from _parts(document, site)


def _parts(document: Document, site: Site) -> Iterator[Entry]:
    main = document["default_language"]
    lists: tuple[tuple[str, str, str, Sequence[Mapping[str, Any]]], ...] = (
        (gettext("Services"), "service", "service", document["services"]),
        (gettext("Other processing"), "activity", "part", document["notice"]["activities"]),
        (gettext("Recipients"), "processor", "part", document["notice"]["processors"]),
    )
    for kind, endpoint, argument, parts in lists:
        for part in parts:
            name = part["name"]
            title = (name if isinstance(name, str) else name.get(main, "")) or part["key"]
            words = " ".join(
                [
                    part["key"],
                    str(part.get("provider", "")),
                    *(one["name"] for one in part.get("cookies", ())),
                ]
            )
            values = {"key": site.key, argument: part["key"]}
            yield Entry(title, f"{site.name} › {kind}", "shield", endpoint, values, words)


def _helps(who: Identity, site: Site | None) -> Iterator[Entry]:
    """The sections of the help on pages that the person may see, behind these pages."""
    known = (*places.SECTIONS, *places.PARTS, *places.EVERYWHERE)
    needed = {place.name: place.permission for place in known if place.permission != SOMEBODY}
    for name, one in shelf.pages(language.current()).items():
        # Asked on a site that they do not see, nothing about sites is found, as anywhere else.
        hidden = site is None and bool(request.args.get("site"))
        if name in needed and (hidden or not who.may(needed[name], site.id if site else None)):
            continue
        note = f"{gettext('Help')} › {one.title}"
        for section in one.sections.values():
            values = {"name": name, "_anchor": section.anchor}
            yield Entry(section.title, note, "help", "help_page", values, note)


def _sites(who: Identity, question: str) -> Iterator[Entry]:
    """Sites with the first word in their name, key or a domain."""
    only = None if who.all_sites else who.site_ids
    for one in sites.like(question.split(maxsplit=1)[0], only=only, limit=CANDIDATES):
        words = " ".join([one.key, *one.domains])
        yield Entry(one.name, ", ".join(one.domains[:3]), "sites", "overview", {"key": one.key}, words)
