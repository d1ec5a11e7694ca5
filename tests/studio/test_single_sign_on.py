"""Logging in by an identity provider: a real one on loopback, which also says what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts.models import ExternalIdentity, SignOn
from server.accounts.service import audit_log, invitations, password_resets, provider_answers, users
from server.app import create_app
from server.core import clock
from server.core.db import db, transaction
from server.core.errors import NotFound
from server.core.identity_provider import MappedRole
from server.core.limits import counters
from server.core.settings import BadSetting
from server.sites import groups
from server.sites.values import Site
from server.studio import kept_forms
from tests.accounts.oidc.keys import keyed_with_public_key, rsa, signed, unsigned
from tests.accounts.provider import Claims, Provider, serving_provider
from tests.conftest import settings_for
from tests.studio.conftest import NOW, PASSWORD, Visitor, browser
from tests.studio.sign_on import at_provider, come_back, leads_to, leave, pressed, sign_on


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with serving_provider() as found:
        yield found


@pytest.fixture
def provider(app: Flask, running: Provider, site: Site) -> Iterator[Provider]:
    """The provider of the application, which says what is right."""
    running.reset()
    provider_answers.forget()
    counters(app).forget()
    before = app.extensions["samtykke"]
    app.extensions["samtykke"] = replace(before, oidc=running.settings())
    yield running
    app.extensions["samtykke"] = before


def accounts() -> list[tuple[str, str, bool]]:
    return [(one.email, one.role, one.connected) for one in users.users()]


def events() -> list[tuple[str, str, str, str]]:
    found = audit_log.audit_events(only=None, limit=20)
    return [(one.by.name, one.action, one.subject, one.detail) for one in reversed(found)]


def test_whoever_the_provider_names_gets_an_account_with_the_mapped_role(
    provider: Provider, visitor: Visitor, site: Site
) -> None:
    answer = sign_on(visitor)
    assert (answer.status_code, answer.location) == (303, "/studio/")
    assert "kari@example.no" in visitor.get("/account").text
    (known,) = users.users()
    assert (known.email, known.role, known.site_ids) == ("kari@example.no", "editor", frozenset({site.id}))
    assert known.connected
    assert events() == [
        ("127.0.0.1", "user_created", "kari@example.no", "editor of butikken"),
        ("kari@example.no", "login", "", "127.0.0.1"),
    ]


def test_the_request_uses_pkce_and_secrets_of_its_own(provider: Provider, visitor: Visitor) -> None:
    sign_on(visitor)
    sign_on(visitor)
    first, second = provider.authorised
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["redirect_uri"] == "http://127.0.0.1:8000/studio/single-sign-on/callback"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


def test_the_second_login_leads_to_the_same_account(provider: Provider, visitor: Visitor, app: Flask) -> None:
    sign_on(visitor)
    provider.person["email"] = "kari.nordmann@example.no"
    assert sign_on(Visitor(browser(app))).status_code == 303
    assert accounts() == [("kari@example.no", "editor", True)]


def test_a_role_that_has_changed_counts_from_the_next_login_and_ends_other_sessions(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    sign_on(visitor)
    provider.person["groups"] = ["auditors"]
    elsewhere = Visitor(browser(app))
    sign_on(elsewhere)
    assert accounts() == [("kari@example.no", "auditor", True)]
    assert visitor.get("/sites").status_code == 303
    assert elsewhere.get("/trail").status_code == 200
    assert (
        "127.0.0.1",
        "user_changed",
        "kari@example.no",
        "editor of butikken → auditor of every site",
    ) in events()


@pytest.mark.parametrize("groups", [[], ["everybody"], ["gone"], "Marketing", None])
def test_nobody_gets_in_without_a_mapped_role(provider: Provider, visitor: Visitor, groups: object) -> None:
    provider.person["groups"] = groups
    answer = sign_on(visitor)
    assert answer.status_code == 403
    assert (
        "Fjell-ID names no group of yours that has a role here; ask an owner of this server." in answer.text
    )
    assert accounts() == []
    assert visitor.get("/sites").status_code == 303


def test_who_has_lost_their_role_is_not_let_in_any_more(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    sign_on(visitor)
    provider.person["groups"] = []
    assert sign_on(Visitor(browser(app))).status_code == 403


def test_a_disabled_account_stays_out(provider: Provider, visitor: Visitor, app: Flask) -> None:
    sign_on(visitor)
    with transaction():
        users.disable_user(users.users()[0].user_id, now=NOW)
    answer = sign_on(Visitor(browser(app)))
    assert answer.status_code == 403
    assert "This account is disabled; ask an owner." in answer.text


def test_an_invitation_from_before_does_not_change_the_role_that_the_provider_gives(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    with transaction():
        _, link = invitations.invite(
            "kari@example.no", "owner", site_ids=None, by="command line", now=clock.now()
        )
    sign_on(visitor)
    token = {"csrf_token": visitor.token()}
    assert visitor.client.post("/studio/invitation", data={**token, "link": link}).status_code == 303
    page = visitor.get("/invitation/answer").text
    assert "Your role comes from single sign-on at each login" in page
    assert 'action="/studio/invitation/answer"' not in page
    answer = visitor.client.post("/studio/invitation/answer", data=token)
    assert answer.location == "/studio/invitation/answer"
    assert accounts() == [("kari@example.no", "editor", True)]
    assert visitor.get("/account").status_code == 200


def test_the_last_owner_stays_one(provider: Provider, visitor: Visitor, app: Flask) -> None:
    provider.person["groups"] = ["admins"]
    sign_on(visitor)
    provider.person["groups"] = ["auditors"]
    answer = sign_on(Visitor(browser(app)))
    assert answer.status_code == 409
    assert "is the last owner of every site" in answer.text
    assert accounts() == [("kari@example.no", "owner", True)]


@pytest.mark.parametrize(("verified", "status"), [(True, 303), ("true", 303), (False, 403), (None, 403)])
def test_only_an_address_that_was_checked_makes_an_account(
    provider: Provider, visitor: Visitor, verified: object, status: int
) -> None:
    provider.person["email_verified"] = verified
    assert sign_on(visitor).status_code == status


def test_an_operator_may_trust_addresses(provider: Provider, visitor: Visitor, app: Flask) -> None:
    app.extensions["samtykke"] = replace(
        app.extensions["samtykke"], oidc=provider.settings(trusts_email=True)
    )
    del provider.person["email_verified"]
    assert sign_on(visitor).status_code == 303


def test_groups_that_the_id_token_lacks_are_asked_for(provider: Provider, visitor: Visitor) -> None:
    provider.further = {"groups": ["auditors"]}
    del provider.person["groups"]
    assert sign_on(visitor).status_code == 303
    assert accounts() == [("kari@example.no", "auditor", True)]
    assert "/userinfo" in provider.asked


def test_further_claims_of_another_person_are_refused(provider: Provider, visitor: Visitor) -> None:
    provider.further = {"groups": ["admins"], "sub": "ola-2"}
    del provider.person["groups"]
    assert sign_on(visitor).status_code == 403
    assert accounts() == []


FORGERIES: dict[str, Callable[[Claims], str]] = {
    "no_signature": unsigned,
    "hmac_with_the_public_key": lambda claims: keyed_with_public_key(claims, rsa()),
    "another_key": lambda claims: signed(claims, rsa("second"), kid="first"),
    "an_unknown_key": lambda claims: signed(claims, rsa("second")),
    "another_issuer": lambda claims: signed({**claims, "iss": "https://login.example.com"}),
    "another_audience": lambda claims: signed({**claims, "aud": "another"}),
    "another_nonce": lambda claims: signed({**claims, "nonce": "x" * 43}),
    "no_nonce": lambda claims: signed({name: claims[name] for name in claims if name != "nonce"}),
    "expired": lambda claims: signed({**claims, "exp": claims["iat"] - 61}),
    "another_access_token": lambda claims: signed({**claims, "at_hash": "MTIzNDU2Nzg5MDEyMzQ1Ng"}),
    "no_token": lambda _claims: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_id_token_lets_nobody_in(provider: Provider, visitor: Visitor, forgery: str) -> None:
    provider.forge = FORGERIES[forgery]
    answer = sign_on(visitor)
    assert answer.status_code == 403
    assert "The answer of Fjell-ID could not be checked" in answer.text
    assert (accounts(), visitor.get("/sites").status_code) == ([], 303)


def test_an_id_token_of_an_earlier_login_lets_nobody_in(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    stolen: list[str] = []

    def the_first(claims: Claims) -> str:
        stolen.append(signed(claims))
        return stolen[0]

    provider.forge = the_first
    sign_on(visitor)
    assert sign_on(Visitor(browser(app))).status_code == 403


def test_new_keys_of_the_provider_are_fetched_and_old_ones_forgotten(
    provider: Provider, visitor: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on(visitor)
    now = clock.now() + provider_answers.KEYS_AGAIN
    monkeypatch.setattr(clock, "now", lambda: now)
    provider.keys = [rsa("second")]
    assert sign_on(Visitor(browser(app))).status_code == 303
    provider.forge = lambda claims: signed(claims, rsa())
    assert sign_on(Visitor(browser(app))).status_code == 403


def test_made_up_keys_do_not_make_the_server_ask_again_and_again(
    provider: Provider, visitor: Visitor, stopped_clock: None
) -> None:
    provider.forge = lambda claims: signed(claims, rsa("second"))
    for _ in range(4):
        assert sign_on(visitor).status_code == 403
    assert provider.asked.count("/jwks") == 1


def test_an_answer_works_once(provider: Provider, visitor: Visitor) -> None:
    back = at_provider(leave(visitor))
    assert visitor.client.get(back).status_code == 303
    visitor.post("/logout")
    answer = visitor.client.get(back)
    assert answer.status_code == 401
    assert "This login was begun in another browser, or too long ago." in answer.text


def test_a_code_works_once(provider: Provider, visitor: Visitor) -> None:
    codes: list[str] = []

    def the_first(back: dict[str, str]) -> dict[str, str]:
        codes.append(back["code"])
        return {**back, "code": codes[0]}

    provider.answers = the_first
    assert sign_on(visitor).status_code == 303
    visitor.post("/logout")
    assert sign_on(visitor).status_code == 403


def test_an_answer_works_in_the_browser_that_asked_alone(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    """Else an attacker could log somebody in to the attacker's account (RFC 6749 § 10.12)."""
    back = at_provider(leave(visitor))
    victim = Visitor(browser(app))
    pressed(victim)
    assert victim.client.get(back).status_code == 401
    assert victim.get("/sites").status_code == 303
    assert visitor.client.get(back).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [{"state": "x" * 43}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": ""}, {"code": ""}],
)
def test_an_answer_that_was_tampered_with_lets_nobody_in(
    provider: Provider, visitor: Visitor, changes: dict[str, str]
) -> None:
    provider.answers = lambda back: {**back, **changes}
    assert sign_on(visitor).status_code in (401, 403)
    assert accounts() == []


