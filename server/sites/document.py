"""The one schema of the banner document: what staff save, files import and scripts send is the same thing.

A draft may be incomplete (`lint` tells what a publish still needs) but never ill-typed: whatever this module
lets through has every key, and only values that the widget, the notice and the database can carry.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, post_load, validates_schema

from server.core.canonical import canonical
from server.core.errors import Invalid, flatten
from server.sites import cross_checks, hosts
from server.sites.fields import (
    CONTROL,
    LINE,
    Changed,
    Many,
    Part,
    PerLanguage,
    Switch,
    Text,
    Whole,
    address,
    colour,
    cookie_host,
    fonts,
    form,
    fully,
    line,
    part_key,
    plain,
    prose,
    shape,
    word,
)
from server.sites.values import LANGUAGE, MAX_OPTIONAL, PART_KEY, SIGNAL_TYPES, TEXT_KEYS

MAX_DOCUMENT = 512 * 1024
"""Bytes of a document's canonical form."""

MAX_ERRORS = 100
"""Faults that one answer names."""

LEGAL_BASES = (
    "consent",
    "contract",
    "legal_obligation",
    "public_task",
    "vital_interests",
)
"""GDPR article 6 without legitimate interests, which cannot carry storage on a visitor's device."""

_PROSE = frozenset({"body", "settings_intro"})
_COUNTRY = re.compile(r"[A-Z]{2}")
_REGION = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f-\x9f]{1,64}@[^@\s\x00-\x1f\x7f-\x9f]{1,189}")
_ANYTHING = re.compile(r".*\S.*", re.DOTALL)
_LIFETIME = re.compile(
    r"session|P(?=[0-9T])(?:[0-9]{1,4}W|(?:[0-9]{1,4}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,5}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,5}H)?(?:[0-9]{1,5}M)?(?:[0-9]{1,8}S)?)?)"
)


def load(value: object) -> dict[str, Any]:
    """The document in `value`, with every key there; loading the result again changes nothing.

    :raises Invalid: `errors` names each field that is wrong, e.g. `categories.2.key`.
    """
    try:
        document: dict[str, Any] = _SCHEMA.load(value)  # type: ignore[arg-type]
    except ValidationError as fault:
        errors = _readable(
            flatten(fault.messages_dict if isinstance(fault.messages, dict) else fault.messages)
        )
        first, sentence = next(iter(errors.items()))
        raise Invalid(f"the banner document cannot be used: {first} {sentence}", errors=errors) from fault
    if len(canonical(document)) > MAX_DOCUMENT:
        fault_text = f"is larger than {MAX_DOCUMENT} bytes"
        raise Invalid(f"the banner document {fault_text}", errors={"body": fault_text})
    return document


def _readable(errors: Mapping[str, object]) -> dict[str, object]:
    """At most `MAX_ERRORS` faults; paths hold what was sent, so they are cut and made printable."""
    shown = list(errors.items())[:MAX_ERRORS]
    return {(path if path.isprintable() else ascii(path))[:200]: sentence for path, sentence in shown}


class Strict(Schema):
    """An object whose keys are all known."""

    class Meta:  # noqa: D106 - marshmallow's place for options
        unknown = RAISE

    error_messages = {"unknown": "is not a known key", "type": "is not an object"}  # noqa: RUF012


def _empty(schema: type[Schema]) -> Callable[[], Any]:
    return lambda: schema().load({})


class CategorySchema(Strict):
    """A purpose that visitors decide about, or what is necessary."""

    key = part_key()
    names = PerLanguage(line(60), load_default=dict)
    descriptions = PerLanguage(prose(1000), load_default=dict)
    order = Whole(0, 999, load_default=0)
    hidden = Switch(load_default=False)


class CookieSchema(Strict):
    """Something that a service keeps on the visitor's device."""

    name = Text(
        required=True,
        validate=[plain(200), fully(_ANYTHING, "is empty", empty=False)],
        metadata={"maxLength": 200, "pattern": f"^{LINE}*[^\\s{CONTROL}]{LINE}*$"},
    )
    host = Changed(cookie_host, load_default="", metadata={"maxLength": 254})
    kind = word("cookie", "local_storage", "session_storage", "indexed_db", "pixel", default="cookie")
    lifetime = form(_LIFETIME, "is neither session nor an ISO 8601 duration such as P180D")
    purpose = PerLanguage(prose(1000), load_default=dict)


class ServiceSchema(Strict):
    """Something that a site uses, and what visitors must know about it."""

    key = part_key()
    name = line(100)
    provider = line(200)
    category = Text(required=True, metadata=shape(PART_KEY))
    purpose = PerLanguage(prose(1000), load_default=dict)
    legal_basis = word(*LEGAL_BASES, default="consent")
    necessary_reason = PerLanguage(prose(1000), load_default=dict)
    country = form(_COUNTRY, "is not a country code of two capitals such as NO")
    privacy_link = address()
    shared_with = Many(line(200), 50, load_default=list)
    processor_agreement = address()
    hosts = Many(
        Changed(hosts.host_with_path, required=True, metadata={"maxLength": 255 + hosts.MAX_PATH}),
        50,
        load_default=list,
        metadata={
            "description": "Host names it loads from, each perhaps with the beginning of a path: "
            "www.google.com/maps. *. in front of a name stands for its sub-domains."
        },
    )
    cookies = Many(Part(CookieSchema), 100, load_default=list)


class PaletteSchema(Strict):
    """Five colours. Accepting and refusing are painted with one pair, so neither can be made to shine."""

    background = colour()
    text = colour()
    accent = colour()
    accent_text = colour()
    border = colour()


