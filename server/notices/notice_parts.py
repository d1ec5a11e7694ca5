"""What standard sections of the privacy notice say from the document, behind the site's own words. Pure.

GDPR articles 13 and 14 say what: controller and officer (1 a, b), purposes and legal basis (1 c, d),
recipients (1 e), transfers (1 f), retention (2 a), rights and withdrawal (2 b, c), complaint (2 d), sources
(14 (2) f).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.core.contact_uris import mailto, tel
from server.notices.blocks import Block, Cell, Facts, Paragraph, Table
from server.notices.declaration import Wording
from server.notices.formats import country, day, duration
from server.notices.languages import of_words
from server.notices.retention import REQUESTS, Rule
from server.notices.values import Text
from server.notices.words import phrase
from server.sites.document_types import Activity, Category, Controller, Document, Processor, Service
from server.sites.transfers import outside_eea
from server.sites.values import CONSENT_SERVICE, MAX_AGE, NECESSARY, ordered_categories

AREA = "notice"
"""Folder of the words."""


@dataclass(frozen=True)
class Circumstances:
    """What a notice says that is not in the document."""

    since: date
    """The day from which the version is in force, in the site's time zone."""
    retention: timedelta
    """Retention of decisions after expiry."""
    links: Mapping[str, str]
    """Addresses of pages that belong to the notice, by name: `cookies`, `request` and `request_KIND`,
    `my_choice`, `versions`, `feed`, `subscribe`. What has none is not offered."""
    rules: Sequence[Rule] = ()
    """How long else data about visitors is stored."""


