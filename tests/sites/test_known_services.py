"""What the catalog knows is filled into a document; what it does not know stays empty, and is named."""

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.catalog import service as catalog
from server.catalog.values import Provider
from server.core.errors import Invalid
from server.sites import scope_diff
from server.sites.document import load
from server.sites.document_types import Service
from server.sites.known_services import (
    LeftOpen,
    SignalGap,
    described,
    filled,
    left_open,
    present,
    signal_gap,
    with_known,
    with_signals,
)
from tests.sites import known
from tests.sites.documents import category, documents, publishable, service, with_behaviour, with_services
from tests.sites.known import ANALYTICS, PAYMENT, PIXEL


def test_each_service_of_the_catalog_is_a_valid_part_of_a_new_document() -> None:
    refused = {}
    for each in catalog.services():
        document, added = with_known(publishable(), [each], {})
        try:
            if load(document)["services"][-1] != added[0]:
                refused[each.key] = "is not what was added"
        except Invalid as fault:
            refused[each.key] = str(fault.errors)
    assert refused == {}


@given(documents(), st.lists(known.descriptions(), max_size=4))
def test_whatever_is_filled_in_is_valid_in_every_document(document: Any, chosen: Any) -> None:
    edited, added = with_known(document, chosen, {})
    loaded = load(edited)["services"]
    assert loaded[len(document["services"]) :] == list(added)
    assert len({each["key"] for each in loaded}) == len(loaded)


@given(documents(), known.descriptions(), st.data())
def test_whatever_is_filled_in_is_valid_in_the_category_that_staff_choose(
    document: Any, described: Any, data: Any
) -> None:
    placed = data.draw(st.sampled_from([each["key"] for each in document["categories"]]))
    edited, added = with_known(document, [described], {described.key: placed})
    assert load(edited)["services"][-1]["category"] == added[0]["category"] == placed


def test_what_only_earlier_versions_stored_is_recognised_and_not_filled_in() -> None:
    known_one = catalog.find("google_analytics")
    names = {cookie["name"] for cookie in filled(known_one, publishable())["cookies"]}

    assert "_ga" in names
    assert not [name for name in names if name.startswith("__utm")]
    assert known_one in catalog.used_by("", (), ("__utma",))
    assert known_one in catalog.search("__utmz")


def test_the_texts_are_in_the_languages_of_the_document_and_others_stay_empty() -> None:
    document = publishable()
    document["texts"] = dict.fromkeys(("nb", "de", "en-GB"), document["texts"]["nb"])
    made = filled(ANALYTICS, document)
    assert made["purpose"] == {"nb": ANALYTICS.purpose.nb, "en-GB": ANALYTICS.purpose.en}
    assert set(made["data"]) == set(made["cookies"][0]["purpose"]) == {"nb", "en-GB"}
    assert LeftOpen("purpose", ("de",)) in left_open(made, document)


def test_the_suggested_category_is_taken_and_else_the_first_that_visitors_decide_about() -> None:
    document = publishable()
    assert filled(ANALYTICS, document)["category"] == "statistics"
    document["categories"] = [category("maps", order=2), category("necessary"), category("chat", order=1)]
    assert filled(ANALYTICS, document)["category"] == "chat"
    document["categories"] = [category("necessary")]
    assert filled(ANALYTICS, document)["category"] == "necessary"


def test_only_what_is_suggested_as_necessary_is_filled_with_a_reason_for_it() -> None:
    made = filled(PAYMENT, publishable())
    assert (made["category"], made["legal_basis"]) == ("necessary", "contract")
    assert made["necessary_reason"]["nb"] == PAYMENT.category_reason.nb
    optional = filled(PAYMENT, publishable(), "functional")
    assert (optional["legal_basis"], optional["necessary_reason"]) == ("consent", {})
    moved = filled(ANALYTICS, publishable(), "necessary")
    assert moved["necessary_reason"] == {}
    assert LeftOpen("necessary_reason") in left_open(moved, publishable())


def test_a_key_that_is_taken_gets_a_number() -> None:
    twice, added = with_known(with_services(service("google_analytics")), [ANALYTICS, ANALYTICS], {})
    assert [each["key"] for each in added] == ["google_analytics_2", "google_analytics_3"]
    assert load(twice)["services"][-1]["catalog"]["key"] == "google_analytics"


