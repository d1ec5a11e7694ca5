"""What the product puts right by itself: the finding is gone, none has come, and all else is as it was."""

import copy
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalog import service as catalog
from server.sites import contrast, lint, oklch
from server.sites.document import load
from server.sites.document_types import Document
from server.sites.lint.fixes import fix, fix_all, fixable
from server.sites.texts import shipped
from server.sites.values import Finding
from tests.sites.documents import documents, publishable, service
from tests.sites.test_document import put
from tests.sites.test_lint import signalling, whole

GROUPS = {"controller.supervisory_authority.name": "controller.supervisory_authority"}
"""Field → what is changed together with it."""


def leaves(value: object, path: str = "") -> dict[str, object]:
    """Every value of a document by its path."""
    if isinstance(value, dict):
        return {k: v for key, one in value.items() for k, v in leaves(one, f"{path}.{key}").items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k: v for at, one in enumerate(value) for k, v in leaves(one, f"{path}.{at}").items()}
    return {path.lstrip("."): value}


def changed(one: Document, other: Document) -> set[str]:
    before, after = leaves(one), leaves(other)
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def known(document: Document) -> set[tuple[str, str]]:
    return {(finding.rule, finding.field) for finding in lint.findings(document)}


def the_finding(document: Document, rule: str) -> Finding:
    return next(finding for finding in lint.findings(document) if finding.rule == rule)


def at(document: Document, path: str) -> object:
    return leaves(document).get(path)


NB = shipped("nb")


@pytest.mark.parametrize(
    ("path", "value", "rule", "fixed"),
    [
        ("texts.nn.save", " ", "text_missing", shipped("nn")["texts"]["save"]),
        ("categories.1.names.nb", "", "text_missing", NB["categories"]["functional"]["name"]),
        ("categories.2.descriptions.nb", "", "text_missing", NB["categories"]["statistics"]["description"]),
        ("notice.sections.0.body.nb", "", "text_missing", NB["notice"][0]["body"]),
        ("services.0.purpose.nb", "", "text_missing", NB["consent_service"]["purpose"]),
        ("services.0.necessary_reason.nb", "", "necessary_reason_missing", NB["consent_service"]["reason"]),
        ("services.1.legal_basis", "contract", "consent_needed", "consent"),
        ("texts.nb.body", "Ved å scrolle godtar du", "consent_by_silence", NB["texts"]["body"]),
        ("texts.nb.title", "For å forbedre din opplevelse", "coaxing_words", NB["texts"]["title"]),
        ("texts.nb.changed", "Noe er nytt", "placeholder_missing", NB["texts"]["changed"]),
        ("texts.nb.title", "Hei {name}", "placeholder_unknown", NB["texts"]["title"]),
        ("texts.nb.reject_all", "godta alle", "labels_same", NB["texts"]["reject_all"]),
        ("texts.nb.reject_all", "\u202eella sivvA", "direction_changed", "ella sivvA"),
        ("services.1.name", "Kart\u2028og\u202e tall\u200b", "unseen_in_name", "Kart og tall"),
        ("texts.nb.reject_all", "Fortsett uten å godta noe her", "labels_uneven", NB["texts"]["reject_all"]),
        ("appearance.position", "centre", "position_unfit", "bottom"),
        ("behaviour.validity_days", 90, "validity_short", 182),
        ("behaviour.signals.gpc", False, "gpc_unheard", True),
        ("categories.1.hidden", True, "category_hidden", False),
        ("notice.sections.0.hidden", True, "section_hidden", False),
        ("controller.supervisory_authority.name", "", "authority_missing", "Datatilsynet"),
    ],
)
def test_a_field_gets_what_the_product_knows(path: str, value: object, rule: str, fixed: object) -> None:
    document = load(put(whole(), path, value))
    made = fix(document, the_finding(document, rule))

    assert made is not None
    assert at(made, path) == fixed


def test_a_colour_becomes_the_nearest_that_can_be_read() -> None:
    document = load(put(whole(), "appearance.colours.light.text", "#999999"))
    made = fix(document, the_finding(document, "contrast_low"))

    assert made is not None
    assert made["appearance"]["colours"]["light"]["text"] == nearest("#999999", "#ffffff", 5.0)
    assert 5.0 <= contrast.ratio(made["appearance"]["colours"]["light"]["text"], "#ffffff") < 5.1


def nearest(colour: str, against: str, needed: float) -> str | None:
    return oklch.nearest(colour, oklch.of_hex(colour), lambda one: contrast.ratio(one, against) >= needed)


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFF), st.floats(1, 21))
def test_the_nearest_colour_has_the_contrast_if_any_has(one: int, other: int, needed: float) -> None:
    colour, against = f"#{one:06x}", f"#{other:06x}"
    found = nearest(colour, against, needed)

    if found is None:
        assert max(contrast.ratio("#000000", against), contrast.ratio("#ffffff", against)) < needed
    else:
        assert contrast.ratio(found, against) >= needed
        assert found == colour or contrast.ratio(colour, against) < needed


