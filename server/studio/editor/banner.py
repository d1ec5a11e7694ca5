"""Editor of the banner: texts, categories, appearance, behaviour and controller."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.core.errors import Malformed
from server.sites import authorities
from server.sites import service as sites
from server.sites.document_types import SECOND_LAYER, TEXT_KEYS
from server.sites.inheritance import TOOL_KEYS
from server.sites.values import NECESSARY, ordered_categories
from server.studio import local_times
from server.studio.draft import countries, form_binding
from server.studio.draft.field_words import field_label
from server.studio.draft.form_binding import Form
from server.studio.draft.page_languages import STAR
from server.studio.editor import appearance, drafts, shown_languages
from server.studio.guard import blueprint, needs
from server.studio.language import gettext, language_name, lazy_gettext
from server.studio.views import page, redirect_with_flash

ASKING = (
    "validity_days",
    "refusal_days",
    "signals",
    "cookie_domain",
    "floating_button",
    "impressions",
    "automatic_blocking",
    "reload_on_withdrawal",
)
"""Keys of `behaviour` on the page of behaviour."""

SECTIONS = {
    "texts": (("texts",),),
    "appearance": (("appearance",),),
    "behaviour": tuple(("behaviour", key) for key in ASKING),
    "tools": tuple(("behaviour", key) for key in TOOL_KEYS),
    "controller": (("controller",),),
}
"""Page → paths of the document in its form."""

STORAGE = {
    "ad_storage": (
        lazy_gettext("Cookies for advertising"),
        lazy_gettext("those of Google Ads and of Microsoft"),
    ),
    "ad_user_data": (
        lazy_gettext("Data about people to advertising tools"),
        lazy_gettext("an e-mail address after a purchase, for example"),
    ),
    "ad_personalization": (
        lazy_gettext("Personalised advertising"),
        lazy_gettext("audiences and remarketing"),
    ),
    "analytics_storage": (
        lazy_gettext("Cookies for statistics"),
        lazy_gettext("those of Google Analytics, Clarity and Matomo"),
    ),
    "functionality_storage": (
        lazy_gettext("Remembering settings of visitors"),
        lazy_gettext("the language, for example"),
    ),
    "personalization_storage": (
        lazy_gettext("Personalised content"),
        lazy_gettext("recommended videos, for example"),
    ),
}
"""Signal type → label in the studio, with an example."""

_HOME = "NO"
"""The country whose authority is offered to a controller that has not said where it is."""

_NAMES = shown_languages.own_names()


@blueprint.get("/sites/<key>/banner")
@needs("banner.edit")
def banner() -> ResponseReturnValue:
    """The editor's first page."""
    return redirect_with_flash("section", section="texts")


@blueprint.get("/sites/<key>/banner/<any(texts, appearance, behaviour, tools, controller):section>")
@needs("banner.edit")
def section(section: str) -> ResponseReturnValue:
    """A section of the draft."""
    return _section(section, drafts.form(*SECTIONS[section]))


@blueprint.post("/sites/<key>/banner/<any(texts, appearance, behaviour, tools, controller):section>")
@needs("banner.edit")
def save_section(section: str) -> ResponseReturnValue:
    """Save a section of the draft."""
    stored, document = drafts.edited(*SECTIONS[section])
    message = gettext("Saved in the draft.")
    if section == "controller" and request.form.get("do") == "authority":
        found = authorities.authority_of(request.form.get("authority_country", ""))
        if found is None:
            raise Malformed("there is no authority to fill in for this country")
        document = form_binding.with_authority(document, found)
        message = gettext("%(name)s is filled in, and saved in the draft.", name=found["name"])
    if section == "appearance":
        filled = appearance.filled(document, request.form.get("do", ""))
        if filled.faults:
            return _section(section, replace(stored, document=document), 422, faults=filled.faults)
        document, message = filled.document, " ".join((*filled.sentences, message))
    if refused := drafts.save(document, *SECTIONS[section]):
        return _section(section, refused, drafts.status_of(refused))
    return redirect_with_flash("section", message, section=section)


def _section(
    section: str, form: Form, status: int = 200, *, faults: Mapping[str, str] = MappingProxyType({})
) -> Response:
    return page(
        f"banner/{section}.html",
        status,
        form=form,
        section=section,
        text_keys=TEXT_KEYS,
        faults=faults,
        fault_labels=appearance.FAULT_LABELS,
        **(appearance.words(form.document) if section == "appearance" else {}),
        second_layer=SECOND_LAYER,
        field_label=lambda key: field_label(key, "texts"),
        language_name=language_name,
        kinds=STORAGE,
        optional=_optional(form),
        authorities=countries.sorted_by_name(authorities.AUTHORITIES),
        authority_country=form.document["controller"]["country"] or _HOME,
        countries=countries.by_name(form.document["controller"]["country"]),
        zones=local_times.zone_groups(form.document["controller"]["time_zone"]),
        **_words(form, *(f"texts.{STAR}.{key}" for key in TEXT_KEYS)),
    )