def test_what_was_not_confirmed_is_named() -> None:
    document = publishable()
    fields = {each.field for each in left_open(filled(PIXEL, document), document)}
    assert {"country", "processor_agreement", "retention"} <= fields
    assert "provider" not in fields
    bare = service(cookies=[], country="US", data={})
    named = left_open(bare, document)
    assert {LeftOpen("cookies"), LeftOpen("transfer_basis"), LeftOpen("data")} <= set(named)
    assert LeftOpen("cookies") not in left_open({**bare, "stores_nothing": True}, document)


def test_a_provider_in_the_eea_is_no_sign_that_data_stays_there() -> None:
    assert filled(PIXEL, publishable())["country"] == ""
    elsewhere = dataclasses.replace(PIXEL, provider=Provider("Meta Platforms, Inc.", "US"))
    assert filled(elsewhere, publishable())["country"] == "US"


def test_a_service_that_is_there_is_recognised_by_where_it_came_from_or_by_its_name() -> None:
    document, added = with_known(publishable(), [ANALYTICS], {})
    renamed: Service = {**added[0], "name": "Our figures", "key": "figures"}
    assert present(ANALYTICS, [renamed]) == renamed
    assert present(ANALYTICS, [service("numbers", name="ga4")]) is not None
    assert present(PIXEL, document["services"]) is None


def test_a_service_that_was_filled_is_no_other_one_whatever_it_is_called() -> None:
    filled_in = filled(ANALYTICS, publishable())
    assert present(PIXEL, [{**filled_in, "name": PIXEL.name, "key": PIXEL.key}]) is None


def test_a_service_that_was_entered_by_hand_is_the_one_of_its_name_before_one_with_that_alias() -> None:
    other = dataclasses.replace(PIXEL, aliases=(ANALYTICS.name,))
    assert described(service("numbers", name="google analytics"), [other, ANALYTICS]) == ANALYTICS
    assert described(service("numbers", name="google analytics"), [other]) == other
    assert described(service("numbers"), [other, ANALYTICS]) is None


def test_signals_that_services_heed_and_nobody_sends_are_found_and_turned_on() -> None:
    document = publishable()
    chosen = [(ANALYTICS, "statistics")]
    gap = signal_gap(chosen, document)
    assert gap == SignalGap(off=True, types=("analytics_storage",), mapping={})
    on = load(with_signals(document, gap))
    assert on["behaviour"]["consent_mode"] == "basic"
    assert signal_gap(chosen, on) is None
    assert signal_gap([(PIXEL, "advertising")], document) is None


def test_a_signal_that_no_category_grants_is_offered_with_the_fitting_one() -> None:
    mapping = {**publishable()["behaviour"]["mapping"], "analytics_storage": ""}
    document = with_behaviour(publishable(), mapping=mapping, consent_mode="advanced")
    gap = signal_gap([(ANALYTICS, "statistics")], document)
    assert gap == SignalGap(
        off=False, types=("analytics_storage",), mapping={"analytics_storage": "statistics"}
    )
    mended = load(with_signals(document, gap))
    assert mended["behaviour"]["mapping"]["analytics_storage"] == "statistics"
    assert mended["behaviour"]["consent_mode"] == "advanced"


@given(documents(), st.lists(known.services, max_size=4))
def test_turning_the_signals_on_is_valid_and_leaves_no_gap(document: Any, chosen: Any) -> None:
    edited, added = with_known(document, chosen, {})
    pairs = [(each, made["category"]) for each, made in zip(chosen, added, strict=True)]
    if gap := signal_gap(pairs, edited):
        rest = signal_gap(pairs, load(with_signals(edited, gap)))
        assert rest is None


def test_where_a_service_came_from_is_no_reason_to_ask_again() -> None:
    document, added = with_known(publishable(), [ANALYTICS], {})
    other = {**added[0], "catalog": {"key": "google_analytics", "version": "0" * 16}}
    changed: Any = {**document, "services": [*document["services"][:-1], other]}
    assert scope_diff.diff(document, changed).changes == ()


def test_that_a_service_stores_nothing_is_filled_only_where_it_is_confirmed() -> None:
    fonts = catalog.find("google_fonts")
    assert filled(fonts, publishable())["stores_nothing"] is True
    assert filled(dataclasses.replace(fonts, stores_nothing=None), publishable())["stores_nothing"] is False
