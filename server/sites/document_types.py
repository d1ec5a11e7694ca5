"""The banner document: its parts, their fields, and what each field may be. Pure.

This is the one source of the document's shape. mypy reads it as types, `document` makes the marshmallow
schema of it, `docs/banner_document.py` the reference in docs/banner-document.md, and `widget/declarations.py`
the types for TypeScript. An annotation holds a type, its constraint, the value of an absent field, and what
the field means. An absent text, list or object is empty unless `REQUIRED` says that the field must be there.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypedDict, get_args

from server.catalog import values as known
from server.catalog.values import SERVICE_KEY
from server.core.email_addresses import email_address
from server.sites.constraints import (
    OFF,
    ON,
    REQUIRED,
    Address,
    CategoryKey,
    Closed,
    CookieHost,
    Default,
    Fonts,
    Form,
    HostWithPath,
    LanguageKey,
    Line,
    Most,
    PartKey,
    Prose,
    Range,
    RichText,
    Zone,
)

PART_KEY = SERVICE_KEY
"""Syntax of the key of a category, a service or a section of the notice; that of keys in the catalog."""

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
"""A BCP 47 language tag: language, optional script, optional region."""

DEFAULT_TIME_ZONE = "Europe/Oslo"
"""The time zone of a site that names none."""

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
"""Syntax of a colour."""

MAX_LANGUAGES = 40
"""Languages of one text."""

MAX_OPTIONAL = 8
"""Most optional categories in one document."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_EMAIL = re.compile(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
    r"@[^@\s\x00-\x2c\x2f\x3a-\x40\x5b-\x60\x7b-\x9f]{1,189}"
)
_DURATION = (
    r"P(?=[0-9T])(?:[0-9]{1,4}W|(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,5}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,5}H)?(?:[0-9]{1,5}M)?(?:[0-9]{1,8}S)?)?)"
)
_LIFETIME = re.compile(f"session|{_DURATION}")
_RETENTION = re.compile(_DURATION)
_CATALOG_VERSION = re.compile(r"[0-9a-f]{16}")

# --- closed lists ----------------------------------------------------------------------------------------

FirstLayerKey = Literal[
    "title", "body", "accept_all", "reject_all", "settings", "reopen", "changed", "unavailable"
]
PlaceholderKey = Literal["placeholder", "load_always", "load_category", "load_once"]
SecondLayerKey = Literal[
    "settings_title",
    "settings_intro",
    "save",
    "close",
    "withdraw",
    "always_on",
    "services_heading",
    "cookies_heading",
    "provider",
    "purpose",
    "lifetime",
    "country",
    "shared_with",
    "privacy_link",
    "cookie_name",
    "cookie_host",
    "cookie_kind",
    "kind_cookie",
    "kind_local_storage",
    "kind_session_storage",
    "kind_indexed_db",
    "kind_pixel",
    "session",
    "days",
    "saved",
    "state_decided",
    "state_undecided",
    "consent_number",
    "copy",
    "copied",
    "not_sent",
    "objection",
    "export",
    "erase",
    "erase_ask",
    "erase_yes",
    "cancel",
    "erased",
    "failed",
    "controller",
    "organisation_number",
    "contact",
    "officer",
    "my_choice",
    "see_changes",
]
TextKey = Literal[FirstLayerKey, PlaceholderKey, SecondLayerKey]

FIRST_LAYER: tuple[FirstLayerKey, ...] = get_args(FirstLayerKey)
"""Keys of the texts in the first layer, which are sent with the script."""

PLACEHOLDER: tuple[PlaceholderKey, ...] = get_args(PlaceholderKey)
"""Keys of the texts of placeholders, which are loaded with the first blocked element."""

SECOND_LAYER: tuple[SecondLayerKey, ...] = get_args(SecondLayerKey)
"""Keys of the texts that are loaded with the settings dialog."""

TEXT_KEYS: tuple[TextKey, ...] = get_args(TextKey)
"""All keys of a language in `texts`."""

