"""How long tokens work, who may have another secret, and how often it is stored that one was used."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import passwords
from server.accounts.models import ApiToken
from server.accounts.service import token_rotation, tokens, users
from server.accounts.values import Bearer, Identity
from server.core.db import db, transaction
from server.core.errors import Conflict, Forbidden, Invalid, PreconditionFailed, Unauthenticated
from server.sites.values import Site
from tests.studio.conftest import NOW, make_site

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture
def shop(app: Flask) -> Site:
    return make_site("butikken", "Butikken")


@pytest.fixture
def cabin(app: Flask) -> Site:
    return make_site("hytta", "Hytta")


@pytest.fixture
def person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Identity]:
    monkeypatch.setattr(passwords, "digest", lambda _password: "not hashed: nobody logs in here")

    def make(role: str, *where: Site) -> Identity:
        email = f"{role}-{len(users.users())}@example.no"
        site_ids = [one.id for one in where] or None
        with transaction():
            return users.create_user(email, role, password=None, site_ids=site_ids, now=NOW)[0]

    return make


def make(
    shop: Site, by: Identity | str = "command line", scope: str = "sites:read", **options: object
) -> tuple[Bearer, str]:
    with transaction():
        return tokens.create_token(
            name="Nightly",
            scopes=[scope],
            site_ids=[shop.id],
            by=by,
            now=NOW,
            **options,  # type: ignore[arg-type]
        )


def ask(secret: str, *, now: object = NOW, scope: str = "sites:read") -> Bearer:
    return tokens.authorise(f"Bearer {secret}", scope, site_id=None, now=now)  # type: ignore[arg-type]


def rotate(
    made: Bearer, *, by: Identity | None = None, overlap: timedelta = DAY, at: timedelta = HOUR
) -> str:
    with transaction():
        return token_rotation.rotate(made.token_id, overlap=overlap, by=by, now=NOW + at)[1]


# --- expiry ---------------------------------------------------------------------------------------------


def test_a_token_works_for_a_year_and_then_says_that_it_expired(shop: Site) -> None:
    made, secret = make(shop)
    assert tokens.token(made.token_id).life.expires_at == NOW + YEAR
    assert ask(secret, now=NOW + YEAR - timedelta(seconds=1)).token_id == made.token_id
    with pytest.raises(Unauthenticated) as fault:
        ask(secret, now=NOW + YEAR)
    assert fault.value.reason == "token_expired"


@pytest.mark.parametrize("days", [0, -1, 731, 100_000])
def test_a_time_that_is_none_or_too_long_is_refused_by_its_field(shop: Site, days: int) -> None:
    with pytest.raises(Invalid) as fault:
        make(shop, lifetime=timedelta(days=days))
    assert set(fault.value.errors) == {"expires"}


def test_only_an_owner_makes_a_token_without_an_end_and_says_why(
    shop: Site, person: Callable[..., Identity]
) -> None:
    developer, owner = person("developer", shop), person("owner", shop)
    with pytest.raises(Forbidden):
        make(shop, developer, lifetime=None, why_unlimited="The till has no update")
    for why, field in (("", "why_unlimited"), ("  ", "why_unlimited"), ("x" * 201, "why_unlimited")):
        with pytest.raises(Invalid) as fault:
            make(shop, owner, lifetime=None, why_unlimited=why)
        assert set(fault.value.errors) == {field}
    made, secret = make(shop, owner, lifetime=None, why_unlimited=" The till has no update ")
    life = tokens.token(made.token_id).life
    assert (life.expires_at, life.why_unlimited) == (None, "The till has no update")
    assert ask(secret, now=NOW + 20 * YEAR)
    # A reason is nothing without that.
    limited, _ = make(shop, owner, why_unlimited="x")
    assert tokens.token(limited.token_id).life.why_unlimited == ""


def test_those_that_expire_within_two_weeks_are_found_and_no_others(shop: Site) -> None:
    soon, _ = make(shop, lifetime=timedelta(days=14))
    make(shop, lifetime=timedelta(days=15))
    gone, _ = make(shop, lifetime=timedelta(days=3))
    with transaction():
        tokens.revoke_token(gone.token_id, now=NOW)
    assert [one.token_id for one in token_rotation.expiring(now=NOW)] == [soon.token_id]
    ended = token_rotation.expiring(now=NOW + timedelta(days=14))
    assert soon.token_id not in [one.token_id for one in ended]


# --- another secret -------------------------------------------------------------------------------------


def test_both_secrets_work_until_the_overlap_is_over(shop: Site) -> None:
    made, first = make(shop)
    second = rotate(made)
    for secret, old in ((first, True), (second, False)):
        bearer = ask(secret, now=NOW + HOUR)
        assert (bearer.token_id, bearer.old_secret) == (made.token_id, old)
    life = tokens.token(made.token_id).life
    assert (life.old_until, life.rotated_at) == (NOW + HOUR + DAY, NOW + HOUR)
    assert (life.hint, life.old_hint) == (second[-4:], first[-4:])
    # The year begins anew.
    assert life.expires_at == NOW + HOUR + YEAR
    assert ask(second, now=NOW + HOUR + DAY)
    with pytest.raises(Unauthenticated):
        ask(first, now=NOW + HOUR + DAY)
    with transaction():
        assert token_rotation.forget_old_secrets(now=NOW + DAY) == 0
        assert token_rotation.forget_old_secrets(now=NOW + HOUR + DAY) == 1
    assert db.session.scalar(sa.select(ApiToken.old_digest)) is None


def test_without_an_overlap_and_by_the_next_rotation_the_old_one_stops(shop: Site) -> None:
    made, first = make(shop)
    second = rotate(made, overlap=timedelta(days=7))
    third = rotate(made, overlap=timedelta(days=7))
    with pytest.raises(Unauthenticated):
        ask(first, now=NOW + HOUR)
    assert ask(second, now=NOW + HOUR)
    fourth = rotate(made, overlap=timedelta(0))
    for secret in (second, third):
        with pytest.raises(Unauthenticated):
            ask(secret, now=NOW + HOUR)
    assert ask(fourth, now=NOW + HOUR)


def test_revoking_ends_both_secrets(shop: Site) -> None:
    made, first = make(shop)
    second = rotate(made)
    with transaction():
        tokens.revoke_token(made.token_id, now=NOW + HOUR)
    for secret in (first, second):
        with pytest.raises(Unauthenticated):
            ask(secret, now=NOW + HOUR)
    with pytest.raises(Conflict) as fault:
        rotate(made)
    assert fault.value.reason == "token_ended"


def test_what_has_expired_gets_no_other_secret(shop: Site) -> None:
    made, _ = make(shop)
    with pytest.raises(Conflict):
        rotate(made, at=YEAR)


def test_a_token_without_an_end_has_none_afterwards_either(shop: Site) -> None:
    made, _ = make(shop, lifetime=None, why_unlimited="x")
    rotate(made)
    assert tokens.token(made.token_id).life.expires_at is None


def test_the_old_secret_works_no_longer_than_it_would_have(shop: Site) -> None:
    month = timedelta(days=30)
    made, first = make(shop, lifetime=month)
    rotate(made, overlap=timedelta(days=7), at=month - HOUR)
    life = tokens.token(made.token_id).life
    assert (life.old_until, life.expires_at) == (NOW + month, NOW + month - HOUR + month)
    assert ask(first, now=NOW + month - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        ask(first, now=NOW + month)


def test_a_token_works_as_long_again_as_before_or_as_chosen(shop: Site) -> None:
    quarter = timedelta(days=90)
    made, _ = make(shop, lifetime=quarter)
    for number in (1, 2):
        rotate(made, at=number * DAY)
        assert tokens.token(made.token_id).life.expires_at == NOW + number * DAY + quarter
    endless, _ = make(shop, lifetime=None, why_unlimited="The till has no update")
    for one in (made, endless):
        with transaction():
            changed, _ = token_rotation.rotate(
                one.token_id, overlap=DAY, by=None, now=NOW + HOUR, lifetime=timedelta(days=30)
            )
        assert (changed.life.expires_at, changed.life.why_unlimited) == (NOW + HOUR + timedelta(days=30), "")
    with pytest.raises(Invalid), transaction():
        token_rotation.rotate(
            made.token_id, overlap=DAY, by=None, now=NOW + HOUR, lifetime=timedelta(days=731)
        )


def test_a_secret_is_replaced_once_by_who_has_seen_it(shop: Site) -> None:
    made, first = make(shop)
    seen = token_rotation.mark(tokens.token(made.token_id))
    for expected in (None, PreconditionFailed):
        try:
            with transaction():
                token_rotation.rotate(made.token_id, overlap=DAY, by=None, now=NOW + HOUR, replacing=seen)
            assert expected is None
        except PreconditionFailed:
            assert expected is PreconditionFailed
    assert ask(first, now=NOW + HOUR)


@pytest.mark.parametrize("overlap", [timedelta(hours=1), timedelta(days=365), timedelta(days=-1)])
def test_only_the_offered_overlaps_are_taken(shop: Site, overlap: timedelta) -> None:
    made, _ = make(shop)
    with pytest.raises(Invalid) as fault:
        rotate(made, overlap=overlap)
    assert set(fault.value.errors) == {"overlap"}


def test_nobody_gets_the_rights_of_another_by_a_secret_of_their_token(
    shop: Site, cabin: Site, person: Callable[..., Identity]
) -> None:
    owner, developer, of_shop = person("owner"), person("developer", shop), person("owner", shop)
    of_owner, _ = make(shop, owner, "sites:write")
    of_machine, _ = make(shop)
    of_developer, _ = make(shop, developer, "banner:write")
    for made in (of_owner, of_machine):
        for who in (developer, of_shop):
            with pytest.raises(Forbidden):
                rotate(made, by=who)
        rotate(made, by=owner)
    with pytest.raises(Forbidden):
        rotate(of_developer, by=of_shop)
    rotate(of_developer, by=developer)
    # Who may not make such a token any more does not get its secret either.
    with transaction():
        users.change_user(developer.user_id, role="auditor", site_ids=[shop.id], now=NOW)
    found = users.active_identity(developer.user_id)
    assert found is not None
    with pytest.raises(Forbidden):
        rotate(of_developer, by=found)


# --- use ------------------------------------------------------------------------------------------------


def test_use_is_stored_once_an_hour_for_each_secret(shop: Site) -> None:
    made, first = make(shop)
    assert not ask(first).noted

    def note(*, old: bool = False, at: timedelta = timedelta(0)) -> bool:
        with transaction():
            return tokens.note_use(made.token_id, old_secret=old, now=NOW + at)

    assert note()
    assert ask(first, now=NOW + timedelta(minutes=59)).noted
    assert not note(at=timedelta(minutes=59))
    assert not ask(first, now=NOW + HOUR).noted
    assert note(at=HOUR)
    second = rotate(made)
    life = tokens.token(made.token_id).life
    assert (life.used_at, life.old_used_at) == (None, NOW + HOUR)
    assert not ask(second, now=NOW + HOUR).noted
    assert ask(first, now=NOW + HOUR).noted
    assert note(old=True, at=2 * HOUR)
    life = tokens.token(made.token_id).life
    assert (life.used_at, life.old_used_at) == (None, NOW + 2 * HOUR)


def test_a_mistyped_secret_is_refused_without_a_query(shop: Site) -> None:
    _, secret = make(shop)
    asked: list[str] = []
    with transaction():
        pass

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        for wrong in (
            secret[:-1] + ("a" if secret[-1] != "a" else "b"),
            secret.upper(),
            "smt_x",
            secret[:-1],
        ):
            with pytest.raises(Unauthenticated):
                ask(wrong)
        assert asked == []
        ask(secret)
        assert asked
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
