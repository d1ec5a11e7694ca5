"""Headings and switches on the pages of a site that the search leads to, besides the pages themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.studio.language import lazy_gettext
from server.studio.places import FURTHER, PARTS, SECTIONS, Place, in_both
from server.studio.sentences import sentence

_PAGES: Mapping[str, Place] = {place.name: place for place in (*FURTHER, *SECTIONS, *PARTS)}


@dataclass(frozen=True)
class Heading:
    """A heading or a switch, and the fields below it."""

    page: str
    """Name of the page's place."""
    title: str
    fields: tuple[str, ...] = ()
    """The beginnings of the paths of its fields, without the language of a text; the first is led to."""
    anchor: str = ""
    """The id that it leads to instead; none: the page."""
    labels: tuple[str, ...] = ()
    """Labels beside it that people look for, too, in English."""

    @property
    def place(self) -> Place:
        """The page that it is on."""
        return _PAGES[self.page]

    @property
    def words(self) -> str:
        """Other words that people look for it by."""
        return " ".join(map(in_both, self.labels))

    def anchor_in(self, language: str) -> str:
        """The id that it leads to, where the language of texts is this one; empty: the page."""
        first = self.fields[0] if self.fields else ""
        if first.startswith("texts."):
            first = first.replace("texts.", f"texts.{language}.", 1)
        return self.anchor or first

    def has(self, path: str) -> bool:
        """Whether a field, by its path without language, is below it."""
        return any(path == each or path.startswith(f"{each}.") for each in self.fields)


_FIRST_LAYER = tuple(
    f"texts.{key}" for key in ("title", "body", "accept_all", "reject_all", "settings", "reopen", "changed")
)
_SETTINGS = tuple(f"texts.{key}" for key in ("settings_title", "settings_intro", "save", "withdraw", "close"))

HEADINGS = (
    Heading("texts", lazy_gettext("First layer"), _FIRST_LAYER),
    Heading("texts", lazy_gettext("Settings"), _SETTINGS),
    Heading(
        "texts",
        lazy_gettext("Languages"),
        anchor="languages-title",
        labels=(sentence("add a language translation Norwegian Bokmål Nynorsk English"),),
    ),
    Heading("appearance", lazy_gettext("Theme"), labels=(sentence("template design style"),)),
    Heading(
        "appearance",
        lazy_gettext("Brand colour"),
        anchor="brand",
        labels=(sentence("Your brand’s colour"), sentence("contrast readable colours hex")),
    ),
    Heading(
        "appearance",
        lazy_gettext("Shape and place"),
        ("appearance.layout", "appearance.position", "appearance.settings"),
    ),
    Heading(
        "behaviour",
        lazy_gettext("When visitors are asked again"),
        ("behaviour.validity_days", "behaviour.refusal_days"),
    ),
    Heading(
        "behaviour", lazy_gettext("Signals from the browser"), ("behaviour.signals.gpc", "behaviour.signals")
    ),
    Heading(
        "behaviour",
        lazy_gettext("On the page"),
        ("behaviour.floating_button", "behaviour.impressions", "behaviour.cookie_domain"),
    ),
    Heading(
        "behaviour",
        lazy_gettext("Blocking before consent"),
        ("behaviour.automatic_blocking", "behaviour.reload_on_withdrawal"),
    ),
    Heading("tools", "Google", ("behaviour.consent_mode", "behaviour.google")),
    Heading("tools", lazy_gettext("Others"), ("behaviour.tools.uet", "behaviour.tools")),
    Heading(
        "tools",
        lazy_gettext("What a yes allows there"),
        ("behaviour.mapping.ad_storage", "behaviour.mapping"),
    ),
    Heading(
        "controller",
        lazy_gettext("Who is responsible"),
        (
            "controller.name",
            "controller.organisation_number",
            "controller.address",
            "controller.country",
            "controller.contacts",
        ),
    ),
    Heading(
        "controller",
        lazy_gettext("Data protection officer"),
        ("controller.data_protection_officer.name", "controller.data_protection_officer"),
    ),
    Heading(
        "controller",
        lazy_gettext("Representative in the EEA"),
        ("controller.representative.name", "controller.representative"),
    ),
    Heading(
        "controller",
        lazy_gettext("Supervisory authority"),
        ("controller.supervisory_authority.name", "controller.supervisory_authority"),
    ),
    Heading("controller", lazy_gettext("Days and times"), ("controller.time_zone",)),
    Heading("domains", lazy_gettext("Domains"), anchor="domains"),
    Heading("domains", lazy_gettext("Retention"), anchor="days", labels=(sentence("Delete a decision"),)),
    Heading(
        "domains",
        lazy_gettext("Who publishes"),
        anchor="publishers",
        labels=(sentence("Editors ask, and publishers publish"), sentence("roles rights")),
    ),
    Heading(
        "domains",
        lazy_gettext("Approval"),
        anchor="approval",
        labels=(sentence("A second person approves what is published"), sentence("four eyes review approve")),
    ),
    Heading(
        "publish",
        lazy_gettext("Notify visitors of this change"),
        labels=(sentence("announce announcement subscribers"),),
    ),
)