SignalType = known.SignalType

SIGNAL_TYPES: tuple[SignalType, ...] = get_args(SignalType)
"""Signal types, with Google's names; `security_storage` is always granted."""

Tool = Literal["uet", "clarity", "matomo", "data_layer"]

TOOLS: tuple[Tool, ...] = get_args(Tool)
"""Other tools on the page that can be informed of decisions."""

LegalBasis = Literal["consent", "contract", "legal_obligation", "public_task", "vital_interests"]
"""GDPR article 6 without legitimate interests, which cannot carry storage on a visitor's device."""

ActivityBasis = Literal[
    "", "consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"
]
"""GDPR article 6 (1) for what stores nothing on a visitor's device; empty: not stated yet."""

TransferBasis = Literal["", known.TransferBasis]
"""What a transfer outside the EEA rests on (GDPR articles 45, 46, 47 and 49); empty: not stated."""

ProcessorRole = Literal["processor", "joint_controller", "recipient"]
"""Who somebody is that gets data: GDPR article 4 (8), article 26, article 4 (9)."""

SectionKey = Literal[
    "who",
    "collected",
    "legal_basis",
    "sources",
    "recipients",
    "transfers",
    "retention",
    "about",
    "choice",
    "statistics",
    "sharing",
    "security",
    "rights",
    "complaint",
    "changes",
    "contact",
    "law",
]
"""What a standard section is about.

Their order here is the one in which a new document has them: who asks, what is collected and why, who gets it
and for how long, then what visitors can do, and at last how to reach somebody.
"""

STANDARD_SECTIONS: tuple[SectionKey, ...] = get_args(SectionKey)
"""Keys of the sections that every notice has, in their default order; staff may move them."""

# Limits of lists are wide, so that nobody who writes for people reaches them. They bound what a form in the
# studio, a public page and a comparison of two versions have to work through.

MAX_SECTIONS = 100
"""Most sections of a notice, the standard ones included."""

MAX_SERVICES = 400
"""Most services: as many as a document has room for. One in three languages takes some 1,700 bytes."""

StorageKind = known.StorageKind

Layout = Literal["bar", "box", "dialog"]

Position = Literal["bottom", "top", "bottom_left", "bottom_right", "centre"]

Scheme = Literal["auto", "light", "dark"]

SettingsPlace = Literal["dialog", "sheet"]

Size = Literal["compact", "normal", "large"]

ConsentMode = Literal["off", "basic", "advanced"]

# --- forms that several fields have ----------------------------------------------------------------------

LanguageTag = Annotated[str, Form(LANGUAGE, "a language code such as nb, nn or en-GB", empty=False)]

Colour = Annotated[str, Form(COLOUR, "a colour such as #0b57d0", empty=False), REQUIRED]

Email = Annotated[
    str,
    Form(
        _EMAIL,
        "an e-mail address",
        refusal="is not an e-mail address such as post@example.no, with the letters a to z before the @",
        also=lambda text: email_address(text) is not None,
    ),
]
"""As people write it: the domain may have letters such as å, the part before the `@` may not."""

Country = Form(_COUNTRY, "a country code of two capitals such as NO")

# --- the document and its parts --------------------------------------------------------------------------


class Category(TypedDict):
    """A purpose that visitors decide about, or what is necessary."""

    key: Annotated[
        str,
        PartKey(),
        REQUIRED,
        "Its name in `data-consent`, in `samtykke.consent` and in records. `necessary` is always on.",
    ]
    names: Annotated[dict[LanguageTag, Annotated[str, Line(60)]], "What visitors read beside its switch."]
    descriptions: Annotated[
        dict[LanguageTag, Annotated[str, Prose(1000)]], "What visitors read below its name: the purpose."
    ]
    order: Annotated[int, Range(0, 999), Default(0), "Place in the settings, lowest first."]
    hidden: Annotated[bool, OFF, "Whether visitors are not asked about it; its services then never run."]


