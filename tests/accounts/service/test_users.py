"""People, sessions and tokens, on both databases."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import passwords
from server.accounts.models import ApiToken, Session, User
from server.accounts.service import sessions, tokens, users
from server.accounts.values import ROLES
from server.core.db import db, transaction
from server.core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from server.core.ids import new_id
from server.sites.models import Site

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "tre hester på vidda"


@pytest.fixture
def store(app: Flask) -> Iterator[None]:
    """One open transaction, as an edge would hold it."""
    with transaction():
        yield


def site() -> str:
    made = Site(id=new_id(), key=new_id().lower().replace("_", "-"), name="Butikken", created_at=NOW)
    db.session.add(made)
    db.session.flush()
    return made.id


def login(email: str = "kari@example.no", password: str = PASSWORD) -> str:
    return users.authenticate(email, password, now=NOW).email


def test_created_user_logs_in_with_any_case_of_the_address(store: None) -> None:
    made, secret = users.create_user(" Kari@Example.no ", "editor", password=PASSWORD, site_ids=None, now=NOW)
    assert (made.email, secret) == ("kari@example.no", PASSWORD)
    assert login("KARI@example.no") == "kari@example.no"


def test_password_is_made_where_none_is_given(store: None) -> None:
    _made, secret = users.create_user("kari@example.no", "editor", password=None, site_ids=None, now=NOW)
    assert login(password=secret) == "kari@example.no"
    assert secret not in str(db.session.scalar(sa.select(User.password_hash)))


def test_address_is_used_once(store: None) -> None:
    users.create_user("kari@example.no", "editor", password=None, site_ids=None, now=NOW)
    with pytest.raises(Conflict) as taken:
        users.create_user("KARI@example.no", "owner", password=None, site_ids=None, now=NOW)
    assert taken.value.reason == "email_taken"
    assert [one.role for one in users.users()] == ["editor"]


@pytest.mark.parametrize(
    "email", ["", "kari", "kari@", "@example.no", "k a@example.no", "k\x00@example.no", "k" * 300]
)
def test_what_is_no_address_is_refused(store: None, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        users.create_user(email, "editor", password=None, site_ids=None, now=NOW)
    assert "email" in refused.value.errors


@pytest.mark.parametrize(
    "sign", "\u200b\u200c\u200d\u2060\u202e\u2066\u00ad\ufeff\u3164\ufe0f\u034f\U000e0041"
)
@pytest.mark.parametrize("place", ["ka{}ri@example.no", "kari@exa{}mple.no"])
def test_an_address_with_a_character_that_cannot_be_seen_is_refused(
    store: None, sign: str, place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        users.create_user(place.format(sign), "editor", password=None, site_ids=None, now=NOW)
    assert refused.value.errors == {"email": "has a character that cannot be seen"}
    assert sign not in refused.value.message
    assert users.users() == ()


def test_unknown_role_and_no_sites_are_refused(store: None) -> None:
    with pytest.raises(Invalid):
        users.create_user("kari@example.no", "god", password=None, site_ids=None, now=NOW)
    with pytest.raises(Invalid):
        users.create_user("kari@example.no", "editor", password=None, site_ids=[], now=NOW)


def test_wrong_password_unknown_and_disabled_people_get_one_answer(store: None) -> None:
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    answers = []
    for email, password in (
        ("kari@example.no", "galt passord her"),
        ("ola@example.no", PASSWORD),
        ("\x00", ""),
    ):
        with pytest.raises(Unauthenticated) as wrong:
            login(email, password)
        answers.append((wrong.value.reason, wrong.value.message))
    users.disable_user(kari.user_id, now=NOW)
    with pytest.raises(Unauthenticated) as kept_out:
        login()
    answers.append((kept_out.value.reason, kept_out.value.message))
    assert len(set(answers)) == 1
    assert answers[0][0] == "wrong_login"


def test_unknown_address_costs_a_password_check_too(store: None, monkeypatch: pytest.MonkeyPatch) -> None:
    users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    checked: list[str | None] = []
    real = passwords.matches

    def counted(stored: str | None, password: str) -> bool:
        checked.append(stored)
        return real(stored, password)

    monkeypatch.setattr(passwords, "matches", counted)
    for email in ("kari@example.no", "ola@example.no", "not an address"):
        with pytest.raises(Unauthenticated):
            login(email, "galt passord her")
    assert [stored is None for stored in checked] == [False, True, True]


def test_session_leads_back_to_its_person_until_it_is_closed(store: None) -> None:
    here = site()
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=[here], now=NOW)
    secret = sessions.open_session(kari, now=NOW)
    assert sessions.identity_of(secret, now=NOW) == kari
    assert kari.site_ids == {here}
    sessions.close_session(secret)
    assert sessions.identity_of(secret, now=NOW) is None


def test_session_ends_after_twelve_hours_and_is_forgotten(store: None) -> None:
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    secret = sessions.open_session(kari, now=NOW)
    later = NOW + timedelta(hours=12)
    assert sessions.identity_of(secret, now=later - timedelta(seconds=1)) == kari
    assert sessions.identity_of(secret, now=later) is None
    sessions.open_session(kari, now=later)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Session)) == 1


def test_each_login_has_its_own_secret_and_the_database_holds_none(store: None) -> None:
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    first, second = (sessions.open_session(kari, now=NOW) for _ in range(2))
    assert first != second
    stored = db.session.scalars(sa.select(Session.digest)).all()
    assert not {first.encode(), second.encode()} & set(stored)


def test_a_session_that_is_used_goes_on_but_never_beyond_its_absolute_end(store: None) -> None:
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    secret = sessions.open_session(kari, now=NOW)
    assert sessions.seen(secret, now=NOW + timedelta(minutes=4)) == (kari, False)
    assert sessions.seen(secret, now=NOW + timedelta(minutes=5)) == (kari, True)
    for hours in range(11, 7 * 24, 11):
        now = NOW + timedelta(hours=hours)
        assert sessions.identity_of(secret, now=now) == kari
        sessions.keep_open(secret, now=now)
    end = NOW + timedelta(days=7)
    assert sessions.identity_of(secret, now=end - timedelta(seconds=1)) == kari
    assert sessions.identity_of(secret, now=end) is None
    sessions.keep_open(secret, now=end)
    assert sessions.identity_of(secret, now=end) is None, "what has ended is not opened again"


def test_disabling_and_changing_end_sessions_at_once(store: None) -> None:
    users.create_user("owner@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    secret = sessions.open_session(kari, now=NOW)
    users.change_user(kari.user_id, role="editor", site_ids=None, now=NOW)
    assert sessions.identity_of(secret, now=NOW) == kari, "saved as it was"
    users.change_user(kari.user_id, role="auditor", site_ids=None, now=NOW)
    assert sessions.identity_of(secret, now=NOW) is None
    known = users.active_identity(kari.user_id)
    assert known is not None
    assert known.role == "auditor"
    secret = sessions.open_session(known, now=NOW)
    users.disable_user(kari.user_id, now=NOW)
    assert sessions.identity_of(secret, now=NOW) is None
    users.enable_user(kari.user_id, now=NOW)
    assert sessions.identity_of(secret, now=NOW) is None


def test_own_password_changes_with_the_current_one_alone(store: None) -> None:
    kari, _ = users.create_user("kari@example.no", "editor", password=PASSWORD, site_ids=None, now=NOW)
    secret = sessions.open_session(kari, now=NOW)
    with pytest.raises(Invalid) as wrong:
        users.change_password(kari.user_id, "galt passord her", "fire rever i skogen", now=NOW)
    assert set(wrong.value.errors) == {"current"}
    with pytest.raises(Invalid) as weak:
        users.change_password(kari.user_id, PASSWORD, "password1234", now=NOW)
    assert set(weak.value.errors) == {"password"}
    users.change_password(kari.user_id, PASSWORD, "fire rever i skogen", now=NOW)
    assert login(password="fire rever i skogen") == "kari@example.no"
    assert sessions.identity_of(secret, now=NOW) is None


def test_last_owner_of_every_site_stays(store: None) -> None:
    ola, _ = users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: users.disable_user(ola.user_id, now=NOW),
        lambda: users.change_user(ola.user_id, role="editor", site_ids=None, now=NOW),
    )
    for attempt in attempts:
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.reason == "last_owner"
    users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    assert users.disable_user(ola.user_id, now=NOW).disabled_at == NOW


@pytest.mark.parametrize("role", ROLES)
def test_role_of_a_session_is_the_role_of_the_person(store: None, role: str) -> None:
    made, _ = users.create_user("kari@example.no", role, password=PASSWORD, site_ids=None, now=NOW)
    assert sessions.identity_of(sessions.open_session(made, now=NOW), now=NOW) == made


def test_token_opens_its_scope_on_its_site_alone(store: None) -> None:
    here, there = site(), site()
    made, secret = tokens.create_token(
        name="Nightly export", scopes=["analytics:read"], site_ids=[here], by="kari@example.no", now=NOW
    )
    header = f"Bearer {secret}"
    assert secret.startswith("smt_")
    assert tokens.authorise(header, "analytics:read", site_id=here, now=NOW) == made
    assert tokens.authorise(header, "analytics:read", site_id=None, now=NOW) == made
    with pytest.raises(Forbidden) as scope:
        tokens.authorise(header, "sites:write", site_id=here, now=NOW)
    with pytest.raises(Forbidden) as elsewhere:
        tokens.authorise(header, "analytics:read", site_id=there, now=NOW)
    assert (scope.value.reason, elsewhere.value.reason) == ("scope_missing", "site_forbidden")
    tokens.grant_site(made.token_id, there)
    tokens.grant_site(made.token_id, there)
    assert tokens.authorise(header, "analytics:read", site_id=there, now=NOW).site_ids == {here, there}


def test_revoked_or_invented_token_opens_nothing(store: None) -> None:
    made, secret = tokens.create_token(name="", scopes=["sites:read"], site_ids=None, by="x", now=NOW)
    tokens.revoke_token(made.token_id, now=NOW)
    for header in (
        f"Bearer {secret}",
        "Bearer smt_" + "A" * 43,
        "Bearer x",
        "Basic YTpi",
        "",
        None,
        f"Bearer {secret}é",
    ):
        with pytest.raises(Unauthenticated):
            tokens.authorise(header, "sites:read", site_id=None, now=NOW)


def test_token_list_shows_what_counts_for_the_site_and_no_secret(store: None) -> None:
    here, there = site(), site()
    for name, site_ids in (("here", [here]), ("there", [there]), ("all", None)):
        tokens.create_token(name=name, scopes=["sites:read"], site_ids=site_ids, by="x", now=NOW)
    assert {one.name for one in tokens.tokens(here)} == {"here", "all"}
    assert all(len(digest) == 32 for digest in db.session.scalars(sa.select(ApiToken.digest)))


@pytest.mark.parametrize(
    ("scopes", "site_ids", "name", "field"),
    [([], None, "", "scopes"), (["sites:destroy"], None, "", "scopes"), (["sites:read"], [], "", "sites"),
     (["sites:read"], None, "x" * 101, "name"), (["sites:read"], None, "a\x00b", "name")],
)  # fmt: skip
def test_token_that_makes_no_sense_is_refused(
    store: None, scopes: list[str], site_ids: list[str] | None, name: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        tokens.create_token(name=name, scopes=scopes, site_ids=site_ids, by="x", now=NOW)
    assert set(refused.value.errors) == {field}
