"""Login by the operator's identity provider: to it, and back with its answer (OpenID Connect, code flow)."""

import secrets

import structlog
from flask import Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerMinute

from server.accounts.service import provider_login, single_sign_on
from server.accounts.service.sessions import ProviderSession
from server.accounts.service.single_sign_on import Grant
from server.accounts.values import BadAnswer
from server.core import clock
from server.core.db import transaction
from server.core.errors import Conflict, DomainError, Forbidden, NotFound, RateLimited, Unauthenticated
from server.core.http import settings
from server.core.identity_provider import IdentityProvider
from server.core.limits import counters, network
from server.sites import groups
from server.sites import service as sites
from server.studio import kept_forms, language, sentences
from server.studio.accounts import provider_sessions
from server.studio.accounts.session import go_on, login_page
from server.studio.guard import ANYBODY, SOMEBODY, blueprint, identity, needs
from server.studio.views import page, studio_path

BROWSER = "single_sign_on"
"""The name under which the secret of this browser stands in the cookie, to which its logins are bound."""

PER_NETWORK = RateLimitItemPerMinute(60, 1, "single_sign_on")
"""How many logins one network may begin: each is a row for ten minutes."""

log = structlog.get_logger("samtykke.single_sign_on")


@blueprint.post("/single-sign-on")
@needs(ANYBODY)
def begin_single_sign_on() -> ResponseReturnValue:
    """Remember what the login is for, and lead to the provider.

    By a page: the policy of forms on our pages (`form-action`) forbids redirects to other hosts.
    """
    provider = _provider()
    next_path, kept = studio_path(request.form.get("next")) or "", request.form.get("kept", "")
    now, again = clock.now(), "again" in request.form
    try:
        if wait := counters(current_app).spend(PER_NETWORK, network(), now=now):
            raise RateLimited("too many requests; try again later", retry_after=wait)
        address, made = provider_login.way_to(
            provider, redirect_uri=_redirect_uri(), language=language.current(), again=again, now=now
        )
    except (DomainError, BadAnswer) as fault:
        return _refused(fault, next_path, kept)
    if not kept_forms.is_sealed(kept, secret_key=settings().secret_key):
        kept = ""  # Nothing is stored that somebody without a login has made up.
    with transaction():
        single_sign_on.begin(made, _browser(), next_path=next_path, kept=kept, again=again, now=now)
    return page("single_sign_on/leave.html", address=address, provider=provider)


@blueprint.get("/single-sign-on/callback")
@needs(ANYBODY)
def finish_single_sign_on() -> ResponseReturnValue:
    """Judge the provider's answer, and begin a session; a form that was kept goes on."""
    provider, now = _provider(), clock.now()
    with transaction():
        begun = single_sign_on.take(request.args.get("state", ""), session.get(BROWSER, ""), now=now)
    if begun is None:
        # The same answer once more, as by the browser's button *Back*.
        if identity() is not None:
            return redirect(url_for("studio.home"), 303)
        return _refused(Unauthenticated("this login was begun in another browser, or too long ago"), "", "")
    try:
        who = provider_login.person(provider, request.args, begun, redirect_uri=_redirect_uri(), now=now)
        found, email = provider_login.granted(
            provider, who, require_second_factor=settings().require_second_factor
        )
        site_ids, group_ids = _reach(found.sites) if found else ((), ())
        if found is None or (site_ids == () and not group_ids):
            raise _no_role(provider)
        grant = Grant(who.issuer, who.subject, email, found.role, site_ids, group_ids)
        opened = ProviderSession(who.session, provider_login.has_second_factor(provider, who))
        g.identity = provider_sessions.enter(grant, opened, who.proved_at(now))
    except (DomainError, BadAnswer) as fault:
        if isinstance(fault, Conflict) and fault.reason == "address_taken":
            provider_sessions.ask_for_password(grant, opened)
            return login_page(200, begun.next_path, begun.kept, connecting=grant.email)
        return _refused(fault, begun.next_path, begun.kept)
    return go_on(begun.kept, begun.next_path)


@blueprint.get("/single-sign-on/done")
@needs(SOMEBODY)
def single_sign_on_done() -> ResponseReturnValue:
    """What a tab shows that was opened to log in for a page in another one."""
    return page("single_sign_on/done.html")


def _provider() -> IdentityProvider:
    provider = settings().oidc
    if provider is None:
        raise NotFound("there is nothing here")
    return provider


def _redirect_uri() -> str:
    return settings().public_url + url_for("studio.finish_single_sign_on")


def _browser() -> str:
    """The secret of this browser; the same for logins in several tabs."""
    return str(session.setdefault(BROWSER, secrets.token_urlsafe(32)))


def _no_role(provider: IdentityProvider) -> Forbidden:
    return Forbidden(
        f"{provider.name} names no group of yours that has a role here; ask an owner of this server",
        reason="no_role",
    )


def _reach(keys: frozenset[str] | None) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Ids of the sites, None for all, and of the groups that there are of those that are mapped."""
    if keys is None:
        return None, ()
    site_ids = tuple(one.id for one in sites.with_keys(keys))
    group_ids = tuple(sorted(one for one, name in groups.named().items() if f"@{name.key}" in keys))
    return site_ids, group_ids


def _unbelieved(fault: BadAnswer, name: str) -> DomainError:
    """What a person is told of an answer that is not believed: what they can do about it."""
    if fault.reason == "access_denied":
        return Forbidden(f"{name} did not let you in")
    if fault.reason == "provider_refused":
        return Forbidden(f"{name} could not log you in; try again, or ask whoever runs it")
    if fault.reason == "auth_time_missing":
        return Forbidden(
            f"{name} did not say when you logged in there, which is no proof; log out here and in again,"
            " or ask whoever runs this server"
        )
    if fault.reason == "auth_time_before":
        return Forbidden(f"{name} did not ask you again who you are; log out there, and try again")
    return Forbidden(f"the answer of {name} could not be checked; try again, or ask whoever runs this server")


def _refused(fault: DomainError | BadAnswer, next_path: str, kept: str) -> Response:
    """The login page with what was wrong; a form stays kept."""
    if isinstance(fault, BadAnswer):
        # For whoever runs the server; nothing of it is about a person.
        log.warning("single_sign_on_refused", reason=fault.reason)
        fault = _unbelieved(fault, _provider().name)
    answer = login_page(fault.status, next_path, kept, fault=sentences.whole(fault.message))
    if (wait := getattr(fault, "retry_after", None)) is not None:
        answer.headers["Retry-After"] = str(wait)
    return answer
