"""Groups in the studio: made of a site, joined with or without own values, shared and gone back to."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask

from server.accounts.service import audit_log
from server.core.db import transaction
from server.sites import groups, inheritance, jobs
from server.sites import service as sites
from server.sites.values import Group, Site
from server.studio.sites import group_takers
from tests.conftest import PUBLIC_URL
from tests.sites import drafts
from tests.sites.documents import service
from tests.studio.conftest import NOW, Visitor, make_publishable, make_site

TITLE, NAME = ("texts", "nb", "title"), ("controller", "name")
Enter = Callable[..., Visitor]


@pytest.fixture
def third(app: Flask) -> Site:
    return make_site("kakao", "Kakaoen")


def group_of(source: Site, *others: Site, parts: tuple[str, ...] = ("texts", "services")) -> None:
    with transaction():
        made = groups.create("kjeden", "Kjeden", source, parts, by="tests", now=NOW)
        for one in others:
            groups.add(made, one, take=False, by="tests", now=NOW, public_url=PUBLIC_URL)


def edit(site: Site, place: tuple[str, ...], value: object, *, by: str = "tests") -> None:
    drafts.edit(site, place, value, by=by, now=NOW)


def title(site: Site) -> str:
    return sites.draft(site.id).document["texts"]["nb"]["title"]


def place(*steps: str) -> str:
    return json.dumps(steps, ensure_ascii=False, separators=(",", ":"))


def seen(html: str) -> list[str]:
    """What the form of a page sends of the values that it shows."""
    return re.findall(r'name="seen" value="(\w+)"', html)


def sent(html: str, to: str = "/group/share") -> dict[str, list[str]]:
    """What the form that shares values sends as it is shown."""
    (form,) = re.findall(rf'<form[^>]*{to}".*?</form>', html, flags=re.S)
    found: dict[str, list[str]] = {"site": []}
    for tag in re.findall(r"<input[^>]+>", form):
        name, text = (re.search(rf'\b{each}="([^"]*)"', tag) for each in ("name", "value"))
        if name and text and ('type="hidden"' in tag or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(text[1]))
    return found


def review(who: Visitor, site: Site, *places: str) -> str:
    """The page that says what sharing these values would come to."""
    answer = who.post(f"/sites/{site.key}/group/sharing", {"place": list(places)})
    assert answer.status_code == 200
    return answer.text


def words(html: str) -> str:
    """What a page says, without its tags and the help that is folded away."""
    unseen = r'<details class="help".*?</details>|<[^>]+>'
    return " ".join(unescape(re.sub(unseen, " ", html, flags=re.S)).split())


def test_an_owner_makes_a_group_of_a_site_and_adds_another_one(
    site: Site, other: Site, as_role: Enter
) -> None:
    owner = as_role("owner")
    edit(other, TITLE, "Hytta spør")
    assert "No groups yet" in owner.get("/groups").text
    made = owner.post("/groups/new", {"name": "Kjeden", "site": site.key, "parts": ["texts", "appearance"]})
    assert made.headers["Location"] == "/studio/groups/kjeden"
    assert "Shared: Texts, Appearance." in words(owner.get("/groups/kjeden").text)
    chosen = owner.post("/groups/kjeden/add", {"site": other.key})
    assert (chosen.status_code, "1 value differs" in words(chosen.text)) == (200, True)
    asked = owner.post("/groups/kjeden/add", {"site": other.key, "asked": "1"})
    assert (asked.status_code, "Where they differ has to be chosen." in words(asked.text)) == (422, True)
    owner.post("/groups/kjeden/add", {"site": other.key, "values": "keep"})
    page = words(owner.get("/groups/kjeden").text)
    assert "2 sites" in page
    assert "1 own value : Hytta" in page
    assert title(other) == "Hytta spør"
    with_same_name = owner.post("/groups/new", {"name": "Kjeden", "site": site.key, "parts": "texts"})
    assert (with_same_name.status_code, "is in a group already" in with_same_name.text) == (422, True)


def test_a_group_without_sites_can_share_less_and_says_why_not_more(site: Site, as_role: Enter) -> None:
    owner = as_role("owner")
    group_of(site)
    owner.post("/groups/kjeden/remove", {"site": site.key})
    form = {"name": "Kjeden", "before": ["texts", "services"]}
    more = owner.post("/groups/kjeden/settings", {**form, "parts": ["texts", "services", "appearance"]})
    assert more.status_code == 422
    assert "cannot be added while no site is in the group" in words(more.text)
    assert owner.post("/groups/kjeden/settings", {**form, "parts": ["texts"]}).status_code == 303
    assert set(groups.find("kjeden").document) == {"texts"}


def test_a_name_that_somebody_took_at_the_same_moment_is_said_at_the_name(
    site: Site, other: Site, as_role: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_of(other)
    monkeypatch.setattr(groups, "free_key", lambda _stem: "kjeden")
    owner = as_role("owner")
    refused = owner.post("/groups/new", {"name": "Kjeden", "site": site.key, "parts": "texts"})
    assert refused.status_code == 422
    assert 'id="name-error"' in refused.text
    assert 'id="site-error"' not in refused.text


def test_what_differs_can_be_read_by_page_of_the_editor_with_the_way_to_each_value(
    site: Site, other: Site, as_role: Enter
) -> None:
    owner, auditor = as_role("owner"), as_role("auditor", other)
    edit(other, TITLE, "Hytta spør")
    group_of(site)
    shared = title(site)
    chosen = owner.post("/groups/kjeden/add", {"site": other.key})
    said = f"Texts › Title, Norwegian Bokmål In the group {shared} On this site Hytta spør"
    assert f"1 value differs : Hytta {said}" in words(chosen.text)
    way = f'href="/studio/sites/{other.key}/banner/texts?language=nb#texts.nb.title"'
    assert way in chosen.text
    owner.post("/groups/kjeden/add", {"site": other.key, "values": "keep"})
    of_group = owner.get("/groups/kjeden").text
    assert (f"1 own value : Hytta {said}" in words(of_group), way in of_group) == (True, True)
    read = auditor.get("/groups/kjeden").text
    assert (said in words(read), f"/sites/{other.key}/" in read.split("site-differences")[1]) == (True, False)


def test_who_takes_the_values_of_the_group_has_them_in_the_draft(
    site: Site, other: Site, as_role: Enter
) -> None:
    owner = as_role("owner")
    edit(site, TITLE, "Velkommen")
    group_of(site)
    owner.post("/groups/kjeden/add", {"site": other.key, "values": "take"})
    assert title(other) == "Velkommen"
    history = words(owner.get(f"/sites/{other.key}/draft/history").text)
    assert "owner-0@example.no" in history


def test_each_field_of_a_shared_page_says_where_its_value_comes_from(
    site: Site, other: Site, as_role: Enter
) -> None:
    group_of(site, other)
    edit(other, TITLE, "Hytta spør")
    editor = as_role("editor")
    page = editor.get(f"/sites/{other.key}/banner/texts").text
    assert "From the group Kjeden , with one own value here." in words(page)
    marks = dict(re.findall(r'data-origin="([^"]+)">(.*?)</(?:details|span)></span>', page, re.DOTALL))
    assert "Own value" in marks["texts.nb.title"]
    assert "From the group Kjeden" in marks["texts.nb.body"]
    assert sites.draft(site.id).document["texts"]["nb"]["title"] in unescape(marks["texts.nb.title"])
    not_shared = editor.get(f"/sites/{other.key}/banner/appearance").text
    assert "which does not share this page" in not_shared
    assert "data-origin" not in not_shared


def test_the_list_of_services_says_which_are_the_sites_own(site: Site, other: Site, as_role: Enter) -> None:
    edit(site, ("services",), [*sites.draft(site.id).document["services"], service("map"), service("chat")])
    group_of(site)
    with transaction():
        groups.add(groups.find("kjeden"), other, take=True, by="tests", now=NOW, public_url=PUBLIC_URL)
    mine = [*sites.draft(other.id).document["services"], service("video")]
    mine[1]["provider"] = "Another AS"
    edit(other, ("services",), mine)
    page = words(as_role("editor").get(f"/sites/{other.key}/banner/services").text)
    assert re.search(r"Map Another AS · 1 cookie or similar · Own value", page)
    assert re.search(r"Chat Counter AS · 1 cookie or similar(?! ·)", page)
    assert re.search(r"Video Counter AS · 1 cookie or similar · Only on this site", page)


def test_a_part_that_only_one_site_has_is_not_said_to_be_the_groups_and_is_shared_from_its_row(
    site: Site, other: Site, as_role: Enter
) -> None:
    edit(site, ("services",), [*sites.draft(site.id).document["services"], service("map")])
    group_of(site)
    with transaction():
        groups.add(groups.find("kjeden"), other, take=True, by="tests", now=NOW, public_url=PUBLIC_URL)
    edit(other, ("services",), [*sites.draft(other.id).document["services"], service("video")])
    editor, some = as_role("editor"), as_role("editor", other)
    at = f"/sites/{other.key}/banner/services"
    page = editor.get(f"{at}/video").text
    assert "Only on this site: the group Kjeden does not have it." in words(page)
    assert "From the group" not in words(page)
    assert "From the group Kjeden ." in words(editor.get(f"{at}/map").text)
    own = sites.draft(other.id).document["services"][0]["key"]
    assert "does not share this service: each site has its own" in words(editor.get(f"{at}/{own}").text)
    rows = editor.get(at).text
    assert "Video Counter AS · 1 cookie or similar · Only on this site Share with the group : Video" in words(
        rows
    )
    assert "From the group Kjeden . One part is only on this site." in words(rows)
    assert "Share with the group : Map" not in words(rows)
    assert "Share with the group" not in some.get(at).text
    within = re.search(r'name="within" value="([^"]+)"', rows)
    assert within
    shown = editor.post(f"/sites/{other.key}/group/sharing", {"within": unescape(within[1])})
    assert "One value is shared" in words(shown.text)
    assert f"One draft follows, as the site has the group’s value: {site.name}" in words(shown.text)
    editor.post(f"/sites/{other.key}/group/share", sent(shown.text))
    assert sites.draft(site.id).document["services"][-1]["key"] == "video"


def test_who_shares_a_value_chooses_which_sites_with_own_ones_take_it(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    edit(third, NAME, "Kakaoen AS")
    group_of(site, other, third, parts=("controller",))
    for one, name in ((site, "Kjeden AS"), (third, "Kakaoen AS")):
        edit(one, NAME, name)
    with transaction():
        groups.share(groups.find("kjeden"), site, [NAME], by="tests", now=NOW)
    jobs.follow_groups(NOW)
    edit(other, NAME, "")
    edit(site, NAME, "Kjeden Norge AS")
    editor = as_role("editor")
    shown = editor.post(f"/sites/{site.key}/group/sharing", {"place": place(*NAME)}).text
    assert sent(shown)["site"] == [other.key], "nothing is lost there"
    assert f"{other.name} Empty there" in words(shown)
    assert "1 own value : Kakao" in words(shown)
    assert "On this site Kjeden Norge AS" in words(shown)
    done = editor.post(f"/sites/{site.key}/group/share", sent(shown), follow_redirects=True)
    assert "One value is shared. The draft of one site changed." in words(done.text)
    names = [sites.draft(one.id).document["controller"]["name"] for one in (other, third)]
    assert names == ["Kjeden Norge AS", "Kakaoen AS"]

    edit(site, NAME, "Kjeden")
    shown = editor.post(f"/sites/{site.key}/group/sharing", {"place": place(*NAME)}).text
    both = {**sent(shown), "site": [third.key]}
    edit(third, NAME, "Kakaoen Norge AS")
    refused = editor.post(f"/sites/{site.key}/group/share", both)
    assert (refused.status_code, "Nothing is shared yet." in words(refused.text)) == (409, True)
    assert sent(refused.text)["site"] == [third.key]
    editor.post(f"/sites/{site.key}/group/share", sent(refused.text))
    names = [sites.draft(one.id).document["controller"]["name"] for one in (other, third)]
    assert names == ["Kjeden", "Kjeden"], "one follows by itself, and one was ticked"


def test_sharing_says_how_many_sites_are_not_compared(
    site: Site, other: Site, third: Site, as_role: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_of(site, other, third)
    edit(site, ("texts", "en", "title"), "Your cookies")
    monkeypatch.setattr(group_takers, "OFFERED", 1)
    shown = as_role("editor").post(
        f"/sites/{site.key}/group/sharing", {"place": place("texts", "en", "title")}
    )
    assert "One more site is not compared here. Its draft follows, but for values of its own." in words(
        shown.text
    )


def test_another_order_is_one_own_value_and_marks_no_field(site: Site, other: Site, as_role: Enter) -> None:
    edit(site, ("services",), [*sites.draft(site.id).document["services"], service("map"), service("chat")])
    group_of(site)
    with transaction():
        groups.add(groups.find("kjeden"), other, take=True, by="tests", now=NOW, public_url=PUBLIC_URL)
    *first, one, two = sites.draft(other.id).document["services"]
    edit(other, ("services",), [*first, {**two, "provider": "Another AS"}, one])
    editor = as_role("editor")
    listed = words(editor.get(f"/sites/{other.key}/banner/services").text)
    assert re.search(r"Chat Another AS · 1 cookie or similar · Own value", listed)
    assert re.search(r"Map Counter AS · 1 cookie or similar(?! ·)", listed)
    marks = {
        key: re.findall(
            r'data-origin="([^"]+)">(.*?)</(?:details|span)></span>',
            editor.get(f"/sites/{other.key}/banner/services/{key}").text,
            re.DOTALL,
        )
        for key in ("map", "chat")
    }
    assert marks["map"]
    assert [name for name, mark in marks["map"] if "Own value" in mark] == []
    own = [name for name, mark in marks["chat"] if "Own value" in mark]
    assert (len(own), own[0].endswith(".provider")) == (1, True)
    whole = editor.get(f"/sites/{other.key}/group").text
    assert len(set(re.findall(r'name="place" value="([^"]+)"', whole))) == 2


def test_a_site_outside_of_groups_has_no_marks(site: Site, as_role: Enter) -> None:
    owner = as_role("owner")
    page = owner.get(f"/sites/{site.key}/banner/texts").text
    assert "data-origin" not in page
    assert "group-bar" not in page
    assert "Make a group of this site" in owner.get(f"/sites/{site.key}/group").text
    assert "Make a group of this site" not in as_role("editor").get(f"/sites/{site.key}/group").text


def test_going_back_to_the_group_is_an_edit_that_can_be_undone(
    site: Site, other: Site, as_role: Enter
) -> None:
    group_of(site, other)
    edit(other, TITLE, "Hytta spør")
    editor = as_role("editor")
    here = f"/studio/sites/{other.key}/banner/texts"
    answer = editor.post(f"/sites/{other.key}/group/use", {"place": place(*TITLE), "next": here})
    assert answer.headers["Location"] == here
    assert title(other) == title(site)
    page = editor.get(f"/sites/{other.key}/banner/texts").text
    assert "One value is the group’s again." in words(page)
    step = re.search(r'id="undo-form".*?name="step" value="(\d+)"', page, re.DOTALL)
    assert step
    editor.post(f"/sites/{other.key}/banner/undo", {"step": step[1], "next": here})
    assert title(other) == "Hytta spør"


def test_sharing_changes_the_other_drafts_but_for_their_own_values(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other, third)
    edit(third, TITLE, "Kakaoen spør")
    edit(site, TITLE, "Velkommen")
    edit(site, ("services",), [*sites.draft(site.id).document["services"], service("map")])
    editor = as_role("editor")
    page = editor.get(f"/sites/{site.key}/group").text
    assert "one value of its own" in page
    assert "Only on this site" in page
    places = [place(*TITLE), json.dumps(["services", ["map"]], separators=(",", ":"))]
    assert all(each in unescape(page) for each in places)
    shown = review(editor, site, *places)
    assert "One draft follows, as the site has the group’s value: Hytta" in words(shown)
    assert sent(shown)["site"] == [], "who has an own title keeps it"
    answer = editor.post(f"/sites/{site.key}/group/share", sent(shown), follow_redirects=True)
    assert "2 values are shared. The drafts of 2 sites changed." in words(answer.text)
    assert (title(other), title(third)) == ("Velkommen", "Kakaoen spør")
    assert [each["key"] for each in sites.draft(third.id).document["services"]][-1] == "map"
    assert sites.draft(other.id).updated_by == "editor-0@example.no"
    assert "has all of its values" in editor.get(f"/sites/{site.key}/group").text
    (event,) = audit_log.audit_events(only=None, limit=1)
    assert (event.action, event.subject, event.site_id) == ("group_shared", "Kjeden", site.id)
    assert event.detail == "texts › nb › title; + services › Map"


def test_sharing_from_a_page_that_was_open_for_long_overwrites_nothing_newer(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other, third)
    edit(site, TITLE, "Velkommen")
    editor, colleague = as_role("editor"), as_role("owner")
    opened = review(editor, site, place(*TITLE))
    edit(other, TITLE, "Hytta spør")
    shown = review(colleague, other, place(*TITLE))
    colleague.post(f"/sites/{other.key}/group/share", {"place": place(*TITLE), "seen": seen(shown)})
    sent = {"place": place(*TITLE), "seen": seen(opened)}
    refused = editor.post(f"/sites/{site.key}/group/share", sent)
    said = words(refused.text)
    assert (refused.status_code, "Nothing is shared yet." in said) == (409, True)
    assert "owner-0@example.no changed the group last" in said
    assert "In the group Hytta spør On this site Velkommen" in said
    assert title(third) == "Hytta spør"
    assert groups.find("kjeden").document["texts"]["nb"]["title"] == "Hytta spør"
    again = editor.post(
        f"/sites/{site.key}/group/share", {**sent, "seen": seen(refused.text)}, follow_redirects=True
    )
    assert "One value is shared." in words(again.text)
    assert title(third) == "Velkommen"


def test_what_a_colleague_wrote_on_the_site_meanwhile_is_not_shared_unseen(
    site: Site, other: Site, as_role: Enter
) -> None:
    group_of(site, other)
    edit(site, TITLE, "Velkommen")
    editor = as_role("editor")
    opened = review(editor, site, place(*TITLE))
    edit(site, TITLE, "Halvferdig")
    before = title(other)
    sent = {"place": place(*TITLE), "seen": seen(opened)}
    assert len(sent["seen"]) == 1
    for each in (sent, {"place": place(*TITLE)}):
        refused = editor.post(f"/sites/{site.key}/group/share", each)
        assert (refused.status_code, "On this site Halvferdig" in words(refused.text)) == (409, True)
    assert title(other) == before


def test_a_group_that_changes_while_something_is_shared_keeps_that(
    site: Site, other: Site, as_role: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_of(site, other)
    edit(site, TITLE, "Velkommen")
    edit(other, TITLE, "Hytta spør")
    editor, share = as_role("editor"), groups.share
    opened = review(editor, site, place(*TITLE))

    def late(group: Group, *args: Any, **rest: Any) -> Group:
        share(group, other, [TITLE], by="ola@example.no", now=NOW)
        return share(group, *args, **rest)

    monkeypatch.setattr(groups, "share", late)
    sent = {"place": place(*TITLE), "seen": seen(opened)}
    assert editor.post(f"/sites/{site.key}/group/share", sent).status_code == 409
    # The transaction that noticed it took back what this test did within it.
    assert groups.find("kjeden").revision == 1


def test_sharing_needs_a_role_on_every_site_of_the_group(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other, third)
    edit(other, TITLE, "Hytta spør")
    editor = as_role("editor", other)
    page = editor.get(f"/sites/{other.key}/group").text
    assert "Share with the group" not in page
    assert "needs a role on each of them" in page
    for path in (
        f"/sites/{other.key}/group",
        f"/sites/{other.key}/banner/texts",
        "/groups",
        "/groups/kjeden",
    ):
        shown = editor.get(path)
        assert shown.status_code == 200, path
        for hidden in (site, third):
            assert hidden.name not in words(shown.text), path
            assert hidden.key not in shown.text, path
    assert "1 site" in words(editor.get("/groups").text)
    refused = editor.post(f"/sites/{other.key}/group/share", {"place": place(*TITLE)})
    assert refused.status_code == 403
    assert title(site) != "Hytta spør"
    editor.post(f"/sites/{other.key}/group/use", {"place": place(*TITLE)})
    assert title(other) == title(site)


def test_who_sees_no_site_of_a_group_does_not_learn_of_it(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other)
    editor = as_role("editor", third)
    assert "Kjeden" not in editor.get("/groups").text
    answers = [editor.get(f"/groups/{key}") for key in ("kjeden", "finnes-ikke")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text.replace("kjeden", "") == answers[1].text.replace("finnes-ikke", "")
    for path in ("/groups/new", "/groups/kjeden/add"):
        assert editor.get(path).status_code == 403
    for path in ("settings", "remove", "delete", "add"):
        assert editor.post(f"/groups/kjeden/{path}", {"site": site.key}).status_code == 403


def test_an_owner_changes_what_a_group_shares_takes_sites_out_and_deletes_it(
    site: Site, other: Site, as_role: Enter
) -> None:
    group_of(site, other)
    owner = as_role("owner")
    none = owner.post("/groups/kjeden/settings", {"name": "Kjeden"})
    assert (none.status_code, "What is shared are not chosen yet." in words(none.text)) == (422, True)
    owner.post(
        "/groups/kjeden/settings",
        {"name": "Butikkene", "parts": ["texts", "appearance"], "source": other.key},
    )
    found = groups.find("kjeden")
    assert (found.name, inheritance.parts_of(found.document)) == ("Butikkene", ("texts", "appearance"))
    out = owner.post("/groups/kjeden/remove", {"site": other.key}, follow_redirects=True)
    assert "Hytta is out of the group. It keeps the values that it has." in words(out.text)
    assert groups.of_site(other, public_url=PUBLIC_URL) is None
    gone = owner.post("/groups/kjeden/delete", follow_redirects=True)
    assert "Its sites keep the values that they have." in words(gone.text)
    assert groups.of_site(site, public_url=PUBLIC_URL) is None


def test_who_shares_a_part_later_chooses_which_sites_take_the_values(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other, third)
    for one, name in ((site, "Kjeden AS"), (other, ""), (third, "Kakaoen AS")):
        edit(one, NAME, name)
    owner = as_role("owner")
    form = {"name": "Kjeden", "parts": ["texts", "services", "controller"], "source": site.key}
    asked = owner.post("/groups/kjeden/settings", form)
    said = words(asked.text)
    assert "From now on shared, with the values of Butikken: Controller." in said
    assert f"{other.name} Empty there" in said
    assert "In the group Kjeden AS On this site Kakaoen AS" in said
    assert groups.find("kjeden").revision == 1
    answers = sent(asked.text, "/settings")
    assert answers["site"] == [other.key], "nothing is lost there"
    done = owner.post("/groups/kjeden/settings", answers, follow_redirects=True)
    assert "The group is saved. The draft of one site changed." in words(done.text)
    names = [sites.draft(one.id).document["controller"]["name"] for one in (other, third)]
    assert names == ["Kjeden AS", "Kakaoen AS"]
    (event,) = audit_log.audit_events(only=None, action="group_changed", limit=1)
    assert event.detail == "+ controller"


def test_who_renames_a_group_takes_nothing_away_that_a_colleague_shares_meanwhile(
    site: Site, other: Site, as_role: Enter
) -> None:
    group_of(site, other)
    owner = as_role("owner")
    shown = re.findall(r'name="before" value="(\w+)"', owner.get("/groups/kjeden").text)
    assert shown == ["texts", "services"]
    more = {"name": "Kjeden", "parts": [*shown, "appearance"], "before": shown}
    assert owner.post("/groups/kjeden/settings", more).status_code == 303
    assert (
        owner.post(
            "/groups/kjeden/settings", {"name": "Butikkene", "parts": ["texts"], "before": shown}
        ).status_code
        == 303
    )
    found = groups.find("kjeden")
    assert (found.name, inheritance.parts_of(found.document)) == ("Butikkene", ("texts", "appearance"))


def test_all_sites_of_a_group_are_looked_at_together_before_they_are_published(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other, third)
    for one in (site, other):
        make_publishable(one)
        with transaction():
            sites.publish(one.id, note="", by="tests", now=NOW)
        edit(one, TITLE, "Velkommen")
    editor = as_role("editor")
    assert "Review and publish all" in editor.get("/groups/kjeden").text
    shown = editor.post("/groups/kjeden/publish", follow_redirects=True)
    assert "Who is asked again On 2 sites: nobody" in words(shown.text)
    assert "Not possible now" in words(shown.text)
    assert [sites.newest(one.id).number for one in (site, other)] == [1, 1]  # type: ignore[union-attr]
    action = re.search(r'action="(/studio/bulk/[^/"]+)/publish"', shown.text)
    assert action
    editor.post(f"{action[1].removeprefix('/studio')}/publish", {"note": "Sommer"})
    assert [sites.newest(one.id).number for one in (site, other)] == [2, 2]  # type: ignore[union-attr]
    assert sites.newest(third.id) is None


def test_who_works_on_some_sites_of_a_group_publishes_those(
    site: Site, other: Site, third: Site, as_role: Enter
) -> None:
    group_of(site, other)
    developer, auditor = as_role("developer", other), as_role("auditor", other)
    shown = developer.post("/groups/kjeden/publish", follow_redirects=True)
    assert other.name in words(shown.text)
    assert site.name not in words(shown.text)
    assert "Review and publish all" not in auditor.get("/groups/kjeden").text
    refused = auditor.post("/groups/kjeden/publish", follow_redirects=True)
    assert "Your role on these sites does not include publishing." in words(refused.text)


def test_an_automatic_save_says_where_the_value_comes_from_now(
    site: Site, other: Site, as_role: Enter
) -> None:
    group_of(site, other)
    editor = as_role("editor")
    before = title(other)
    sent = {
        "texts.nb.title": "Hytta spør",
        "before.texts.nb.title": before,
        "next": "/studio/sites/hytta/banner/texts",
    }
    answer = editor.save(
        f"/sites/{other.key}/banner/autosave", sent, at=f"/sites/{other.key}/banner/texts"
    ).json
    assert answer is not None
    assert "with one own value here" in answer["group"]
    assert "Own value" in answer["origins"]["texts.nb.title"]
    back = {**sent, "texts.nb.title": before, "before.texts.nb.title": "Hytta spør"}
    answer = editor.save(
        f"/sites/{other.key}/banner/autosave", back, at=f"/sites/{other.key}/banner/texts"
    ).json
    assert answer is not None
    assert "From the group Kjeden" in answer["origins"]["texts.nb.title"]


def test_what_is_no_own_value_any_more_is_not_gone_back_to(site: Site, other: Site, as_role: Enter) -> None:
    group_of(site, other)
    editor = as_role("editor")
    before = sites.draft(other.id)
    for sent in ("", "nonsense", place("texts", "nb", "title"), "[[[", place("controller", "name")):
        answer = editor.post(f"/sites/{other.key}/group/use", {"place": sent}, follow_redirects=True)
        assert "Choose values of which the group has another." in words(answer.text)
    assert sites.draft(other.id) == before
    assert jobs.follow_groups(NOW) == 0


def test_what_is_no_key_is_looked_for_nowhere(site: Site, as_role: Enter) -> None:
    owner = as_role("owner")
    group_of(site)
    assert owner.get("/groups/%00").status_code == 404
    assert owner.get("/groups/a%00b/add").status_code == 404
    assert owner.get("/groups/kjeden/add?q=%00").status_code == 200
    made = owner.post("/groups/new", {"name": "To", "site": "\0", "parts": "texts"})
    assert (made.status_code, "has to be chosen" in words(made.text)) == (422, True)
    assert owner.post("/groups/kjeden/add", {"site": "\0"}).status_code == 422


def test_two_groups_of_one_name_are_made_at_the_same_moment(
    site: Site, other: Site, as_role: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, free_key, asked = as_role("owner"), groups.free_key, []

    def at_first_that_of_the_other(stem: str) -> str:
        asked.append(stem)
        return stem if len(asked) == 1 else free_key(stem)

    group_of(site)
    monkeypatch.setattr(groups, "free_key", at_first_that_of_the_other)
    made = owner.post("/groups/new", {"name": "Kjeden", "site": other.key, "parts": ["texts"]})
    assert made.headers["Location"] == "/studio/groups/kjeden-2"
    asked.clear()
    again = owner.post("/groups/new", {"name": "Kjeden", "site": other.key, "parts": ["texts"]})
    assert (again.status_code, "is in a group already" in again.text) == (422, True)
    assert len(groups.listed(only=None)) == 2