class ColoursSchema(Strict):
    """Colours for light and for dark surroundings."""

    light = Part(PaletteSchema, required=True)
    dark = Part(PaletteSchema, required=True)


class AppearanceSchema(Strict):
    """How the banner looks."""

    layout = word("bar", "box", "dialog", default="bar")
    settings = word("dialog", "sheet", default="dialog")
    position = word("bottom", "top", "bottom_left", "bottom_right", "centre", default="bottom")
    colours = Part(ColoursSchema, required=True)
    scheme = word("auto", "light", "dark", default="auto")
    radius = Whole(0, 32, load_default=8)
    font = Text(
        validate=[plain(200), fonts],
        load_default="inherit",
        metadata={"maxLength": 200, "pattern": f"^{LINE}+$"},
    )
    logo = address()


class SignalsSchema(Strict):
    """Signals of the browser that count as a refusal."""

    gpc = Switch(load_default=True)
    dnt = Switch(load_default=True)


class GoogleSchema(Strict):
    """How Google Consent Mode is set up, where it is on."""

    regions = Many(
        Text(
            validate=fully(_REGION, "is not a region such as NO or US-CA", empty=False),
            metadata=shape(_REGION),
        ),
        300,
        load_default=list,
        metadata={"description": "Where the default is denied; empty: everywhere."},
    )
    wait_for_update = Whole(0, 10_000, load_default=500, metadata={"description": "Milliseconds."})
    ads_data_redaction = Switch(load_default=True)
    url_passthrough = Switch(load_default=False)


class ToolsSchema(Strict):
    """Which other tools on the page are told what was decided."""

    uet = Switch(load_default=False)
    clarity = Switch(load_default=False)
    matomo = Switch(load_default=False)
    data_layer = Switch(load_default=False)


MappingSchema = Strict.from_dict(
    {
        # Absent ones follow the convention, which depends on the document's categories.
        kind: Text(
            metadata={
                **shape(PART_KEY, empty=True),
                "description": "Key of an optional category; empty: never granted.",
            }
        )
        for kind in SIGNAL_TYPES
    },
    name="MappingSchema",
)


class BehaviourSchema(Strict):
    """When visitors are asked, what is kept, and who is told."""

    validity_days = Whole(1, 365, load_default=365)
    refusal_days = Whole(182, 3650, load_default=182)
    cookie_domain = word("host", "site", default="host")
    consent_mode = word("off", "basic", "advanced", default="off")
    google = Part(GoogleSchema, load_default=_empty(GoogleSchema))
    tools = Part(ToolsSchema, load_default=_empty(ToolsSchema))
    mapping = Part(MappingSchema, load_default=dict)
    signals = Part(SignalsSchema, load_default=_empty(SignalsSchema))
    automatic_blocking = Switch(load_default=False)
    reload_on_withdrawal = Switch(load_default=False)
    floating_button = Switch(load_default=True)
    impressions = Switch(load_default=False)


class ContactsSchema(Strict):
    """How to reach the controller."""

    email = form(_EMAIL, "is not an e-mail address")
    phone = line(40)
    url = address()


class OfficerSchema(Strict):
    """The data protection officer, where there is one."""

    name = line(200)
    email = form(_EMAIL, "is not an e-mail address")


class AuthoritySchema(Strict):
    """Where a visitor may complain."""

    name = line(200)
    url = address()


class ControllerSchema(Strict):
    """Who decides why and how data is processed."""

    name = line(200)
    organisation_number = line(40)
    address = prose(500)
    contacts = Part(ContactsSchema, load_default=_empty(ContactsSchema))
    data_protection_officer = Part(OfficerSchema, load_default=_empty(OfficerSchema))
    supervisory_authority = Part(AuthoritySchema, load_default=_empty(AuthoritySchema))


class SectionSchema(Strict):
    """A section of the privacy and cookie notice."""

    key = part_key(on_the_page=False)
    heading = PerLanguage(line(200), load_default=dict)
    body = PerLanguage(prose(20_000), load_default=dict)


class NoticeSchema(Strict):
    """The operator's own words in the privacy and cookie notice."""

    sections = Many(Part(SectionSchema), 50, load_default=list)


LanguageTextsSchema = Strict.from_dict(
    {key: prose(2000) if key in _PROSE else line(400) for key in TEXT_KEYS}, name="LanguageTextsSchema"
)


class BannerDocumentSchema(Strict):
    """Everything about a banner that staff edit and publishing freezes."""

    default_language = Text(required=True, metadata=shape(LANGUAGE))
    categories = Many(Part(CategorySchema), MAX_OPTIONAL + 1, required=True)
    services = Many(Part(ServiceSchema), 200, required=True)
    texts = PerLanguage(Part(LanguageTextsSchema), required=True)
    appearance = Part(AppearanceSchema, required=True)
    behaviour = Part(BehaviourSchema, required=True)
    controller = Part(ControllerSchema, required=True)
    notice = Part(NoticeSchema, required=True)

    @validates_schema
    def _agrees_with_itself(self, document: dict[str, Any], **_kwargs: object) -> None:
        if errors := cross_checks.faults(document):
            raise ValidationError(errors)

    @post_load
    def _mapped(self, document: dict[str, Any], **_kwargs: object) -> dict[str, Any]:
        document["behaviour"]["mapping"] = cross_checks.effective_mapping(document)
        return document


_SCHEMA = BannerDocumentSchema()
