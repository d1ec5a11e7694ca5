"""Who is asked again after a publish, and how categories and services are numbered."""

import copy
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sites.document_types import Activity, Document, Processor
from server.sites.scope_diff import diff, next_numbering
from server.sites.values import Numbering, ScopeChange, optional_categories
from tests.sites.documents import (
    OPTIONAL,
    category,
    documents,
    publishable,
    service,
    with_behaviour,
    with_services,
)
from tests.sites.test_document import ACTIVITY, PROCESSOR


def changes(old: Document, new: Document) -> tuple[ScopeChange, ...]:
    return diff(old, new).changes


# --- what is a change of scope ---------------------------------------------------------------------------


@given(documents())
def test_the_same_document_asks_nobody_again(document: Document) -> None:
    assert diff(document, copy.deepcopy(document)).changes == ()


@given(documents(), st.data())
def test_taking_something_away_asks_nobody_again(document: Document, data: st.DataObject) -> None:
    less = copy.deepcopy(document)
    remaining = data.draw(st.lists(st.sampled_from(OPTIONAL), unique=True))
    less["categories"] = [c for c in less["categories"] if c["key"] in (*remaining, "necessary")]
    less["services"] = [
        s for s in less["services"] if s["category"] in remaining and data.draw(st.booleans())
    ]
    for each in less["services"]:
        each["shared_with"] = [name for name in each["shared_with"] if data.draw(st.booleans())]
        each["provider"] = data.draw(st.sampled_from([each["provider"], ""]))
        each["country"] = data.draw(st.sampled_from([each["country"], "", "NO"]))
    for purpose in less["categories"]:
        optional = purpose["key"] != "necessary"
        purpose["hidden"] = purpose["hidden"] or (optional and data.draw(st.booleans()))
    assert diff(document, less).changes == ()


@given(documents(), st.data())
def test_a_new_service_asks_exactly_those_who_accepted_its_category(
    document: Document, data: st.DataObject
) -> None:
    categories = optional_categories(document)
    if not categories:
        return
    chosen = data.draw(st.sampled_from(categories))
    more = copy.deepcopy(document)
    place = data.draw(st.integers(0, len(more["services"])))
    more["services"].insert(place, service("newcomer", chosen))
    assert changes(document, more) == (ScopeChange(chosen, ("Newcomer",), "service_added"),)


@given(documents())
def test_words_and_looks_and_order_ask_nobody_again(document: Document) -> None:
    other = copy.deepcopy(document)
    other["texts"]["nb"]["title"] = "Noe annet"
    other["appearance"]["colours"]["light"]["accent"] = "#123456"
    other["behaviour"]["validity_days"] = 100
    other["controller"].update({"name": "Andre AS", "time_zone": "America/Havana"})
    # Nobody is asked about these: visitors decide about services.
    other["notice"] = {"sections": [], "activities": [cast("Activity", ACTIVITY)], "processors": []}
    other["notice"]["processors"].append(cast("Processor", PROCESSOR))
    other["services"].reverse()
    for place, purpose in enumerate(reversed(other["categories"])):
        purpose.update({"order": place, "names": {"nb": "Nytt navn"}, "descriptions": {}})
    for each in other["services"]:
        each.update({"name": "Nytt navn", "purpose": {"nb": "Sagt annerledes"}, "cookies": [], "hosts": []})
        each.update(
            {"data": {"nb": "Sagt annerledes"}, "retention": "P2Y", "transfer_basis": "explicit_consent"}
        )
        each.update({"provider": f"  {each['provider'].upper()} ", "privacy_link": "https://example.no/"})
    assert diff(document, other).changes == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"provider": "Someone Else"}, "provider_added"),
        ({"shared_with": ["Broker Inc"]}, "recipient_added"),
        ({"country": "US"}, "country_outside"),
    ],
)
def test_a_new_recipient_asks_again(change: dict[str, Any], reason: str) -> None:
    old, new = with_services(service()), with_services(service(**change))
    assert changes(old, new) == (ScopeChange("statistics", ("Counter",), reason),)


def test_moving_within_the_european_economic_area_asks_nobody_again() -> None:
    assert changes(with_services(service(country="US")), with_services(service(country="IE"))) == ()
    assert changes(with_services(service(country="NO")), with_services(service(country="IE"))) == ()


def test_moving_a_service_asks_those_who_accepted_where_it_went() -> None:
    old, new = with_services(service()), with_services(service(category="advertising"))
    assert changes(old, new) == (ScopeChange("advertising", ("Counter",), "service_added"),)


