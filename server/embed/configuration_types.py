"""The arguments of a site's script and of its chunks: their fields, and what they mean. Pure.

`configuration` and `lazy_chunks` build them; `widget/declarations.py` writes the same types for the widget.
What is off or has its default is absent, to save bytes.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from server.sites.document_types import ConsentMode, SignalType, StorageKind

Owner = tuple[str, list[str]]
"""The key of a service, and the hosts that it loads from."""

Trace = tuple[StorageKind, str]
"""A kind of storage, and a name in it, in which a star stands for any characters."""

HostedTrace = tuple[StorageKind, str, str]
"""The same, and whose it is said to be: a host with a dot in front, or empty for the website's own."""


class ConfiguredCategory(TypedDict):
    """An optional category."""

    key: str
    slot: Annotated[int, "Its bit in the cookie; never reused for another category."]
    since: Annotated[int, "Version of the banner in which its scope was last widened."]
    added: NotRequired[
        Annotated[int, "Version in which visitors were first asked about it, if that was not the first one."]
    ]


class ConfiguredService(TypedDict):
    """A service that the visitor may allow apart from its category."""

    key: str
    slot: Annotated[int, "Its bit in the cookie; never reused for another service."]
    category: str
    since: NotRequired[
        Annotated[int, "Version in which it was last widened, if that was later than the first one."]
    ]


class ConfiguredAppearance(TypedDict):
    """The site's appearance, as style rules that the server has written from validated values."""

    rules: Annotated[
        str, "Where the banner is and how large, if that is not a box at the bottom left of normal size."
    ]
    properties: Annotated[str, "Colours, radius and font as custom properties."]
    logo: NotRequired[Annotated[dict[str, str], "The attributes of its element: `src` and `alt`."]]


class Translation(TypedDict):
    """The texts of the first layer in one language."""

    language: str
    texts: Annotated[list[str], "In the order of `lazy_chunks.FIRST_TEXTS`, and who asks."]
    dir: NotRequired[Annotated[Literal["ltr", "rtl"], "Writing direction; absent: from left to right."]]


class GoogleDefault(TypedDict):
    """What Google's default command says beside the signal types."""

    wait_for_update: Annotated[int, "Milliseconds for which tags wait for an update."]
    region: NotRequired[Annotated[list[str], "Regions in which the default holds; absent: everywhere."]]


class GoogleSet(TypedDict):
    """Google's set commands."""

    ads_data_redaction: NotRequired[bool]
    url_passthrough: NotRequired[bool]


class ConfiguredGoogle(TypedDict):
    """How Google Consent Mode is set up, in Google's own terms."""

    default: GoogleDefault
    set: GoogleSet


class ConfiguredSignals(TypedDict):
    """Which tools are informed, and of what."""

    mapping: Annotated[dict[SignalType, str], "Category that grants each signal type; empty where none does."]
    google: NotRequired[ConfiguredGoogle]
    uet: NotRequired[bool]
    clarity: NotRequired[bool]
    matomo: NotRequired[bool]
    data_layer: NotRequired[bool]


class Configuration(TypedDict):
    """The published banner, as far as a first-time visitor needs it."""

    site: str
    version: int
    origin: Annotated[
        str, "How browsers reach the server: scheme, host and perhaps a path, without a slash at its end."
    ]
    categories: list[ConfiguredCategory]
    services: list[ConfiguredService]
    necessary: Annotated[
        list[str], "`necessary` and the keys of its services: what may run though nobody is asked about it."
    ]
    validity: Annotated[int, "Days for which a grant is valid."]
    refusal: Annotated[int, "Days before a visitor who refused is asked again."]
    words: Annotated[Translation, "The first layer in the main language."]
    languages: Annotated[
        dict[str, Translation | str], "The first layer in other languages, or the path of a file with it."
    ]
    settings: Annotated[dict[str, str], "Paths of the settings modules by language."]
    extra: Annotated[str, "Path of the module with what only few pages need."]
    appearance: ConfiguredAppearance
    gpc: Annotated[bool, "Whether Global Privacy Control counts as a refusal."]
    dnt: Annotated[bool, "Whether Do Not Track counts as a refusal."]
    sheet: NotRequired[Annotated[bool, "Whether the settings are at the side."]]
    http: NotRequired[
        Annotated[bool, "Whether the server is reached on the page's own domain, and so may set the cookie."]
    ]
    announcement: NotRequired[
        Annotated[
            tuple[int, str],
            "Version with the newest announcement, and path of the module that shows it to visitors who have "
            "decided on an earlier one.",
        ]
    ]
    reload: NotRequired[Annotated[bool, "Whether the page is reloaded when consent is withdrawn on it."]]
    signals: NotRequired[Annotated[ConfiguredSignals, "Absent if no tool is informed."]]
    draft: NotRequired[
        Annotated[
            str,
            "Only in a preview of a draft: an address that leads nowhere, for what a page would send. "
            "Nothing is stored either.",
        ]
    ]
    blocking: NotRequired[
        Annotated[list[Owner], "Services whose unmarked elements are blocked, with their hosts."]
    ]