class Cookie(TypedDict):
    """Something that a service stores on the visitor's device."""

    name: Annotated[
        str, Line(200, filled=True), REQUIRED, "Its name; `*` stands for any characters, as in `_ga_*`."
    ]
    host: Annotated[
        str, CookieHost(), "Whose it is; a dot in front includes sub-domains. Empty: the website's own."
    ]
    kind: Annotated[StorageKind, Default("cookie"), "How it is stored."]
    lifetime: Annotated[
        str,
        Form(
            _LIFETIME,
            "session or an ISO 8601 duration such as P180D",
            refusal="is neither session nor an ISO 8601 duration such as P180D",
        ),
        "How long it stays: an ISO 8601 duration such as `P180D`, or `session`; empty for local storage and "
        "IndexedDB that stay until they are cleared.",
    ]
    purpose: Annotated[dict[LanguageTag, Annotated[str, Prose(1000)]], "What it is for."]


class CatalogEntry(TypedDict):
    """The description in the catalog that a service was filled from; empty: none."""

    key: Annotated[
        str, Form(PART_KEY, "a key of the catalog such as google_analytics"), "Its key in the catalog."
    ]
    version: Annotated[
        str,
        Form(_CATALOG_VERSION, "16 of 0-9 and a-f"),
        "Which description: the beginning of the SHA-256 of its canonical JSON.",
    ]


class Service(TypedDict):
    """Something that a site uses, and what visitors must know about it."""

    key: Annotated[
        str, PartKey(), REQUIRED, "Its name in `data-consent-service` and in records; not that of a category."
    ]
    name: Annotated[str, Line(100), "What visitors read."]
    provider: Annotated[str, Line(200), "The legal entity that offers it."]
    category: Annotated[str, CategoryKey(), REQUIRED, "Key of the category that allows it."]
    purpose: Annotated[dict[LanguageTag, Annotated[str, Prose(1000)]], "What it is used for."]
    data: Annotated[
        dict[LanguageTag, Annotated[str, Prose(1000)]],
        "Which information it processes, such as the IP address and the pages that are read.",
    ]
    legal_basis: Annotated[
        LegalBasis, Default("consent"), "GDPR article 6 (1); only `consent` if it is optional."
    ]
    necessary_reason: Annotated[
        dict[LanguageTag, Annotated[str, Prose(1000)]],
        "Why it is necessary, if its category is `necessary`.",
    ]
    country: Annotated[
        str,
        Country,
        "ISO 3166-1 code of the country where data goes.",
    ]
    transfer_basis: Annotated[
        TransferBasis, Default(""), "What the transfer rests on, if the country is outside the EEA."
    ]
    retention: Annotated[
        str,
        Form(_RETENTION, "an ISO 8601 duration such as P1Y"),
        "How long the provider keeps the information: an ISO 8601 duration such as `P1Y`.",
    ]
    privacy_link: Annotated[str, Address(), "The provider's privacy notice."]
    shared_with: Annotated[
        list[Annotated[str, Line(200)]], Most(50), "Other recipients of the data (GDPR article 4 (9))."
    ]
    processor_agreement: Annotated[
        str,
        Address(),
        "Where the agreement with the processor is (GDPR article 28). Of a service from the catalog: the "
        "provider's standard terms, to which the notice links.",
    ]
    hosts: Annotated[
        list[Annotated[str, HostWithPath()]],
        Most(50),
        "Host names it loads from, each perhaps with the beginning of a path: "
        "`www.google.com/maps`. `*.` in front of a name stands for its sub-domains.",
    ]
    cookies: Annotated[list[Cookie], Most(100), "What it stores on the visitor's device."]
    stores_nothing: Annotated[
        bool,
        OFF,
        "Whether it is known to store nothing on the visitor's device; not together with `cookies`.",
    ]
    catalog: Annotated[
        CatalogEntry,
        "The description in the catalog that it was filled from. "
        "Visitors are not shown it, and a change of it asks nobody again.",
    ]