def _optional(form: Form) -> list[tuple[str, str]]:
    """Key and name of all categories that visitors decide about."""
    language = form.document["default_language"]
    shown = [one for one in ordered_categories(form.document) if one["key"] != NECESSARY]
    return [(one["key"], one["names"].get(language) or one["key"]) for one in shown]


def _words(form: Form, *needed: str) -> dict[str, object]:
    return {
        "language": drafts.language_of(form),
        "spoken": shown_languages.of_page(form, needed),
        "language_names": _NAMES,
        "reviews": {language.code: language.review for language in sites.known_languages()},
        "addable": [one for one in sites.known_languages() if one.code not in form.document["texts"]],
    }


# --- languages -------------------------------------------------------------------------------------------


@blueprint.post("/sites/<key>/banner/languages")
@needs("banner.edit")
def change_languages() -> ResponseReturnValue:
    """Add or remove a language, or make it the default language."""
    stored = drafts.form(*SECTIONS["texts"])
    code, do = request.form.get("code", ""), request.form.get("do", "")
    document = stored.document
    name = _NAMES.get(code, code)
    if do == "add" and code in _NAMES:
        document = sites.with_language(document, code)
        outcome = gettext("%(language)s is added.", language=name)
    elif do == "remove" and code != document["default_language"]:
        document = form_binding.without_language(document, code)
        outcome = gettext(
            "%(language)s is removed, with everything written in it. Visitors see it until you publish. "
            "The history of the draft can bring it back.",
            language=name,
        )
    elif do == "default" and code in document["texts"]:
        document = {**document, "default_language": code}
        outcome = gettext("%(language)s is now the main language.", language=name)
    else:
        raise Malformed("that cannot be done with this language")
    if refused := drafts.save(document, *SECTIONS["texts"]):
        shown_form = drafts.unchanged(refused, *SECTIONS["texts"])
        return _section("texts", shown_form, drafts.status_of(refused))
    shown = code if do == "add" else None
    return redirect_with_flash("section", outcome, section="texts", language=shown)


# --- categories ------------------------------------------------------------------------------------------

_CATEGORIES = (("categories",),)


@blueprint.get("/sites/<key>/banner/categories")
@needs("banner.edit")
def categories() -> ResponseReturnValue:
    """The categories."""
    return _categories(drafts.form(*_CATEGORIES))


@blueprint.post("/sites/<key>/banner/categories")
@needs("banner.edit")
def save_categories() -> ResponseReturnValue:
    """Save names and descriptions, and perform the action of the pressed button."""
    _stored, document = drafts.edited(*_CATEGORIES)
    do, _colon, subject = request.form.get("do", "save").partition(":")
    message = gettext("Saved in the draft.")
    if do in ("up", "down"):
        document = form_binding.with_moved_category(document, subject, by=-1 if do == "up" else 1)
    elif do in ("hide", "show"):
        document = form_binding.with_hidden(document, subject, hidden=do == "hide")
    elif do == "remove":
        if any(service["category"] == subject for service in document["services"]):
            problem = gettext("Services are still in this category: move or remove them first.")
            return _categories(drafts.form(*_CATEGORIES), 409, problem=problem)
        document, message = (
            form_binding.without_category(document, subject),
            gettext(
                "The category is removed from the draft. Visitors see it until you publish. "
                "The history of the draft can bring it back."
            ),
        )
    if refused := drafts.save(document, *_CATEGORIES):
        return _categories(refused, drafts.status_of(refused))
    return redirect_with_flash("categories", message)


@blueprint.post("/sites/<key>/banner/categories/add")
@needs("banner.edit")
def add_category() -> ResponseReturnValue:
    """Add a category."""
    key, title = request.form.get("new_key", "").strip(), request.form.get("new_name", "").strip()
    stored = drafts.form(*_CATEGORIES)
    document = form_binding.with_category(stored.document, key, title)
    refused = drafts.save(document, *_CATEGORIES) if title else stored
    if refused is None:
        return redirect_with_flash("categories", gettext("%(name)s is added. Describe it next.", name=title))
    index = len(document["categories"]) - 1
    faults = {
        "new_key": refused.fault_at(f"categories.{index}.key"),
        "new_name": "is missing" if not title else refused.errors.get(f"categories.{key}.names", ""),
    }
    others = refused.faults_apart_from(f"categories.{index}.key")
    shown = drafts.unchanged(refused, *_CATEGORIES, elsewhere=others)
    return _categories(shown, drafts.status_of(refused), new={"key": key, "name": title}, faults=faults)


def _categories(
    form: Form,
    status: int = 200,
    *,
    problem: str = "",
    new: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    used = {service["category"] for service in form.document["services"]}
    keys = [category["key"] for category in form.document["categories"]]
    needed = [f"categories.{key}.{text}.{STAR}" for key in keys for text in ("names", "descriptions")]
    return page(
        "banner/categories.html",
        status,
        form=form,
        section="categories",
        categories=ordered_categories(form.document),
        necessary=NECESSARY,
        used=used,
        problem=problem,
        new=new or {"key": "", "name": ""},
        faults=faults or {},
        **_words(form, *needed),
    )
