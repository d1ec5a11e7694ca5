"""Sites with own values that take those of their group, one by one, and never over newer edits."""

from collections.abc import Collection

import pytest
from flask import Flask

from server.core.db import transaction
from server.sites import bulk, bulk_records, group_takers, groups, jobs
from server.sites import service as sites
from server.sites.bulk_rules import BulkAction
from server.sites.document_places import Place
from server.sites.group_takers import Holding
from server.sites.values import Group, Site
from tests.conftest import PUBLIC_URL
from tests.sites import drafts
from tests.sites.documents import service
from tests.studio.conftest import NOW, make_site

TITLE, NYNORSK = ("texts", "nb", "title"), ("texts", "nn", "title")
MAP: Place = ("services", ("map",))


@pytest.fixture
def members(app: Flask) -> tuple[Site, Site]:
    """Two sites of a group that shares their texts and services."""
    first, second = make_site("kaffe", "Kaffe"), make_site("te", "Te")
    with transaction():
        made = groups.create("kjeden", "Kjeden", first, ("texts", "services"), by="kari", now=NOW)
        groups.add(made, second, take=False, by="kari", now=NOW, public_url=PUBLIC_URL)
    return first, second


def edit(site: Site, place: tuple[str, ...], value: object) -> None:
    drafts.edit(site, place, value, by="ola", now=NOW)


def title(site: Site) -> str:
    return sites.draft(site.id).document["texts"]["nb"]["title"]


def group() -> Group:
    return groups.find("kjeden")


def holding(site: Site, source: Site, *places: Place) -> Holding:
    followed = groups.membership(site, public_url=PUBLIC_URL).document
    return group_takers.of_values(site, followed, places, sites.draft(source.id).document)


def share(source: Site, places: Collection[Place], *taking: Holding) -> BulkAction:
    """Share values, and have sites take them."""
    with transaction():
        groups.share(group(), source, places, by="kari", now=NOW)
        action = bulk.start(
            "take_shared",
            [each.site.id for each in taking],
            group_takers.parameters(places, public_url=PUBLIC_URL),
            by=None,
            now=NOW,
            each={each.site.id: group_takers.given(each) for each in taking},
        )
    jobs.run_bulk_actions(NOW)
    return bulk_records.find(action)


def test_what_becomes_of_a_site_is_known_before_a_value_is_shared(members: tuple[Site, Site]) -> None:
    first, second = members
    edit(first, TITLE, "Velkommen")
    assert holding(second, first, TITLE).outcome == "follows"
    edit(second, TITLE, "Velkommen")
    assert holding(second, first, TITLE).outcome == "same"
    edit(second, TITLE, "Te spør")
    found = holding(second, first, TITLE)
    assert (found.outcome, found.is_empty) == ("own", False)
    edit(second, TITLE, "")
    assert holding(second, first, TITLE).is_empty


def test_a_text_in_a_language_that_a_site_does_not_have_changes_nothing_there(
    members: tuple[Site, Site],
) -> None:
    first, second = members
    edit(first, NYNORSK, "Hei")
    words = {**sites.draft(second.id).document["texts"]}
    del words["nn"]
    edit(second, ("texts",), words)
    assert holding(second, first, NYNORSK).outcome == "same"


def test_a_ticked_site_takes_the_value_and_keeps_its_others(members: tuple[Site, Site]) -> None:
    first, second = members
    edit(first, TITLE, "Velkommen")
    edit(second, TITLE, "Te spør")
    edit(second, ("texts", "nb", "body"), "Vi bruker teposer.")
    done = share(first, [TITLE], holding(second, first, TITLE))
    assert (done.progress.done, title(second)) == (1, "Velkommen")
    assert sites.draft(second.id).document["texts"]["nb"]["body"] == "Vi bruker teposer."


def test_a_service_of_its_own_is_the_groups_after_it_was_taken(members: tuple[Site, Site]) -> None:
    first, second = members
    for one, provider in ((first, "Kart AS"), (second, "Karta AS")):
        services = [*sites.draft(one.id).document["services"], service("map", provider=provider)]
        edit(one, ("services",), services)
    done = share(first, [MAP], holding(second, first, MAP))
    assert done.progress.done == 1
    assert sites.draft(second.id).document["services"][-1]["provider"] == "Kart AS"


def test_what_somebody_wrote_since_it_was_looked_at_is_not_overwritten(members: tuple[Site, Site]) -> None:
    first, second = members
    edit(first, TITLE, "Velkommen")
    edit(second, TITLE, "Te spør")
    seen = holding(second, first, TITLE)
    edit(second, TITLE, "Te spør deg")
    done = share(first, [TITLE], seen)
    (failed,) = bulk_records.sites_of(done.id, states=(), only=None, after=-1, limit=9)
    assert failed[1].reason == "changed_since"
    assert title(second) == "Te spør deg"


def test_a_site_that_left_the_group_takes_nothing(members: tuple[Site, Site]) -> None:
    first, second = members
    edit(first, TITLE, "Velkommen")
    edit(second, TITLE, "Te spør")
    seen = holding(second, first, TITLE)
    with transaction():
        groups.remove(second, now=NOW)
    assert share(first, [TITLE], seen).progress.failed == 1
    assert title(second) == "Te spør"