class Palette(TypedDict):
    """Five colours. Accepting and refusing share two of them, so that neither can stand out."""

    background: Annotated[Colour, "Behind the banner's text."]
    text: Annotated[Colour, "The banner's text."]
    accent: Annotated[Colour, "Buttons, switches and links."]
    accent_text: Annotated[Colour, "Text on buttons."]
    border: Annotated[Colour, "Edges of the banner and of switches."]


class Colours(TypedDict):
    """Colours for light and for dark surroundings."""

    light: Annotated[Palette, REQUIRED, "In light surroundings."]
    dark: Annotated[Palette, REQUIRED, "In dark surroundings."]


class Appearance(TypedDict):
    """How the banner looks."""

    layout: Annotated[Layout, Default("bar"), "Shape of the first layer."]
    settings: Annotated[
        SettingsPlace,
        Default("dialog"),
        "The settings: in the middle or at the side.",
    ]
    position: Annotated[Position, Default("bottom"), "Place of the first layer in the window."]
    colours: Annotated[Colours, REQUIRED, "The colours."]
    scheme: Annotated[Scheme, Default("auto"), "Which colours; `auto`: as the visitor's system says."]
    radius: Annotated[int, Range(0, 32), Default(8), "Radius of corners in CSS pixels."]
    font: Annotated[
        str, Fonts(200), Default("inherit"), "Fonts with commas between them; `inherit`: the page's own."
    ]
    size: Annotated[
        Size,
        Default("normal"),
        "Size of the text: at least 15, 16 or 19 CSS pixels, and larger where the page's own text is. "
        "`compact` also takes less room.",
    ]
    logo: Annotated[str, Address(), "Address of an image that is shown in the banner."]
    logo_text: Annotated[
        str,
        Line(120),
        "What the logo says, for visitors who do not see it, such as the name of the organisation. Empty: "
        "it says nothing that the texts do not say.",
    ]


class Google(TypedDict):
    """How Google Consent Mode is set up, where it is on."""

    regions: Annotated[
        list[Annotated[str, Form(_REGION, "a region such as NO or US-CA", empty=False)]],
        Most(300),
        "Where the default is denied; empty: everywhere.",
    ]
    wait_for_update: Annotated[
        int, Range(0, 10_000), Default(500), "Milliseconds for which Google's tags wait for a known choice."
    ]
    ads_data_redaction: Annotated[
        bool, ON, "Whether click identifiers are left out where advertising is refused."
    ]
    url_passthrough: Annotated[
        bool, OFF, "Whether click identifiers are passed on in addresses, without cookies."
    ]


class Tools(TypedDict):
    """Which other tools on the page are informed of decisions."""

    uet: Annotated[bool, OFF, "Microsoft Advertising."]
    clarity: Annotated[bool, OFF, "Microsoft Clarity."]
    matomo: Annotated[bool, OFF, "Matomo."]
    data_layer: Annotated[bool, OFF, "Tag managers that read `dataLayer`."]


class Signals(TypedDict):
    """Signals of the browser that count as a refusal."""

    gpc: Annotated[bool, ON, "Global Privacy Control."]
    dnt: Annotated[bool, ON, "Do Not Track."]


