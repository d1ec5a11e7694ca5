"""The record of processing activities (GDPR article 30 (1)) of a banner document, in one language. Pure.

A row for each purpose: each service that may run, each other activity of the controller, and what Samtykke
itself stores for it. What the document does not say is said to be not stated, and listed as missing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from server.notices.blocks import lines_of_html
from server.notices.declaration import Wording
from server.notices.formats import country, day, duration
from server.notices.parties import Party, Place, is_own, running
from server.notices.request_rules import KEPT
from server.notices.words import phrase
from server.sites import rich_text
from server.sites.document_types import Activity, Document, Service
from server.sites.transfers import basis_of, outside_eea
from server.sites.values import CONSENT_SERVICE, MAX_AGE, NECESSARY
from server.sites.web_storage import stays_until_cleared

AREA = "processing_record"
"""Folder of the words."""

Column = Literal[
    "activity",
    "purpose",
    "legal_basis",
    "subjects",
    "data",
    "recipients",
    "transfers",
    "retention",
    "security",
    "controller",
    "joint_controllers",
    "representative",
    "officer",
    "general_recipients",
]

OF_ROWS: tuple[Column, ...] = (
    "activity",
    "purpose",
    "legal_basis",
    "subjects",
    "data",
    "recipients",
    "transfers",
    "retention",
)
"""Columns that differ by row: article 30 (1) (b) to (f), and the legal basis, which is not asked for."""

OF_ALL: tuple[Column, ...] = (
    "security",
    "controller",
    "joint_controllers",
    "representative",
    "officer",
    "general_recipients",
)
"""What is the same in all rows: article 30 (1) (g) and (a), and recipients that serve several purposes."""

Lines = tuple[str, ...]


@dataclass(frozen=True)
class Circumstances:
    """What a record says that is not in the document."""

    made_on: date
    """The day of the export, in the site's time zone."""
    source: Literal["version", "draft"]
    number: int
    """Of the version; 0 for a draft."""
    source_on: date
    """The day on which the version was published, or the draft was saved."""
    retention: timedelta
    """Retention of decisions after expiry."""
    sends_mail: bool
    """Whether the server can send e-mail, and so has subscriptions."""


@dataclass(frozen=True)
class Gap:
    """Something that article 30 asks for and the document does not state."""

    column: Column
    label: str
    """The heading of the column."""
    kind: Literal["controller", "service", "activity", "section"]
    """Where the document should state it."""
    key: str
    """Of the service, activity or section; empty for the controller."""
    name: str
    """Of the service or activity; empty for the others."""


@dataclass(frozen=True)
class ProcessingRecord:
    """A record of processing activities."""

    language: str
    title: str
    source: str
    """What it was made from, and when."""
    made: str
    headings: Mapping[Column, str]
    rows: tuple[Mapping[Column, Lines], ...]
    """Cells of `OF_ROWS`, each of at least one line."""
    about: Mapping[Column, Lines]
    """Cells of `OF_ALL`."""
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class _Making:
    wording: Wording
    found: tuple[Party, ...]
    about: Circumstances
    by_service: Mapping[str, Sequence[Party]]
    """Key of a service → who gets data by it."""
    gaps: list[Gap]

    @property
    def document(self) -> Document:
        return self.wording.document

    @property
    def language(self) -> str:
        return self.wording.language

    def ours(self, *path: str, **filled: str) -> str:
        return phrase(AREA, self.language, *path, **filled).text

    def written(self, texts: Mapping[str, str]) -> Lines:
        return _lines(self.wording.of(texts).text)

    def gap(self, column: Column, kind: Any, key: str = "", name: str = "") -> Lines:
        """That something is not stated, which is noted."""
        self.gaps.append(Gap(column, self.ours("columns", column), kind, key, name))
        return (self.ours("not_stated"),)

    def place(self, found: Place) -> str:
        name = country(found.country, self.language).text
        return f"{name}: {self.ours('transfer', found.basis)}" if found.is_transfer else name


