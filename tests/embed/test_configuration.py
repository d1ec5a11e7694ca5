"""What a site's script is told."""

from collections.abc import Mapping
from typing import Any

from server.embed import configuration, parts
from server.sites.values import SECOND_LAYER, Numbering
from tests.embed.documents import document


def made(changed: Mapping[str, Any]) -> dict[str, Any]:
    numbering = configuration.sequential(changed)
    return configuration.make(
        changed,
        site="demo",
        version=3,
        public_url="http://127.0.0.1:8000",
        numbering=numbering,
        language="nb",
        addresses={name: f"/w/demo/0/{name}" for name in _names(changed)},
    )


def _names(changed: Mapping[str, Any]) -> list[str]:
    return [parts.EXTRA] + [
        name
        for language in changed["texts"]
        for name in (parts.banner_name(language), parts.settings_name(language))
    ]


def test_the_configuration_names_the_optional_categories_in_their_order() -> None:
    told = made(document())

    assert [each["key"] for each in told["categories"]] == [
        "functional",
        "statistics",
        "advertising",
    ]
    assert told["words"]["categories"]["functional"] == "functional (nb)"
    assert len({each["slot"] for each in told["categories"]}) == 3
    assert all(each["since"] == 1 for each in told["categories"])


def test_the_first_layer_speaks_one_language_and_knows_where_the_others_are() -> None:
    told = made(document())

    assert told["words"]["texts"]["title"] == "title (nb)"
    assert not set(told["words"]["texts"]) & set(SECOND_LAYER)
    assert told["languages"] == {
        "en": "/w/demo/0/banner-en.json",
        "nn": "/w/demo/0/banner-nn.json",
    }
    assert set(told["settings"]) == {"nb", "nn", "en"}


def test_a_hidden_category_is_not_offered_and_its_services_stay_blocked() -> None:
    changed = document()
    hidden = next(each for each in changed["categories"] if each["key"] == "statistics")
    hidden["hidden"] = True

    told = made(changed)

    assert "statistics" not in [each["key"] for each in told["categories"]]
    assert [each["key"] for each in told["services"]] == ["chat"]


def test_a_service_says_when_it_came_only_when_it_came_later() -> None:
    changed = document()
    numbering = configuration.sequential(changed)
    later = Numbering(numbering.slots, numbering.since, numbering.service_slots, {"chat": 1, "counter": 4})

    told = configuration.make(
        changed,
        site="demo",
        version=4,
        public_url="http://127.0.0.1:8000",
        numbering=later,
        language="nb",
        addresses=dict.fromkeys(_names(changed), "/"),
    )

    assert [each.get("since") for each in told["services"]] == [None, 4]


def test_a_service_whose_bit_does_not_fit_the_cookie_is_not_offered() -> None:
    changed = document()
    numbering = configuration.sequential(changed)
    crowded = Numbering(numbering.slots, numbering.since, {"chat": 53, "counter": 52}, {})

    told = configuration.make(
        changed,
        site="demo",
        version=4,
        public_url="http://127.0.0.1:8000",
        numbering=crowded,
        language="nb",
        addresses=dict.fromkeys(_names(changed), "/"),
    )

    assert [each["key"] for each in told["services"]] == ["counter"]