class Behaviour(TypedDict):
    """When visitors are asked, what is stored, and which tools are informed."""

    validity_days: Annotated[
        int, Range(1, 365), Default(365), "Days after which a visitor who granted something is asked again."
    ]
    refusal_days: Annotated[
        int, Range(182, 3650), Default(182), "Days before a visitor who refused everything is asked again."
    ]
    cookie_domain: Annotated[
        Literal["host", "site"], Default("host"), "Whether a decision is for one host or for all of the site."
    ]
    consent_mode: Annotated[
        ConsentMode,
        Default("off"),
        "Google Consent Mode. `basic`: Google's tags wait for consent; `advanced`: they load before.",
    ]
    google: Annotated[Google, "Options of Google Consent Mode."]
    tools: Annotated[Tools, "Other tools that are informed of decisions."]
    mapping: Annotated[
        dict[
            SignalType,
            Annotated[str, CategoryKey(empty=True), "Key of an optional category; empty: never granted."],
        ],
        Closed("Mapping"),
        "Category that grants each signal type. "
        "An absent one is granted by the category that is conventional for it.",
    ]
    signals: Annotated[Signals, "Signals of the browser that count as a refusal."]
    automatic_blocking: Annotated[
        bool, OFF, "Whether unmarked elements are blocked by the hosts of the services."
    ]
    reload_on_withdrawal: Annotated[
        bool, OFF, "Whether the page is reloaded when consent is withdrawn on it."
    ]
    floating_button: Annotated[bool, ON, "Whether a small button opens the settings."]
    impressions: Annotated[bool, OFF, "Whether it is counted how often the banner is shown."]


class Contacts(TypedDict):
    """How to reach the controller."""

    email: Annotated[Email, "E-mail address."]
    phone: Annotated[str, Line(40), "Telephone number."]
    url: Annotated[str, Address(), "A page with a form or with contact details."]


class Officer(TypedDict):
    """The data protection officer, where there is one."""

    name: Annotated[str, Line(200), "Name."]
    email: Annotated[Email, "E-mail address."]


class Representative(TypedDict):
    """Who represents a controller that is not established in the EEA (GDPR article 27)."""

    name: Annotated[str, Line(200), "Name."]
    address: Annotated[str, Prose(500), "Postal address."]
    email: Annotated[Email, "E-mail address."]


class Authority(TypedDict):
    """Where a visitor may complain."""

    name: Annotated[str, Line(200), "Name."]
    url: Annotated[str, Address(), "Its website."]


class Controller(TypedDict):
    """Who decides why and how data is processed."""

    name: Annotated[str, Line(200), "Name of the legal entity."]
    organisation_number: Annotated[str, Line(40), "Its number in the register of its country."]
    address: Annotated[str, Prose(500), "Postal address."]
    country: Annotated[str, Country, "ISO 3166-1 code of the country where it is established."]
    contacts: Annotated[Contacts, "How to reach it; an e-mail address or a page is needed to publish."]
    data_protection_officer: Annotated[Officer, "The data protection officer (GDPR article 37)."]
    representative: Annotated[
        Representative, "Its representative, where it is outside the EEA (GDPR articles 13(1)(a) and 27)."
    ]
    supervisory_authority: Annotated[Authority, "Where a visitor may complain (GDPR article 77)."]
    time_zone: Annotated[
        str,
        Zone(),
        Default(DEFAULT_TIME_ZONE),
        "The zone in which days of figures begin and the studio shows times.",
    ]


class Section(TypedDict):
    """A section of the privacy and cookie notice."""

    key: Annotated[
        str,
        PartKey(on_the_page=False),
        REQUIRED,
        "Identifies it; appears once. Standard sections have keys of their own.",
    ]
    heading: Annotated[dict[LanguageTag, Annotated[str, Line(200)]], "Its heading."]
    body: Annotated[
        dict[LanguageTag, Annotated[str, RichText(20_000)]],
        "Its text: plain, or HTML if it begins with `<`.",
    ]
    hidden: Annotated[bool, OFF, "Whether it is left out of the notice."]


