"""Who gets personal data by a banner document, each once, and whether an agreement binds them. Pure.

GDPR article 28 (3) wants a contract with each processor, article 26 an arrangement with each joint
controller.
"""

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeVar

from server.sites.document_types import Document, Service, TransferBasis
from server.sites.transfers import basis_of, outside_eea
from server.sites.values import CONSENT_SERVICE, ordered_categories

T = TypeVar("T")

Capacity = Literal["processor", "joint_controller", "controller", "recipient"]
"""What a party is to the controller: GDPR articles 4 (8), 26, 4 (7), and 4 (9)."""

CAPACITIES: tuple[Capacity, ...] = ("processor", "joint_controller", "controller")
"""Those that staff choose from for the provider of a service, of which the document says nothing."""

BOUND: tuple[Capacity, ...] = ("processor", "joint_controller")
"""Those with whom an agreement is required."""

Standing = Literal["missing", "expired", "ending", "terms", "in_order", "none_needed"]
"""Whether an agreement binds a party, the most urgent first.

`terms`: the provider's standard terms are known, and nobody has noted that they were accepted.
"""

STANDINGS: tuple[Standing, ...] = ("missing", "expired", "ending", "terms", "in_order", "none_needed")

REMIND_DAYS = 60
"""How many days before its end staff are reminded of an agreement, unless they say otherwise."""


@dataclass(frozen=True)
class Agreement:
    """What staff know of the agreement with a party, beyond the document. No version holds it."""

    party_id: str
    party: str
    """Name of the party when it was stored."""
    capacity: Capacity | Literal[""] = ""
    """What staff say the provider of a service is; empty: a processor."""
    reference: str = ""
    """Where the agreement is: an address, or a number in an archive."""
    signed_on: date | None = None
    expires_on: date | None = None
    """The last day on which it binds; None: it has no end."""
    remind_days: int = REMIND_DAYS
    contact: str = ""
    note: str = ""
    revision: int = 0
    """Incremented with each save; 0: not stored."""
    updated_by: str = ""


@dataclass(frozen=True)
class Place:
    """Where data goes, and on what that rests."""

    country: str
    """ISO 3166-1 code; perhaps empty."""
    basis: TransferBasis
    """What a transfer out of the EEA rests on; empty: none stated, or none needed."""

    @property
    def is_transfer(self) -> bool:
        """Whether data leaves the EEA."""
        return outside_eea(self.country)


@dataclass(frozen=True)
class Use:
    """What a party gets data for, and where the document says so."""

    kind: Literal["service", "shared", "processor", "activity"]
    key: str
    """Of the service, the processor or the activity."""
    name: str
    """Of the service or the activity; empty for a processor, whose purpose stands in `Party.purposes`."""


