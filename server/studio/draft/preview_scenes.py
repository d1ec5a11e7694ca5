"""What the live preview shows for a field of the editor: where visitors see what is typed there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from server.studio.language import lazy_gettext

State = Literal["banner", "settings", "placeholder", "again", "announcement", "answered", "notice", "cookies"]
"""What visitors can have before them."""

STATES: Mapping[State, str] = {
    "banner": lazy_gettext("First layer"),
    "settings": lazy_gettext("Settings"),
    "placeholder": lazy_gettext("Blocked content"),
    "again": lazy_gettext("Asked again"),
    "announcement": lazy_gettext("Announcement"),
    "answered": lazy_gettext("After the answer"),
    "notice": lazy_gettext("Privacy notice"),
    "cookies": lazy_gettext("Cookie declaration"),
}
"""State → what the studio calls it."""

Visit = Literal["first", "returning", "again", "announced", "unsent", "gpc", "dnt", "offline"]
"""Who the visitor is.

`first`: has not answered. `returning`: has allowed everything. `again`: did so before something was added.
`announced`: did so before a change that is announced. `unsent`: has answered, and the answer did not arrive.
`gpc`, `dnt`: has not answered, and the browser objects. `offline`: the settings cannot be loaded.
"""

VISITS: tuple[Visit, ...] = get_args(Visit)

PAGES: Mapping[str, tuple[State, ...]] = {"notice": ("notice",), "cookies": ("cookies",)}
"""Page that is made by the server → its states; all other states are those of the banner."""


@dataclass(frozen=True)
class Scene:
    """Where visitors see the value of a field."""

    state: State | Literal[""]
    """Empty: no visitor sees it."""
    visit: Visit | Literal[""] = ""
    """Who must be visiting; empty: who is chosen in the preview."""
    part: str = ""
    """What in that state: `category:KEY`, `service:KEY`, `cookie:KEY:INDEX`, `whole-category`, an anchor of
    the notice, or `=` and the name of a field whose text stands there. `{1}` is the second step of the
    field's name. Empty: where the typed text is found."""
    press: tuple[str, ...] = ()
    """The `data-samtykke-action` of the buttons that lead there, one after the other."""
    scheme: Literal["", "light", "dark"] = ""
    """The colours that the field is one of."""


_SETTINGS = Scene("settings")
_DECIDED = Scene("settings", "returning")
_UNSEEN = Scene("")
_FIRST = Scene("banner")
_ERASING = Scene("settings", "returning", press=("erase",))


def _notice(section: str) -> Scene:
    return Scene("notice", part=section)


_TEXTS: Mapping[str, Scene] = {
    **dict.fromkeys(("title", "body", "accept_all", "reject_all", "settings"), _FIRST),
    "reopen": Scene("answered"),
    "changed": Scene("again"),
    "unavailable": Scene("banner", "offline", press=("settings",)),
    **dict.fromkeys(("placeholder", "load_always", "load_once"), Scene("placeholder")),
    "load_category": Scene("placeholder", part="whole-category"),
    **dict.fromkeys(
        (
            *("settings_title", "settings_intro", "save", "close", "always_on", "services_heading"),
            *("cookies_heading", "provider", "purpose", "lifetime", "country", "shared_with"),
            *("privacy_link", "cookie_host", "cookie_kind", "session"),
            *("kind_cookie", "kind_local_storage", "kind_session_storage", "kind_indexed_db", "kind_pixel"),
            *("controller", "organisation_number", "contact", "officer"),
        ),
        _SETTINGS,
    ),
    "state_undecided": Scene("settings", "first"),
    **dict.fromkeys(
        ("withdraw", "state_decided", "consent_number", "copy", "export", "erase", "my_choice"), _DECIDED
    ),
    "not_sent": Scene("settings", "unsent"),
    "objection": Scene("settings", "gpc"),
    "saved": Scene("settings", press=("save",)),
    "copied": Scene("settings", "returning", press=("copy",)),
    "failed": Scene("settings", "returning", press=("export",)),
    **dict.fromkeys(("erase_ask", "erase_yes", "cancel"), _ERASING),
    "erased": Scene("settings", "returning", press=("erase", "erase-yes")),
    "see_changes": Scene("announcement"),
    # Pages name a cookie without a label, and durations are written by the product's own words for them.
    "cookie_name": _UNSEEN,
    "days": _UNSEEN,
}

