"""What a privacy notice says of the processing: what, why, on which basis, who gets it, for how long. Pure.

GDPR article 13: purposes and legal basis (1 c, d), recipients (1 e), transfers (1 f), retention (2 a).
Article 14: sources (2 f).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from server.notices.blocks import Block, Cell, Paragraph
from server.notices.formats import duration, enumerated
from server.notices.languages import of_words
from server.notices.notice_context import Context
from server.notices.parties import Party, is_own, parties, unnamed_services
from server.notices.retention import REQUESTS, Rule
from server.notices.values import Text
from server.sites.document_types import Activity, Category, Service, TransferBasis
from server.sites.transfers import outside_eea
from server.sites.values import CONSENT_SERVICE, MAX_AGE, NECESSARY
from server.sites.web_storage import longest_kept


def collected(of: Context) -> Iterator[Block]:
    """What is collected, for which purpose (GDPR 13 (1) c)."""
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


def legal_basis(of: Context) -> Iterator[Block]:
    """What allows storing on the device, and what allows processing (GDPR 13 (1) c, d)."""
    rows = [_basis_of_category(of, category) for category in of.categories()]
    rows += [_basis_of_activity(of, activity) for activity in of.document["notice"]["activities"]]
    yield from of.table("legal_basis", ("purpose", "storage", "processing", "interests"), rows)


def _basis_of_category(of: Context, category: Category) -> tuple[Cell, ...]:
    bases: dict[str, list[str]] = {}
    for service in of.services(category["key"]):
        bases.setdefault(service["legal_basis"], []).append(service["name"] or service["key"])
    return (
        (of.wording.of(category["names"]),),
        (of.wording.storage(necessary=category["key"] == NECESSARY),),
        tuple(_of_services(of, of.wording.basis(basis), names) for basis, names in bases.items())
        if len(bases) > 1
        else tuple(map(of.wording.basis, bases)),
        (),
    )


def _of_services(of: Context, basis: Text, names: list[str]) -> Text:
    """A basis with the services that have it, where a category has several."""
    key = "basis_of_one" if len(names) == 1 else "basis_of_many"
    return of.ours(key, basis=basis.text, names=enumerated(names, basis.language))


def _basis_of_activity(of: Context, activity: Activity) -> tuple[Cell, ...]:
    basis = activity["legal_basis"]
    return (
        of.stated(activity["name"]),
        (of.ours("nothing_on_device"),),
        (of.wording.basis(basis) if basis else of.ours("not_stated"),),
        of.written(activity["interests"]),
    )


def sources(of: Context) -> Iterator[Block]:
    """Where data comes from that the visitor has not given (GDPR 14 (2) f)."""
    rows = (
        (of.stated(each["name"]), of.written(each["sources"]))
        for each in of.document["notice"]["activities"]
        if of.written(each["sources"])
    )
    yield from of.table("sources", ("what", "sources"), rows)


def recipients(of: Context) -> Iterator[Block]:
    """Who gets data, each once: by what is on the site, and besides (GDPR 13 (1) e).

    The controller itself is no recipient (GDPR article 4 (9)).
    """
    found = parties(of.document, {})
    on_site = [each for each in found if _only_on_site(each)]
    names = {each["key"]: each["name"] for each in of.document["services"]}
    rows = [_recipient(of, each)[:4] for each in on_site]
    rows += [
        ((of.ours("not_stated"),), of.plain(names[key] or key), (), ())
        for key in unnamed_services(of.document)
    ]
    yield from of.table("recipients", ("recipient", "used_for", "goes_to", "agreement"), rows)
    others = [_recipient(of, each) for each in found if not _only_on_site(each)]
    columns = ("recipient", "used_for", "goes_to", "agreement", "sub_processors")
    yield from of.table("processors", columns, others)


def _only_on_site(party: Party) -> bool:
    return all(use.kind in ("service", "shared") for use in party.uses)


def _recipient(of: Context, party: Party) -> tuple[Cell, ...]:
    countries = dict.fromkeys(place.country for place in party.places)
    return (
        tuple(_named(of, party)),
        tuple(dict.fromkeys(_used_for(of, party))),
        tuple(text for code in countries for text in of.country(code)),
        tuple(_agreement(of, party)),
        of.plain(*party.sub_processors),
    )


def _agreement(of: Context, party: Party) -> Iterator[Text]:
    """That there is an agreement, and the provider's standard terms, which anybody can read."""
    if party.links:
        yield of.ours("yes")
    words = of.ours("processing_terms")
    for address in party.terms:
        yield Text(words.text, words.language, address)


