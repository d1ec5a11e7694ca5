"""A known service, and its parts. Pure.

These types are the one source of the shape: files are read by them, the JSON Schema is made of them, and the
API answers them. A field with a default may be absent in a file: then the fact could not be confirmed, or
there is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from server.catalog.constraints import Entries, Form, Line
from server.core.parsing import day

LONGEST_KEY = 24
"""Most characters of the key of a service."""

SERVICE_KEY = re.compile(rf"[a-z][a-z0-9_]{{1,{LONGEST_KEY - 1}}}")
"""Syntax of the key of a service: what a banner document allows for its services."""

_LIFETIME = re.compile(
    r"session|P(?=[0-9T])(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,4}W)?(?:[0-9]{1,5}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,5}H)?(?:[0-9]{1,5}M)?(?:[0-9]{1,8}S)?)?"
)
_LABELS = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]"
_HOST = re.compile(rf"(?:\*\.)?{_LABELS}(?:/[A-Za-z0-9._~-]+)*")
_COOKIE_HOST = re.compile(rf"\.?{_LABELS}")
_COOKIE_NAME = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z|~:]{1,100}")
_ADDRESS = re.compile(rf"https://{_LABELS}(?:[/?#][\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*)?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 -]{3,29}")

Address = Annotated[str, Form(_ADDRESS, "an address that begins with https://")]

CategoryKey = Literal["necessary", "functional", "statistics", "advertising"]

CATEGORIES: tuple[CategoryKey, ...] = get_args(CategoryKey)
"""Categories that a new banner document has, by which services are suggested."""

Use = Literal[
    "analytics",
    "tag_manager",
    "ab_testing",
    "error_tracking",
    "advertising",
    "social",
    "video_audio",
    "maps",
    "chat",
    "forms_bookings",
    "reviews",
    "email",
    "recruitment",
    "payment",
    "shop_cms",
    "login",
    "fonts_cdn",
    "security",
    "load_balancing",
    "consent",
]
"""What websites have a service for: how lists of services are grouped."""

Basis = Literal["consent", "contract", "legal_obligation"]
"""GDPR article 6 (1)."""

TransferBasis = Literal[
    "adequacy_decision",
    "data_privacy_framework",
    "standard_contractual_clauses",
    "binding_corporate_rules",
    "explicit_consent",
]
"""What a transfer out of the EEA can rest on (GDPR articles 45, 46, 47 and 49)."""

DataTerm = Literal[
    "Authenticating",
    "BrowserFingerprint",
    "BrowsingBehavior",
    "BrowsingReferral",
    "Communication",
    "CurrentEmployment",
    "DeviceBased",
    "EmailAddress",
    "Financial",
    "Identifier",
    "IPAddress",
    "Language",
    "LinkClicked",
    "Location",
    "Name",
    "OfficialID",
    "PaymentCard",
    "PhysicalAddress",
    "Preference",
    "PrivacyPreference",
    "Purchase",
    "ServiceConsumptionBehavior",
    "SocialMedia",
    "TelephoneNumber",
    "VoiceCommunicationRecording",
]
"""Categories of personal data in the Data Privacy Vocabulary, extension PD 2.0 (https://w3id.org/dpv/2.0/pd)."""

SignalType = Literal[
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
]
"""Types of Google Consent Mode."""

StorageKind = Literal["cookie", "local_storage", "session_storage", "indexed_db", "pixel"]

Placeholder = Literal["video", "map", "post", "form", "chat", "audio"]
"""What stands in a page for an element that is held back."""

Confidence = Literal["high", "medium", "low"]

FactGroup = Literal[
    "provider",
    "purpose",
    "data",
    "recipients",
    "transfer",
    "hosts",
    "storage",
    "consent_mode",
    "alternatives",
]
"""What a source is for."""


@dataclass(frozen=True)
class Texts:
    """A text in the three languages of the catalog."""

    nb: Annotated[str, Line(600), "Bokmål."]
    nn: Annotated[str, Line(600), "Nynorsk."]
    en: Annotated[str, Line(600), "English."]


@dataclass(frozen=True)
class Provider:
    """Who offers a service to websites in the EEA."""

    name: Annotated[str, Line(200), "The legal entity."]
    country: Annotated[
        str, Form(_COUNTRY, "a country code of two capitals such as NO"), "ISO 3166-1 code of its country."
    ] = ""
    number: Annotated[
        str, Form(_NUMBER, "a number in a register of companies"), "Its number in its country's register."
    ] = ""


@dataclass(frozen=True)
class Storage:
    """Something that a service stores on the visitor's device, or reads from it."""

    name: Annotated[
        str,
        Form(_COOKIE_NAME, "a name of a cookie or a key, with * for any characters"),
        "Its name; `*` stands for any characters, as in `_ga_*`.",
    ]
    kind: Annotated[StorageKind, "How it is stored."]
    purpose: Annotated[Texts, "What it is for."]
    host: Annotated[
        str,
        Form(_COOKIE_HOST, "a host name, perhaps with a dot in front"),
        "Whose it is; a dot in front includes sub-domains. Absent: the website's own.",
    ] = ""
    lifetime: Annotated[
        str,
        Form(_LIFETIME, "session or an ISO 8601 duration such as P180D"),
        "How long it stays: an ISO 8601 duration, or `session`. Absent: not confirmed.",
    ] = ""
    http_only: Annotated[
        bool | None, "Whether scripts on the page cannot read or clear it. Absent: not confirmed."
    ] = None
    category: Annotated[
        CategoryKey | None,
        "Its own category, where it alone would have another than its service: `necessary` if it only "
        "remembers an objection or keeps out bots, `statistics` if a service for something else measures "
        "with it.",
    ] = None
    former: Annotated[
        bool | None,
        "True: only earlier versions of the service stored it, so it is recognised, but not filled in. "
        "Absent otherwise.",
    ] = None


@dataclass(frozen=True)
class Alternative:
    """Something that does the same and stores nothing on the visitor's device."""

    note: Annotated[Texts, "What it is, and what it lacks or changes."]
    name: Annotated[str, Line(100), "What it is called, if it has a name."] = ""


@dataclass(frozen=True)
class Source:
    """Where facts were found."""

    address: Annotated[Address, "The page."]
    facts: Annotated[tuple[FactGroup, ...], Entries(9), "What was found there."]
    note: Annotated[
        str, Line(200), "What to know of the source, such as that it is a copy or not the provider's."
    ] = ""


@dataclass(frozen=True)
class Service:
    """A service that websites use."""

    key: Annotated[
        str,
        Form(SERVICE_KEY, "2 to 24 of a-z, 0-9 and _, starting with a letter"),
        "Its name in this catalog, and the name of its file.",
    ]
    name: Annotated[str, Line(100), "What visitors read."]
    use: Annotated[Use, "What websites have it for: the group that it is listed in."]
    category: Annotated[CategoryKey, "The category that is suggested."]
    category_reason: Annotated[
        Texts, "Why that category; for what is necessary, why it is. Visitors read it: no advice to websites."
    ]
    legal_basis: Annotated[Basis, "GDPR article 6 (1) that is suggested; `consent` for all that is optional."]
    purpose: Annotated[Texts, "What websites use it for."]
    what_it_does: Annotated[Texts, "What happens in the visitor's browser."]
    sources: Annotated[tuple[Source, ...], Entries(20), "Where the facts were found."]
    reviewed: Annotated[
        str,
        Form(_DAY, "a day such as 2026-11-29", lambda text: day(text) is not None),
        "The day on which all of it was last compared with its sources.",
    ]
    confidence: Annotated[
        Confidence,
        "`high`: every fact from the provider's own pages; `medium`: some from others that agree; "
        "`low`: what it stores only from others.",
    ]
    aliases: Annotated[
        tuple[Annotated[str, Line(100)], ...], Entries(20), "Other names by which people look for it."
    ] = ()
    advice: Annotated[
        Texts | None, "What websites should take care of, such as where to load it. Visitors do not read it."
    ] = None
    provider: Annotated[
        Provider | None, "Absent if the website runs it by itself, or if it was not confirmed."
    ] = None
    data: Annotated[
        tuple[DataTerm, ...], Entries(12), "Personal data that it collects, in terms of DPV PD."
    ] = ()
    recipients: Annotated[
        tuple[Annotated[str, Line(200)], ...], Entries(20), "Others that get the data from the provider."
    ] = ()
    transfer_country: Annotated[
        str,
        Form(_COUNTRY, "a country code of two capitals such as US"),
        "ISO 3166-1 code of the country outside the EEA where data goes.",
    ] = ""
    transfer_basis: Annotated[TransferBasis | None, "What that transfer rests on."] = None
    privacy_link: Annotated[
        str, Form(_ADDRESS, "an address that begins with https://"), "The provider's privacy notice."
    ] = ""
    agreement_link: Annotated[
        str,
        Form(_ADDRESS, "an address that begins with https://"),
        "The agreement with the processor or joint controller (GDPR articles 26 and 28).",
    ] = ""
    hosts: Annotated[
        tuple[
            Annotated[str, Form(_HOST, "a host name, perhaps with *. in front and the beginning of a path")],
            ...,
        ],
        Entries(20),
        "Host names it loads from, each perhaps with the beginning of a path. "
        "`*.` in front of a name stands for its sub-domains.",
    ] = ()
    storage: Annotated[
        tuple[Storage, ...],
        Entries(40),
        "What it stores on the visitor's device. Absent: nothing, or not confirmed (see `stores_nothing`).",
    ] = ()
    stores_nothing: Annotated[
        bool | None, "True: confirmed that it stores nothing by itself. Absent otherwise."
    ] = None
    consent_mode: Annotated[
        tuple[SignalType, ...], Entries(6), "Types of Google Consent Mode that it heeds."
    ] = ()
    marking: Annotated[
        str, Line(600), "How an element of it is marked, so that it is held back until consent is given."
    ] = ""
    placeholder: Annotated[Placeholder | None, "What stands in the page for it until then."] = None
    alternatives: Annotated[
        tuple[Alternative, ...], Entries(5), "What does the same and stores nothing on the visitor's device."
    ] = ()

    @property
    def stored_today(self) -> tuple[Storage, ...]:
        """What its present versions store: `storage` without what only earlier ones did."""
        return tuple(each for each in self.storage if not each.former)


@dataclass(frozen=True)
class Tracker:
    """A service that measures or advertises, found by something that belongs to it. No part of a file."""

    service: Service
    category: Literal["statistics", "advertising"]
    purpose: Texts
    """What it is for: of what is stored, or of the service."""


@dataclass(frozen=True)
class Figures:
    """How many services there are, and how many of them say what."""

    services: int
    stored: int
    """Cookies, keys and pixels of all services."""
    with_lifetime: int
    """Of these, how many say how long they stay."""
    uses: Mapping[str, int]
    categories: Mapping[str, int]
    confidences: Mapping[str, int]
    facts: Mapping[str, int]
    """Field → services that have it. Some fields do not apply to every service."""


@dataclass(frozen=True)
class Gap:
    """Something that a description does not say."""

    field: str
    what: str
    """What is not known, as the rest of `It is not confirmed …`; empty: nothing that readers miss."""
    look: str
    """Where to look, or what to give, as a sentence."""