def test_an_answer_without_the_issuer_is_one_of_another_provider(
    provider: Provider, visitor: Visitor
) -> None:
    provider.answers = lambda back: {"code": back["code"], "state": back["state"]}
    assert sign_on(visitor).status_code == 403


def test_an_answer_that_comes_too_late_lets_nobody_in(
    provider: Provider, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = at_provider(leave(visitor))
    late = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert visitor.client.get(back).status_code == 401
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SignOn)) == 0


def test_who_is_refused_by_the_provider_is_told(provider: Provider, visitor: Visitor) -> None:
    provider.answers = lambda back: {"error": "access_denied", "state": back["state"], "iss": back["iss"]}
    answer = sign_on(visitor)
    assert answer.status_code == 403
    assert "Fjell-ID did not let you in." in answer.text


def test_a_document_of_another_issuer_is_refused(provider: Provider, visitor: Visitor) -> None:
    provider.document = {"issuer": "https://login.example.com"}
    assert pressed(visitor).status_code == 403
    assert provider.authorised == []


def test_endpoints_inside_of_the_network_are_reached_on_the_issuers_host_alone(
    provider: Provider, visitor: Visitor
) -> None:
    provider.document = {"token_endpoint": provider.address.replace("127.0.0.1", "localhost") + "/token"}
    answer = sign_on(visitor)
    assert answer.status_code == 503
    assert "/token" not in provider.asked