def test_a_service_of_the_catalog_gets_what_the_catalog_says() -> None:
    known_one = catalog.find("hotjar")
    entry = {"key": "hotjar", "version": catalog.version(known_one)}
    document = whole()
    document["services"][1].update(
        {"catalog": entry, "provider": "", "privacy_link": "", "purpose": {}}  # type: ignore[typeddict-item]
    )
    assert known_one.provider is not None
    for rule, field, value in (
        ("provider_missing", "services.1.provider", known_one.provider.name),
        ("privacy_link_missing", "services.1.privacy_link", known_one.privacy_link),
        ("text_missing", "services.1.purpose.nb", known_one.purpose.nb),
    ):
        made = fix(document, the_finding(document, rule))
        assert made is not None
        assert at(made, field) == value


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("controller.name", "", "controller_missing"),
        ("services.1.purpose.nb", "", "text_missing"),
        ("services.1.name", "", "name_missing"),
        ("services.1.provider", "", "provider_missing"),
        ("appearance.logo", "https://cdn.example/l.png", "logo_elsewhere"),
    ],
)
def test_what_only_the_site_knows_has_no_fix(path: str, value: object, rule: str) -> None:
    document = load(put(whole(), path, value))
    finding = next(each for each in lint.findings(document, ["example.no"]) if each.rule == rule)

    assert fix(document, finding) is None


def test_a_finding_of_something_that_is_gone_has_no_fix() -> None:
    finding = Finding("error", "services.7.legal_basis", "is not consent", "consent_needed")

    assert fix(publishable(), finding) is None
    assert fix(publishable(), Finding("error", "services", "is odd", "no_such_rule")) is None


def test_signals_are_put_right_one_by_one() -> None:
    google = {
        "regions": ["NO", "US-CA"], "wait_for_update": 0, "ads_data_redaction": False,
        "url_passthrough": True,
    }  # fmt: skip
    document = signalling(consent_mode="advanced", google=google)
    for _ in range(4):
        fixes = [made for each in lint.findings(document) if (made := fix(document, each))]
        document = fixes[0]

    assert {rule for rule, _ in known(document)} == {"consent_mode_advanced"}


SPOILS: list[tuple[str, object]] = [
    ("texts.nb.body", "Ved å fortsette godtar du"), ("texts.nn.reject_all", ""), ("texts.nb.changed", "Ny"),
    ("texts.en.title", "Best possible experience {x}"), ("texts.nb.reject_all", "Godta alle"),
    ("appearance.colours.light.text", "#aaaaaa"), ("appearance.colours.light.accent", "#f0f0f0"),
    ("appearance.colours.dark.border", "#222222"), ("appearance.colours.dark.background", "#777777"),
    ("appearance.layout", "dialog"), ("behaviour.validity_days", 30), ("behaviour.signals.gpc", False),
    ("behaviour.automatic_blocking", True), ("behaviour.tools.uet", True), ("categories.1.names.nn", ""),
    ("categories.0.names.nb", "Statistikk"), ("notice.sections.0.hidden", True),
    ("notice.sections.2.body.nn", ""), ("controller.supervisory_authority.name", ""),
]  # fmt: skip
"""What makes a document worse, at one place."""


@st.composite
def spoilt(draw: st.DrawFn) -> Document:
    document: Any = draw(documents())
    document["services"].append(
        service("spoilt", draw(st.sampled_from(["necessary"])), legal_basis="consent")
    )
    for path, value in draw(st.lists(st.sampled_from(SPOILS), max_size=5)):
        try:
            document = put(copy.deepcopy(document), path, value)
        except IndexError:
            continue
    return load(document)


@given(spoilt())
def test_after_a_fix_the_finding_is_gone_and_all_else_is_as_it_was(document: Document) -> None:
    before = known(document)
    for finding in lint.findings(document):
        made = fix(document, finding)
        if made is None:
            continue
        field = GROUPS.get(finding.field, finding.field)
        assert (finding.rule, finding.field) not in known(made)
        assert known(made) < before
        assert {path for path in changed(document, made) if not path.startswith(field)} == set()
        assert load(copy.deepcopy(made)) == made


@given(spoilt())
def test_what_is_offered_is_what_a_fix_puts_right(document: Document) -> None:
    found = lint.findings(document)

    assert fixable(document, found) == {each for each in found if fix(document, each)}


def test_a_fix_that_brings_another_finding_is_not_offered_and_holds_no_other_back() -> None:
    spoilt_one = put(whole(), "texts.nb.reject_all", "")
    spoilt_one = put(spoilt_one, "texts.nb.accept_all", NB["texts"]["reject_all"])
    document = load(put(put(spoilt_one, "texts.nb.save", ""), "behaviour.validity_days", 90))
    offered = {each.field for each in fixable(document, lint.findings(document))}

    assert {"texts.nb.save", "behaviour.validity_days"} <= offered
    assert "texts.nb.reject_all" not in offered


def test_the_document_is_checked_once_for_the_fixes_of_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    document = whole()
    for path, value in (
        ("texts.nb.save", ""), ("texts.nn.save", ""), ("behaviour.validity_days", 90),
        ("controller.supervisory_authority.name", ""), ("appearance.position", "centre"),
    ):  # fmt: skip
        document = put(document, path, value)
    found, checked = lint.findings(load(document)), Mock(wraps=lint.findings)
    monkeypatch.setattr(lint, "findings", checked)

    assert len(fixable(load(document), found)) == 5
    assert checked.call_count == 1


@given(spoilt())
def test_after_all_fixes_nothing_can_be_put_right_and_nothing_has_come(document: Document) -> None:
    fixed, number = fix_all(document)

    assert not fixable(fixed, lint.findings(fixed))
    assert known(fixed) <= known(document)
    assert (number == 0) == (fixed == document)


def test_all_fixes_of_many_places_take_few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    document = load(whole())
    for place in range(20):
        document["services"].append({**copy.deepcopy(document["services"][0]), "key": f"copy-{place}"})
    for each in document["services"]:
        each["purpose"]["nn"] = ""
    checked = Mock(wraps=lint.findings)
    monkeypatch.setattr(lint, "findings", checked)

    fix_all(document)

    assert checked.call_count < 12
