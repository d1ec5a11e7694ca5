"""What the forms of the editor call the parts of a banner document, for who reads them elsewhere. Pure."""

from collections.abc import Mapping

from server.studio.language import lazy_gettext

SECTIONS: Mapping[str, str] = {
    "texts": lazy_gettext("Texts"),
    "appearance": lazy_gettext("Appearance"),
    "behaviour": lazy_gettext("Behaviour"),
    "tools": lazy_gettext("Tools"),
    "controller": lazy_gettext("Controller"),
}
"""Section of the editor → its title."""

LISTS: Mapping[str, str] = {
    "categories": lazy_gettext("Categories"),
    "services": lazy_gettext("Services"),
    "notice": lazy_gettext("Notice"),
    "activities": lazy_gettext("Other processing"),
    "processors": lazy_gettext("Recipients"),
}
"""Page of a list → its title."""

TOOLS: Mapping[str, str] = {
    "consent_mode": lazy_gettext("Google Consent Mode"),
    "uet": lazy_gettext("Microsoft Advertising"),
    "clarity": lazy_gettext("Microsoft Clarity"),
    "matomo": "Matomo",
    "data_layer": lazy_gettext("Tag managers"),
}
"""Tool → what it is called."""

_FIELDS: Mapping[str, str] = {
    "accent": lazy_gettext("Buttons"),
    "accent_text": lazy_gettext("Text on buttons"),
    "address": lazy_gettext("Postal address"),
    "ads_data_redaction": lazy_gettext("Remove identifiers from ad clicks"),
    "agreement": lazy_gettext("Agreement"),
    "automatic_blocking": lazy_gettext("Block the services’ scripts automatically"),
    "background": lazy_gettext("Background"),
    "body": lazy_gettext("Text"),
    "border": lazy_gettext("Borders"),
    "category": lazy_gettext("Category"),
    "changed": lazy_gettext("When something is new"),
    "close": lazy_gettext("Close"),
    "consent_mode": lazy_gettext("Consent Mode"),
    "cookie_domain": lazy_gettext("The choice applies to"),
    "country": lazy_gettext("Country where the information goes"),
    "dark": lazy_gettext("Dark"),
    "data": lazy_gettext("Information"),
    "data_protection_officer": lazy_gettext("Data protection officer"),
    "default_language": lazy_gettext("Main language"),
    "descriptions": lazy_gettext("Description"),
    "dnt": lazy_gettext("Do Not Track counts as a no"),
    "email": lazy_gettext("E-mail"),
    "floating_button": lazy_gettext("Small button to change the choice"),
    "font": lazy_gettext("Font"),
    "gpc": lazy_gettext("Global Privacy Control counts as a no"),
    "heading": lazy_gettext("Heading"),
    "hidden": lazy_gettext("Hidden"),
    "host": lazy_gettext("Host"),
    "hosts": lazy_gettext("Hosts it loads from"),
    "impressions": lazy_gettext("Count how often the banner is shown"),
    "interests": lazy_gettext("The interests, or the law"),
    "key": lazy_gettext("Key"),
    "kind": lazy_gettext("Kind"),
    "layout": lazy_gettext("Layout"),
    "legal_basis": lazy_gettext("Legal basis"),
    "lifetime": lazy_gettext("Lifetime"),
    "light": lazy_gettext("Light"),
    "load_always": lazy_gettext("Button in that place"),
    "load_category": lazy_gettext("Button that allows a whole category"),
    "load_once": lazy_gettext("Button for this time only"),
    "logo": lazy_gettext("Logo"),
    "logo_text": lazy_gettext("What the logo says"),
    "name": lazy_gettext("Name"),
    "names": lazy_gettext("Name"),
    "necessary_reason": lazy_gettext("Why the website does not work without it"),
    "organisation_number": lazy_gettext("Organisation number"),
    "phone": lazy_gettext("Telephone"),
    "placeholder": lazy_gettext("In place of blocked content"),
    "position": lazy_gettext("Position"),
    "privacy_link": lazy_gettext("Privacy policy"),
    "processor_agreement": lazy_gettext("Processing agreement"),
    "provider": lazy_gettext("Provider"),
    "purpose": lazy_gettext("Purpose"),
    "radius": lazy_gettext("Rounding of corners"),
    "recipients": lazy_gettext("Recipients"),
    "refusal_days": lazy_gettext("A no is valid for"),
    "regions": lazy_gettext("Only in these countries or regions"),
    "reload_on_withdrawal": lazy_gettext("Load the page again after a withdrawal"),
    "reopen": lazy_gettext("Small button to change the choice"),
    "representative": lazy_gettext("Representative in the EEA"),
    "retention": lazy_gettext("Kept for"),
    "role": lazy_gettext("Role"),
    "save": lazy_gettext("Save the choices"),
    "size": lazy_gettext("Size"),
    "scheme": lazy_gettext("Colours to use"),
    "settings": lazy_gettext("Open the settings"),
    "settings_intro": lazy_gettext("Introduction"),
    "settings_title": lazy_gettext("Title"),
    "shared_with": lazy_gettext("Shared with"),
    "sources": lazy_gettext("Where the information comes from"),
    "sub_processors": lazy_gettext("Sub-processors"),
    "stores_nothing": lazy_gettext("It stores nothing on visitors’ devices"),
    "subjects": lazy_gettext("Whose information"),
    "supervisory_authority": lazy_gettext("Supervisory authority"),
    "text": lazy_gettext("Text"),
    "time_zone": lazy_gettext("Time zone"),
    "title": lazy_gettext("Title"),
    "transfer_basis": lazy_gettext("Basis of the transfer"),
    "url": lazy_gettext("Contact page"),
    "url_passthrough": lazy_gettext("Pass ad clicks on in addresses"),
    "validity_days": lazy_gettext("A yes is valid for"),
    "wait_for_update": lazy_gettext("Google’s tags wait for an answer"),
    "withdraw": lazy_gettext("Withdraw"),
    "ad_storage": lazy_gettext("Cookies for advertising"),
    "ad_user_data": lazy_gettext("Data about people to advertising tools"),
    "ad_personalization": lazy_gettext("Personalised advertising"),
    "analytics_storage": lazy_gettext("Cookies for statistics"),
    "functionality_storage": lazy_gettext("Remembering settings of visitors"),
    "personalization_storage": lazy_gettext("Personalised content"),
}
"""Key of a field → its label."""