def test_a_provider_that_is_away_is_said_to_be_and_nothing_typed_is_lost(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    away = provider.settings(issuer="http://127.0.0.1:9")
    app.extensions["samtykke"] = replace(app.extensions["samtykke"], oidc=away)
    answer = pressed(visitor, kept="sealed", next="/studio/sites")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Fjell-ID cannot be reached; try again in a moment." in answer.text
    assert 'name="kept" value="sealed"' in answer.text
    assert 'name="next" value="/studio/sites"' in answer.text


def test_the_session_is_new_after_the_login(provider: Provider, visitor: Visitor) -> None:
    def secret() -> str | None:
        with visitor.client.session_transaction() as stored:
            return stored.get("login")

    sign_on(visitor)
    first = secret()
    sign_on(visitor)
    assert secret() not in (None, first)


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("/studio/account", "/studio/account"),
        ("https://evil.example/", "/studio/"),
        ("//evil.example/", "/studio/"),
        ("/studio//evil.example", "/studio/"),
        ("/studio/%2e%2e/w/x.js", "/studio/"),
        ("/w/demo.js", "/studio/"),
    ],
)
def test_only_pages_of_the_studio_are_gone_on_to(
    provider: Provider, visitor: Visitor, asked: str, location: str
) -> None:
    assert sign_on(visitor, next=asked).location == location


