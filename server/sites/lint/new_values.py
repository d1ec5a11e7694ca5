"""What a finding's field gets instead, by the rule of the finding. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from server.catalog import service as catalog
from server.core import parsing
from server.sites import authorities, contrast, defaults, oklch
from server.sites.document_types import Document
from server.sites.lint import appearance, behaviour, wording
from server.sites.lint.visible_text import visible
from server.sites.standard_sections import shipped_section
from server.sites.texts import SHIPPED, shipped
from server.sites.values import CONSENT_SERVICE, CONVENTION, EEA, Finding

Path = tuple[str | int, ...]

NOTHING = object()
"""There is no new value."""


def new_value(document: Document, finding: Finding) -> tuple[Path, object]:
    """The place that a finding is about, and what it gets; `NOTHING` if only the site can know that."""
    find, path = NEW_VALUES.get(finding.rule), _steps(finding.field)
    if finding.rule == "authority_missing":
        path = path[:-1]  # with its address
    return path, find(document, path) if find and _there(document, path[:-1]) else NOTHING


def _steps(field: str) -> Path:
    return tuple(step if (at := parsing.number(step)) is None else at for step in field.split("."))


def _there(document: Document, path: Path) -> bool:
    """Whether there is an object at a path."""
    place: Any = document
    for step in path:
        listed = isinstance(place, list) and isinstance(step, int) and step < len(place)
        if not listed and not (isinstance(place, dict) and step in place):
            return False
        place = place[step]
    return isinstance(place, dict)


def value_at(value: Any, path: Path) -> Any:
    """What stands at a path; None if it ends at a key that is absent."""
    place = value
    for step in path:
        place = place.get(step) if isinstance(place, dict) else place[cast("int", step)]
    return place


# --- the fixes -------------------------------------------------------------------------------------------


def _standard_text(document: Document, path: Path) -> object:
    """The product's words for a text of the banner, a category, a section, or our own service."""
    language = str(path[-1]) if path[0] != "texts" else str(path[1])
    if language not in SHIPPED:
        return NOTHING
    match path:
        case ("texts", _, key):
            return shipped(language)["texts"].get(cast("Any", key), NOTHING)
        case ("categories", int(index), "names" | "descriptions" as part, _):
            known = shipped(language)["categories"].get(document["categories"][index]["key"])
            return known["name" if part == "names" else "description"] if known else NOTHING
        case ("notice", "sections", int(index), "heading" | "body" as part, _):
            section = shipped_section(document["notice"]["sections"][index]["key"], language)
            return cast("Any", section)[part] if section else NOTHING
        case ("services", int(index), *_):
            return _described(document, index, path)
    return NOTHING


def _described(document: Document, index: int, path: Path) -> object:
    """What the product says of its own service, and the catalog of those that were filled from it."""
    service = document["services"][index]
    if service["key"] == CONSENT_SERVICE:
        ours = value_at(defaults.described(service, str(path[-1])), path[2:])
        if ours and visible(str(ours)):
            return ours
    known = catalog_service(document, index)
    texts: Any = None
    match path[2:]:
        case ("purpose", _):
            texts = known and known.purpose
        case ("data", _):
            texts = known and catalog.data_in_words(known)
        case ("cookies", int(at), "purpose", _):
            name = service["cookies"][at]["name"]
            texts = (
                next((each.purpose for each in known.storage if each.name == name), None) if known else None
            )
    return getattr(texts, str(path[-1]), NOTHING) if texts else NOTHING


def catalog_service(document: Document, index: int) -> Any:
    """What the catalog says of the service that a service of the document was filled from; None: nothing."""
    key = document["services"][index]["catalog"]["key"]
    return next((each for each in catalog.services() if each.key == key), None) if key else None


def _from_catalog(read: Callable[[Any], object]) -> Callable[[Document, Path], object]:
    def find(document: Document, path: Path) -> object:
        known = catalog_service(document, cast("int", path[1])) if path[0] == "services" else None
        return (read(known) if known else None) or NOTHING

    return find


