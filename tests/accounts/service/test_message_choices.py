"""Staff choose what they get, and get nothing about sites that they do not see."""

from collections.abc import Iterator

import pytest
from flask import Flask

from server.accounts.service import message_choices, preferences, users
from server.accounts.service.message_choices import MessageChoices
from server.accounts.service.preferences import Preferences
from server.core.db import transaction
from server.core.errors import Invalid, NotFound
from server.core.ids import new_id
from server.notifications.values import KINDS, Recipient
from tests.notifications.service.conftest import KIND, NOW, make_site


@pytest.fixture
def store(app: Flask) -> Iterator[None]:
    """One open transaction, as an edge would hold it."""
    with transaction():
        yield


def make_user(name: str, *site_ids: str, role: str = "editor") -> str:
    made, _ = users.create_user(
        f"{name}@example.no", role, password="tre hester på vidda", site_ids=site_ids or None, now=NOW
    )
    return made.user_id


def test_somebody_who_has_not_chosen_gets_what_a_kind_has_by_default(store: None) -> None:
    site = make_site()
    kari = make_user("kari")
    found = message_choices.message_choices(kari)
    assert found.frequencies == {name: kind.frequency for name, kind in KINDS.items()}
    assert message_choices.recipients(site, KIND) == (
        Recipient("kari@example.no", "en", KINDS[KIND].frequency, kari),
    )


def test_a_choice_counts_until_the_next_one(store: None) -> None:
    site = make_site()
    kari = make_user("kari")
    preferences.choose_preferences(kari, Preferences(language="nn"))
    message_choices.choose_messages(kari, MessageChoices({KIND: "at_once"}))
    assert message_choices.recipients(site, KIND) == (Recipient("kari@example.no", "nn", "at_once", kari),)
    message_choices.choose_messages(kari, MessageChoices({KIND: "never"}))
    assert message_choices.recipients(site, KIND) == ()
    assert message_choices.message_choices(kari).frequencies[KIND] == "never"


def test_nobody_is_told_of_a_site_that_they_do_not_see(store: None) -> None:
    site, other = make_site(), make_site()
    make_user("kari", site)
    make_user("ola", other)
    make_user("per", site, other)
    told = [one.address for one in message_choices.recipients(site, KIND)]
    assert told == ["kari@example.no", "per@example.no"]


def test_a_disabled_user_is_told_nothing(store: None) -> None:
    site = make_site()
    make_user("kari")
    ola = make_user("ola")
    users.disable_user(ola, now=NOW)
    assert [one.address for one in message_choices.recipients(site, KIND)] == ["kari@example.no"]


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        (MessageChoices({"no.such": "never"}), "frequencies.no.such"),
        (MessageChoices({KIND: "hourly"}), f"frequencies.{KIND}"),  # type: ignore[dict-item]
    ],
)
def test_what_cannot_be_chosen_is_named(store: None, choices: MessageChoices, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        message_choices.choose_messages(make_user("kari"), choices)
    assert refused.value.errors.keys() == {field}


@pytest.mark.parametrize(
    ("chosen", "field"),
    [(Preferences(language="sv"), "language"), (Preferences(time_zone="Europe/Bergen"), "time_zone")],
)
def test_a_language_or_time_zone_that_is_unknown_is_named(
    store: None, chosen: Preferences, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        preferences.choose_preferences(make_user("kari"), chosen)
    assert refused.value.errors.keys() == {field}


def test_an_unknown_user_has_no_choices(store: None) -> None:
    with pytest.raises(NotFound):
        message_choices.message_choices(new_id())
