"""Second factors, on both databases: used once, and never without their owner."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.models import AuthenticatorApp, PendingLogin, RecoveryCode
from server.accounts.service import factors, pending_logins, sessions, users
from server.accounts.values import Identity
from server.core.db import db, transaction
from server.core.errors import Conflict, Invalid

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "tre hester på vidda"
KEY = "k" * 32


@pytest.fixture
def kari(app: Flask) -> Iterator[Identity]:
    """Somebody, in one open transaction, as an edge would hold it."""
    with transaction():
        yield users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)[0]


def later(steps: int) -> datetime:
    return NOW + timedelta(seconds=30 * steps)


def with_app(user_id: str) -> pyotp.TOTP:
    """Add an app; the code of `NOW` is used by it."""
    secret = factors.offer_app("a session", secret_key=KEY).secret
    shows = pyotp.TOTP(secret)
    factors.add_app(user_id, secret, shows.at(NOW), now=NOW, secret_key=KEY)
    return shows


def prove(who: Identity, code: str, now: datetime) -> str:
    return factors.prove(who.user_id, code, now=now, secret_key=KEY)


def test_nobody_has_a_factor_at_first(kari: Identity) -> None:
    assert factors.of(kari.user_id) == factors.Factors(None, 0)
    assert not factors.of(kari.user_id).any
    with pytest.raises(Invalid):
        prove(kari, "", NOW)


def test_an_app_is_asked_for_once_it_has_shown_a_code(kari: Identity) -> None:
    secret = factors.offer_app("a session", secret_key=KEY).secret
    with pytest.raises(Invalid) as wrong:
        factors.add_app(kari.user_id, secret, "000000", now=NOW, secret_key=KEY)
    assert set(wrong.value.errors) == {"code"}
    assert not factors.of(kari.user_id).any
    factors.add_app(kari.user_id, secret, pyotp.TOTP(secret).at(NOW), now=NOW, secret_key=KEY)
    assert factors.of(kari.user_id).app_since == NOW


def test_a_code_counts_once(kari: Identity) -> None:
    shows = with_app(kari.user_id)
    with pytest.raises(Invalid):
        prove(kari, shows.at(NOW), NOW)  # that of the enrolment
    assert prove(kari, shows.at(later(2)), later(2)) == "app"
    for used in (later(2), later(1)):
        with pytest.raises(Invalid):
            prove(kari, shows.at(used), later(2))
    assert prove(kari, shows.at(later(3)), later(2)) == "app"
    stored = db.session.scalar(sa.select(AuthenticatorApp.last_step))
    assert stored == int(later(3).timestamp()) // 30


def test_the_secret_is_encrypted_for_its_user_with_the_servers_key(kari: Identity) -> None:
    shows = with_app(kari.user_id)
    sealed = db.session.scalar(sa.select(AuthenticatorApp.sealed))
    assert sealed is not None
    assert shows.secret.encode() not in sealed
    ola, _ = users.create_user("ola@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    db.session.add(AuthenticatorApp(user_id=ola.user_id, sealed=sealed, last_step=0, added_at=NOW))
    db.session.flush()
    with pytest.raises(Invalid):
        prove(ola, shows.at(later(1)), later(1))  # moved to another row
    with pytest.raises(Invalid):
        factors.prove(kari.user_id, shows.at(later(1)), now=later(1), secret_key="j" * 32)
    assert prove(kari, shows.at(later(1)), later(1)) == "app"


def test_an_offer_is_for_one_session(kari: Identity) -> None:
    made = factors.offer_app("a session", secret_key=KEY)
    assert factors.offered(made.sealed, "a session", secret_key=KEY) == made
    sealed = made.sealed
    for typed, session in (
        (sealed, "another"),
        ("zz", "a session"),
        ("", "a session"),
        (sealed[:-2], "a session"),
    ):
        with pytest.raises(Conflict):
            factors.offered(typed, session, secret_key=KEY)


def test_another_app_takes_the_place_of_the_first(kari: Identity) -> None:
    first, second = with_app(kari.user_id), with_app(kari.user_id)
    with pytest.raises(Invalid):
        prove(kari, first.at(later(1)), later(1))
    assert prove(kari, second.at(later(1)), later(1)) == "app"


def test_each_recovery_code_works_once_and_new_ones_end_those_before(kari: Identity) -> None:
    with_app(kari.user_id)
    codes = factors.make_codes(kari.user_id, secret_key=KEY)
    assert len(set(codes)) == 10
    assert prove(kari, codes[0].upper(), NOW) == "code"
    assert factors.of(kari.user_id).codes_left == 9
    with pytest.raises(Invalid):
        prove(kari, codes[0], NOW)
    stored = set(db.session.scalars(sa.select(RecoveryCode.digest)))
    assert not any(code.encode() in one for code in codes for one in stored)
    again = factors.make_codes(kari.user_id, secret_key=KEY)
    with pytest.raises(Invalid):
        prove(kari, codes[1], NOW)
    assert prove(kari, again[0], NOW) == "code"


def test_codes_go_with_the_last_factor(kari: Identity) -> None:
    with_app(kari.user_id)
    codes = factors.make_codes(kari.user_id, secret_key=KEY)
    assert factors.remove_app(kari.user_id)
    assert not factors.remove_app(kari.user_id)
    assert factors.of(kari.user_id) == factors.Factors(None, 0)
    with pytest.raises(Invalid):
        prove(kari, codes[0], NOW)


def test_a_pending_login_is_for_ten_minutes_and_ends_once(kari: Identity) -> None:
    secret = pending_logins.begin(kari.user_id, now=NOW)
    assert pending_logins.find(secret, now=NOW + timedelta(minutes=9)) == (kari.user_id, "kari@example.no")
    assert pending_logins.find(secret, now=NOW + timedelta(minutes=10)) is None
    assert pending_logins.find("another", now=NOW) is None
    assert pending_logins.end(secret)
    assert not pending_logins.end(secret)


def test_what_ends_all_sessions_ends_a_login_that_has_begun(kari: Identity) -> None:
    for end in (
        lambda: users.set_password(kari.user_id, "en annen lang setning", now=NOW),
        lambda: sessions.end_all(kari.user_id),
        lambda: sessions.end_others(kari.user_id, "mine"),
    ):
        secret = pending_logins.begin(kari.user_id, now=NOW)
        end()
        assert pending_logins.find(secret, now=NOW) is None
    users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    secret = pending_logins.begin(kari.user_id, now=NOW)
    users.disable_user(kari.user_id, now=NOW)
    assert pending_logins.find(secret, now=NOW) is None


def test_old_ones_are_deleted(kari: Identity) -> None:
    pending_logins.begin(kari.user_id, now=NOW)
    pending_logins.begin(kari.user_id, now=NOW + timedelta(minutes=10))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PendingLogin)) == 1
