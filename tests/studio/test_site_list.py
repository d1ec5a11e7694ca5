"""The list of sites: what is found, in which order, and what is done with several of them at once."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.accounts.service import audit_log, users
from server.core.db import db, transaction
from server.core.errors import Invalid
from server.scanner import service as scanner
from server.scanner.values import Fault, Installation
from server.sites import approvals, groups, listing, pausing, tags
from server.sites import service as sites
from server.sites.listing import Wanted
from server.sites.values import LONGEST_TAG, MOST_TAGS, Site
from server.studio.sites import site_list
from tests.conftest import PUBLIC_URL
from tests.sites.documents import publishable
from tests.studio.alarms import FELL, store, store_alarms
from tests.studio.conftest import NOW, Visitor, make_site
from tests.studio.test_requests import ask as send_request


@pytest.fixture
def several(site: Site) -> dict[str, Site]:
    """Sites in each status; `butikken` is published."""
    made = {key: make_site(key, name) for key, name in (("aa", "zebra"), ("bb", "Ål"), ("cc", "Alfa"))}
    with transaction():
        sites.save_draft(site.id, publishable(), by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)
        pausing.pause(made["bb"].id, note="", by="kari", now=NOW)
        tags.replace(made["aa"].id, ["bergen", "oslo"])
        tags.replace(site.id, ["oslo"])
    return {**made, "butikken": site}


def keys(wanted: Wanted, **where: object) -> list[str]:
    asked = {"after": None, "limit": 60, "only": None, **where}
    return [one.site.key for one in listing.page(wanted, **asked)]  # type: ignore[arg-type]


def test_sites_are_found_by_text_status_and_tag(several: dict[str, Site]) -> None:
    assert keys(Wanted(text="ZEB")) == ["aa"]
    assert keys(Wanted(text="butikken.no")) == ["butikken"]
    assert keys(Wanted(status="live")) == ["butikken"]
    assert keys(Wanted(status="paused")) == ["bb"]
    assert set(keys(Wanted(status="draft"))) == {"aa", "bb", "cc"}
    assert set(keys(Wanted(tag="oslo"))) == {"aa", "butikken"}
    assert keys(Wanted(tag="oslo", status="draft")) == ["aa"]
    assert keys(Wanted(text="%")) == keys(Wanted(tag="nowhere")) == []
    assert keys(Wanted(), only={several["cc"].id}) == ["cc"]


def test_pages_follow_each_other_by_name_and_leave_nothing_out(several: dict[str, Site]) -> None:
    whole, paged, after = keys(Wanted()), [], None
    while found := keys(Wanted(), after=after, limit=1):
        paged += found
        after = found[-1]
    assert paged == whole
    assert [key for key in whole if key != "bb"] == ["cc", "butikken", "aa"]
    assert len(whole) == 4


def test_a_page_of_the_list_takes_a_fixed_number_of_reads(several: dict[str, Site]) -> None:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        if (statement := str(arguments[2])).lstrip().upper().startswith("SELECT"):
            statements.append(statement)

    numbers = []
    for limit in (1, 4):
        statements.clear()
        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            listing.page(Wanted(), after=None, limit=limit, only=None)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 4


def test_what_is_published_and_was_never_seen_on_the_website_is_not_called_live(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    page = owner.get("/sites").text
    assert "is live" not in page
    assert (
        '<span class="tag tag-wait">Not seen on the website yet</span> <span class="tag">Version 1<' in page
    )
    # What is paused and was never published is both.
    assert '<span class="tag tag-wait">Not published yet</span> <span class="tag tag-wait">Paused<' in page
    with transaction():
        scanner.store(several["butikken"], Installation("https://www.example.no/", NOW, ()), now=NOW)
    assert '<span class="tag tag-good">Version 1 is live</span>' in owner.get("/sites").text
    with transaction():
        store(several["butikken"], replace(FELL, kind="no_events"), opened_at=NOW)
    assert '<span class="tag tag-bad">No decisions come in</span>' in owner.get("/sites").text


def test_list_says_where_visitors_are_not_asked(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    assert "Visitors are not asked" not in owner.get("/sites").text
    missing = Installation("https://www.example.no/", NOW, (Fault("no_tag", {}),))
    with transaction():
        for one in several.values():
            scanner.store(one, missing, now=NOW)
    page = owner.get("/sites").text
    # Of a paused site, or one that nothing is published of, staff know why.
    assert page.count("Visitors are not asked") == 1
    assert "Version 1</span>" in page
    assert "Version 1 is live" not in page
    with transaction():
        scanner.store(several["butikken"], Installation("https://www.example.no/", NOW, ()), now=NOW)
    assert "Version 1 is live" in owner.get("/sites").text


def test_list_says_where_a_service_does_not_wait_until_another_version_is_published(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner, butikken = as_role("owner"), several["butikken"]
    unmarked = Fault("unmarked_service", {"service": "YouTube", "declared": "youtube"})
    with transaction():
        scanner.store(butikken, Installation("https://www.example.no/", NOW, (unmarked,)), now=NOW)
    page = owner.get("/sites").text
    assert "Not everything waits" in page
    assert waiting_on(page, "butikken") == "One thing needs you a service that does not wait"
    assert "Version 1 is live" not in page
    with transaction():
        sites.publish(butikken.id, note="", by="kari", now=NOW + timedelta(minutes=1))
    page = owner.get("/sites").text
    assert "Not everything waits" not in page
    assert waiting_on(page, "butikken") == ""


@given(st.lists(st.text("aBæ, \n-", max_size=9), max_size=9))
def test_tags_that_were_read_are_read_alike_again(typed: list[str]) -> None:
    once = tags.parsed(",".join(typed))
    assert tags.parsed(", ".join(once)) == once
    assert all(tag and tag == tag.strip().lower() and "," not in tag for tag in once)
    assert list(once) == sorted(set(once))


@pytest.mark.parametrize(
    "typed", ["x" * (LONGEST_TAG + 1), "a\x07b", ",".join(f"tag {n}" for n in range(MOST_TAGS + 1))]
)
def test_tags_that_cannot_be_are_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        tags.parsed(typed)
    assert "tags" in refused.value.errors


def undo_of(page: str) -> dict[str, object]:
    """The fields of the form that undoes."""
    form = re.search(r'<form class="notice" method="post">.*?</form>', page, re.DOTALL)
    assert form
    fields = re.findall(r'name="(\w+)" value="([^"]*)"', form[0])
    found: dict[str, object] = {name: html.unescape(value) for name, value in fields if name != "site"}
    return {**found, "site": [value for name, value in fields if name == "site"]}


def test_several_sites_are_tagged_and_exactly_that_is_undone(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    sent = {"site": ["aa", "bb", "cc"], "do": "tag", "new_tag": " Oslo "}
    said = owner.post("/sites", sent, follow_redirects=True).text
    assert "2 sites have the tag oslo now." in said
    assert "One site was left as it was" in said
    assert set(keys(Wanted(tag="oslo"))) == {"aa", "bb", "cc", "butikken"}
    undone = owner.post("/sites", undo_of(said), follow_redirects=True).text
    assert "The tag oslo is taken from 2 sites." in undone
    assert set(keys(Wanted(tag="oslo"))) == {"aa", "butikken"}


def test_several_sites_are_paused_each_on_record_and_resumed_by_undo(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    said = owner.post("/sites", {"site": ["aa", "butikken"], "do": "pause"}, follow_redirects=True).text
    assert "2 sites are paused." in said
    assert set(keys(Wanted(status="paused"))) == {"aa", "bb", "butikken"}
    recorded = audit_log.audit_events(only=None, action="site_paused", before=None, limit=9)
    assert {event.subject for event in recorded} == {"aa", "butikken"}
    owner.post("/sites", undo_of(said))
    assert keys(Wanted(status="paused")) == ["bb"]


def test_only_sites_where_the_role_includes_it_are_changed(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", several["aa"])
    sent = {"site": ["aa", "butikken", "no-such-site"], "do": "pause"}
    said = editor.post("/sites", sent, follow_redirects=True).text
    assert "One site is paused." in said
    assert "2 sites were left as they were" in said
    assert sites.find("butikken").pause is None
    assert editor.post("/sites", {"site": ["aa"], "do": "tag", "new_tag": "mine"}).status_code == 303
    assert keys(Wanted(tag="mine")) == []
    auditor = as_role("auditor")
    assert 'name="do"' not in auditor.get("/sites").text
    auditor.post("/sites", {"site": ["butikken"], "do": "pause"})
    assert sites.find("butikken").pause is None


def test_what_the_role_includes_on_no_listed_site_is_not_offered(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", several["aa"], several["cc"])
    with transaction():
        approvals.require_publishers(several["cc"].id, required=True, now=NOW)

    assert 'value="pause"' in editor.get("/sites").text
    assert 'value="pause"' not in editor.get("/sites?q=Alfa").text
    assert 'value="publish"' in editor.get("/sites?q=Alfa").text


def test_what_the_role_includes_on_a_later_page_is_offered_as_all_can_be_chosen(
    several: dict[str, Site], as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = as_role("editor", several["aa"], several["cc"])
    with transaction():
        approvals.require_publishers(several["cc"].id, required=True, now=NOW)
    monkeypatch.setattr(site_list, "LISTED", 1)

    first = editor.get("/sites").text

    assert 'name="site" value="cc"' in first
    assert 'value="pause"' in first


def test_sites_that_were_so_already_and_those_of_another_role_are_counted_apart(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", several["aa"], several["bb"], several["cc"])
    with transaction():
        approvals.require_publishers(several["cc"].id, required=True, now=NOW)

    said = editor.post("/sites", {"site": ["aa", "bb", "cc"], "do": "pause"}, follow_redirects=True).text

    assert "One site is paused." in said
    assert "One site was left as it was: it is like that already." in said
    assert "One site was left as it was: your role there does not include this." in said
    assert sites.find("cc").pause is None


def test_sites_that_are_not_looked_at_before_publishing_are_counted(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    editor = as_role("editor", several["aa"])

    said = editor.post("/sites", {"site": ["aa", "bb"], "do": "publish"}, follow_redirects=True).text

    assert "One site was left as it was: your role there does not include this." in said


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"do": "pause"}, "site"),
        ({"site": "aa", "do": "delete"}, "do"),
        ({"site": "aa", "do": "tag", "new_tag": ""}, "new_tag"),
        ({"site": "aa", "do": "tag", "new_tag": "a, b"}, "new_tag"),
    ],
)
def test_what_is_missing_is_named_and_the_choice_stays(
    several: dict[str, Site], as_role: Callable[..., Visitor], sent: dict[str, str], field: str
) -> None:
    answer = as_role("owner").post("/sites", sent)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert ('value="aa" checked' in answer.text) is ("site" in sent)


def test_filter_stays_while_paging_and_says_when_nothing_fits(
    several: dict[str, Site], as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = as_role("owner")
    assert "No site matches your search." in owner.get("/sites?q=fjell").text
    assert owner.get("/sites?status=nonsense&after=%00").status_code == 200
    monkeypatch.setattr(site_list, "LISTED", 1)
    assert "/studio/sites?after=butikken&amp;tag=oslo" in owner.get("/sites?tag=oslo").text


def test_control_characters_are_looked_for_nowhere(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    for name in ("q", "tag", "group", "responsible"):
        assert 'value="aa"' in owner.get(f"/sites?{name}=%00").text, name
        assert owner.post("/sites", {name: "\0", "do": "pause"}).status_code == 422
    assert 'value="aa"' in owner.get("/sites?q=ze%00bra").text


def test_owner_writes_the_tags_of_a_site(site: Site, as_role: Callable[..., Visitor]) -> None:
    owner = as_role("owner")
    assert owner.post("/sites/butikken/tags", {"tags": "Oslo, merke <A>\noslo"}).status_code == 303
    assert 'value="merke &lt;a&gt;, oslo"' in owner.get("/sites/butikken/domains").text
    assert '<span class="tag">merke &lt;a&gt;</span>' in owner.get("/sites").text
    wrong = owner.post("/sites/butikken/tags", {"tags": "x" * 41})
    assert (wrong.status_code, 'id="tags-error"' in wrong.text) == (422, True)
    assert "x" * 41 in wrong.text


def test_owner_names_a_responsible_person_whom_the_list_shows_and_filters(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    assert 'name="responsible"' not in owner.get("/sites").text
    (kari,) = users.addresses(users.everybody())
    assert owner.post("/sites/butikken/responsible", {"responsible": kari}).status_code == 303
    assert f'value="{kari}" selected' in owner.get("/sites/butikken/domains").text
    listed = owner.get(f"/sites?responsible={kari}").text
    assert "Responsible: owner-0@example.no" in listed
    assert 'name="site" value="aa"' not in listed
    recorded = audit_log.audit_events(only=None, action="site_changed", before=None, limit=9)
    assert [(event.subject, event.detail) for event in recorded] == [
        ("responsible person", "nobody → owner-0@example.no")
    ]
    said = owner.post("/sites", {"site": ["aa", "bb"], "do": "assign", "person": kari}, follow_redirects=True)
    assert "2 sites have another responsible person now." in said.text
    assert set(keys(Wanted(responsible=kari))) == {"aa", "bb", "butikken"}
    owner.post("/sites", undo_of(said.text))
    assert keys(Wanted(responsible=kari)) == ["butikken"]
    wrong = owner.post("/sites/butikken/responsible", {"responsible": "somebody"})
    assert (wrong.status_code, 'id="responsible-error"' in wrong.text) == (422, True)
    unnamed = owner.post("/sites", {"site": "aa", "do": "assign", "person": ""})
    assert (unnamed.status_code, 'id="person-error"' in unnamed.text) == (422, True)


def waiting_on(page: str, key: str) -> str:
    """What the card of a site says of what waits there."""
    _, *cards = page.split('<li class="card-link">')
    card = next(each for each in cards if f"/sites/{key}/" in each)
    said = re.search(r"<p><span class=\"tag tag-\w+\">([^<]*needs? you)</span>(.*?)</p>", card)
    return " ".join(re.sub("<[^>]+>", " ", "".join(said.groups()) if said else "").split())


def test_each_site_says_how_many_lines_its_overview_has_for_the_reader(
    app: Flask, several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    butikken, cc = several["butikken"], several["cc"]
    editor, auditor = as_role("editor"), as_role("auditor")
    assert "need you" not in editor.get("/sites").text
    with transaction():
        scanner.store(butikken, Installation("https://www.example.no/", NOW, (Fault("no_tag", {}),)), now=NOW)
        store_alarms(butikken, NOW)
        sites.save_draft(butikken.id, publishable(), by="kari", now=NOW)
        approvals.ask(butikken.id, note="", by="ola@example.no", now=NOW)
        store(cc, FELL, opened_at=NOW)
    for _ in range(2):
        send_request(app, butikken, now=NOW)
    listed = editor.get("/sites").text
    expected = "5 things need you no banner, 2 alarms, a publication, 2 requests"
    assert waiting_on(listed, "butikken") == expected
    assert waiting_on(listed, "cc") == "One thing needs you one alarm"
    assert waiting_on(listed, "aa") == ""
    overview = editor.get("/sites/butikken/").text
    lines = re.findall(r'<li class="is-(?:danger|warning)" id="([a-z0-9-]+)"', overview)
    about = ("installation", "alarm-line-1", "alarm-line-2", "publication", "requests")
    assert sorted(set(lines) & set(about)) == sorted(about)
    # An auditor approves nothing.
    assert "a publication" not in waiting_on(auditor.get("/sites").text, "butikken")


def test_what_one_asked_for_oneself_needs_somebody_else_until_it_is_sent_back(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    owner, editor = as_role("owner"), as_role("editor")
    with transaction():
        sites.save_draft(site.id, publishable(), by="kari", now=NOW)
        asked = approvals.ask(site.id, note="", by="owner-0@example.no", now=NOW)
    assert waiting_on(owner.get("/sites").text, site.key) == ""
    assert waiting_on(editor.get("/sites").text, site.key) == "One thing needs you a publication"
    with transaction():
        approvals.refuse(site.id, asked.number, reason="Nei", by="editor-0@example.no", now=NOW)
    assert waiting_on(owner.get("/sites").text, site.key) == "One thing needs you a publication"
    assert waiting_on(editor.get("/sites").text, site.key) == ""
    with transaction():
        sites.publish(site.id, note="", by="owner-0@example.no", now=NOW + timedelta(hours=1))
    assert waiting_on(owner.get("/sites").text, site.key) == ""


def test_what_waits_is_read_for_all_sites_at_once(
    several: dict[str, Site], as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = as_role("owner")
    with transaction():
        for one in several.values():
            store(one, FELL, opened_at=NOW)
            sites.save_draft(one.id, publishable(), by="kari", now=NOW)
            approvals.ask(one.id, note="", by="ola@example.no", now=NOW)
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    owner.get("/sites")  # the first request of a session notes that it is used
    numbers = []
    for listed in (1, 4):
        monkeypatch.setattr(site_list, "LISTED", listed)
        statements.clear()
        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert owner.get("/sites").text.count("need you") == listed
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
        # The first page of several counts all sites: one more.
        numbers.append(len(statements) - (listed == 1))
    assert numbers[0] == numbers[1]


def test_list_is_filtered_by_group_and_all_that_match_are_changed(
    several: dict[str, Site], as_role: Callable[..., Visitor]
) -> None:
    owner, editor = as_role("owner"), as_role("editor", several["cc"])
    assert 'name="group"' not in owner.get("/sites").text
    with transaction():
        made = groups.create("kjeden", "Kjeden", several["aa"], ("texts",), by="kari", now=NOW)
        groups.add(made, several["butikken"], take=False, by="kari", now=NOW, public_url=PUBLIC_URL)
    assert set(keys(Wanted(group="kjeden"))) == {"aa", "butikken"}
    assert keys(Wanted(group="kjeden", status="live")) == ["butikken"]
    assert keys(Wanted(group="finnes-ikke")) == []
    listed = owner.get("/sites?group=kjeden").text
    assert '<option value="kjeden" selected>Kjeden</option>' in listed
    assert 'name="site" value="cc"' not in listed
    assert "/studio/sites?group=kjeden" in owner.get("/groups/kjeden").text
    owner.post("/sites", {"group": "kjeden", "all": "1", "do": "tag", "new_tag": "kjede"})
    assert set(keys(Wanted(tag="kjede"))) == {"aa", "butikken"}
    # Who sees no site of a group does not learn of it.
    assert "Kjeden" not in editor.get("/sites?group=kjeden").text