def made(
    document: Document,
    found: Iterable[Party],
    language: str,
    about: Circumstances,
    domains: Collection[str] = (),
) -> ProcessingRecord:
    """The record of a document, in a language of the product's words.

    :param found: the parties of the document
    """
    named = tuple(found)
    of = _Making(Wording(document, language, domains), named, about, _by_service(named), [])
    filled = {"number": str(about.number), "date": day(about.source_on, language).text}
    general = {
        "controller": _controller(of),
        "joint_controllers": _joint(of),
        "representative": _representative(of),
        "officer": _officer(of),
        "security": _security(of),
        "general_recipients": tuple(_general(of)) or (of.ours("none_stated"),),
    }
    rows = (*_services(of), *_activities(of), *_own(of))
    return ProcessingRecord(
        language=language,
        title=of.ours("title"),
        source=of.ours("source", about.source, **filled),
        made=of.ours("made", date=day(about.made_on, language).text),
        headings={column: of.ours("columns", column) for column in (*OF_ROWS, *OF_ALL)},
        rows=tuple(rows),
        about={column: general[column] for column in OF_ALL},
        gaps=tuple(of.gaps),
    )


# --- (a), (g), and who gets data for several purposes -----------------------------------------------------


def _controller(of: _Making) -> Lines:
    controller = of.document["controller"]
    name = controller["name"].strip()
    if not name:
        return of.gap("controller", "controller")
    number, contacts = controller["organisation_number"].strip(), controller["contacts"]
    reached = tuple(filter(str.strip, (contacts["email"], contacts["phone"], contacts["url"])))
    if not reached:
        of.gap("controller", "controller")
    return (
        name,
        *((of.ours("about", "organisation_number", number=number),) if number else ()),
        *_lines(controller["address"]),
        *((country(controller["country"], of.language).text,) if controller["country"] else ()),
        *reached,
    )


def _joint(of: _Making) -> Lines:
    joint = (one.name for one in of.found if one.capacity == "joint_controller")
    return tuple(joint) or (of.ours("none_stated"),)


def _representative(of: _Making) -> Lines:
    """Article 27: who is not established in the Union has one."""
    stated = of.document["controller"]["representative"]
    if name := stated["name"].strip():
        return (name, *_lines(stated["address"]), *filter(None, (stated["email"],)))
    where = of.document["controller"]["country"]
    if where and not outside_eea(where):
        return (of.ours("about", "no_representative"),)
    return of.gap("representative", "controller")


def _officer(of: _Making) -> Lines:
    officer = of.document["controller"]["data_protection_officer"]
    return tuple(filter(str.strip, (officer["name"], officer["email"]))) or (of.ours("none_stated"),)


def _security(of: _Making) -> Lines:
    for section in of.document["notice"]["sections"]:
        if section["key"] == "security":
            body = of.wording.of(section["body"]).text
            lines = lines_of_html(str(rich_text.as_html(body))) if body.strip() else ()
            if lines:
                return lines
    return of.gap("security", "section", "security")


def _general(of: _Making) -> Iterator[str]:
    """The processors and recipients that the document lists apart from services and activities."""
    for one in of.found:
        if one.stated:
            role = of.ours("roles", one.stated)
            parts = [*one.purposes]
            purposes = [line for texts in parts for line in of.written(texts)]
            said = [f"{one.name} ({role})", *purposes, *(of.place(place) for place in one.places)]
            yield ". ".join(part.rstrip(".") for part in said)


# --- (b) to (f) -------------------------------------------------------------------------------------------


def _services(of: _Making) -> Iterator[Mapping[Column, Lines]]:
    categories = {each["key"]: each for each in of.document["categories"]}
    for service in running(of.document):
        if service["key"] == CONSENT_SERVICE:
            continue  # Samtykke itself knows more of it than the document: `_own`.
        key, name = service["key"], service["name"] or service["key"]
        category = of.wording.of(categories[service["category"]]["names"]).text
        yield {
            "activity": (f"{name} ({category})" if category else name,),
            "purpose": of.written(service["purpose"]) or of.gap("purpose", "service", key, name),
            "legal_basis": (
                of.ours("basis", service["legal_basis"]),
                of.wording.storage(necessary=service["category"] == NECESSARY).text,
            ),
            "subjects": (of.ours("visitors"),),
            "data": of.written(service["data"]) or of.gap("data", "service", key, name),
            "recipients": _recipients(of, service),
            "transfers": _transfers(of, service),
            "retention": _kept(of, service) or of.gap("retention", "service", key, name),
        }


