"""The texts that come with the product."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from server.sites import lint
from server.sites.defaults import default_document
from server.sites.document import load
from server.sites.texts import SHIPPED, shipped
from tests.sites.documents import publishable

SAME_IN_BOTH_NORWEGIANS = {
    "texts.accept_all",
    "texts.reject_all",
    "texts.settings",
    "texts.withdraw",
    "texts.close",
    "texts.always_on",
    "texts.provider",
    "texts.country",
    "texts.cookie_host",
    "texts.cookie_kind",
    "texts.kind_cookie",
    "texts.kind_local_storage",
    "texts.kind_pixel",
    "texts.consent_number",
    "texts.copy",
    "texts.copied",
    "categories.necessary.name",
    "categories.functional.name",
    "categories.statistics.name",
    "consent_service.name",
    "supervisory_authority.name",
    "supervisory_authority.url",
}
"""Words that bokmål and nynorsk share."""

KEYS_NOT_TEXTS = {"notice.0.key", "notice.1.key", "notice.2.key"}


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(inner, f"{path}.{index}")
    else:
        yield path, value


@pytest.mark.parametrize("language", SHIPPED)
def test_every_language_has_the_same_keys_and_no_empty_text(language: str) -> None:
    texts = dict(flat(shipped(language)))
    assert texts.keys() == dict(flat(shipped("nb"))).keys()
    assert all(text == text.strip() and text for text in texts.values())


def test_nynorsk_is_not_bokmaal() -> None:
    nb, nn = dict(flat(shipped("nb"))), dict(flat(shipped("nn")))
    same = {path for path in nb if nb[path] == nn[path]} - KEYS_NOT_TEXTS
    assert same == SAME_IN_BOTH_NORWEGIANS
    bokmaal = {"ikke", "jeg", "hva", "hvorfor", "hvordan", "noen", "informasjonskapsler", "lagrer", "enheten"}
    words = {word.strip(".,:;«»").lower() for text in nn.values() for word in text.split()}
    assert not words & bokmaal


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_no_norwegian_text_is_english(language: str) -> None:
    english, other = dict(flat(shipped("en"))), dict(flat(shipped(language)))
    assert {path for path in other if other[path] == english[path]} <= KEYS_NOT_TEXTS


@pytest.mark.parametrize(
    ("language", "accept", "reject", "settings", "says"),
    [
        ("nb", "Godta alle", "Avvis alle", "Tilpass", "Vi bruker informasjonskapsler."),
        ("nn", "Godta alle", "Avvis alle", "Tilpass", "Vi bruker informasjonskapslar."),
        ("en", "Accept all", "Reject all", "Customise", "We use cookies."),
    ],
)
def test_the_first_layer_says_what_happens_and_lets_visitors_answer(
    language: str, accept: str, reject: str, settings: str, says: str
) -> None:
    texts = shipped(language)["texts"]
    assert (texts["accept_all"], texts["reject_all"], texts["settings"]) == (accept, reject, settings)
    assert texts["body"].startswith(says)


@pytest.mark.parametrize("language", SHIPPED)
def test_a_new_site_lacks_nothing_but_its_controller(language: str) -> None:
    new = load(default_document(language, name="Butikken"))
    assert {f.rule for f in lint.findings(new) if f.severity == "error"} == {
        "controller_missing",
        "contact_missing",
    }
    filled = load(publishable(language))
    assert {f.rule for f in lint.findings(filled)} == {"category_unused"}


def test_a_language_without_texts_is_named() -> None:
    with pytest.raises(ValueError, match="'xx'; there are nb, nn, en"):
        default_document("xx")