class AnnouncementWords(TypedDict):
    """An announcement in one language, with the words around it."""

    heading: str
    text: Annotated[str, "What changed, one line for each paragraph."]
    lang: NotRequired[Annotated[str, "Language of `text`, if the announcement has none in this one."]]
    link: Annotated[str, "Words of the link to the page with the differences."]
    close: str


class AnnouncementChunk(TypedDict):
    """The argument of the module that notifies returning visitors of what has changed."""

    version: Annotated[int, "The version in which it changed."]
    words: Annotated[dict[str, AnnouncementWords], "By language."]
    rules: Annotated[str, "Style rules of the site for where it is, if that is not at the bottom left."]
    floating: Annotated[bool, "Whether a small button at the bottom needs its place."]


class DeclaredCookie(TypedDict):
    """What a service stores, as the settings show it."""

    name: str
    host: str
    kind: StorageKind
    lifetime: Annotated[str, "In words; empty if it is not known."]
    purpose: str


class DeclaredService(TypedDict):
    """A service, as the settings show it."""

    key: str
    name: str
    provider: str
    purpose: str
    country: Annotated[str, "ISO 3166-1 code."]
    privacy_link: str
    shared_with: list[str]
    cookies: list[DeclaredCookie]


class DeclaredCategory(TypedDict):
    """A category, as the settings show it."""

    key: str
    name: str
    description: str
    services: list[DeclaredService]


ControllerFact = tuple[Literal["controller", "organisation_number", "contact", "officer"], str, str]
"""What is stated: the key of its text; the value; the address that it leads to, or empty."""


class SettingsChunk(TypedDict):
    """The argument of the settings module: texts and declarations of one language."""

    texts: dict[str, str]
    controller: Annotated[list[ControllerFact], "Who is responsible; empty if that is not stated."]
    categories: list[DeclaredCategory]


class Reason(TypedDict):
    """Why visitors who have decided are asked again, in one language."""

    text: Annotated[str, "The sentence, with `{names}` for what is new."]
    categories: Annotated[dict[str, str], "Names by key."]
    services: Annotated[dict[str, str], "Names by key."]
    announcement: NotRequired[
        Annotated[tuple[int, str, str], "Version, text and its language, of what visitors are notified of."]
    ]


class ExtraChunk(TypedDict):
    """The argument of the module with what only few pages need."""

    traces: Annotated[
        dict[str, list[HostedTrace]],
        "What each optional service stores that a page's own script can remove. Under `necessary` is what "
        "must stay although a pattern of another one covers it.",
    ]
    hosts: list[Owner]
    reasons: Annotated[dict[str, Reason], "By language."]
    debug: Annotated[
        tuple[str, str, str],
        "Paths of the debug panel, of the declarations that it compares a page with, and of the module that "
        "shows a draft.",
    ]
    asked: Annotated[str, "Path of the module with what a page or a visitor asks for."]


class DebugService(TypedDict):
    """A service as the banner declares it, a necessary one included."""

    key: str
    name: str
    category: str
    hosts: Annotated[list[str], "Host names; `*.` in front stands for every sub-domain."]
    cookies: list[Trace]


class DebugDeclaration(TypedDict):
    """The declarations that the debug panel compares a page with."""

    services: list[DebugService]
    consent_mode: ConsentMode
    automatic_blocking: bool
    floating: Annotated[bool, "Whether a small button opens the settings."]


class DraftParts(TypedDict):
    """What a published banner has in files of its own, here with the draft's words and declarations."""

    settings: Annotated[dict[str, SettingsChunk], "By language."]
    extra: ExtraChunk
    missing: Annotated[
        list[str], "Inline modules that the draft needs and the newest published script does not have."
    ]
    floating: Annotated[bool, "Whether a small button opens the settings."]


class DraftConfiguration(Configuration):
    """A draft for a page of the website, shown to staff alone (docs/adr/0033)."""

    parts: DraftParts
    seconds: Annotated[int, "Until the link expires."]
    language: Annotated[str, "In which the person with the link reads the studio."]