@pytest.mark.parametrize(
    "fields",
    [{"kept": "a\0b"}, {"kept": "x" * 300_000}, {"next": f"/studio/{'a' * 200_000}"}, {"next": "/studio/\0"}],
)
def test_what_a_stranger_makes_up_is_not_stored_when_a_login_begins(
    provider: Provider, visitor: Visitor, fields: dict[str, str]
) -> None:
    assert pressed(visitor, **fields).status_code == 200
    assert db.session.execute(sa.select(SignOn.kept, SignOn.next_path)).one() == ("", "")


def test_a_form_that_was_kept_goes_on_after_the_login(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    form = kept_forms.KeptForm("/studio/account/preferences", (("language", "nn"),), ())
    sealed = kept_forms.seal(form, secret_key=app.extensions["samtykke"].secret_key, now=clock.now())
    answer = sign_on(visitor, kept=sealed)
    assert answer.status_code == 200
    assert "What you typed before has not been sent yet." in answer.text
    assert 'name="language" value="nn"' in answer.text


def test_a_login_begun_from_another_website_is_refused(provider: Provider, visitor: Visitor) -> None:
    answer = visitor.client.post("/studio/single-sign-on", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 419
    assert visitor.client.post("/studio/single-sign-on").status_code == 419


def test_many_logins_of_one_network_are_slowed_down(
    provider: Provider, visitor: Visitor, stopped_clock: None
) -> None:
    token = visitor.get("/login").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answers = [
        visitor.client.post("/studio/single-sign-on", data={"csrf_token": token}).status_code
        for _ in range(61)
    ]
    assert answers == [200] * 60 + [429]


def test_without_a_provider_there_are_no_such_pages(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/single-sign-on/callback").status_code == 404
    assert "/studio/single-sign-on" not in visitor.get("/login").text


# --- accounts that are there already ----------------------------------------------------------------------


@pytest.fixture
def kari(app: Flask) -> str:
    """Somebody with a password and the address that the provider names."""
    with transaction():
        users.create_user("kari@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
        users.create_user("ola@example.no", "owner", password=PASSWORD, site_ids=None, now=NOW)
    return "kari@example.no"


def test_an_account_of_that_address_is_connected_by_its_password_alone(
    provider: Provider, visitor: Visitor, kari: str, site: Site
) -> None:
    answer = sign_on(visitor, next="/studio/account")
    assert answer.status_code == 200
    assert "This address has an account here already." in answer.text
    assert visitor.get("/sites").status_code == 303
    assert visitor.log_in(kari, "galt passord her").status_code == 401
    assert visitor.log_in(kari).status_code == 303
    known = users.with_address(kari)
    assert known is not None
    assert (known.connected, known.role, known.site_ids) == (True, "editor", frozenset({site.id}))
    assert (kari, "account_connected", "", "127.0.0.1") in events()
    assert visitor.get("/account").status_code == 200


def test_a_connected_account_has_no_password(
    provider: Provider, visitor: Visitor, kari: str, app: Flask
) -> None:
    sign_on(visitor)
    visitor.log_in(kari)
    elsewhere = Visitor(browser(app))
    assert elsewhere.log_in(kari).status_code == 401
    assert elsewhere.log_in(kari, "").status_code == 401
    assert sign_on(elsewhere).status_code == 303


def test_another_account_is_not_connected(provider: Provider, visitor: Visitor, kari: str) -> None:
    sign_on(visitor)
    assert visitor.log_in("ola@example.no").status_code == 303
    assert [connected for _email, _role, connected in accounts()] == [False, False]
    visitor.post("/logout")
    visitor.log_in(kari)
    assert [connected for _email, _role, connected in accounts()] == [False, False]


def test_who_waits_too_long_is_not_connected(
    provider: Provider, visitor: Visitor, kari: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on(visitor)
    late = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert visitor.log_in(kari).status_code == 303
    assert [connected for _email, _role, connected in accounts()] == [False, False]


def test_the_break_glass_owner_is_not_connected(provider: Provider, visitor: Visitor, kari: str) -> None:
    with transaction():
        known = users.with_address(kari)
        assert known is not None
        users.make_break_glass(known.user_id)
    sign_on(visitor)
    answer = visitor.log_in(kari)
    assert answer.status_code == 409
    assert "The break-glass owner logs in with a password alone" in answer.text
    assert 'name="password"' in answer.text, "the form says it, and can be sent again"
    sign_on(visitor)
    in_place = {"csrf_token": visitor.token("/login"), "email": kari, "password": PASSWORD}
    refused = visitor.post("/session", in_place)
    assert (refused.status_code, "break-glass" in refused.get_json()["fault"]) == (409, True)
    assert visitor.log_in(kari).status_code == 303


# --- only single sign-on ----------------------------------------------------------------------------------


@pytest.fixture
def closed(provider: Provider, app: Flask) -> None:
    """Passwords let nobody in but the break-glass owner."""
    app.extensions["samtykke"] = replace(app.extensions["samtykke"], local_login=False)


def test_where_passwords_are_off_only_the_break_glass_owner_has_one(
    closed: None, kari: str, visitor: Visitor, app: Flask
) -> None:
    refused = visitor.log_in("ola@example.no")
    assert refused.status_code == 401
    assert "The e-mail address or the password is wrong." in refused.text
    with transaction():
        known = users.with_address("ola@example.no")
        assert known is not None
        users.make_break_glass(known.user_id)
    assert visitor.log_in("ola@example.no").status_code == 303
    assert ("ola@example.no", "break_glass_login", "", "") in events()
    assert Visitor(browser(app)).log_in(kari).status_code == 401


def test_an_old_account_is_still_connected_by_its_password(closed: None, kari: str, visitor: Visitor) -> None:
    sign_on(visitor)
    assert visitor.log_in("ola@example.no").status_code == 401
    assert visitor.log_in(kari).status_code == 303
    assert ("kari@example.no", "editor", True) in accounts()


def test_the_first_owner_comes_by_the_provider(closed: None, provider: Provider, visitor: Visitor) -> None:
    provider.person["groups"] = ["admins"]
    assert visitor.get("/login").status_code == 200
    assert sign_on(visitor).status_code == 303
    assert accounts() == [("kari@example.no", "owner", True)]


def test_a_role_that_there_is_not_stops_the_start(provider: Provider, tmp_path: Path) -> None:
    named = provider.settings(role_map=(MappedRole("admins", "administrator", None),))
    with pytest.raises(BadSetting, match="SAMTYKKE_OIDC_ROLE_MAP names the role 'administrator'"):
        create_app(settings_for(tmp_path, oidc=named))


def test_a_group_of_sites_can_be_mapped(provider: Provider, visitor: Visitor, app: Flask, site: Site) -> None:
    with transaction():
        made = groups.create("fjellet", "Fjellet", site, ["texts"], by="tests", now=NOW)
    mapped = provider.settings(role_map=(MappedRole("marketing", "editor", ("@fjellet", "nowhere")),))
    app.extensions["samtykke"] = replace(app.extensions["samtykke"], oidc=mapped)
    assert sign_on(visitor).status_code == 303
    (known,) = users.users()
    assert (known.site_ids, known.group_ids) == (frozenset(), frozenset({made.id}))
    assert sign_on(visitor).status_code == 303
    assert not [each for each in events() if each[1] == "user_changed"]


def test_one_person_has_one_account(provider: Provider, visitor: Visitor, app: Flask) -> None:
    for _ in range(2):
        sign_on(Visitor(browser(app)))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ExternalIdentity)) == 1


def test_somebody_has_to_show_the_provider_again_who_they_are(provider: Provider, visitor: Visitor) -> None:
    answer: Any = sign_on(visitor, again="yes")
    assert answer.status_code == 303
    assert (provider.authorised[0]["prompt"], provider.authorised[0]["max_age"]) == ("login", "0")
    provider.forge = lambda claims: signed({**claims, "auth_time": claims["iat"] - 120})
    refused: Any = sign_on(visitor, again="yes")
    assert (refused.status_code, "did not ask you again" in refused.text) == (403, True)
    assert sign_on(visitor).status_code == 303


@pytest.mark.parametrize("told", [{}, {"auth_time": None}])
def test_a_provider_that_does_not_say_when_proves_nothing_where_it_was_asked_again(
    provider: Provider, visitor: Visitor, told: Claims
) -> None:
    """OpenID Connect Core 1.0, 3.1.2.1: who asks by `max_age` gets an `auth_time`."""

    def forged(claims: Claims) -> str:
        claims.pop("auth_time")
        return signed({**claims, **told})

    provider.forge = forged
    refused: Any = sign_on(visitor, again="yes")
    assert refused.status_code == 403
    if not told:
        assert "did not say when you logged in" in refused.text
    assert sign_on(visitor).status_code == 303


# --- accounts in the studio and on the command line -------------------------------------------------------


def test_the_studio_shows_who_is_connected_and_lets_owners_disconnect_them(
    provider: Provider, visitor: Visitor, as_role: Callable[..., Visitor], app: Flask
) -> None:
    sign_on(visitor)
    owner = as_role("owner")
    kari = users.with_address("kari@example.no")
    assert kari is not None
    shown = owner.get(f"/users/{kari.user_id}").text
    assert "They log in with Fjell-ID, which also decides the role: Editor." in shown
    assert f"/studio/users/{kari.user_id}/password" not in shown
    refused = owner.post(f"/users/{kari.user_id}", {"role": "owner", "reach": "all"})
    assert refused.status_code == 409
    assert owner.post(f"/users/{kari.user_id}/password").status_code == 409
    assert owner.post(f"/users/{kari.user_id}/disconnect").status_code == 303
    assert owner.post(f"/users/{kari.user_id}/disconnect").status_code == 409
    assert visitor.get("/account").status_code == 303
    assert accounts()[0] == ("kari@example.no", "editor", False)
    assert owner.post(f"/users/{kari.user_id}/password").status_code == 201
    assert ("owner-0@example.no", "account_disconnected", "kari@example.no", "") in events()


def test_ones_own_page_of_a_connected_account_has_no_password(provider: Provider, visitor: Visitor) -> None:
    sign_on(visitor)
    shown = visitor.get("/account").text
    assert "You log in with Fjell-ID." in shown
    assert 'name="current"' not in shown


def test_where_passwords_are_off_nobody_is_invited_and_no_link_is_sent(
    closed: None, visitor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    assert "/studio/users/new" not in owner.get("/users").text
    assert owner.get("/users/new").status_code == 409
    assert owner.post("/users/new", {"email": "ola@example.no", "role": "auditor"}).status_code == 409
    page = visitor.get("/login").text
    assert "/studio/forgotten" not in page
    assert "Break-glass account" in page
    assert visitor.get("/forgotten").location == "/studio/login"


def test_links_for_new_passwords_open_nothing_once_an_account_is_connected(
    provider: Provider, visitor: Visitor, kari: str
) -> None:
    with transaction():
        known = users.with_address(kari)
        assert known is not None
        token = password_resets.issue(known.user_id, now=clock.now())
    sign_on(visitor)
    visitor.log_in(kari)
    with pytest.raises(NotFound):
        password_resets.open_link(token, now=clock.now())


# --- a recent proof ---------------------------------------------------------------------------------------


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login is too old for what matters most."""
    late = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: late)


def test_what_needs_a_recent_proof_is_confirmed_by_the_provider_and_goes_on(
    provider: Provider, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.person["groups"] = ["admins"]
    sign_on(visitor)
    later(monkeypatch)
    invited = {"email": "ola@example.no", "role": "auditor", "reach": "all"}
    asked = visitor.post("/users/new", invited, headers={"Sec-Fetch-Site": "same-origin"})
    assert asked.status_code == 401
    assert "Confirm with Fjell-ID" in asked.text
    assert 'name="password"' not in asked.text
    kept = asked.text.partition('name="kept" value="')[2].partition('"')[0]
    token = asked.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = {"csrf_token": token, "again": "yes", "kept": kept}
    answer = come_back(visitor, leads_to(visitor.client.post("/studio/single-sign-on", data=sent)))
    assert 'name="email" value="ola@example.no"' in answer.text
    assert provider.authorised[-1]["prompt"] == "login"
    assert visitor.post("/users/new", invited).status_code == 201


def test_a_login_that_the_provider_remembers_from_long_ago_is_no_recent_proof(
    provider: Provider, visitor: Visitor
) -> None:
    provider.person["groups"] = ["admins"]
    provider.person["auth_time"] = int(clock.now().timestamp()) - 3600
    sign_on(visitor)
    assert visitor.post("/users/new", {"email": "ola@example.no", "role": "auditor"}).status_code == 401
    assert visitor.get("/users").status_code == 200


def test_a_tab_that_was_opened_to_log_in_says_that_it_is_done(provider: Provider, visitor: Visitor) -> None:
    answer = sign_on(visitor, next="/studio/single-sign-on/done")
    assert answer.location == "/studio/single-sign-on/done"
    assert "Close this tab" in visitor.get("/single-sign-on/done").text


# --- second factors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "told", "status"),
    [
        ("mfa otp", {"amr": ["pwd", "otp"]}, 303),
        ("phr", {"acr": "phr"}, 303),
        ("any", {}, 303),
        ("mfa", {"amr": ["pwd"]}, 403),
        ("mfa", {"amr": ["mfas"]}, 403),
        ("mfa", {}, 403),
    ],
)
def test_a_second_factor_that_a_role_needs_has_to_be_shown(
    provider: Provider, visitor: Visitor, app: Flask, values: str, told: Claims, status: int
) -> None:
    known = provider.settings(second_factor=frozenset(values.split()))
    required = frozenset({"editor"})
    app.extensions["samtykke"] = replace(
        app.extensions["samtykke"], oidc=known, require_second_factor=required
    )
    provider.person |= told
    answer = sign_on(visitor)
    assert answer.status_code == status
    assert (status == 303) == (visitor.get("/account").status_code == 200)
    provider.person["groups"] = ["auditors"]
    assert sign_on(visitor).status_code == 303


def test_a_session_from_before_a_second_factor_was_demanded_ends(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    def require(*roles: str) -> None:
        known = provider.settings(second_factor=frozenset({"mfa"}))
        app.extensions["samtykke"] = replace(
            app.extensions["samtykke"], oidc=known, require_second_factor=frozenset(roles)
        )

    require()
    sign_on(visitor)
    provider.person |= {"amr": ["mfa"]}
    elsewhere = Visitor(browser(app))
    sign_on(elsewhere)
    require("owner")
    assert visitor.get("/account").status_code == 200
    require("editor")
    assert visitor.get("/account").location.startswith("/studio/login")
    assert elsewhere.get("/account").status_code == 200
    require()
    assert visitor.get("/account").status_code == 303  # it has ended
    require("everybody")
    assert sign_on(visitor).status_code == 303
    assert visitor.get("/account").status_code == 200