@dataclass(frozen=True)
class Context:
    """What the generated parts are made from."""

    wording: Wording
    about: Circumstances

    @property
    def document(self) -> Document:
        """The document of the version."""
        return self.wording.document

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.wording.language

    def ours(self, *path: str, **filled: str) -> Text:
        """Words of the product by their path, filled in."""
        return phrase(AREA, self.language, *path, **filled)

    def link(self, page: str, *path: str) -> Iterator[Text]:
        """A link to a page that belongs to the notice, if there is one, with these words."""
        if address := self.about.links.get(page):
            text = self.ours(*path)
            yield Text(text.text, text.language, address)

    def columns(self, *keys: str) -> tuple[Text, ...]:
        """The headings of a table."""
        return tuple(self.ours("columns", key) for key in keys)

    def table(self, key: str, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Iterator[Table]:
        """A table, unless it has no rows; columns in which nothing is stated are left out."""
        found = list(rows)
        used = [index for index in range(len(columns)) if index == 0 or any(row[index] for row in found)]
        if found:
            headings = self.columns(*(columns[index] for index in used))
            kept = tuple(tuple(row[index] for index in used) for row in found)
            yield Table(self.ours("captions", key), headings, kept)

    def written(self, texts: Mapping[str, str]) -> Cell:
        """A text of the document; nothing if there is none."""
        found = self.wording.of(texts)
        return (found,) if found.text else ()

    def stated(self, texts: Mapping[str, str]) -> Cell:
        """A text of the document, or that it is not stated."""
        return self.written(texts) or (self.ours("not_stated"),)

    def plain(self, *names: str) -> Cell:
        """Names, which are in no language of their own."""
        return tuple(self.wording.plain(name) for name in names if name.strip())

    def country(self, code: str) -> Cell:
        """A country's name; nothing if there is none."""
        return (country(code, self.language),) if code else ()

    def services(self, category: str) -> list[Service]:
        """The services that a category allows."""
        return [service for service in self.document["services"] if service["category"] == category]

    def categories(self) -> list[Category]:
        """The categories whose services may run, and that have any."""
        shown = (each for each in ordered_categories(self.document) if not each["hidden"])
        return [category for category in shown if self.services(category["key"])]

    def active(self) -> Iterator[Service]:
        """The services that may run, by category."""
        for category in self.categories():
            yield from self.services(category["key"])


# --- who, and how to reach them ----------------------------------------------------------------------------


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
    return {
        "email": _mail(of, contacts["email"]),
        "phone": _linked(of, contacts["phone"], tel(contacts["phone"])),
        "url": _linked(of, contacts["url"], contacts["url"]),
        "officer": of.plain(officer["name"]),
        "officer_email": _mail(of, officer["email"]),
    }


def _card(of: Context, rows: Mapping[str, Cell]) -> Iterator[Facts]:
    filled = tuple((of.ours("controller", key), cell) for key, cell in rows.items() if cell)
    if filled:
        yield Facts(filled)


def _mail(of: Context, address: str) -> Cell:
    return _linked(of, address, mailto(address))


def _linked(of: Context, text: str, href: str | None) -> Cell:
    return (Text(text, of.language, href or ""),) if text else ()


# --- what, why, and on which basis -------------------------------------------------------------------------


def _collected(of: Context) -> Iterator[Block]:
    on_site = (
        (
            (of.wording.of(category["names"]),),
            of.written(category["descriptions"]),
            tuple(_data(of, of.services(category["key"]))) or (of.ours("not_stated"),),
        )
        for category in of.categories()
    )
    yield from of.table("collected", ("purpose", "what", "data"), on_site)
    beyond = (
        (
            of.stated(each["name"]),
            of.stated(each["purpose"]),
            of.stated(each["data"]),
            of.written(each["subjects"]),
        )
        for each in of.document["notice"]["activities"]
    )
    yield from of.table("activities", ("what", "purpose", "data", "subjects"), beyond)


def _data(of: Context, services: Iterable[Service]) -> Iterator[Text]:
    for service in services:
        for data in of.written(service["data"]):
            yield Text(f"{service['name']}: {data.text}", data.language)


def _legal_basis(of: Context) -> Iterator[Block]:
    rows = [_basis_of_category(of, category) for category in of.categories()]
    rows += [_basis_of_activity(of, activity) for activity in of.document["notice"]["activities"]]
    yield from of.table("legal_basis", ("purpose", "storage", "processing", "interests"), rows)


def _basis_of_category(of: Context, category: Category) -> tuple[Cell, ...]:
    bases = dict.fromkeys(service["legal_basis"] for service in of.services(category["key"]))
    return (
        (of.wording.of(category["names"]),),
        (of.wording.storage(necessary=category["key"] == NECESSARY),),
        tuple(of.wording.basis(basis) for basis in bases),
        (),
    )


def _basis_of_activity(of: Context, activity: Activity) -> tuple[Cell, ...]:
    basis = activity["legal_basis"]
    return (
        of.stated(activity["name"]),
        (of.ours("nothing_on_device"),),
        (of.wording.basis(basis) if basis else of.ours("not_stated"),),
        of.written(activity["interests"]),
    )


def _sources(of: Context) -> Iterator[Block]:
    rows = (
        (of.stated(each["name"]), of.written(each["sources"]))
        for each in of.document["notice"]["activities"]
        if of.written(each["sources"])
    )
    yield from of.table("sources", ("what", "sources"), rows)


# --- who else gets it, and where ---------------------------------------------------------------------------


def _recipients(of: Context) -> Iterator[Block]:
    yield from of.table(
        "recipients", ("recipient", "used_for", "country", "agreement"), _recipients_on_site(of)
    )
    others = [_processor(of, each) for each in of.document["notice"]["processors"]]
    others += [
        ((*of.plain(name), of.ours("roles", "recipient")), of.stated(each["name"]), (), (), ())
        for each in of.document["notice"]["activities"]
        for name in each["recipients"]
    ]
    columns = ("recipient", "used_for", "country", "agreement", "sub_processors")
    yield from of.table("processors", columns, others)


def _recipients_on_site(of: Context) -> Iterator[tuple[Cell, ...]]:
    """A row for each provider, and for each of those that its services share data with.

    The controller itself is no recipient (GDPR article 4 (9)).
    """
    own = of.document["controller"]["name"].casefold()
    by_provider: dict[tuple[str, str, bool], list[str]] = {}
    shared: dict[str, list[str]] = {}
    for service in of.active():
        key = (service["provider"], service["country"], bool(service["processor_agreement"]))
        if service["key"] != CONSENT_SERVICE and service["provider"].casefold() != own:
            by_provider.setdefault(key, []).append(service["name"])
        for name in service["shared_with"]:
            shared.setdefault(name, []).append(service["name"])
    for (provider, code, agreed), names in by_provider.items():
        named = of.plain(provider) or (of.ours("not_stated"),)
        yield named, of.plain(*names), of.country(code), ((of.ours("yes"),) if agreed else ())
    for name, names in shared.items():
        yield of.plain(name), of.plain(*names), (), ()


def _processor(of: Context, processor: Processor) -> tuple[Cell, ...]:
    number = processor["organisation_number"]
    name = processor["name"] or processor["key"]
    named = Text(f"{name} ({number})" if number else name, of.language, processor["privacy_link"])
    return (
        (named, of.ours("roles", processor["role"])),
        of.stated(processor["purpose"]),
        of.country(processor["country"]),
        (of.ours("yes"),) if processor["agreement"] else (),
        of.plain(*processor["sub_processors"]),
    )


def _transfers(of: Context) -> Iterator[Block]:
    notice = of.document["notice"]
    activities, processors = notice["activities"], notice["processors"]
    found = [
        *((of.plain(each["provider"]), each["country"], each["transfer_basis"]) for each in of.active()),
        *((of.plain(each["name"]), each["country"], each["transfer_basis"]) for each in processors),
        *((of.stated(each["name"]), each["country"], each["transfer_basis"]) for each in activities),
    ]
    outside = dict.fromkeys(row for row in found if outside_eea(row[1]))
    rows = [
        (name or (of.ours("not_stated"),), of.country(code), (of.wording.transfer(code, basis),))
        for name, code, basis in outside
    ]
    if not rows:
        yield Paragraph(of.ours("no_transfers"))
    yield from of.table("transfers", ("recipient", "country", "transfer"), rows)


# --- for how long ------------------------------------------------------------------------------------------


def _retention(of: Context) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = [
        ((of.ours("own", "decision"),), (_decision_kept(of),)),
        ((of.ours("own", "figures"),), (of.ours("own", "figures_kept"),)),
    ]
    rows += [((of.ours("own", "rules", rule.name),), (_rule_kept(of, rule),)) for rule in of.about.rules]
    rows += [
        (of.plain(service["name"]), (of.wording.duration(service["retention"]),))
        for service in of.active()
        if service["retention"]
    ]
    rows += [
        (of.stated(each["name"]), of.stated(each["retention"]))
        for each in of.document["notice"]["activities"]
    ]
    yield from of.table("retention", ("what", "retention"), rows)


def _rule_kept(of: Context, rule: Rule) -> Text:
    if rule.period is None:
        return of.ours("own", "until_ended")
    hours = rule.period // timedelta(hours=1)
    value = f"PT{hours}H" if hours % 24 else f"P{hours // 24}D"
    if rule is REQUESTS:
        return of.ours("own", "after_closing", period=duration(value, of_words(of.language)).text)
    return duration(value, of.language)


def _decision_kept(of: Context) -> Text:
    behaviour, spoken = of.document["behaviour"], of_words(of.language)
    filled = {
        "validity": duration(f"P{behaviour['validity_days']}D", spoken).text,
        "refusal": duration(f"P{behaviour['refusal_days']}D", spoken).text,
        "limit": duration(f"P{MAX_AGE.days // 365}Y", spoken).text,
    }
    if kept := of.about.retention.days:
        return of.ours("own", "decision_kept", retention=duration(f"P{kept}D", spoken).text, **filled)
    return of.ours("own", "decision_kept_short", **filled)


# --- cookies, choice, rights, complaint, changes -----------------------------------------------------------


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
    "collected": _collected,
    "legal_basis": _legal_basis,
    "sources": _sources,
    "recipients": _recipients,
    "transfers": _transfers,
    "retention": _retention,
    "about": _about,
    "choice": _choice,
    "rights": _rights,
    "complaint": _complaint,
    "changes": _changes,
    "contact": _contact,
}
"""Key of a standard section → what it says from the document. The others have the site's own words alone."""
