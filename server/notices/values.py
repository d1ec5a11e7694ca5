"""Values of this slice that others may use: texts with their language, and the cookie declaration as JSON."""

from dataclasses import dataclass
from typing import Annotated, Literal, NotRequired, TypedDict

from server.core.contact_uris import is_link
from server.sites.document_types import StorageKind

SUBSCRIBERS, ALL_REQUESTS = "notice_subscriber", "notice_request"
"""Tables of who subscribes to changes, and of requests, open or not."""

TABLES_OF_A_SITE = (
    "notice_request_event",
    ALL_REQUESTS,
    "notice_solved_challenge",
    "notice_announcement",
    SUBSCRIBERS,
    "notice_processing_agreement",
)
"""Tables of this slice whose rows are deleted with their site; what refers to others comes first."""


@dataclass(frozen=True)
class Text:
    """A text, the language that it is really in, and where it leads."""

    text: str
    language: str
    """A BCP 47 tag."""
    href: str = ""
    """An address; empty: it is no link. One of a scheme that may run something is dropped."""

    def __post_init__(self) -> None:
        """Links lead to pages, mail or the telephone, whatever a document from elsewhere holds."""
        if self.href and not is_link(self.href):
            object.__setattr__(self, "href", "")


FactKey = Literal[
    "purpose",
    "data",
    "provider",
    "shared_with",
    "necessary_reason",
    "legal_basis",
    "country",
    "transfer",
    "retention",
    "privacy_link",
    "kind",
    "host",
    "lifetime",
    "party",
]
"""What is stated of a service or of something that it stores."""

LabelKey = Literal[
    FactKey,
    "name",
    "cookies",
    "always_on",
    "needs_consent",
    "nothing_stored",
    "stores_nothing",
    "empty",
    "granted",
    "refused",
    "undecided",
]
"""Words that a cookie declaration is shown with."""

# --- `/s/SITE/cookies.json`: also the types that the widget reads it with --------------------------------


class DeclarationText(TypedDict):
    """A text in the language asked for, or in another one if there is none."""

    text: str
    lang: Annotated[str, "BCP 47 tag of the language that it is in."]


class DeclarationFact(TypedDict):
    """A statement about a service or about something that it stores, in words."""

    key: Annotated[FactKey, "What is stated; its label is in `labels`."]
    values: Annotated[list[DeclarationText], "One or several, each for a line of its own."]
    href: NotRequired[Annotated[str, "Address that the value leads to."]]


class DeclarationCookie(TypedDict):
    """Something that a service stores on the visitor's device."""

    name: Annotated[str, "Its name; `*` stands for any characters."]
    kind: Annotated[StorageKind, "How it is stored."]
    host: Annotated[str, "Whose it is; a dot in front includes sub-domains. Empty: the website's own."]
    lifetime: Annotated[
        str, "An ISO 8601 duration, or `session`; empty: it is not stated, or until it is cleared."
    ]
    facts: list[DeclarationFact]


class DeclarationService(TypedDict):
    """A service that the site uses."""

    key: Annotated[str, "Its name in `data-consent-service`."]
    name: str
    catalog: Annotated[str, "Key of the service in the catalog that it was filled from; empty: none."]
    hosts: Annotated[
        list[str],
        "Host names it loads from, each perhaps with the beginning of a path; `*.` in front stands for "
        "sub-domains.",
    ]
    facts: list[DeclarationFact]
    cookies: list[DeclarationCookie]
    stores_nothing: Annotated[bool, "Whether it is known to store nothing on the device."]


class DeclarationCategory(TypedDict):
    """A purpose with its services."""

    key: Annotated[str, "Its name in `data-consent`."]
    name: DeclarationText
    description: DeclarationText
    necessary: Annotated[bool, "Whether it is always on."]
    services: list[DeclarationService]


class CookieDeclaration(TypedDict):
    """What a published banner declares, in one language, with all words to show it."""

    site: str
    version: Annotated[int, "Number of the published version."]
    language: Annotated[str, "The banner's language that it is in, a BCP 47 tag."]
    dir: Annotated[Literal["ltr", "rtl"], "Writing direction of that language."]
    page: Annotated[str, "Address of the same as a page."]
    notice: Annotated[str, "Address of the privacy notice."]
    title: DeclarationText
    lead: DeclarationText
    in_force: Annotated[DeclarationText, "Version and date, in a sentence."]
    labels: dict[LabelKey, DeclarationText]
    categories: list[DeclarationCategory]


# --- `/s/SITE/notice.json` -------------------------------------------------------------------------------


class NoticeSection(TypedDict):
    """A section of a privacy notice."""

    key: Annotated[str, "Its anchor on the page; that of a standard section never changes."]
    heading: DeclarationText
    lines: Annotated[list[str], "Its text: a line for each paragraph, list item or table row."]


class PrivacyNotice(TypedDict):
    """The privacy notice of a published version, in one language, as plain text."""

    site: str
    version: Annotated[int, "Number of the published version."]
    language: Annotated[str, "The banner's language that it is in, a BCP 47 tag."]
    dir: Annotated[Literal["ltr", "rtl"], "Writing direction of that language."]
    page: Annotated[str, "Permanent address of this version as a page."]
    cookies: Annotated[str, "Address of the cookie declaration."]
    title: DeclarationText
    in_force_from: Annotated[str, "Day, ISO 8601, in the site's time zone."]
    content_hash: Annotated[str, "Hash of the published document, as in the consent log."]
    sections: list[NoticeSection]


# --- `/s/SITE/my-choice/versions/N.json` -----------------------------------------------------------------


class NamedCategory(TypedDict):
    """A purpose that visitors see."""

    key: str
    name: str
    necessary: Annotated[bool, "Whether it is always on."]


class NamedService(TypedDict):
    """A service and its category."""

    name: str
    category: str


class VersionNames(TypedDict):
    """What a decision on a version was about, in one language."""

    version: Annotated[int, "Number of the published version."]
    notice: Annotated[str, "Address of the notice of this version."]
    categories: Annotated[list[NamedCategory], "Those that visitors see, in the order of the banner."]
    services: Annotated[dict[str, NamedService], "By key."]
    forms: Annotated[
        list[str],
        "Standard forms of receipts for which this version says enough: `iso27560`, `kantara`.",
    ]
