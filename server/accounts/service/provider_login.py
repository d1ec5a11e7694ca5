"""A login by the identity provider: the way there, its answer and what that is worth, and the way out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from server.accounts.oidc import authorization, claims, tokens
from server.accounts.oidc.authorization import Secrets
from server.accounts.oidc.claims import Granted
from server.accounts.oidc.tokens import Logout, Person
from server.accounts.service import provider_answers
from server.accounts.service.single_sign_on import Begun
from server.accounts.values import EVERYBODY, ROLES, BadAnswer
from server.core.errors import Forbidden, Unavailable
from server.core.identity_provider import IdentityProvider


def way_to(
    provider: IdentityProvider, *, redirect_uri: str, language: str, again: bool, now: datetime
) -> tuple[str, Secrets]:
    """Where a browser is sent to log in, and by what the answer is recognised.

    :raises Unavailable: the provider cannot be reached.
    :raises BadAnswer: its discovery document is not to be believed.
    """
    found, made = provider_answers.provider_metadata(provider, now=now), authorization.new_secrets()
    address = authorization.authorization_address(
        found, provider, made, redirect_uri=redirect_uri, language=language, again=again
    )
    return address, made


def person(
    provider: IdentityProvider, answer: Mapping[str, str], begun: Begun, *, redirect_uri: str, now: datetime
) -> Person:
    """Who has logged in, by the answer that a browser has brought.

    :raises BadAnswer: nobody has, by what can be believed.
    :raises Unavailable: the provider cannot be reached.
    """
    code = authorization.code_of(answer, provider_answers.provider_metadata(provider, now=now))
    had = provider_answers.exchanged(provider, code, begun.verifier, redirect_uri=redirect_uri, now=now)
    who = tokens.person(
        provider_answers.verified(provider, had.id_token, now=now),
        issuer=provider.issuer,
        client_id=provider.client_id,
        nonce=begun.nonce,
        access_token=had.access_token,
        now=now,
        since=begun.began_at if begun.again else None,
    )
    if claims.are_complete(who.claims, provider.role_claim):
        return who
    more = provider_answers.further_claims(provider, had.access_token, who.subject, now=now)
    return replace(who, claims=claims.joined(who.claims, more))


def granted(
    provider: IdentityProvider, who: Person, *, require_second_factor: frozenset[str]
) -> tuple[Granted | None, str]:
    """What the claims of somebody give, None for nothing, and their e-mail address.

    :raises Forbidden: they show no second factor that the role needs, or no address that was checked.
    """
    found = claims.granted(who.claims, provider.role_claim, provider.role_map, ROLES)
    if found is None:
        return None, ""
    required = require_second_factor & {EVERYBODY, found.role}
    if required and not has_second_factor(provider, who):
        raise Forbidden(
            f"{provider.name} has not asked you for a second factor, which your role needs here",
            reason="no_second_factor",
        )
    email = claims.email_of(who.claims, trusted=provider.trusts_email)
    if email is None:
        raise Forbidden(
            f"{provider.name} names no e-mail address of yours that it has checked; ask whoever runs it",
            reason="no_email",
        )
    return found, email


def has_second_factor(provider: IdentityProvider, who: Person) -> bool:
    """Whether the claims of somebody show that the provider has asked for a second factor."""
    return claims.shows_second_factor(who.claims, provider.second_factor)


def logout(provider: IdentityProvider, token: str, *, now: datetime) -> Logout:
    """Whose sessions the provider has ended, by a logout token.

    :raises BadAnswer: it has not made this token, or not for this.
    :raises Unavailable: its keys cannot be fetched.
    """
    signed = provider_answers.verified(provider, token, now=now)
    return tokens.logout(signed, issuer=provider.issuer, client_id=provider.client_id, now=now)


def way_out(provider: IdentityProvider, *, back_to: str, language: str, now: datetime) -> str:
    """Where a browser is sent to log out at the provider too; empty if it has no such page, or is away."""
    try:
        found = provider_answers.provider_metadata(provider, now=now)
    except (Unavailable, BadAnswer):
        return ""
    return authorization.logout_address(found, provider, back_to=back_to, language=language)