def _transfer_basis(document: Document, path: Path) -> object:
    """What a transfer rests on, if it goes where the catalog says."""
    known = catalog_service(document, cast("int", path[1])) if path[0] == "services" else None
    there = value_at(document, path[:-1])["country"]
    return (known.transfer_basis if known and known.transfer_country == there else None) or NOTHING


def _lifetime(document: Document, path: Path) -> object:
    index, at = cast("int", path[1]), cast("int", path[3])
    name, known = document["services"][index]["cookies"][at]["name"], catalog_service(document, index)
    found = next((each.lifetime for each in known.storage if each.name == name), "") if known else ""
    return found or NOTHING


def _colour(needed: float) -> Callable[[Document, Path], object]:
    def find(document: Document, path: Path) -> object:
        palette = value_at(document, path[:-1])
        against = palette["accent" if path[-1] == "accent_text" else "background"]
        colour = palette[path[-1]]
        found = oklch.nearest(
            colour, oklch.of_hex(colour), lambda one: contrast.ratio(one, against) >= needed
        )
        return found or NOTHING

    return find


def _directed(document: Document, path: Path) -> object:
    return wording.without_direction(value_at(document, path))


def _seen(document: Document, path: Path) -> object:
    return wording.without_unseen(value_at(document, path))


def _position(document: Document, _: Path) -> object:
    return appearance.fitting_positions(document["appearance"]["layout"])[0]


def _regions(document: Document, path: Path) -> object:
    held: list[str] = value_at(document, path)
    return [*held, *sorted(EEA - {region.partition("-")[0] for region in held})]


def _usual_category(_: Document, path: Path) -> object:
    return CONVENTION[cast("Any", path[-1])]


def _authority(document: Document, _: Path) -> object:
    known = authorities.authority_of(document["controller"]["country"])
    return known or NOTHING


def _value(value: object) -> Callable[[Document, Path], object]:
    return lambda _document, _path: value


NEW_VALUES: Mapping[str, Callable[[Document, Path], object]] = {
    "authority_missing": _authority,
    "blocks_nothing": _value(False),  # noqa: FBT003 - values of fields
    "category_hidden": _value(False),  # noqa: FBT003
    "coaxing_words": _standard_text,
    "consent_by_silence": _standard_text,
    "consent_mode_without_google": _value("off"),
    "consent_needed": _value("consent"),
    "contrast_faint": _colour(contrast.SEEN),
    "contrast_low": _colour(contrast.COMFORTABLE),
    "contrast_modest": _colour(contrast.COMFORTABLE),
    "country_missing": _from_catalog(lambda known: known.provider and known.provider.country),
    "data_missing": _standard_text,
    "direction_changed": _directed,
    "gpc_unheard": _value(True),  # noqa: FBT003
    "labels_same": _standard_text,
    "labels_uneven": _standard_text,
    "lifetime_missing": _lifetime,
    "name_twice": _standard_text,
    "necessary_reason_missing": _standard_text,
    "placeholder_missing": _standard_text,
    "placeholder_unknown": _standard_text,
    "position_unfit": _position,
    "privacy_link_missing": _from_catalog(lambda known: known.privacy_link),
    "provider_missing": _from_catalog(lambda known: known.provider and known.provider.name),
    "redaction_off": _value(True),  # noqa: FBT003
    "regions_open": _regions,
    "section_hidden": _value(False),  # noqa: FBT003
    "text_missing": _standard_text,
    "tool_without_service": _value(False),  # noqa: FBT003
    "transfer_basis_missing": _transfer_basis,
    "transfer_basis_uncertain": _transfer_basis,
    "transfer_basis_unfit": _value(""),
    "type_hidden": _usual_category,
    "type_unmapped": _usual_category,
    "unseen_in_name": _seen,
    "url_passthrough_on": _value(False),  # noqa: FBT003
    "validity_short": _value(behaviour.SIX_MONTHS),
    "wait_long": _value(behaviour.LONG_WAIT),
    "wait_short": _value(behaviour.SHORT_WAIT),
}
"""Rule → the value that its field gets, or `NOTHING`."""
