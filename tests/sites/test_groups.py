"""Groups of sites: a change of the group reaches each site's draft once, and leaves its own values alone."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.core.db import db, transaction
from server.core.errors import Conflict, Invalid, NotFound
from server.ops import site_deletion
from server.sites import deletion, draft_history, groups, inheritance, jobs, logos
from server.sites import service as sites
from server.sites.inheritance import PARTS
from server.sites.models import SiteGroupRevision
from server.sites.values import RESTORABLE, Group, Site
from tests.conftest import PUBLIC_URL
from tests.sites import drafts
from tests.sites.documents import service
from tests.studio.conftest import NOW, make_publishable, make_site

TITLE = ("texts", "nb", "title")
ACCENT = ("appearance", "colours", "light", "accent")


@pytest.fixture
def first(app: Flask) -> Site:
    return make_site("kaffe", "Kaffe")


@pytest.fixture
def second(app: Flask) -> Site:
    return make_site("te", "Te")


def group_of(source: Site, *others: Site, parts: tuple[str, ...] = tuple(PARTS)) -> Group:
    with transaction():
        made = groups.create("butikkene", "Butikkene", source, parts, by="kari@example.no", now=NOW)
        for site in others:
            groups.add(made, site, take=False, by="kari@example.no", now=NOW, public_url=PUBLIC_URL)
    return made


def edit(site: Site, place: tuple[str, ...], value: object, *, by: str = "ola@example.no") -> None:
    drafts.edit(site, place, value, by=by, now=NOW)


def value(site: Site, *place: str) -> Any:
    found: Any = sites.draft(site.id).document
    for step in place:
        found = found[step]
    return found


def share(group: Group, site: Site, *places: tuple[str, ...], by: str = "kari@example.no") -> Group:
    with transaction():
        return groups.share(group, site, places, by=by, now=NOW + timedelta(minutes=1))


def test_a_shared_value_reaches_the_other_sites_as_one_save_of_who_shared_it(
    first: Site, second: Site
) -> None:
    group = group_of(first, second)
    edit(first, TITLE, "Velkommen")
    edit(first, ACCENT, "#123456")
    share(group, first, TITLE, ACCENT)
    before = sites.draft(second.id).revision
    assert jobs.follow_groups(NOW) == 2
    saved = sites.draft(second.id)
    assert (value(second, *TITLE), value(second, *ACCENT)) == ("Velkommen", "#123456")
    assert (saved.revision, saved.updated_by) == (before + 1, "kari@example.no")
    assert value(second, "texts", "nb", "body") == value(first, "texts", "nb", "body")
    assert jobs.follow_groups(NOW) == 0
    assert sites.newest(second.id) is None


def test_own_values_stay_and_what_only_one_site_has_stays_its_own(first: Site, second: Site) -> None:
    group = group_of(first, second)
    edit(second, TITLE, "Te og kaker")
    edit(second, ("services",), [*value(second, "services"), service("map")])
    edit(first, TITLE, "Velkommen")
    edit(first, ACCENT, "#123456")
    share(group, first, TITLE, ACCENT)
    jobs.follow_groups(NOW)
    assert (value(second, *TITLE), value(second, *ACCENT)) == ("Te og kaker", "#123456")
    found = groups.of_site(second, public_url=PUBLIC_URL)
    assert found is not None
    own = inheritance.own_values(found.document, sites.draft(second.id).document)
    assert {(each.place, each.only_here) for each in own} == {(TITLE, False), (("services", ("map",)), True)}


def test_a_value_that_was_not_shared_changes_no_other_site(first: Site, second: Site) -> None:
    group = group_of(first, second, parts=("texts",))
    edit(first, TITLE, "Velkommen")
    edit(first, ACCENT, "#123456")
    after = share(group, first, TITLE, ACCENT)
    jobs.follow_groups(NOW)
    assert value(second, *TITLE) == "Velkommen"
    assert "appearance" not in after.document
    assert value(second, *ACCENT) != "#123456"


def test_a_site_that_joins_takes_the_values_or_keeps_its_own(first: Site, second: Site) -> None:
    third = make_site("kakao", "Kakao")
    edit(first, TITLE, "Velkommen")
    group = group_of(first)
    keeping = sites.draft(second.id)
    with transaction():
        assert not groups.add(group, second, take=False, by="kari", now=NOW, public_url=PUBLIC_URL).changed
        assert groups.add(group, third, take=True, by="kari", now=NOW, public_url=PUBLIC_URL).changed
    assert sites.draft(second.id) == keeping
    assert value(third, *TITLE) == "Velkommen"


def test_a_site_is_in_one_group_at_most_and_leaves_with_the_values_it_has(first: Site, second: Site) -> None:
    group = group_of(first, second)
    with pytest.raises(Conflict) as refused, transaction():
        groups.create("andre", "Andre", second, ("texts",), by="kari", now=NOW)
    assert refused.value.reason == "in_a_group"
    edit(first, TITLE, "Velkommen")
    with transaction():
        groups.remove(second, now=NOW)
    with pytest.raises(Conflict), transaction():
        groups.remove(second, now=NOW)
    before = sites.draft(second.id)
    share(group, first, TITLE)
    jobs.follow_groups(NOW)
    assert sites.draft(second.id) == before
    with transaction():
        groups.delete(group, now=NOW)
    assert groups.of_site(first, public_url=PUBLIC_URL) is None
    with pytest.raises(NotFound):
        groups.find("butikkene")


def test_what_does_not_stand_with_a_site_leaves_it_as_it_is_and_is_said_once(
    first: Site, second: Site
) -> None:
    group = group_of(first, second, parts=("services",))
    left = [each for each in value(second, "categories") if each["key"] != "statistics"]
    edit(second, ("categories",), left)
    edit(first, ("services",), [*value(first, "services"), service("counter")])
    share(group, first, ("services", ("counter",)))  # type: ignore[arg-type]
    before = sites.draft(second.id)
    with transaction():
        found = groups.follow(second.id, now=NOW, public_url=PUBLIC_URL)
    assert found is not None
    assert not found.changed
    assert any("category" in field for field in found.errors)
    assert sites.draft(second.id) == before
    assert second.id not in groups.behind(limit=10)


def test_a_site_that_missed_some_changes_follows_them_together(first: Site, second: Site) -> None:
    group = group_of(first, second)
    for title in ("En", "To", "Tre"):
        edit(first, TITLE, title)
        group = share(group, first, TITLE)
    before = sites.draft(second.id).revision
    jobs.follow_groups(NOW)
    assert (value(second, *TITLE), sites.draft(second.id).revision) == ("Tre", before + 1)
    kept = db.session.scalars(sa.select(SiteGroupRevision.revision)).all()
    assert kept == [group.revision]


def test_a_deleted_site_follows_when_it_is_restored(first: Site, second: Site) -> None:
    group = group_of(first, second)
    with transaction():
        deletion.delete(second.id, by="kari", now=NOW)
    edit(first, TITLE, "Velkommen")
    share(group, first, TITLE)
    assert jobs.follow_groups(NOW) == 1
    assert [site.key for site, _ in groups.members(group)] == ["kaffe"]
    with transaction():
        deletion.restore(second.id)
    jobs.follow_groups(NOW)
    assert value(second, *TITLE) == "Velkommen"


def test_each_site_stores_the_logo_of_its_group(first: Site, second: Site) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
    logo = logos.made(svg)
    group = group_of(first, second)
    with transaction():
        logos.store(first.id, logo, by="kari", now=NOW)
    edit(first, ("appearance", "logo"), f"{PUBLIC_URL}/s/kaffe/logo/{logo.name}")
    share(group, first, ("appearance", "logo"))
    jobs.follow_groups(NOW)
    assert value(second, "appearance", "logo") == f"{PUBLIC_URL}/s/te/logo/{logo.name}"
    assert logos.find("te", logo.name).content == logo.content
    for site in (first, second):
        found = groups.of_site(site, public_url=PUBLIC_URL)
        assert found is not None
        assert inheritance.own_values(found.document, sites.draft(site.id).document) == ()


LOGO = ("appearance", "logo")


def with_logo(first: Site, *others: Site) -> tuple[Group, str]:
    """A group that shows a logo of its first site, and the name of that."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
    logo = logos.made(svg)
    with transaction():
        logos.store(first.id, logo, by="kari", now=NOW)
    edit(first, LOGO, f"{PUBLIC_URL}/s/{first.key}/logo/{logo.name}")
    return group_of(first, *others), logo.name


