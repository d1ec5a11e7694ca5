"""What is kept of the identity provider's answers, and who waits for the one request."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from joserfc.jwk import Key

from server.accounts.service import provider_answers
from server.accounts.values import BadAnswer
from server.core.errors import Unavailable
from server.core.identity_provider import IdentityProvider, MappedRole
from tests.accounts.oidc.keys import CLIENT, ISSUER, key_set, rsa, signed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROVIDER = IdentityProvider(ISSUER, CLIENT, "secret", "groups", (MappedRole("a", "owner", None),), "Fjell-ID")


class Answers:
    """The provider: its keys, which can be away, or slow."""

    def __init__(self, *keys: Key) -> None:
        self.keys, self.away, self.asked = keys, False, 0
        self.reached, self.goes_on = Event(), Event()
        self.goes_on.set()

    def __call__(self, _provider: IdentityProvider, url: str, *_rest: object) -> object:
        if url.endswith("/.well-known/openid-configuration"):
            named = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            return {"issuer": ISSUER, **{name: f"{ISSUER}/{name}" for name in named}}
        self.asked += 1
        self.reached.set()
        assert self.goes_on.wait(30)
        if self.away:
            raise Unavailable("Fjell-ID cannot be reached; try again in a moment", retry_after=30)
        return key_set(*self.keys)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    found = Answers(rsa())
    monkeypatch.setattr(provider_answers, "_fetched", found)
    provider_answers.forget()
    yield found
    provider_answers.forget()


def subject(*, key: Key | None = None, now: datetime = NOW) -> str:
    """Whom a token names that is signed with a key."""
    token = signed({"sub": "kari-1"}, key)
    return str(provider_answers.verified(PROVIDER, token, now=now).claims["sub"])


def test_who_logs_in_while_the_keys_are_fetched_waits_for_them(answers: Answers) -> None:
    answers.goes_on.clear()
    named: list[str] = []
    first = Thread(target=lambda: named.append(subject()))
    first.start()
    assert answers.reached.wait(30)
    # Their clock was read before that of the first.
    second = Thread(target=lambda: named.append(subject(now=NOW - timedelta(milliseconds=5))))
    second.start()
    answers.goes_on.set()
    first.join()
    second.join()
    assert named == ["kari-1", "kari-1"]
    assert answers.asked == 1


def test_keys_that_never_came_are_no_fault_of_a_token(answers: Answers) -> None:
    answers.away = True
    for seconds in (0, 1, 29):
        with pytest.raises(Unavailable):
            subject(now=NOW + timedelta(seconds=seconds))
    assert answers.asked == 1, "strangers cannot make the server ask all the time"
    answers.away = False
    assert subject(now=NOW + timedelta(seconds=30)) == "kari-1"


def test_keys_go_on_while_the_provider_is_away_for_an_hour_and_no_longer(answers: Answers) -> None:
    assert subject() == "kari-1"
    answers.away = True
    late = NOW + timedelta(minutes=59)
    with pytest.raises(Unavailable):
        subject(key=rsa("second"), now=late)
    assert subject(now=late) == "kari-1"
    with pytest.raises(Unavailable):
        subject(now=NOW + timedelta(hours=1))


def test_a_new_discovery_document_leaves_the_keys(answers: Answers) -> None:
    provider_answers.provider_metadata(PROVIDER, now=NOW)
    later = NOW + timedelta(minutes=59)
    assert subject(now=later) == "kari-1"
    answers.away = True
    assert subject(now=later + timedelta(minutes=30)) == "kari-1"


def test_a_key_that_is_not_among_them_is_unknown(answers: Answers) -> None:
    assert subject() == "kari-1"
    with pytest.raises(BadAnswer) as refused:
        subject(key=rsa("second"), now=NOW + timedelta(seconds=31))
    assert refused.value.reason == "key_unknown"
    assert answers.asked == 2
