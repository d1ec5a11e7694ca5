"""The pages of the studio that a menu or the search leads to: what each is called, and who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.studio.guard import SOMEBODY
from server.studio.language import gettext, lazy_gettext
from server.studio.sentences import sentence


@dataclass(frozen=True)
class Place:
    """A page."""

    name: str
    """In menus; the icon's name too."""
    title: str
    endpoint: str
    permission: str
    """Permission that is needed, or `somebody`."""
    words: str = ""
    """Other words that people look for it by, in English."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Arguments of its address, besides the key of the site."""


SECTIONS = (
    Place(
        "overview",
        lazy_gettext("Overview"),
        "overview",
        "site.read",
        sentence("start dashboard status next steps"),
    ),
    Place(
        "banner",
        lazy_gettext("Banner"),
        "banner",
        "banner.edit",
        sentence("editor draft edit cookie banner"),
    ),
    Place(
        "publish",
        lazy_gettext("Publish"),
        "publish",
        "site.read",
        sentence("go live release review findings schedule later date approve"),
    ),
    Place(
        "experiment",
        lazy_gettext("Experiment"),
        "experiment",
        "analytics.read",
        sentence("A/B test variants compare two"),
    ),
    Place(
        "install",
        lazy_gettext("Install"),
        "install",
        "site.read",
        sentence("script tag snippet code tag manager WordPress CSP"),
    ),
    Place(
        "analytics",
        lazy_gettext("Analytics"),
        "analytics",
        "analytics.read",
        sentence("statistics figures rates consent rate opt-in chart CSV"),
    ),
    Place(
        "consents",
        lazy_gettext("Consents"),
        "consent_list",
        "consent.read",
        sentence("decisions answers proof records receipt consent number erase export"),
    ),
    Place(
        "requests",
        lazy_gettext("Requests"),
        "request_list",
        "request.read",
        sentence("access erasure rectification data subject rights GDPR deadline"),
    ),
    Place(
        "register",
        lazy_gettext("Register"),
        "register_page",
        "site.read",
        sentence("processors agreements DPA records of processing article 28 article 30"),
    ),
    Place(
        "messages",
        lazy_gettext("Messages"),
        "messages",
        "webhook.manage",
        sentence("webhooks endpoints notifications secret"),
    ),
    Place(
        "tokens",
        lazy_gettext("Tokens"),
        "tokens",
        "token.manage",
        sentence("API keys programs integration"),
    ),
    Place(
        "domains",
        lazy_gettext("Website"),
        "domains",
        "site.edit",
        sentence("domains host names retention delete after days"),
    ),
    Place(
        "audit_log",
        lazy_gettext("Audit log"),
        "site_audit_log",
        "audit.read",
        sentence("history who did what events trail"),
    ),
)
"""The pages of a site in its menu, in their order."""

PARTS = (
    Place(
        "texts",
        lazy_gettext("Texts"),
        "section",
        "banner.edit",
        sentence("wording languages translation title buttons"),
        {"section": "texts"},
    ),
    Place(
        "categories",
        lazy_gettext("Categories"),
        "categories",
        "banner.edit",
        sentence("purposes groups order hide"),
    ),
    Place(
        "services",
        lazy_gettext("Services"),
        "services",
        "banner.edit",
        sentence("cookies vendors trackers third parties providers"),
    ),
    Place(
        "appearance",
        lazy_gettext("Appearance"),
        "section",
        "banner.edit",
        sentence("colours theme design logo font layout dark"),
        {"section": "appearance"},
    ),
    Place(
        "behaviour",
        lazy_gettext("Behaviour"),
        "section",
        "banner.edit",
        sentence("settings ask again expiry signals blocking"),
        {"section": "behaviour"},
    ),
    Place(
        "tools",
        lazy_gettext("Tools"),
        "section",
        "banner.edit",
        sentence("Google Consent Mode Tag Manager Microsoft Matomo signals"),
        {"section": "tools"},
    ),
    Place(
        "controller",
        lazy_gettext("Controller"),
        "section",
        "banner.edit",
        sentence("company contact address organisation responsible officer"),
        {"section": "controller"},
    ),
    Place(
        "notice",
        lazy_gettext("Notice"),
        "notice",
        "banner.edit",
        sentence("privacy policy privacy statement declaration sections"),
    ),
)
"""The parts of the editor in its menu, in their order."""