_SERVICE = Scene("settings", part="service:{1}")
_COOKIE = Scene("settings", part="cookie:{1}:{3}")
_COOKIE_FIELDS = ("name", "host", "kind", "lifetime", "purpose.*")

SCENES: Mapping[str, Scene] = {
    **{f"texts.*.{key}": scene for key, scene in _TEXTS.items()},
    "categories.*.names.*": Scene("settings", part="category:{1}"),
    "categories.*.descriptions.*": Scene("settings", part="category:{1}"),
    **dict.fromkeys(
        [
            f"services.*.{key}"
            for key in ("name", "provider", "category", "purpose.*", "country", "privacy_link", "shared_with")
        ],
        _SERVICE,
    ),
    **dict.fromkeys([f"services.*.cookies.*.{key}" for key in _COOKIE_FIELDS], _COOKIE),
    "services.*.data.*": _notice("collected"),
    "services.*.legal_basis": _notice("legal_basis"),
    "services.*.transfer_basis": _notice("transfers"),
    "services.*.retention": _notice("retention"),
    "services.*.processor_agreement": _notice("recipients"),
    "services.*.necessary_reason.*": Scene("cookies", part="=services.{1}.name"),
    "services.*.stores_nothing": Scene("cookies", part="=services.{1}.name"),
    "services.*.hosts": _UNSEEN,
    "appearance.layout": _FIRST,
    "appearance.position": _FIRST,
    "appearance.settings": _SETTINGS,
    "appearance.colours.light.*": Scene("banner", scheme="light"),
    "appearance.colours.dark.*": Scene("banner", scheme="dark"),
    "appearance.scheme": _FIRST,
    "appearance.radius": _FIRST,
    "appearance.size": _FIRST,
    "appearance.font": _FIRST,
    "appearance.logo": _FIRST,
    "appearance.logo_text": _FIRST,
    "behaviour.validity_days": _notice("retention"),
    "behaviour.refusal_days": _notice("retention"),
    "behaviour.floating_button": Scene("answered"),
    "behaviour.signals.gpc": Scene("settings", "gpc"),
    "behaviour.signals.dnt": Scene("settings", "dnt"),
    **dict.fromkeys(
        (
            *("behaviour.cookie_domain", "behaviour.impressions", "behaviour.automatic_blocking"),
            *("behaviour.reload_on_withdrawal", "behaviour.consent_mode", "behaviour.google.*"),
            *("behaviour.tools.*", "behaviour.mapping.*"),
        ),
        _UNSEEN,
    ),
    "controller.name": _FIRST,
    "controller.organisation_number": _SETTINGS,
    "controller.address": _notice("who"),
    "controller.country": _notice("who"),
    "controller.contacts.*": _SETTINGS,
    "controller.data_protection_officer.*": _SETTINGS,
    "controller.representative.*": _notice("who"),
    "controller.supervisory_authority.*": _notice("complaint"),
    "controller.time_zone": _UNSEEN,
    "notice.sections.*.heading.*": _notice("{2}"),
    "notice.sections.*.body.*": _notice("{2}"),
    **dict.fromkeys(
        [f"notice.activities.*.{key}.*" for key in ("name", "purpose", "data", "subjects")],
        _notice("collected"),
    ),
    "notice.activities.*.legal_basis": _notice("legal_basis"),
    "notice.activities.*.interests.*": _notice("legal_basis"),
    "notice.activities.*.sources.*": _notice("sources"),
    "notice.activities.*.recipients": _notice("recipients"),
    "notice.activities.*.country": _notice("transfers"),
    "notice.activities.*.transfer_basis": _notice("transfers"),
    "notice.activities.*.retention.*": _notice("retention"),
    **dict.fromkeys(
        [
            f"notice.processors.*.{key}"
            for key in (
                *("name", "organisation_number", "role", "purpose.*", "privacy_link"),
                *("agreement", "sub_processors"),
            )
        ],
        _notice("recipients"),
    ),
    "notice.processors.*.country": _notice("transfers"),
    "notice.processors.*.transfer_basis": _notice("transfers"),
}
"""Name of a field, `*` for any step → where visitors see it. The page's script picks from it."""


def as_json() -> list[list[object]]:
    """The table for the page's script: [pattern, state, visit, part, press, scheme]."""
    return [
        [pattern, scene.state, scene.visit, scene.part, list(scene.press), scene.scheme]
        for pattern, scene in SCENES.items()
    ]
