"""Which consent state Google's tags received."""

import pytest

from server.scanner.findings.finding import Finding
from server.scanner.observations import Command, Request
from tests.scanner.crawls import COLLECT, GTAG, PIXEL, crawl, of_kind, request, visit

ALL = ("ad_storage", "ad_user_data", "ad_personalization", "analytics_storage")


def _default(value: str = "denied", *others: str, types: tuple[str, ...] = ALL) -> Command:
    return Command("consent_default", (*(f"{each}={value}" for each in types), *others))


def _update(value: str) -> Command:
    return Command("consent_update", tuple(f"{each}={value}" for each in ALL))


JS, CONFIG = Command("js"), Command("config", ("G-8XYZ",))
MANAGER = Command("event", ("gtm.js",))


def _faults(*items: Request | Command, **others: object) -> dict[str, Finding]:
    made = of_kind("consent-mode", crawl(visit(*items, **others)))  # type: ignore[arg-type]
    return {each.facts["fault"]: each for each in made}


@pytest.mark.parametrize(
    ("commands", "fault", "weight"),
    [
        ([JS, CONFIG], "default_missing", "warning"),
        ([JS, _default(), CONFIG], "default_late", "warning"),
        ([MANAGER, _default()], "default_late", "warning"),
        ([_default("granted"), JS], "default_granted", "fault"),
        ([_default(types=ALL[:2]), JS], "type_missing", "warning"),
    ],
)
def test_what_is_wrong_with_the_default_is_named(commands: list[Command], fault: str, weight: str) -> None:
    found = _faults(request(GTAG), *commands)
    assert {name: each.weight for name, each in found.items()} == {fault: weight}


def test_the_types_are_named_that_are_wrong() -> None:
    assert _faults(request(GTAG), _default(types=ALL[:2]))["type_missing"].facts["types"] == (
        "ad_personalization, analytics_storage"
    )
    some = Command(
        "consent_default",
        (
            "ad_storage=denied",
            "ad_user_data=denied",
            "ad_personalization=denied",
            "analytics_storage=granted",
        ),
    )
    assert _faults(request(GTAG), some)["default_granted"].facts["types"] == "analytics_storage"


@pytest.mark.parametrize(
    "commands",
    [
        [_default(), JS, CONFIG],
        [_default("denied", "wait_for_update=500"), MANAGER],
        [_default("granted", "region=US"), _default(), JS],
        [_default(types=ALL[:2]), _default(types=ALL[2:]), JS],
    ],
)
def test_a_default_that_denies_everything_before_the_tags_is_right(commands: list[Command]) -> None:
    assert _faults(request(GTAG), request(COLLECT, consent_state="G100"), *commands) == {}


@pytest.mark.parametrize("choice", ["accept_all", "only", "withdraw"])
def test_once_an_answer_may_be_known_a_default_may_grant(choice: str) -> None:
    assert _faults(request(GTAG), _default("granted"), choice=choice, category="statistics") == {}


def test_a_page_without_googles_tags_is_told_nothing() -> None:
    assert _faults(request(PIXEL), _default("granted"), JS) == {}


def test_tags_that_come_after_the_answer_need_no_default() -> None:
    assert _faults(request(GTAG, "after"), JS, CONFIG, choice="accept_all") == {}


def test_tags_that_are_not_told_of_a_consent_are_named() -> None:
    found = _faults(request(GTAG), _default(), JS, choice="accept_all")
    assert {name: each.weight for name, each in found.items()} == {"update_missing": "warning"}
    assert _faults(request(GTAG), _default(), JS, _update("granted"), choice="accept_all") == {}
    assert _faults(request(GTAG), _default(), JS, choice="accept_all", outcome="failed") == {}


@pytest.mark.parametrize("state", ["G111", "G110", "G101"])
@pytest.mark.parametrize("choice", ["reject_all", "withdraw"])
def test_tags_that_believe_in_a_consent_after_a_refusal_are_a_fault(choice: str, state: str) -> None:
    found = _faults(request(COLLECT, "again", consent_state=state), _default(), choice=choice)
    assert found["granted_after_refusal"].weight == "fault"
    assert found["granted_after_refusal"].facts["states"] == state


def test_tags_that_know_of_the_refusal_are_none() -> None:
    pinged = request(COLLECT, "again", consent_state="G100")
    assert _faults(pinged, _default(), JS, _update("denied"), choice="reject_all") == {}