def test_a_site_that_goes_back_to_the_groups_logo_stores_it(first: Site, second: Site) -> None:
    _, name = with_logo(first, second)
    found = groups.of_site(second, public_url=PUBLIC_URL)
    assert found
    with transaction():
        groups.use(
            found,
            second,
            sites.draft(second.id),
            [LOGO],
            by="kari",
            now=NOW,
            public_url=PUBLIC_URL,
        )
    assert value(second, *LOGO) == f"{PUBLIC_URL}/s/te/logo/{name}"
    assert logos.find("te", name)


@pytest.mark.parametrize("taken", [True, False])
def test_the_logo_of_a_group_outlives_the_site_that_it_came_from(
    first: Site, second: Site, *, taken: bool
) -> None:
    group, name = with_logo(first)
    with transaction():
        groups.add(group, second, take=taken, by="kari", now=NOW, public_url=PUBLIC_URL)
        deletion.delete(first.id, by="kari", now=NOW)
    assert site_deletion.purge(NOW + RESTORABLE) == 1
    jobs.purge_logos(NOW + RESTORABLE + timedelta(days=30))
    third = make_site("kakao", "Kakao")
    with transaction():
        groups.add(groups.find(group.key), third, take=True, by="kari", now=NOW, public_url=PUBLIC_URL)
    assert value(third, *LOGO) == f"{PUBLIC_URL}/s/kakao/logo/{name}"
    assert logos.find("kakao", name)


