"""Documents in, documents out: what forms do to them, whatever is typed."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.sites import service as sites
from server.studio.draft import durations, editor_links, form_binding

DOCUMENT = sites.default_document(name="Butikken")
ROOTS = (
    ("texts",),
    ("categories",),
    ("services",),
    ("appearance",),
    ("behaviour",),
    ("controller",),
    ("notice",),
)
NAMES = form_binding.fields_of(DOCUMENT, *ROOTS)


def shown() -> dict[str, str]:
    """What a form that shows everything would send back untouched."""
    form = form_binding.Form(DOCUMENT, 1, NAMES)

    def text(value: Any) -> str:
        return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)

    return {name: text(form.value(name)) for name in NAMES}


def test_form_that_is_sent_back_untouched_changes_nothing() -> None:
    assert sites.validate(form_binding.bind(DOCUMENT, shown(), NAMES)) == sites.validate(DOCUMENT)


@given(st.dictionaries(st.sampled_from(sorted(NAMES)), st.text(max_size=40), max_size=8))
def test_whatever_is_typed_is_either_refused_by_name_or_saved(typed: dict[str, str]) -> None:
    edited = form_binding.bind(DOCUMENT, typed, NAMES)
    try:
        saved = sites.validate(edited)
    except Invalid as refused:
        mine, _others = form_binding.errors_by_field(refused.errors, NAMES)
        assert mine
        assert set(mine) <= set(typed)
    else:
        untouched = set(NAMES) - set(typed)
        before = sites.validate(DOCUMENT)
        assert all(
            form_binding.value_at(saved, NAMES[name]) == form_binding.value_at(before, NAMES[name])
            for name in untouched
        )


def test_original_is_never_changed() -> None:
    before = sites.default_document(name="Butikken")
    form_binding.with_moved_category(DOCUMENT, "advertising", by=-1)
    form_binding.without_language(DOCUMENT, "en")
    form_binding.bind(DOCUMENT, {"texts.nb.title": "x"}, NAMES)
    assert before == DOCUMENT


def test_keys_order_and_hiding_are_no_fields() -> None:
    assert not [name for name in NAMES if name.endswith((".key", ".order", ".hidden"))]


@pytest.mark.parametrize(
    ("written", "stored"),
    [("6 months", "P6M"), ("1 year", "P1Y"), ("180 days", "P180D"), ("30 minutes", "PT30M"),
     ("2 hours", "PT2H"), ("session", "session"), ("Session", "session"), ("p30d", "P30D"),
     ("6 måneder", "P6M"), ("2 uker", "P2W"), ("6 månader", "P6M"), ("2 veker", "P2W"), ("3 timar", "PT3H"),
     ("økt", "session"), ("for ever", "for ever"), ("", "")],
)  # fmt: skip
def test_lifetime_is_read_as_people_write_it(written: str, stored: str) -> None:
    assert durations.parse(written) == stored


def test_retention_of_a_service_is_a_duration_and_that_of_an_activity_a_text() -> None:
    assert form_binding.displayed("services.samtykke.retention", "P14M") == "14 months"
    assert form_binding.displayed("notice.activities.0.retention.nb", "P14M") == "P14M"
    edited = form_binding.bind(DOCUMENT, {"services.samtykke.retention": "14 months"}, NAMES)
    assert edited["services"][0]["retention"] == "P14M"


@pytest.mark.parametrize("language", ["en", "nb", "nn"])
@pytest.mark.parametrize("unit", ["D", "W", "M", "Y", "TH", "TM", "TS"])
def test_lifetime_survives_being_shown_in_every_language(app: Flask, language: str, unit: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        for number in (1, 14):
            iso = f"P{unit[:-1]}{number}{unit[-1]}"
            assert durations.parse(durations.readable(iso)) == iso
        assert durations.parse(durations.readable("session")) == "session"


@given(st.integers(1, 99999), st.sampled_from(["D", "W", "M", "Y", "TH", "TM", "TS"]))
def test_lifetime_survives_being_shown(number: int, unit: str) -> None:
    iso = f"P{unit[:-1]}{number}{unit[-1]}"
    assert durations.parse(durations.readable(iso)) == iso


@pytest.mark.parametrize(
    ("field", "endpoint", "anchor"),
    [("controller.name", "section", "controller.name"), ("texts.nb.title", "section", "texts.nb.title"),
     ("categories.1", "categories", "categories.functional.names.nb"),
     ("categories.1.hidden", "categories", "categories.functional.names.nb"),
     ("services.0", "service", "services.samtykke.name"),
     ("services.0.data.nn", "service", "services.samtykke.data.nn"),
     ("services.0.transfer_basis", "service", "services.samtykke.transfer_basis"),
     ("controller.contacts", "section", "controller.contacts.email"),
     ("notice.sections.3.body.nn", "notice_section", "notice.sections.sources.body.nn"),
     ("notice.sections.3.hidden", "notice_section", "notice.sections.sources.heading.nb"),
     ("notice.sections.99.body.nn", "notice", ""), ("notice.sections", "notice", ""),
     ("notice", "notice", ""),
     ("notice.activities.0.purpose.nb", "activities", ""), ("notice.processors.0.name", "processors", ""),
     ("services.0.purpose.nn", "service", "services.samtykke.purpose.nn"), ("services.99", "services", ""),
     ("appearance.colours.light.text", "section", "appearance.colours.light.text"),
     ("behaviour.refusal_days", "section", "behaviour.refusal_days"),
     ("behaviour.google.regions", "section", "behaviour.google.regions")],
)  # fmt: skip
def test_finding_leads_to_its_field(field: str, endpoint: str, anchor: str) -> None:
    found = editor_links.link_to(field, DOCUMENT)
    assert (found.endpoint, found.anchor) == (endpoint, anchor)
    if field.endswith(".nn"):
        assert found.values["language"] == "nn"
    if "google" in field:
        assert found.label == "Tools › Only in these countries or regions"
    if field.startswith("behaviour"):
        assert found.values["section"] == ("tools" if "google" in field else "behaviour")


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("controller.contacts", "Controller › E-mail"),
        ("controller.contacts.phone", "Controller › Telephone"),
        ("controller.country", "Controller › Country"),
        ("texts.nb.accept_all", "Texts › Accept everything, Norwegian Bokmål"),
        ("services.0", "Samtykke"),
        ("services.0.purpose.nn", "Samtykke › Purpose, Norwegian Nynorsk"),
        ("services.0.transfer_basis", "Samtykke › Basis of the transfer"),
        ("services.0.cookies.1.purpose.en", "Samtykke › samtykke:queue:* › Purpose, English"),
        ("appearance.colours.light.accent_text", "Appearance › Light › Text on buttons"),
        ("behaviour.tools.uet", "Tools › Microsoft Advertising"),
    ],
)
def test_finding_is_named_as_the_form_names_its_field(field: str, label: str) -> None:
    assert editor_links.link_to(field, DOCUMENT).label == label


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("lifetime", "is not a time such as 14 months, 30 days or session"),
        ("retention", "is not a time such as 14 months or 30 days"),
    ],
)
@pytest.mark.parametrize("typed", ["ukjent", "ti år", "P", "14"])
def test_a_time_that_is_none_is_answered_with_what_to_type(field: str, said: str, typed: str) -> None:
    name = next(name for name in NAMES if name.startswith("services.") and name.endswith(f".{field}"))
    edited = form_binding.bind(DOCUMENT, {name: typed}, NAMES)
    with pytest.raises(Invalid) as refused:
        sites.validate(edited)
    assert form_binding.errors_by_field(refused.value.errors, NAMES)[0] == {name: said}