class Activity(TypedDict):
    """Something that the controller does with personal data, beyond what services do on the page."""

    key: Annotated[str, PartKey(on_the_page=False), REQUIRED, "Identifies it; appears once."]
    name: Annotated[dict[LanguageTag, Annotated[str, Line(200)]], "What readers call it, such as orders."]
    purpose: Annotated[dict[LanguageTag, Annotated[str, Prose(2000)]], "What the data is used for."]
    data: Annotated[dict[LanguageTag, Annotated[str, Prose(2000)]], "Categories of personal data."]
    subjects: Annotated[
        dict[LanguageTag, Annotated[str, Prose(1000)]], "Whose data it is, such as customers."
    ]
    legal_basis: Annotated[ActivityBasis, Default(""), "GDPR article 6 (1)."]
    interests: Annotated[
        dict[LanguageTag, Annotated[str, Prose(2000)]],
        "The legitimate interests, or the law that obliges, as the legal basis says.",
    ]
    sources: Annotated[
        dict[LanguageTag, Annotated[str, Prose(1000)]],
        "Where data comes from that the person did not give, registers included (GDPR article 14).",
    ]
    recipients: Annotated[
        list[Annotated[str, Line(200)]], Most(50), "Recipients of the data (GDPR article 4 (9))."
    ]
    country: Annotated[str, Country, "ISO 3166-1 code of the country where data goes."]
    transfer_basis: Annotated[
        TransferBasis, Default(""), "What the transfer rests on, if the country is outside the EEA."
    ]
    retention: Annotated[
        dict[LanguageTag, Annotated[str, Prose(1000)]],
        "How long data is kept, or by which criteria that is decided.",
    ]


class Processor(TypedDict):
    """Somebody who gets personal data, beyond the providers of services on the page."""

    key: Annotated[str, PartKey(on_the_page=False), REQUIRED, "Identifies it; appears once."]
    name: Annotated[str, Line(200), "Name of the legal entity."]
    organisation_number: Annotated[str, Line(40), "Its number in the register of its country."]
    role: Annotated[ProcessorRole, Default("processor"), "What it is to the controller."]
    purpose: Annotated[dict[LanguageTag, Annotated[str, Prose(1000)]], "What it gets data for."]
    country: Annotated[str, Country, "ISO 3166-1 code of the country where data goes."]
    transfer_basis: Annotated[
        TransferBasis, Default(""), "What the transfer rests on, if the country is outside the EEA."
    ]
    agreement: Annotated[str, Address(), "Where the agreement is (GDPR article 28, or 26)."]
    privacy_link: Annotated[str, Address(), "Its privacy notice."]
    sub_processors: Annotated[
        list[Annotated[str, Line(200)]], Most(100), "Other processors that it engages (GDPR article 28 (4))."
    ]


class Notice(TypedDict):
    """What the privacy and cookie notice says beyond the rest of the document."""

    sections: Annotated[
        list[Section],
        Most(MAX_SECTIONS),
        "In the order in which they are shown. Absent standard sections are added in the product's words.",
    ]
    activities: Annotated[list[Activity], Most(100), "Processing beyond the services of the site."]
    processors: Annotated[
        list[Processor], Most(200), "Processors and other recipients beyond the providers of services."
    ]


class Document(TypedDict):
    """Everything about a banner that staff edit and publishing freezes."""

    default_language: Annotated[
        str, LanguageKey(), REQUIRED, "The language of visitors whose own is not in `texts`."
    ]
    categories: Annotated[
        list[Category], Most(MAX_OPTIONAL + 1), REQUIRED, "Purposes. One has the key `necessary`."
    ]
    services: Annotated[list[Service], Most(MAX_SERVICES), REQUIRED, "What the site uses."]
    texts: Annotated[
        dict[
            LanguageTag,
            Annotated[
                dict[TextKey, Annotated[str, Line(400)]],
                Closed("LanguageTexts", {"body": Prose(2000), "settings_intro": Prose(2000)}),
            ],
        ],
        REQUIRED,
        "The banner's own texts. Its languages are those of the banner.",
    ]
    appearance: Annotated[Appearance, REQUIRED, "How the banner looks."]
    behaviour: Annotated[
        Behaviour, REQUIRED, "When visitors are asked, what is stored, and which tools are informed."
    ]
    controller: Annotated[Controller, REQUIRED, "Who decides why and how data is processed."]
    notice: Annotated[
        Notice, REQUIRED, "What the privacy and cookie notice says beyond the rest of the document."
    ]


StoredDocument = Mapping[str, object]
"""A document as it was stored: keys that this module got later may be absent. `completed` adds them."""