FURTHER = (
    Place(
        "plus",
        lazy_gettext("Add known services"),
        "known_services_list",
        "banner.edit",
        sentence("catalog find cookies Google Analytics YouTube"),
    ),
    Place(
        "register",
        lazy_gettext("Other processing"),
        "activities",
        "banner.edit",
        sentence("activities newsletter orders purposes legal basis"),
    ),
    Place(
        "register",
        lazy_gettext("Recipients"),
        "processors",
        "banner.edit",
        sentence("processors suppliers shared with hosting"),
    ),
    Place(
        "download",
        lazy_gettext("Export and import"),
        "site_file",
        "site.read",
        sentence("JSON file backup move settings upload download"),
    ),
    Place(
        "link",
        lazy_gettext("From the group"),
        "site_group",
        "banner.edit",
        sentence("inherited shared values override reset template several sites"),
    ),
    Place(
        "plus",
        lazy_gettext("Make a copy"),
        "copy",
        "site.create",
        sentence("duplicate clone template new site like this one"),
    ),
    Place(
        "trash",
        lazy_gettext("Delete the site"),
        "delete",
        "site.edit",
        sentence("remove erase close website"),
    ),
    Place(
        "clock",
        lazy_gettext("Pause"),
        "pause",
        "banner.publish",
        sentence("stop switch off turn off disable resume hide banner"),
    ),
    Place(
        "clock",
        lazy_gettext("Versions"),
        "versions",
        "site.read",
        sentence("published earlier roll back history"),
    ),
    Place(
        "banner",
        lazy_gettext("Compare versions"),
        "compare",
        "site.read",
        sentence("differences changes before after discard"),
    ),
    Place(
        "clock",
        lazy_gettext("History of the draft"),
        "draft_states",
        "site.read",
        sentence("undo restore earlier saved"),
    ),
    Place(
        "messages",
        lazy_gettext("Delivery log"),
        "delivery_log_page",
        "webhook.manage",
        sentence("webhooks not delivered send again"),
    ),
)
"""Pages of a site that no menu has."""

EVERYWHERE = (
    Place("sites", lazy_gettext("All sites"), "all_sites", SOMEBODY, sentence("list websites switch")),
    Place(
        "clock",
        lazy_gettext("Actions on several sites"),
        "bulk_actions",
        SOMEBODY,
        sentence("bulk many sites progress undo"),
    ),
    Place("plus", lazy_gettext("New site"), "start_site", "site.create", sentence("add create website")),
    Place(
        "link",
        lazy_gettext("Groups"),
        "all_groups",
        "site.read",
        sentence("brands chains share inherit template of sites"),
    ),
    Place(
        "users",
        lazy_gettext("Users"),
        "users",
        "user.manage",
        sentence("people colleagues roles access invite"),
    ),
    Place(
        "users",
        lazy_gettext("Invite somebody"),
        "new_user",
        "user.manage",
        sentence("add new user colleague"),
    ),
    Place(
        "tokens",
        lazy_gettext("API tokens of all sites"),
        "all_tokens",
        "token.manage",
        sentence("programs keys secrets expire revoke"),
    ),
    Place(
        "requests",
        lazy_gettext("Requests of all sites"),
        "request_queue",
        "request.read",
        sentence("gdpr access erasure due overdue queue visitors"),
    ),
    Place(
        "audit_log",
        lazy_gettext("Audit log of all sites"),
        "audit_log_page",
        "audit.read",
        sentence("history who did what events trail"),
    ),
    Place(
        "users",
        lazy_gettext("Your account"),
        "account",
        SOMEBODY,
        sentence("password language time zone profile"),
    ),
    Place(
        "messages",
        lazy_gettext("Choose what you get"),
        "own_messages",
        SOMEBODY,
        sentence("e-mail notifications alarms digest"),
    ),
    Place(
        "bell",
        lazy_gettext("Your messages"),
        "inbox",
        SOMEBODY,
        sentence("bell inbox notifications unread news"),
    ),
    Place(
        "help",
        lazy_gettext("Help"),
        "help_contents",
        SOMEBODY,
        sentence("documentation guide manual explain how to"),
    ),
)
"""Pages of no site."""

FIELDS: Mapping[str, str] = {
    "accent": sentence("brand colour button colour primary"),
    "accept_all": sentence("accept allow agree yes button"),
    "reject_all": sentence("reject decline deny no button"),
    "automatic_blocking": sentence("auto-blocking block scripts prior consent"),
    "consent_mode": sentence("Google Consent Mode v2 gtag basic advanced"),
    "cookie_domain": sentence("subdomains share consent across domain"),
    "data_protection_officer": sentence("DPO privacy officer"),
    "dnt": sentence("DNT browser signal"),
    "floating_button": sentence("cookie icon withdraw reopen floating"),
    "gpc": sentence("GPC browser signal opt-out objection"),
    "impressions": sentence("views shown count statistics pageviews"),
    "layout": sentence("bar box dialog popup modal"),
    "logo": sentence("image brand picture"),
    "radius": sentence("rounded corners shape"),
    "refusal_days": sentence("ask again after refusal months expiry re-prompt"),
    "regions": sentence("countries EEA geography"),
    "reload_on_withdrawal": sentence("refresh page withdraw"),
    "scheme": sentence("dark mode light mode"),
    "supervisory_authority": sentence("Datatilsynet complaint"),
    "time_zone": sentence("clock hours days"),
    "title": sentence("headline heading"),
    "body": sentence("message description wording"),
    "url_passthrough": sentence("gclid click id"),
    "validity_days": sentence("consent expiry lifetime renew ask again months"),
}
"""Key of a field → other words that people look for it by, in English."""


def in_both(words: str) -> str:
    """Words that people look for something by, in English and in the language of the reader."""
    return f"{words} {gettext(words)}" if words else ""