_FIELDS_IN: Mapping[str, Mapping[str, str]] = {
    "appearance": {
        "settings": lazy_gettext("The settings open as"),
    },
    "controller": {
        "country": lazy_gettext("Country"),
    },
    "supervisory": {
        "url": lazy_gettext("Website"),
    },
    "texts": {
        "accept_all": lazy_gettext("Accept everything"),
        "reject_all": lazy_gettext("Refuse everything"),
        "body": lazy_gettext("Text"),
        "unavailable": lazy_gettext("When the settings cannot be loaded"),
        "always_on": lazy_gettext("Always on"),
        "services_heading": lazy_gettext("Heading of the services"),
        "cookies_heading": lazy_gettext("Heading of the cookies"),
        "country": lazy_gettext("Country"),
        "shared_with": lazy_gettext("Shared with"),
        "cookie_name": lazy_gettext("Name of a cookie"),
        "cookie_host": lazy_gettext("Host of a cookie"),
        "cookie_kind": lazy_gettext("Kind of storage"),
        "kind_cookie": lazy_gettext("Cookie"),
        "kind_local_storage": lazy_gettext("Local storage"),
        "kind_session_storage": lazy_gettext("Session storage"),
        "kind_indexed_db": lazy_gettext("Database in the browser"),
        "kind_pixel": lazy_gettext("Tracking pixel"),
        "session": lazy_gettext("Until the browser is closed"),
        "days": lazy_gettext("Days"),
        "saved": lazy_gettext("Saved"),
        "state_decided": lazy_gettext("When the visitor has answered"),
        "state_undecided": lazy_gettext("When the visitor has not answered"),
        "consent_number": lazy_gettext("Consent number"),
        "copy": lazy_gettext("Copy"),
        "copied": lazy_gettext("Copied"),
        "not_sent": lazy_gettext("When the answer was not sent"),
        "objection": lazy_gettext("When the browser says no"),
        "export": lazy_gettext("Download the answers"),
        "erase": lazy_gettext("Erase the answers"),
        "erase_ask": lazy_gettext("Question before erasing"),
        "erase_yes": lazy_gettext("Yes, erase"),
        "cancel": lazy_gettext("Cancel"),
        "erased": lazy_gettext("When the answers are erased"),
        "failed": lazy_gettext("When something goes wrong"),
        "controller": lazy_gettext("Controller"),
        "organisation_number": lazy_gettext("Organisation number"),
        "contact": lazy_gettext("Contact"),
        "officer": lazy_gettext("Data protection officer"),
        "my_choice": lazy_gettext("The visitor’s choice"),
        "see_changes": lazy_gettext("Link to what changed"),
    },
    "services": {
        "retention": lazy_gettext("How long the provider keeps the information"),
    },
    "processors": {
        "privacy_link": lazy_gettext("Privacy notice"),
    },
}
"""The same where one place has another word: in a section, in a list, or below `supervisory_authority`."""


def field_label(key: str, place: str = "") -> str:
    """What the form of a place calls a field; its key if no form has it."""
    return str(_FIELDS_IN.get(place, {}).get(key) or _FIELDS.get(key) or TOOLS.get(key) or key)


def known_fields() -> frozenset[str]:
    """Keys of all fields that have a label."""
    return frozenset((*_FIELDS, *TOOLS, *_FIELDS_IN["texts"]))