def _kept(of: _Making, service: Service) -> Lines:
    """How long the provider keeps data; what the controller alone stores, as long as it is on the device."""
    if service["retention"]:
        return (duration(service["retention"], of.language).text,)
    if not is_own(of.document, service):
        return ()
    return tuple(
        f"{each['name']}: {of.wording.lifetime(each).text}"
        for each in service["cookies"]
        if each["lifetime"] or stays_until_cleared(each)
    )


def _by_service(found: Iterable[Party]) -> Mapping[str, Sequence[Party]]:
    known: dict[str, list[Party]] = {}
    for one in found:
        for key in dict.fromkeys(use.key for use in one.uses if use.kind in ("service", "shared")):
            known.setdefault(key, []).append(one)
    return known


def _recipients(of: _Making, service: Service) -> Lines:
    mine = of.by_service.get(service["key"], ())
    if mine:
        return tuple(f"{one.name} ({of.ours('roles', one.capacity)})" for one in mine)
    if is_own(of.document, service):
        return (of.ours("none"),)
    return of.gap("recipients", "service", service["key"], service["name"] or service["key"])


def _transfers(of: _Making, service: Service) -> Lines:
    code = service["country"]
    name = service["name"] or service["key"]
    if not code and is_own(of.document, service):
        return (of.ours("none"),)
    if not code:
        return of.gap("transfers", "service", service["key"], name)
    return _transfer(
        of, code, Place(code, basis_of(code, service["transfer_basis"])), "service", service, name
    )


def _transfer(of: _Making, code: str, place: Place, kind: str, part: Service | Activity, name: str) -> Lines:
    if not outside_eea(code):
        return (of.ours("none"),)
    if not place.basis:
        of.gap("transfers", kind, part["key"], name)
    return (of.place(place),)


def _activities(of: _Making) -> Iterator[Mapping[Column, Lines]]:
    for each in of.document["notice"]["activities"]:
        key = each["key"]
        title = " ".join(of.written(each["name"])) or key
        basis, code = each["legal_basis"], each["country"]

        def stated(column: Column, texts: Mapping[str, str], key: str = key, title: str = title) -> Lines:
            return of.written(texts) or of.gap(column, "activity", key, title)

        yield {
            "activity": (title,),
            "purpose": stated("purpose", each["purpose"]),
            "legal_basis": (of.ours("basis", basis), *of.written(each["interests"]))
            if basis
            else of.gap("legal_basis", "activity", key, title),
            "subjects": stated("subjects", each["subjects"]),
            "data": stated("data", each["data"]),
            "recipients": tuple(filter(str.strip, each["recipients"])) or (of.ours("none_stated"),),
            "transfers": _transfer(
                of, code, Place(code, basis_of(code, each["transfer_basis"])), "activity", each, title
            )
            if code
            else (of.ours("none_stated"),),
            "retention": stated("retention", each["retention"]),
        }


# --- what Samtykke itself stores for the controller -------------------------------------------------------


def _own(of: _Making) -> Iterator[Mapping[Column, Lines]]:
    def worded(days: int) -> str:
        return duration(f"P{days}D", of.language).text

    limit = duration(f"P{MAX_AGE.days // 365}Y", of.language).text
    kept = of.about.retention.days
    decisions = (
        of.ours("own", "decisions", "retention", period=worded(kept), limit=limit)
        if kept
        else of.ours("own", "decisions", "retention_short", limit=limit)
    )
    yield _own_row(of, "decisions", "legal_obligation", of.ours("visitors"), decisions)
    closed = of.ours("own", "requests", "retention", period=worded(KEPT.days))
    yield _own_row(of, "requests", "legal_obligation", of.ours("own", "requests", "subjects"), closed)
    if of.about.sends_mail:
        subjects = of.ours("own", "subscriptions", "subjects")
        yield _own_row(of, "subscriptions", "consent", subjects, of.ours("own", "subscriptions", "retention"))


def _own_row(of: _Making, key: str, basis: str, subjects: str, kept: str) -> Mapping[Column, Lines]:
    return {
        "activity": (of.ours("own", key, "activity"),),
        "purpose": (of.ours("own", key, "purpose"),),
        "legal_basis": (of.ours("basis", basis),),
        "subjects": (subjects,),
        "data": (of.ours("own", key, "data"),),
        "recipients": (of.ours("none"),),
        "transfers": (of.ours("none"),),
        "retention": (kept,),
    }


def _lines(text: str) -> Lines:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
