"""Roles for groups of sites, and sites on which editors ask: what people may do as these change."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from server.accounts import passwords
from server.accounts.models import InvitationGroup, UserGroup
from server.accounts.service import invitations, reach, sessions, tokens, users
from server.accounts.values import Identity
from server.core.db import db, transaction
from server.core.errors import Conflict, Forbidden, Invalid
from server.sites import approvals, groups, publications, schedules
from server.sites import service as sites
from server.sites.values import Group, Site
from tests.conftest import PUBLIC_URL
from tests.studio.conftest import NOW, make_publishable, make_site

LATER = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "digest", lambda _password: "not hashed: nobody logs in here")


@pytest.fixture
def coffee(app: Flask) -> Site:
    return make_site("kaffe", "Kaffe")


@pytest.fixture
def tea(app: Flask) -> Site:
    return make_site("te", "Te")


@pytest.fixture
def drinks(coffee: Site) -> Group:
    with transaction():
        return groups.create("drikke", "Drikke", coffee, ["texts"], by="kari@example.no", now=NOW)


@pytest.fixture
def person(app: Flask) -> Callable[..., Identity]:
    def make(role: str, *where: Site, of: tuple[Group, ...] = (), email: str = "ola@example.no") -> Identity:
        named = [one.id for one in where] if where or of else None
        with transaction():
            made, _ = users.create_user(
                email, role, password=None, site_ids=named, group_ids=[one.id for one in of], now=NOW
            )
        return made

    return make


def now_of(who: Identity) -> Identity:
    found = users.active_identity(who.user_id)
    assert found is not None
    return found


def join(group: Group, site: Site) -> None:
    with transaction():
        groups.add(group, site, take=False, by="kari@example.no", now=NOW, public_url=PUBLIC_URL)


def leave(site: Site) -> None:
    with transaction():
        groups.remove(site, now=NOW)


def test_a_role_for_a_group_is_for_its_sites_as_they_come_and_go(
    coffee: Site, tea: Site, drinks: Group, person: Callable[..., Identity]
) -> None:
    who = person("editor", of=(drinks,))
    assert who.may("banner.edit", coffee.id)
    assert not who.may("banner.edit", tea.id)
    join(drinks, tea)
    assert now_of(who).site_ids == {coffee.id, tea.id}
    assert users.with_permission("banner.publish", tea.id) == ("ola@example.no",)
    leave(coffee)
    assert now_of(who).site_ids == {tea.id}
    assert users.with_permission("banner.publish", coffee.id) == ()
    with transaction():
        groups.delete(groups.find("drikke"), now=NOW)
    assert now_of(who).site_ids == frozenset()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserGroup)) == 0


def test_sites_by_name_stay_when_the_group_goes(
    coffee: Site, tea: Site, drinks: Group, person: Callable[..., Identity]
) -> None:
    who = person("editor", tea, of=(drinks,))
    assert who.site_ids == {coffee.id, tea.id}
    known = users.user(who.user_id)
    assert known.site_ids == {tea.id}
    assert known.group_ids == {drinks.id}
    assert users.users()[0] == known
    leave(coffee)
    assert now_of(who).site_ids == {tea.id}


def test_a_token_follows_the_group_of_who_made_it(
    coffee: Site, tea: Site, drinks: Group, person: Callable[..., Identity]
) -> None:
    who = person("owner", of=(drinks,))
    with transaction():
        _, secret = tokens.create_token(
            name="x", scopes=["sites:read"], site_ids=[coffee.id], by=who, now=NOW
        )
    tokens.authorise(f"Bearer {secret}", "sites:read", site_id=coffee.id, now=NOW)
    with pytest.raises(Forbidden), transaction():
        tokens.create_token(name="x", scopes=["sites:read"], site_ids=[tea.id], by=who, now=NOW)
    leave(coffee)
    with pytest.raises(Forbidden):
        tokens.authorise(f"Bearer {secret}", "sites:read", site_id=coffee.id, now=NOW)


def test_another_group_ends_the_sessions_and_the_same_one_does_not(
    coffee: Site, drinks: Group, person: Callable[..., Identity]
) -> None:
    who = person("editor", coffee)
    with transaction():
        secret = sessions.open_session(who, now=NOW)
        users.change_user(who.user_id, role="editor", site_ids=[coffee.id], now=NOW)
    assert sessions.seen(secret, now=NOW) is not None
    with transaction():
        # The same sites today, and others tomorrow.
        users.change_user(who.user_id, role="editor", site_ids=[], group_ids=[drinks.id], now=NOW)
    assert sessions.seen(secret, now=NOW) is None


def test_a_role_needs_a_site_or_a_group(coffee: Site, drinks: Group) -> None:
    with pytest.raises(Invalid) as fault, transaction():
        users.create_user("x@example.no", "editor", password=None, site_ids=[], now=NOW)
    assert set(fault.value.errors) == {"sites"}


def test_an_invitation_to_a_group_is_accepted_and_ends_with_the_group(
    coffee: Site, tea: Site, drinks: Group
) -> None:
    with transaction():
        _, token = invitations.invite(
            "ola@example.no",
            "support",
            site_ids=[],
            group_ids=[drinks.id],
            by="command line",
            now=NOW,
        )
    with transaction():
        who = invitations.accept(token, "tre hester på vidda", now=NOW)
    assert who.role == "support"
    assert who.site_ids == {coffee.id}
    with transaction():
        invited, _ = invitations.invite(
            "kari@example.no", "editor", site_ids=[], group_ids=[drinks.id], by="command line", now=NOW
        )
        groups.delete(groups.find("drikke"), now=NOW)
    assert invitations.invitation(invited.invitation_id, now=NOW).state == "withdrawn"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(InvitationGroup)) == 0


def test_joining_adds_the_group_and_another_role_elsewhere_is_refused(
    coffee: Site, tea: Site, drinks: Group, person: Callable[..., Identity]
) -> None:
    who = person("editor", tea)

    def invite(role: str, *site_ids: str) -> str:
        with transaction():
            # An address that has an account gets no invitation: this one was sent before it had.
            row, token = invitations.invite(
                "later@example.no",
                role,
                site_ids=list(site_ids),
                group_ids=[drinks.id],
                by="command line",
                now=NOW,
            )
            db.session.execute(
                sa.text("UPDATE invitation SET email = 'ola@example.no' WHERE id = :id"),
                {"id": row.invitation_id},
            )
            db.session.expire_all()
        return token

    other = invite("auditor")
    with pytest.raises(Conflict), transaction():
        invitations.join(other, who, now=NOW)
    for role, sites_named in (("editor", ()), ("auditor", (tea.id,))):
        token = invite(role, *sites_named)
        with transaction():
            joined = invitations.join(token, who, now=NOW)
        assert joined.role == role
        assert joined.site_ids == {tea.id}
        assert joined.group_ids == {drinks.id}


# --- who publishes -----------------------------------------------------------------------------------------


def only_publishers(site: Site, *, required: bool = True) -> bool:
    with transaction():
        return approvals.require_publishers(site.id, required=required, now=NOW)


def test_editors_ask_where_publishing_is_the_publishers_and_publish_elsewhere(
    coffee: Site, tea: Site, person: Callable[..., Identity]
) -> None:
    editor, publisher = person("editor"), person("publisher", email="pia@example.no")
    assert only_publishers(coffee)
    assert not only_publishers(coffee)
    assert not now_of(editor).may("banner.publish", coffee.id)
    assert now_of(editor).may("banner.edit", coffee.id)
    assert now_of(editor).may("banner.publish", tea.id)
    assert now_of(publisher).may("banner.publish", coffee.id)
    assert approvals.approvers(coffee.id) == ("pia@example.no",)
    assert approvals.approvers(tea.id) == ("ola@example.no", "pia@example.no")
    assert only_publishers(coffee, required=False)
    assert now_of(editor).may("banner.publish", coffee.id)
    assert not reach.publishers_only(coffee.id)


def test_a_token_of_an_editor_writes_and_does_not_publish_there(
    coffee: Site, person: Callable[..., Identity]
) -> None:
    editor = person("editor")
    with transaction():
        _, secret = tokens.create_token(
            name="x", scopes=["sites:write"], site_ids=[coffee.id], by=editor, now=NOW
        )
    only_publishers(coffee)
    header = f"Bearer {secret}"
    tokens.authorise(header, "sites:write", site_id=coffee.id, permission="banner.edit", now=NOW)
    with pytest.raises(Forbidden) as fault:
        tokens.authorise(header, "sites:write", site_id=coffee.id, permission="banner.publish", now=NOW)
    assert fault.value.reason == "maker_forbidden"


@pytest.mark.parametrize(
    ("email", "state"), [("ola@example.no", "requested"), ("pia@example.no", "scheduled")]
)
def test_what_an_editor_has_scheduled_waits_for_approval_and_a_publishers_does_not(
    coffee: Site, person: Callable[..., Identity], email: str, state: str
) -> None:
    person("editor")
    person("publisher", email="pia@example.no")
    make_publishable(coffee)
    with transaction():
        made = schedules.schedule(coffee.id, LATER, note="", by=email, now=NOW)
    only_publishers(coffee)
    assert publications.find(coffee.id, made.number).state == state
    # Somebody who may publish decides about it.
    found = publications.find(coffee.id, made.number)
    if state == "requested":
        with transaction():
            approvals.approve(coffee.id, found.number, found.digest, by="pia@example.no", now=NOW)
        assert publications.find(coffee.id, made.number).state == "scheduled"
    assert sites.newest(coffee.id) is None
