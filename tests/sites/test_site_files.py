"""Sites as files: what one would change, and what applying it does."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from server.accounts.service import users
from server.core.db import transaction
from server.core.errors import Conflict, DomainError, Forbidden, Invalid, PreconditionFailed
from server.sites import approvals, deletion, groups, logos, publishing, site_files, site_plans
from server.sites import service as sites
from server.sites.site_content import KEYS
from server.sites.site_files import Outcome
from server.sites.site_plans import Caller, Plan
from server.sites.values import Site
from tests.sites.documents import publishable, service, with_services
from tests.sites.drafts import edit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "http://127.0.0.1:8000"
OPERATOR = Caller(
    by="command line", may=lambda _permission, _site: True, public_url=URL, groups=True, approved=True
)

Content = dict[str, Any]


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        made = sites.create("shop", "Butikken", ["shop.no"], by="x", now=NOW)
        sites.save_draft(made.id, with_services(service()), by="x", now=NOW)
    return made


def content(site: Site) -> Content:
    return copy.deepcopy(dict(site_plans.content(sites.find(site.key))))


def plan(file: Any, key: str = "shop", caller: Caller = OPERATOR) -> Plan:
    return site_plans.plan(key, file, caller)


def apply(file: Any, key: str = "shop", caller: Caller = OPERATOR, **how: Any) -> Outcome:
    with transaction():
        return site_files.apply(key, file, caller, now=NOW + timedelta(hours=1), **how)


def changed(found: Plan) -> dict[str, str]:
    return {each.field: each.origin for each in found.differences}


def allowed(*permissions: str) -> Caller:
    return Caller(
        by="token x",
        may=lambda permission, _site: permission in permissions,
        public_url=URL,
        groups="site.create" in permissions,
    )


def two_owners() -> None:
    for name in ("kari", "ola"):
        users.create_user(f"{name}@shop.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW)


# --- round trips ------------------------------------------------------------------------------------------


def test_a_site_applied_to_itself_changes_nothing(shop: Site) -> None:
    before, revision = content(shop), sites.draft(shop.id).revision
    assert tuple(before) == KEYS

    outcome = apply(before)

    assert (outcome.plan.differences, outcome.events) == ((), ())
    assert content(shop) == before
    assert sites.draft(shop.id).revision == revision


def test_what_is_applied_is_what_is_read(shop: Site) -> None:
    with transaction():
        groups.create("kjeden", "Kjeden", sites.create("other", "O", ["o.no"], by="x", now=NOW), ["texts"],
                      by="x", now=NOW)  # fmt: skip
    wanted = {
        **content(shop),
        "name": "Nye Butikken",
        "domains": ["*.shop.no", "shop.no"],
        "staging_domains": ["test.shop.no"],
        "tags": ["klær", "oslo"],
        "group": "kjeden",
        "retention_days": 30,
    }
    wanted["banner"]["controller"]["name"] = "Nye Butikken AS"

    outcome = apply(wanted, overwrite=True)

    assert content(shop) == wanted
    assert [each.action for each in outcome.events] == [
        "group_joined",
        "site_renamed",
        "site_changed",
        "site_tagged",
        "retention_changed",
        "draft_imported",
    ]
    assert plan(wanted).differences == ()


def test_words_are_kept_as_the_product_keeps_them(shop: Site) -> None:
    apply({"domains": ["BLÅBÆR.no", "a.no"], "tags": ["B", "a ", "b"]}, overwrite=True)

    assert content(shop)["domains"] == ["a.no", "xn--blbr-roah.no"]
    assert content(shop)["tags"] == ["a", "b"]
    assert plan({"domains": ["BLÅBÆR.no", "a.no"], "tags": ["B", "a ", "b"]}).differences == ()


def test_what_a_file_does_not_name_stays(shop: Site) -> None:
    before = content(shop)

    apply({"name": "Ny"}, overwrite=True)

    assert content(shop) == {**before, "name": "Ny"}


def test_a_site_leaves_its_group_and_joins_another(shop: Site) -> None:
    with transaction():
        for key in ("en", "to"):
            source = sites.create(f"site-{key}", key, [f"{key}.no"], by="x", now=NOW)
            groups.create(key, key, source, ["texts"], by="x", now=NOW)
    apply({"group": "en"}, overwrite=True)

    events = apply({"group": "to"}).events
    assert [(each.action, each.subject) for each in events] == [("group_left", "en"), ("group_joined", "to")]
    assert content(shop)["group"] == "to"
    apply({"group": None})
    assert content(shop)["group"] is None


# --- drift ------------------------------------------------------------------------------------------------


def test_the_first_file_that_differs_is_not_applied_by_itself(shop: Site) -> None:
    before = content(shop)

    with pytest.raises(Conflict) as refused:
        apply({"name": "Ny"})

    assert refused.value.reason == "never_applied"
    assert refused.value.errors == {"name": "differs from the file"}
    assert content(shop) == before


def test_after_a_file_was_applied_once_the_next_is_compared_with_it(shop: Site) -> None:
    file = content(shop)
    apply(file)
    file["name"] = "Ny"

    assert changed(plan(file)) == {"name": "file"}
    apply(file)
    assert content(shop) == file


def test_what_the_studio_changed_meanwhile_is_not_undone(shop: Site) -> None:
    file = content(shop)
    apply(file)
    edit(shop, ("controller", "name"), "Fra studio AS", by="kari@shop.no", now=NOW)
    file["name"] = "Ny"
    drift = {"banner.controller.name": "studio", "name": "file"}

    assert changed(plan(file)) == drift
    with pytest.raises(Conflict) as refused:
        apply(file)

    assert refused.value.reason == "drifted"
    assert refused.value.errors == {"banner.controller.name": "was changed in the studio"}
    assert content(shop)["name"] == "Butikken"
    apply(file, overwrite=True)
    assert content(shop) == file


def test_drift_that_is_taken_into_the_file_is_none(shop: Site) -> None:
    apply(content(shop))
    edit(shop, ("controller", "name"), "Fra studio AS", by="kari@shop.no", now=NOW)
    file = content(shop)
    file["name"] = "Ny"

    assert changed(plan(file)) == {"name": "file"}
    apply(file)
    assert content(shop) == file


def test_a_file_of_the_banner_alone_does_not_vouch_for_the_settings(shop: Site) -> None:
    whole = content(shop)
    apply(whole)
    with transaction():
        sites.set_domains(shop.id, ["shop.no", "ny.no"])

    apply({"banner": whole["banner"]})

    assert changed(plan(whole)) == {"domains": "studio"}


def test_overwriting_is_in_the_history_and_can_be_taken_back(shop: Site) -> None:
    file = content(shop)
    apply(file)
    edit(shop, ("controller", "name"), "Fra studio AS", by="kari@shop.no", now=NOW)
    before = sites.draft(shop.id)

    apply(file, overwrite=True)

    after = sites.draft(shop.id)
    assert (after.revision, after.updated_by) == (before.revision + 1, "command line")


# --- new sites --------------------------------------------------------------------------------------------


def test_a_file_makes_a_site_that_is_not_there(app: Flask) -> None:
    file = {"name": "Ny", "domains": ["ny.no"], "tags": ["a"], "retention_days": 7}
    found = plan(file, "ny")
    assert found.site is None
    assert changed(found) == dict.fromkeys(file, "file")

    outcome = apply(file, "ny")

    assert [each.action for each in outcome.events] == ["site_created", "site_tagged", "retention_changed"]
    made = content(sites.find("ny"))
    assert {name: made[name] for name in file} == file
    assert sites.draft(sites.find("ny").id).revision == 1
    assert plan(made, "ny").differences == ()
    assert changed(plan({**made, "name": "Nyere"}, "ny")) == {"name": "file"}


def test_a_copy_of_a_file_makes_a_copy_of_the_site(shop: Site) -> None:
    file = {**content(shop), "domains": ["copy.no"]}
    del file["key"]

    apply(file, "copy")

    assert content(sites.find("copy")) == {**file, "key": "copy"}


def test_a_new_site_needs_a_name_and_domains(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        plan({}, "ny")

    assert refused.value.errors == {"name": "is missing", "domains": "is missing"}


# --- publishing -------------------------------------------------------------------------------------------


def test_a_plan_says_what_publishing_would_decide(shop: Site) -> None:
    with transaction():
        sites.publish(shop.id, note="", by="x", now=NOW)
    file = content(shop)
    assert plan(file).publishing is None

    file["banner"] = with_services(service(), service("heatmap", name="Heatmap"))
    coming = plan(file).publishing

    assert coming is not None
    assert (coming.number, coming.change) == (2, "scope")
    assert [(each.category, each.added_services) for each in coming.scope_changes] == [
        ("statistics", ("Heatmap",))
    ]


def test_publishing_is_done_where_it_is_asked_for_and_something_is_new(shop: Site) -> None:
    file = content(shop)
    assert apply(file).version is None
    first = apply(file, publish=True, note="Først")
    assert first.version is not None
    assert (first.version.number, first.version.note) == (1, "Først")
    assert [each.action for each in first.events] == ["published"]

    assert apply(file, publish=True).version is None


def test_a_banner_that_cannot_be_published_changes_nothing_of_its_site(shop: Site) -> None:
    before = content(shop)
    apply(before)
    file = copy.deepcopy(before)
    file["name"], file["banner"]["controller"]["name"] = "Ny", ""
    assert [each.field for each in plan(file).findings if each.severity == "error"] == ["controller.name"]

    with pytest.raises(Invalid) as refused:
        apply(file, publish=True)

    assert refused.value.reason == "not_publishable"
    assert content(shop) == before
    apply(file)
    assert content(shop) == file


def test_where_a_second_person_approves_a_program_does_not_publish_and_an_operator_is_on_record(
    shop: Site,
) -> None:
    with transaction():
        for name in ("kari", "ola"):
            users.create_user(
                f"{name}@shop.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW
            )
        approvals.require(shop.id, required=True, now=NOW)
    program = Caller(by="token x", may=lambda _permission, _site: True, public_url=URL)
    file = content(shop)
    with pytest.raises(Conflict) as refused:
        apply(file, caller=program, publish=True)
    assert refused.value.reason == "approval_required"

    events = apply(file, publish=True).events

    assert [each.action for each in events] == ["published", "published_unapproved"]


def test_approval_is_a_setting_of_the_file(shop: Site) -> None:
    apply(content(shop))
    with pytest.raises(Invalid) as refused:
        apply({"approval_required": True})
    assert refused.value.errors.keys() == {"approval_required"}
    with transaction():
        for name in ("kari", "ola"):
            users.create_user(
                f"{name}@shop.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW
            )

    apply({"approval_required": True})

    assert sites.find("shop").approval_required


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "permission"),
    [
        ({"name": "Ny"}, "site.edit"),
        ({"domains": ["ny.no"]}, "site.edit"),
        ({"tags": ["ny"]}, "site.edit"),
        ({"retention_days": 1}, "site.edit"),
        ({"group": "kjeden"}, "site.create"),
        ({"banner": publishable()}, "banner.edit"),
    ],
)
def test_each_change_needs_the_permission_that_the_studio_asks_for(
    shop: Site, change: Content, permission: str
) -> None:
    with transaction():
        source = sites.create("other", "O", ["o.no"], by="x", now=NOW)
        groups.create("kjeden", "Kjeden", source, ["texts"], by="x", now=NOW)
    apply(content(shop))
    others = {"site.read", "site.edit", "site.create", "banner.edit", "banner.publish"} - {permission}
    with pytest.raises(Forbidden):
        apply(change, caller=allowed(*others))

    assert apply(change, caller=allowed(permission)).plan.differences


def test_publishing_and_making_sites_need_their_permissions(shop: Site) -> None:
    apply(content(shop))
    with pytest.raises(Forbidden):
        apply({}, caller=allowed("banner.edit", "site.edit", "site.create"), publish=True)
    with pytest.raises(Forbidden):
        apply({"name": "N", "domains": ["n.no"]}, "ny", allowed("banner.edit", "site.edit"))
    apply({}, caller=allowed("banner.publish"), publish=True)


def test_which_groups_there_are_is_not_told_to_who_may_not_use_them(shop: Site) -> None:
    assert plan({"group": "kjeden"}, caller=allowed("site.read")).differences
    with pytest.raises(Invalid) as refused:
        plan({"group": "kjeden"})
    assert refused.value.errors == {"group": "there is no group kjeden"}


def test_the_servers_own_host_is_not_taken(shop: Site) -> None:
    caller = Caller(by="token", may=lambda _permission, _site: True, public_url=URL, reserved="here.no")
    with pytest.raises(Invalid) as refused:
        plan({"domains": ["here.no"]}, caller=caller)
    assert refused.value.errors.keys() == {"domains"}


# --- what is wrong ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        ({"domains": ["a b", "a.no", "http://x"]}, {"domains.0", "domains.2"}),
        ({"domains": []}, {"domains"}),
        ({"domains": ["a.no"], "staging_domains": ["a.no"]}, {"staging_domains"}),
        ({"staging_domains": ["shop.no"]}, {"staging_domains"}),
        ({"tags": ["x" * 41]}, {"tags"}),
        ({"tags": ["fjell", "kyst, by"]}, {"tags.1"}),
        ({"key": "other"}, {"key"}),
        ({"retention_days": 99_999, "name": ""}, {"retention_days", "name"}),
        ({"banner": None}, {"banner"}),
        ([], {"body"}),
    ],
)
def test_what_is_wrong_is_named_by_field(shop: Site, file: Any, fields: set[str]) -> None:
    for do in (plan, apply):
        with pytest.raises(Invalid) as refused:
            do(file)
        assert set(refused.value.errors) == fields


@pytest.mark.parametrize("key", ["X", "a", "x" * 41, "../etc", "a b", ""])
def test_a_key_that_no_site_can_have_is_refused(app: Flask, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        plan({"name": "N", "domains": ["n.no"]}, key)
    assert refused.value.errors.keys() == {"key"}


def test_a_deleted_site_is_not_made_again_by_its_file(shop: Site) -> None:
    file = content(shop)
    with transaction():
        deletion.delete(shop.id, by="x", now=NOW)

    with pytest.raises(Invalid) as refused:
        apply(file)

    assert refused.value.errors == {"key": "is that of a site that is deleted"}


def test_what_somebody_else_changes_at_that_moment_is_not_overwritten(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = content(shop)
    apply(file)
    locked = publishing.locked_draft

    def late(site_id: str, *rest: Any) -> Any:
        sites.rename(site_id, "Fra studio")
        return locked(site_id, *rest)

    monkeypatch.setattr(publishing, "locked_draft", late)
    with pytest.raises(PreconditionFailed):
        apply({**file, "tags": ["ny"]}, overwrite=True)

    assert content(shop) == file


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda shop: sites.publish(shop.id, note="Fra studio", by="kari@shop.no", now=NOW),
        lambda shop: deletion.delete(shop.id, by="kari@shop.no", now=NOW),
    ],
)
def test_nothing_is_published_beside_what_somebody_else_does_at_that_moment(
    shop: Site, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Site], object]
) -> None:
    looked = site_plans.plan

    def late(*asked: Any) -> Plan:
        found = looked(*asked)
        meanwhile(shop)
        return found

    monkeypatch.setattr(site_plans, "plan", late)
    with pytest.raises(PreconditionFailed):
        apply(content(shop), publish=True)
    monkeypatch.undo()

    assert sites.newest(shop.id) is None, "the transaction of both is rolled back"


def test_a_note_without_a_publication_is_refused(shop: Site) -> None:
    with pytest.raises(Invalid) as refused:
        apply(content(shop), note="Jul")

    assert set(refused.value.errors) == {"note"}


def test_a_fault_in_the_middle_leaves_the_site_as_it_was(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    file = content(shop)
    apply(file)
    file |= {"name": "Ny", "tags": ["a"], "retention_days": 3}
    file["banner"]["controller"]["name"] = "Ny AS"
    before = content(shop)

    def stumble(*_rest: object, **_more: object) -> None:
        raise DomainError("the disk is full")

    monkeypatch.setattr(sites, "save_draft", stumble)
    with pytest.raises(DomainError):
        apply(file)

    assert content(shop) == before


# --- logos ------------------------------------------------------------------------------------------------


def test_the_logo_of_another_site_becomes_the_sites_own_once(shop: Site) -> None:
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9H0z"/></svg>'
    logo = logos.made(drawn)
    with transaction():
        logos.store(shop.id, logo, by="x", now=NOW)
    edit(shop, ("appearance", "logo"), f"{URL}/s/shop/logo/{logo.name}", by="x", now=NOW)
    file = {**content(shop), "domains": ["copy.no"], "key": "copy"}

    apply(file, "copy")

    assert content(sites.find("copy"))["banner"]["appearance"]["logo"] == f"{URL}/s/copy/logo/{logo.name}"
    assert logos.find("copy", logo.name).content == logo.content
    assert plan(file, "copy").differences == ()