def test_a_logo_that_no_site_has_any_more_is_left_out(first: Site, second: Site) -> None:
    group, _ = with_logo(first)
    with transaction():
        deletion.delete(first.id, by="kari", now=NOW)
    assert site_deletion.purge(NOW + RESTORABLE) == 1
    with transaction():
        groups.add(groups.find(group.key), second, take=True, by="kari", now=NOW, public_url=PUBLIC_URL)
    assert value(second, *LOGO) == ""


def test_another_part_is_shared_from_one_site_and_changes_no_draft(first: Site, second: Site) -> None:
    group = group_of(first, second, parts=("texts",))
    edit(second, ACCENT, "#123456")
    before = [sites.draft(site.id) for site in (first, second)]
    with transaction():
        changed = groups.set_parts(group, first, ("texts", "appearance"), by="kari", now=NOW)
    jobs.follow_groups(NOW)
    assert inheritance.parts_of(changed.document) == ("texts", "appearance")
    assert [sites.draft(site.id) for site in (first, second)] == before
    with pytest.raises(Invalid), transaction():
        groups.set_parts(changed, first, (), by="kari", now=NOW)


def test_staff_of_one_site_see_no_other_ones_in_the_list_of_groups(first: Site, second: Site) -> None:
    group_of(first, second)
    assert [(each.key, each.members) for each in groups.listed(only=None)] == [("butikkene", 2)]
    assert [each.members for each in groups.listed(only=[second.id])] == [1]
    assert groups.listed(only=[]) == ()


def test_what_follows_can_be_taken_back_in_the_history(first: Site, second: Site) -> None:
    make_publishable(second)
    group = group_of(first, second, parts=("texts",))
    edit(first, TITLE, "Velkommen")
    share(group, first, TITLE)
    before = sites.draft(second.id)
    jobs.follow_groups(NOW)
    assert draft_history.state(second.id, before.revision).document == before.document


def test_no_group_has_the_address_of_the_form_for_a_new_one(first: Site) -> None:
    assert groups.free_key("new") == "new-2"
    with pytest.raises(Conflict) as refused, transaction():
        groups.create("new", "New", first, ("texts",), by="kari", now=NOW)
    assert refused.value.errors == {"key": "is taken"}