def test_what_becomes_necessary_asks_nobody_and_what_no_longer_is_asks() -> None:
    optional, necessary = with_services(service()), with_services(service(category="necessary"))
    assert changes(optional, necessary) == ()
    assert [change.category for change in changes(necessary, optional)] == ["statistics"]


def test_a_new_category_is_listed_with_its_services() -> None:
    old, new = publishable(), publishable()
    new["categories"].append(category("chat"))
    new["services"].append(service("helper", "chat"))
    assert changes(old, new) == (ScopeChange("chat", ("Helper",), "category_added"),)


def test_a_hidden_category_is_not_there() -> None:
    hidden, shown = publishable(), publishable()
    hidden["categories"].append(category("chat", hidden=True))
    shown["categories"].append(category("chat"))
    assert changes(publishable(), hidden) == ()
    assert [change.reason for change in changes(hidden, shown)] == ["category_added"]
    assert changes(shown, hidden) == ()


def test_all_that_grew_in_a_category_is_listed_by_reason() -> None:
    old = with_services(service(), service("video", "advertising"), service("ads", "advertising"))
    new = with_services(
        service(),
        service("video", "advertising", shared_with=["Broker Inc"]),
        service("ads", "advertising", provider="Someone Else"),
        service("pixel", "advertising"),
        service("badge", "advertising"),
    )
    assert changes(old, new) == (
        ScopeChange("advertising", ("Video",), "recipient_added"),
        ScopeChange("advertising", ("Ads",), "provider_added"),
        ScopeChange("advertising", ("Pixel", "Badge"), "service_added"),
    )


def signalling(**behaviour: object) -> Document:
    """A publishable document that signals the decision to other tools."""
    return with_behaviour(publishable(), **behaviour)


def test_telling_a_tool_what_was_decided_asks_nobody_again() -> None:
    tools = publishable()["behaviour"]["tools"]
    assert changes(publishable(), signalling(consent_mode="basic")) == ()
    assert changes(publishable(), signalling(tools={**tools, "clarity": True})) == ()
    assert changes(signalling(consent_mode="basic"), signalling(consent_mode="advanced")) == ()


def test_a_category_that_stands_for_more_of_what_tools_may_do_asks_again() -> None:
    mapping = publishable()["behaviour"]["mapping"]
    wider = {**mapping, "ad_user_data": "statistics", "ad_personalization": ""}
    old, new = signalling(consent_mode="basic"), signalling(consent_mode="basic", mapping=wider)
    assert changes(old, new) == (ScopeChange("statistics", ("ad_user_data",), "signal_added"),)
    # Without a tool that gets signals, the mapping is only words.
    assert changes(publishable(), signalling(mapping=wider)) == ()
    assert changes(new, old) == (
        ScopeChange("advertising", ("ad_user_data", "ad_personalization"), "signal_added"),
    )


# --- numbering -------------------------------------------------------------------------------------------


@given(st.lists(documents(), min_size=1, max_size=6))
def test_bits_are_appended_and_never_change(history: list[Document]) -> None:
    numbering, previous = Numbering(), None
    for version, document in enumerate(history, 1):
        grown = diff(previous, document)
        following = next_numbering(numbering, version, document, grown)
        _check_step(numbering, following, document, version, grown.categories)
        numbering, previous = following, document


def _check_step(
    before: Numbering, after: Numbering, document: Document, version: int, grown: frozenset[str]
) -> None:
    for old, new in ((before.slots, after.slots), (before.service_slots, after.service_slots)):
        assert old.items() <= new.items()
        assert sorted(new.values()) == list(range(len(new)))
    visible = optional_categories(document)
    assert set(visible) <= after.slots.keys() == after.since.keys()
    assert {s["key"] for s in document["services"] if s["category"] in visible} <= after.service_slots.keys()
    assert after.service_slots.keys() == after.service_since.keys()
    assert {key for key, since in after.since.items() if since == version} == grown
    assert all(after.since[key] == since for key, since in before.since.items() if key not in grown)


def test_what_comes_back_keeps_its_bit_and_asks_again() -> None:
    full, without = with_services(service()), publishable()
    without["categories"].pop(2)
    numbering, previous = Numbering(), None
    for version, document in enumerate((full, without, full), 1):
        numbering = next_numbering(numbering, version, document, diff(previous, document))
        previous = document
    assert numbering.slots == {"functional": 0, "statistics": 1, "advertising": 2}
    assert numbering.since == {"functional": 1, "statistics": 3, "advertising": 1}
    assert numbering.service_slots == {"counter": 0}
    assert numbering.service_since == {"counter": 3}