@dataclass(frozen=True)
class Party:
    """Somebody who gets personal data: a provider of services, a processor, or another recipient."""

    party_id: str
    name: str
    """As the document first writes it."""
    stated: Capacity | Literal[""] = ""
    """What the list of processors says it is; empty: it is not in there."""
    uses: tuple[Use, ...] = ()
    purposes: tuple[Mapping[str, str], ...] = ()
    """Language → text, of its entries in the list of processors."""
    places: tuple[Place, ...] = ()
    sub_processors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses of agreements that the document names."""
    terms: tuple[str, ...] = ()
    """Addresses of its standard terms for processing, which bind nobody until they are accepted."""
    privacy_links: tuple[str, ...] = ()
    agreement: Agreement = field(default=Agreement("", ""))

    @property
    def provides(self) -> bool:
        """Whether it offers a service of the site."""
        return any(use.kind == "service" for use in self.uses)

    @property
    def capacity(self) -> Capacity:
        """What it is: as the notice says, else as staff say, else a processor if it offers a service."""
        if self.stated:
            return self.stated
        if self.provides:
            return self.agreement.capacity or "processor"
        return "recipient"

    @property
    def agreed(self) -> bool:
        """Whether there is an agreement; standard terms that anybody can read are none."""
        return bool(self.links or self.agreement.reference.strip() or self.agreement.signed_on)

    def standing(self, today: date) -> Standing:
        """Whether an agreement binds it today."""
        ends = self.agreement.expires_on
        if not self.agreed:
            if self.capacity not in BOUND:
                return "none_needed"
            return "terms" if self.terms else "missing"
        if ends is None:
            return "in_order"
        return end_of(ends, self.agreement.remind_days, today=today) or "in_order"

    def days_left(self, today: date) -> int | None:
        """Days until its agreement ends, negative once it has; None if it has no end."""
        ends = self.agreement.expires_on
        return None if ends is None else (ends - today).days


def end_of(expires_on: date, remind_days: int, *, today: date) -> Literal["expired", "ending"] | None:
    """Whether an agreement has ended, or ends within so many days; None if neither."""
    left = (expires_on - today).days
    if left < 0:
        return "expired"
    return "ending" if left <= remind_days else None


def normalised(name: str) -> str:
    """A name as it is compared: `Praten A.S.` is `praten as`."""
    text = " ".join(_folded(name).split())
    return " ".join(_folded(text.replace(".", "").replace(",", " ")).split()) or text


def _folded(text: str) -> str:
    # Again and again, because folding can leave what composes again.
    for _ in range(3):
        text = unicodedata.normalize("NFKC", text).casefold()
    return text


def party_id(name: str) -> str:
    """The id of the party with this name: 128 bits of a digest, as ids are written."""
    digest = hashlib.sha256(normalised(name).encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def parties(document: Document, agreements: Mapping[str, Agreement]) -> tuple[Party, ...]:
    """The parties of a document, each once, by name.

    :param agreements: id of a party → what is stored of the agreement with it
    """
    merged: dict[str, Party] = {}
    for found in _mentions(document):
        known = merged.get(found.party_id)
        merged[found.party_id] = found if known is None else _merged(known, found)
    complete = (
        replace(one, agreement=agreements.get(key, Agreement(key, one.name))) for key, one in merged.items()
    )
    return tuple(sorted(complete, key=lambda one: (normalised(one.name), one.name)))


def running(document: Document) -> Iterator[Service]:
    """The services that may run, by category: those of hidden categories never do."""
    for category in ordered_categories(document):
        if not category["hidden"]:
            yield from (each for each in document["services"] if each["category"] == category["key"])


def unnamed_services(document: Document) -> tuple[str, ...]:
    """Keys of the services that run and whose provider is not stated."""
    return tuple(
        each["key"]
        for each in running(document)
        if not normalised(each["provider"]) and not is_own(document, each)
    )


def is_own(document: Document, service: Service) -> bool:
    """Whether the controller itself provides a service, and so is no recipient (GDPR article 4 (9))."""
    own = normalised(document["controller"]["name"])
    return service["key"] == CONSENT_SERVICE or (own != "" and normalised(service["provider"]) == own)


def by_urgency(found: Iterable[Party], today: date) -> list[Party]:
    """Parties by what is to be done: first whose agreement is missing, then whose agreement ends soonest."""

    def order(one: Party) -> tuple[int, int]:
        left = one.days_left(today)
        return STANDINGS.index(one.standing(today)), 10**9 if left is None else left

    return sorted(found, key=order)


def _mentions(document: Document) -> Iterator[Party]:
    default = document["default_language"]
    for service in running(document):
        name = service["name"] or service["key"]
        place = _places(service["country"], service["transfer_basis"])
        if normalised(service["provider"]) and not is_own(document, service):
            link = _filled(service["processor_agreement"])
            # The catalog knows what the provider offers to all, never what somebody has signed.
            offered = bool(service["catalog"]["key"])
            yield _party(
                service["provider"],
                uses=(Use("service", service["key"], name),),
                places=place,
                links=() if offered else link,
                terms=link if offered else (),
                privacy_links=_filled(service["privacy_link"]),
            )
        for other in filter(normalised, service["shared_with"]):
            yield _party(other, uses=(Use("shared", service["key"], name),))
    for processor in document["notice"]["processors"]:
        yield _party(
            processor["name"] if normalised(processor["name"]) else processor["key"],
            stated=processor["role"],
            uses=(Use("processor", processor["key"], ""),),
            purposes=(processor["purpose"],) if any(processor["purpose"].values()) else (),
            places=_places(processor["country"], processor["transfer_basis"]),
            sub_processors=tuple(filter(str.strip, processor["sub_processors"])),
            links=_filled(processor["agreement"]),
            privacy_links=_filled(processor["privacy_link"]),
        )
    for activity in document["notice"]["activities"]:
        names = activity["name"]
        title = names.get(default, "") or next(filter(None, names.values()), activity["key"])
        for other in filter(normalised, activity["recipients"]):
            yield _party(other, uses=(Use("activity", activity["key"], title),))


def _party(
    name: str,
    *,
    stated: Capacity | Literal[""] = "",
    uses: tuple[Use, ...] = (),
    purposes: tuple[Mapping[str, str], ...] = (),
    places: tuple[Place, ...] = (),
    sub_processors: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
    terms: tuple[str, ...] = (),
    privacy_links: tuple[str, ...] = (),
) -> Party:
    return Party(
        party_id(name),
        " ".join(name.split()),
        stated,
        uses,
        purposes,
        places,
        sub_processors,
        links,
        terms,
        privacy_links,
    )


def _merged(one: Party, other: Party) -> Party:
    """Both as one; the stricter of two stated capacities counts."""
    order: tuple[Capacity | Literal[""], ...] = (
        "processor",
        "joint_controller",
        "controller",
        "recipient",
        "",
    )
    return replace(
        one,
        stated=min(one.stated, other.stated, key=order.index),
        uses=_once(one.uses, other.uses),
        purposes=(*one.purposes, *other.purposes),
        places=_once(one.places, other.places),
        sub_processors=_once(one.sub_processors, other.sub_processors),
        links=_once(one.links, other.links),
        terms=_once(one.terms, other.terms),
        privacy_links=_once(one.privacy_links, other.privacy_links),
    )


def _once(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _places(country: str, stated: TransferBasis) -> tuple[Place, ...]:
    return (Place(country, basis_of(country, stated)),) if country else ()


def _filled(address: str) -> tuple[str, ...]:
    return (address,) if address.strip() else ()
