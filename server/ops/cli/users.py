"""Commands about people."""

import sys
from typing import TYPE_CHECKING

import click

from server.accounts.values import COMMAND_LINE, ROLES
from server.core import clock
from server.ops.cli.output import application, json_option, show

if TYPE_CHECKING:
    from datetime import datetime

    from server.core.settings import Settings


@click.group
def user() -> None:
    """People who work in the studio."""


@user.command
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
@click.option("--site", "keys", multiple=True, metavar="KEY", help="Only this site; may be repeated.")
@click.option("--group", "group_keys", multiple=True, metavar="KEY", help="Only this group of sites.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--break-glass", is_flag=True, help="The owner with a password beside single sign-on.")
@json_option
def create(
    email: str,
    role: str,
    keys: tuple[str, ...],
    group_keys: tuple[str, ...],
    *,
    password_stdin: bool,
    break_glass: bool,
    as_json: bool,
) -> None:
    """Let EMAIL into the studio. Without --password-stdin a password is made and printed once."""
    from server.accounts.service import audit_log, users
    from server.core.db import transaction
    from server.sites import service as sites

    reach = _reach(keys, group_keys)
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with application() as settings, transaction():
        site_ids, group_ids = _named(keys, group_keys)
        now = clock.now()
        identity, password = users.create_user(
            email,
            role,
            password=given,
            site_ids=site_ids,
            group_ids=group_ids,
            now=now,
            words=(settings.public_host, *sites.names(only=None if group_ids else site_ids)),
        )
        detail = f"{identity.role} of {reach}"
        audit_log.record_event(
            "user_created", by=COMMAND_LINE, subject=identity.email, detail=detail, now=now
        )
        if break_glass:
            _break_glass(identity.user_id, identity.email)
    value = {"email": identity.email, "role": identity.role, **_listed(keys, group_keys)}
    lines = [f"{identity.email} is {identity.role} of {reach}."]
    if break_glass:
        lines.append(_BREAK_GLASS)
    if given is None:
        value["password"] = password
        lines.append(f"Password, shown this once: {password}")
    show(value, lines, as_json=as_json)


@user.command
@click.argument("email")
@click.option("--disconnect", is_flag=True, help="Let EMAIL log in by single sign-on no more.")
@click.option("--break-glass", is_flag=True, help="The same, and make EMAIL the break-glass owner.")
@click.option("--factors", "without", is_flag=True, help="Remove their second factors, too.")
@json_option
def reset(email: str, *, disconnect: bool, break_glass: bool, without: bool, as_json: bool) -> None:
    """Print a link by which EMAIL chooses another password. It works once, for an hour.

    Second factors stay, unless --factors removes them: then all sessions end, and the password alone lets in.
    """
    from server.accounts.service import audit_log, password_resets, single_sign_on, users
    from server.core.db import transaction
    from server.core.errors import NotFound

    with application() as settings, transaction():
        known = users.with_address(users.address(email))
        if known is None:
            raise NotFound(f"{email} has no account")
        now = clock.now()
        if known.connected and (disconnect or break_glass):
            single_sign_on.disconnect(known.user_id)
            audit_log.record_event("account_disconnected", by=COMMAND_LINE, subject=known.email, now=now)
        if break_glass:
            _break_glass(known.user_id, known.email)
        token = password_resets.issue(known.user_id, now=now)
        removed = without and _remove_factors(known.user_id, settings, now)
        audit_log.record_event("reset_link_made", by=COMMAND_LINE, subject=known.email, now=now)
    link = password_resets.link(token, public_url=settings.public_url)
    lines = [link, _BREAK_GLASS] if break_glass else [link]
    if without:
        lines.insert(0, "Second factors are removed." if removed else "There were no second factors.")
    value = {"email": known.email, "link": link, **({"factors_removed": removed} if without else {})}
    show(value, lines, as_json=as_json)


_BREAK_GLASS = "It is the break-glass account: the one with a password where only single sign-on is."


def _break_glass(user_id: str, email: str) -> None:
    """:raises Conflict: they are not an owner of every site."""
    from server.accounts.service import audit_log, users

    users.make_break_glass(user_id)
    audit_log.record_event("break_glass_changed", by=COMMAND_LINE, subject=email, now=clock.now())


def _remove_factors(user_id: str, settings: "Settings", now: "datetime") -> bool:
    from server.accounts.service import (
        account_alarms,
        account_mail,
        audit_log,
        factors,
        own_messages,
        sessions,
        users,
    )
    from server.core.email_addresses import email_address

    known = users.active_identity(user_id)
    if known is None or not factors.remove_all(user_id):
        return False
    sessions.end_all(user_id)
    address = email_address(known.email)
    if address is not None and settings.smtp_url is not None:
        language = known.language or "en"
        link = f"{settings.public_url}/studio/forgotten?language={language}"
        letter = account_mail.Letter(address, language, settings.public_host, link)
        account_mail.send_factors(letter, "factors_removed", now=now)
    own_messages.factors_removed(users.user(user_id), by=COMMAND_LINE, now=now)
    account_alarms.factors_removed(known.email, by=COMMAND_LINE, now=now)
    audit_log.record_event("factors_removed", by=COMMAND_LINE, subject=known.email, now=now)
    return True


@user.command
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What they may do.")
@click.option("--site", "keys", multiple=True, metavar="KEY", help="Only this site; may be repeated.")
@click.option("--group", "group_keys", multiple=True, metavar="KEY", help="Only this group of sites.")
@json_option
def invite(
    email: str, role: str, keys: tuple[str, ...], group_keys: tuple[str, ...], *, as_json: bool
) -> None:
    """Print a link by which EMAIL makes an account, and chooses its password. It works once, for 72 hours."""
    from server.accounts.service import audit_log, invitations
    from server.core.db import transaction

    reach = _reach(keys, group_keys)
    with application() as settings, transaction():
        site_ids, group_ids = _named(keys, group_keys)
        now = clock.now()
        invited, token = invitations.invite(
            email, role, site_ids=site_ids, group_ids=group_ids, by=COMMAND_LINE.name, now=now
        )
        audit_log.record_event(
            "user_invited", by=COMMAND_LINE, subject=invited.email, detail=f"{role} of {reach}", now=now
        )
    link = invitations.link(token, public_url=settings.public_url)
    value = {"email": invited.email, "role": role, **_listed(keys, group_keys), "link": link}
    show(value, [f"{invited.email} is invited as {role} of {reach}.", link], as_json=as_json)


def _named(keys: tuple[str, ...], group_keys: tuple[str, ...]) -> tuple[list[str] | None, list[str]]:
    """Ids of the sites and groups of a role; None for the sites: all, as none of either is named.

    :raises NotFound: `site_unknown`, `group_unknown`.
    """
    from server.sites import groups
    from server.sites import service as sites

    site_ids = [sites.find(key).id for key in keys]
    return (site_ids if keys or group_keys else None), [groups.find(key).id for key in group_keys]


def _reach(keys: tuple[str, ...], group_keys: tuple[str, ...]) -> str:
    return ", ".join([*keys, *(f"group {key}" for key in group_keys)]) or "every site"


def _listed(keys: tuple[str, ...], group_keys: tuple[str, ...]) -> dict[str, object]:
    sites = list(keys) if keys or group_keys else "all"
    return {"sites": sites, **({"groups": list(group_keys)} if group_keys else {})}
