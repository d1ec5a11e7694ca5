"""Who gets personal data by a document, and whether an agreement binds them."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.core.ids import PATTERN
from server.notices import agreement_form
from server.notices.parties import (
    STANDINGS,
    Agreement,
    by_urgency,
    normalised,
    parties,
    party_id,
    unnamed_services,
)
from server.sites.document_types import Document
from tests.notices.test_notice import activity, processor
from tests.sites.documents import category, publishable, service

TODAY = date(2026, 11, 29)
NAMES = st.text(max_size=30)


def document(**parts: Any) -> Document:
    made = publishable()
    made["services"] = parts.get("services", [])
    made["notice"]["processors"] = parts.get("processors", [])
    made["notice"]["activities"] = parts.get("activities", [])
    return made


def agreed(party: str, **facts: Any) -> dict[str, Agreement]:
    return {party_id(party): Agreement(party_id(party), party, **facts)}


def test_a_party_that_is_named_in_four_places_is_one_with_all_of_it() -> None:
    made = document(
        services=[
            service(provider="Praten A.S.", shared_with=["Ads Ltd"], country="US"),
            service("other", provider="Ads Ltd", processor_agreement="https://ads.example/dpa"),
        ],
        processors=[{**processor(), "name": "PRATEN  as", "country": "NO", "sub_processors": ["Host AB"]}],
        activities=[{**activity(), "recipients": ["praten as", "Skatteetaten"]}],
    )
    found = {one.name: one for one in parties(made, {})}
    assert list(found) == ["Ads Ltd", "Praten A.S.", "Skatteetaten"]
    praten = found["Praten A.S."]
    assert [use.kind for use in praten.uses] == ["service", "processor", "activity"]
    assert praten.sub_processors == ("Host AB",)
    assert [use.kind for use in found["Ads Ltd"].uses] == ["shared", "service"]
    assert found["Ads Ltd"].links == ("https://ads.example/dpa",)
    assert [(place.country, place.is_transfer) for place in praten.places] == [("US", True), ("NO", False)]
    assert found["Skatteetaten"].capacity == "recipient"


def test_services_of_hidden_categories_have_no_register_and_those_without_provider_are_named() -> None:
    made = document(services=[service(category="extra"), service("bare", provider=" ")])
    made["categories"].append(category("extra", hidden=True))
    assert parties(made, {}) == ()
    assert unnamed_services(made) == ("bare",)


def test_the_controller_itself_is_no_party() -> None:
    made = document(
        services=[
            service(provider="BUTIKKEN as."),
            service("samtykke", provider="Somebody"),
            service("shop", provider="Butikken AS", shared_with=["Ads Ltd"]),
        ]
    )
    assert [one.name for one in parties(made, {})] == ["Ads Ltd"]
    assert unnamed_services(made) == ()


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({}, "missing"),
        ({"reference": "2024/113"}, "in_order"),
        ({"signed_on": TODAY}, "in_order"),
        ({"reference": "x", "expires_on": TODAY + timedelta(days=61)}, "in_order"),
        ({"reference": "x", "expires_on": TODAY + timedelta(days=60)}, "ending"),
        ({"reference": "x", "expires_on": TODAY}, "ending"),
        ({"reference": "x", "expires_on": TODAY - timedelta(days=1)}, "expired"),
        ({"reference": "x", "expires_on": TODAY + timedelta(days=8), "remind_days": 7}, "in_order"),
        ({"capacity": "controller"}, "none_needed"),
        ({"capacity": "joint_controller"}, "missing"),
        ({"expires_on": TODAY + timedelta(days=900)}, "missing"),
    ],
)
def test_the_standing_of_a_provider_follows_from_its_agreement(facts: dict[str, Any], standing: str) -> None:
    made = document(services=[service(provider="Praten AS")])
    (one,) = parties(made, agreed("Praten AS", **facts))
    assert one.standing(TODAY) == standing


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({}, "terms"),
        ({"expires_on": TODAY + timedelta(days=900)}, "terms"),
        ({"signed_on": TODAY}, "in_order"),
        ({"reference": "2024/113"}, "in_order"),
        ({"capacity": "controller"}, "none_needed"),
    ],
)
def test_standard_terms_from_the_catalog_bind_nobody_until_an_agreement_is_noted(
    facts: dict[str, Any], standing: str
) -> None:
    origin = {"key": "praten", "version": "0" * 16}
    offered = service(provider="Praten AS", processor_agreement="https://praten.example/dpa", catalog=origin)
    (one,) = parties(document(services=[offered]), agreed("Praten AS", **facts))
    assert (one.terms, one.links) == (("https://praten.example/dpa",), ())
    assert one.standing(TODAY) == standing


@pytest.mark.parametrize(
    ("role", "link", "standing"),
    [
        ("processor", "", "missing"),
        ("joint_controller", "", "missing"),
        ("recipient", "", "none_needed"),
        ("processor", "https://example.no/avtale", "in_order"),
    ],
)
def test_the_notice_says_what_a_listed_party_is_whatever_staff_have_stored(
    role: str, link: str, standing: str
) -> None:
    made: Any = document(processors=[{**processor(), "name": "Host AB", "role": role, "agreement": link}])
    (one,) = parties(made, agreed("Host AB", capacity="controller"))
    assert one.standing(TODAY) == standing


@given(NAMES)
def test_a_name_is_compared_without_case_spaces_dots_and_commas(name: str) -> None:
    plain = normalised(name)
    assert normalised(plain) == plain
    assert normalised(f"  {name}\t") == plain
    assert PATTERN.fullmatch(party_id(name))
    assert (party_id(name) == party_id(f"{name}!")) == (plain == normalised(f"{name}!"))


@given(st.lists(NAMES, max_size=8), st.lists(st.lists(NAMES, max_size=4), max_size=8), st.randoms())
def test_every_name_of_a_document_is_in_exactly_one_party(
    providers: list[str], shared: list[list[str]], random: Any
) -> None:
    rows = [
        service(f"s{index}", provider=provider, shared_with=others)
        for index, (provider, others) in enumerate(zip(providers, [*shared, *[[]] * 8], strict=False))
    ]
    found = parties(document(services=rows), {})
    named = {normalised(name) for row in rows for name in (row["provider"], *row["shared_with"])} - {""}
    assert {normalised(one.name) for one in found} == named
    assert len(found) == len({one.party_id for one in found}) == len(named)
    random.shuffle(rows)
    shuffled = parties(document(services=rows), {})
    assert {one.party_id for one in shuffled} == {one.party_id for one in found}


@given(st.lists(st.integers(-100, 900) | st.none(), max_size=8))
def test_what_is_to_be_done_first_comes_first(ends: list[int | None]) -> None:
    rows = [service(f"s{index}", provider=f"P{index}") for index, _ in enumerate(ends)]
    stored: dict[str, Agreement] = {}
    for index, left in enumerate(ends):
        if left is not None:
            stored |= agreed(f"P{index}", reference="x", expires_on=TODAY + timedelta(days=left))
    ordered = by_urgency(parties(document(services=rows), stored), TODAY)
    keys = [(STANDINGS.index(one.standing(TODAY)), one.days_left(TODAY) or 0) for one in ordered]
    assert keys == sorted(keys)
    assert len(ordered) == len(ends)


# --- what staff write --------------------------------------------------------------------------------------

BEFORE = Agreement("x" * 22, "Praten AS", reference="before", revision=4)


def test_what_staff_write_is_read_and_what_is_not_in_the_form_stays() -> None:
    typed = {"signed_on": " 2026-01-31 ", "expires_on": "", "remind_days": "", "note": "a\nb", "contact": "x"}
    found = agreement_form.read(typed, BEFORE)
    assert (found.reference, found.signed_on, found.expires_on) == ("before", date(2026, 1, 31), None)
    assert (found.remind_days, found.note, found.revision) == (60, "a\nb", 4)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("signed_on", "31.1.2026"),
        ("expires_on", "2026-02-30"),
        ("expires_on", "2019-12-31"),
        ("remind_days", "-1"),
        ("remind_days", "731"),
        ("remind_days", "soon"),
        ("reference", "x" * 2001),
        ("reference", "a\x00b"),
        ("contact", "a\nb"),
        ("note", "a\x07b"),
        ("capacity", "friend"),
    ],
)
def test_what_cannot_be_is_named_with_its_field(field: str, typed: str) -> None:
    with pytest.raises(Invalid) as fault:
        agreement_form.read({"signed_on": "2020-01-01", field: typed}, BEFORE)
    assert set(fault.value.errors) == {field}


@given(st.dictionaries(st.sampled_from(agreement_form.FIELDS), st.text(max_size=20)))
def test_any_form_is_read_or_its_fields_are_named(typed: dict[str, str]) -> None:
    try:
        found = agreement_form.read(typed, BEFORE)
    except Invalid as refused:
        wrong = set(refused.errors)
    else:
        wrong = set()
        assert agreement_form.read(agreement_form.written(found), BEFORE) == found
    assert wrong <= set(agreement_form.FIELDS)