def _named(of: Context, party: Party) -> Iterator[Text]:
    """The name, and what the document says that the party is."""
    entries = {each["key"]: each for each in of.document["notice"]["processors"]}
    listed = [entries[use.key] for use in party.uses if use.kind == "processor"]
    number = next((each["organisation_number"] for each in listed if each["organisation_number"]), "")
    link = next((each["privacy_link"] for each in listed if each["privacy_link"]), "")
    yield Text(f"{party.name} ({number})" if number else party.name, of.language, link)
    if not _only_on_site(party) and (party.stated or not party.provides):
        yield of.ours("roles", party.stated or "recipient")


def _used_for(of: Context, party: Party) -> Iterator[Text]:
    activities = {each["key"]: each for each in of.document["notice"]["activities"]}
    processors = {each["key"]: each for each in of.document["notice"]["processors"]}
    for use in party.uses:
        if use.kind == "activity":
            yield from of.stated(activities[use.key]["name"])
        elif use.kind == "processor":
            yield from of.stated(processors[use.key]["purpose"])
        else:
            yield of.wording.plain(use.name)


def transfers(of: Context) -> Iterator[Block]:
    """Who sends data out of the EEA, where to, and what that rests on (GDPR 13 (1) f).

    The country is the data's, not the provider's: an Irish company may send it to the United States.
    """
    found: list[tuple[Cell, str, TransferBasis]] = [
        (of.plain(party.name), place.country, place.basis)
        for party in parties(of.document, {})
        for place in party.places
    ]
    unnamed = unnamed_services(of.document)
    found += [
        (of.plain(each["provider"]), each["country"], each["transfer_basis"])
        for each in of.active()
        if each["key"] in unnamed or is_own(of.document, each)
    ]
    found += [
        (of.stated(each["name"]), each["country"], each["transfer_basis"])
        for each in of.document["notice"]["activities"]
    ]
    outside = dict.fromkeys(row for row in found if outside_eea(row[1]))
    rows = [
        (name or (of.ours("not_stated"),), of.country(code), (of.wording.transfer(code, basis),))
        for name, code, basis in outside
    ]
    if not rows:
        yield Paragraph(of.ours("no_transfers"))
    yield from of.table("transfers", ("sender", "sends_to", "transfer"), rows)


def retention(of: Context) -> Iterator[Block]:
    """For how long data is stored (GDPR 13 (2) a)."""
    rows: list[tuple[Cell, ...]] = [
        ((of.ours("own", "decision"),), (_decision_kept(of),)),
        ((of.ours("own", "figures"),), (of.ours("own", "figures_kept"),)),
    ]
    rows += [((of.ours("own", "rules", rule.name),), (_rule_kept(of, rule),)) for rule in of.about.rules]
    rows += [row for service in of.active() for row in _service_kept(of, service)]
    rows += [
        (of.stated(each["name"]), of.stated(each["retention"]))
        for each in of.document["notice"]["activities"]
    ]
    yield from of.table("retention", ("what", "retention"), rows)


def _service_kept(of: Context, service: Service) -> Iterator[tuple[Cell, ...]]:
    """A row for a service; how long what the controller alone stores lasts is in the declaration, by item.

    Where no time is written, what stays longest on the device is the criterion; of what the provider itself
    keeps, only the provider's notice can tell. Of our own service the rows above are all there is to say.
    """
    name = of.plain(service["name"] or service["key"])
    if service["key"] == CONSENT_SERVICE:
        return
    if service["retention"]:
        yield name, (of.wording.duration(service["retention"]),)
    elif not is_own(of.document, service):
        yield name, (*_kept_by_others(of, service),) or (of.ours("not_stated"),)


def _kept_by_others(of: Context, service: Service) -> Iterator[Text]:
    if longest := longest_kept(service["cookies"]):
        spoken = replace(of.wording, language=of_words(of.language)).lifetime(longest).text
        yield of.ours("kept_on_device", name=longest["name"], lifetime=spoken[:1].lower() + spoken[1:])
    if service["privacy_link"]:
        words = of.ours("provider_says")
        yield Text(words.text, words.language, service["privacy_link"])


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
