"""The demo site states everything that GDPR article 13 and ekomloven § 3-15 ask for, in three languages."""

from datetime import date, timedelta

import pytest

from server.demo.document import LANGUAGES, document
from server.notices.declaration import declared
from server.notices.notice import composed
from server.notices.notice_context import Circumstances
from server.notices.words import words

DOMAINS = ("127.0.0.1",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_service_states_what_why_who_where_and_how_long(language: str) -> None:
    found = declared(document("http://127.0.0.1:8000"), DOMAINS, language)
    needed = {"purpose", "data", "provider", "shared_with", "legal_basis", "country", "transfer", "retention"}
    for category in found.categories:
        for service in category.services:
            stated = {fact.key: fact.values for fact in service.facts}
            # The basket stays on the device, so that its lifetime there is all there is, and how long
            # decisions are kept is a rule of the site.
            own = service.key in ("basket", "samtykke")
            assert needed - stated.keys() <= ({"retention"} if own else set()), service.key
            assert category.necessary is ("necessary_reason" in stated)
            assert service.cookies
            for facts in (service.facts, *(cookie.facts for cookie in service.cookies)):
                for fact in facts:
                    for text in fact.values:
                        assert text.text.strip()
                        assert text.language == language, (service.key, fact.key, text)


def test_what_the_stand_ins_store_at_their_own_address_is_of_a_third_party() -> None:
    found = declared(document("http://127.0.0.1:8000"), ("127.0.0.1", "localhost"), "nb")
    cookies = [one for each in found.categories for service in each.services for one in service.cookies]
    owners = {one.name: fact.values[0].text for one in cookies for fact in one.facts if fact.key == "party"}
    assert {name for name, owner in owners.items() if owner == "Tredjepart"} == {
        "lerretet_id",
        "lerretet_posisjon",
        "plakat_id",
    }
    assert set(owners.values()) == {"Førstepart", "Tredjepart"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_the_notice_is_left_unstated(language: str) -> None:
    about = Circumstances(date(2026, 11, 28), timedelta(days=365), {})
    found = composed(document("http://127.0.0.1:8000"), DOMAINS, language, about)
    unstated = words("notice", language)["not_stated"]
    for part in found.parts:
        assert part.body.language == part.heading.language == language
        for line in part.lines:
            assert unstated not in line, (part.key, line)
