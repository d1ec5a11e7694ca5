"""The sample site of a person in the studio: made, learned on, started over and removed."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from server.accounts.service import audit_log
from server.sites import sample_document, samples
from server.sites import service as sites
from server.sites.values import Site
from tests.studio.conftest import Visitor

KEY = re.compile(r"/studio/sites/(sample-[a-z0-9]+)/")


def made(who: Visitor) -> str:
    """The key of the person's sample site, made if need be."""
    answer = who.post("/sample")
    assert answer.status_code == 303
    found = KEY.search(answer.headers["Location"])
    assert found is not None
    return found[1]


def ticked(who: Visitor, key: str) -> list[bool]:
    todo = re.search(r'<ol class="todo">(.*?)</ol>', who.get(f"/sites/{key}/").text, re.DOTALL)
    assert todo is not None
    return [' class="is-done"' in item for item in re.findall(r"<li[^>]*>", todo[1])]


@pytest.mark.parametrize("role", ["owner", "editor", "developer"])
def test_somebody_makes_a_sample_site_and_works_on_it_whatever_their_sites_are(
    site: Site, as_role: Callable[..., Visitor], role: str
) -> None:
    who = as_role(role, *([] if role == "owner" else [site]))
    assert 'action="/studio/sample"' in who.get("/sites").text
    key = made(who)
    assert made(who) == key
    listed = who.get("/sites").text
    assert f'href="/studio/sites/{key}/">' in listed
    assert listed.count('class="card-link"') == 1
    assert 'action="/studio/sample"' not in listed
    for path in (
        "banner",
        "banner/texts",
        "banner/appearance",
        "banner/services",
        "publish",
        "draft/history",
    ):
        assert who.get(f"/sites/{key}/{path}", follow_redirects=True).status_code == 200, path
    assert "This is a sample site" in who.get(f"/sites/{key}/banner/texts").text


def test_nobody_else_sees_a_sample_site_not_even_an_owner(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    key = made(as_role("editor", site))
    owner = as_role("owner")
    for path in ("", "banner/texts", "publish", "tokens"):
        assert owner.get(f"/sites/{key}/{path}").status_code == 404
    assert owner.post(f"/sites/{key}/sample/remove").status_code == 404
    assert key not in owner.get("/sites").text
    assert key not in owner.get(f"/search/found?q={key}").text


def test_who_may_not_edit_is_offered_no_sample_site(site: Site, as_role: Callable[..., Visitor]) -> None:
    auditor = as_role("auditor", site)
    for path in ("/sites", "/help"):
        assert 'action="/studio/sample"' not in auditor.get(path).text
    assert auditor.post("/sample").status_code == 403


def test_things_to_try_are_ticked_by_what_was_done(site: Site, as_role: Callable[..., Visitor]) -> None:
    who = as_role("editor", site)
    key = made(who)
    assert ticked(who, key) == [False] * 5
    for path in ("publish", "banner/texts", "banner/appearance", "compare"):
        who.get(f"/sites/{key}/{path}")
    assert ticked(who, key) == [False] * 5
    assert who.save(f"/sites/{key}/banner/texts", {"texts.en.title": "The garden"}).status_code == 303
    assert ticked(who, key) == [True, False, False, False, False]
    compared = who.get(f"/sites/{key}/compare?old=draft-1&new=draft").text
    assert "The garden" in compared
    assert ticked(who, key) == [True, False, True, False, False]
    step = re.search(r'name="step" value="(\d+)"', who.get(f"/sites/{key}/banner/texts").text)
    assert step is not None
    who.post(f"/sites/{key}/banner/undo", {"step": step[1]})
    assert ticked(who, key) == [True, False, True, True, False]
    assert "3 of 5" in who.get(f"/sites/{key}/banner/texts").text


def test_what_would_let_something_out_is_refused_in_one_sentence(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    key = made(owner)
    sample = sites.find(key)
    assert "the button to publish stands here" not in owner.get(f"/sites/{key}/publish").text
    owner.save(f"/sites/{key}/states/draft-1/restore", {}, at=f"/sites/{key}/compare?old=draft-1&new=draft")
    assert sites.draft(sample.id).document == sites.validate(sample_document.delivered("en"))
    assert "the button to publish stands here" in owner.get(f"/sites/{key}/publish").text
    seen = {"revision": str(sites.draft(sample.id).revision), "version": "0", "when": "now", "note": ""}
    tried: dict[str, dict[str, Any]] = {
        "publish": seen,
        "install": {"url": "https://www.solsikke.example/"},
        "install/links": {"platform": "html"},
        "tokens": {"name": "Robot", "scopes": ["sites:read"]},
        "delete": {"confirm": key},
        "pause": {"note": ""},
        "copy": {"name": "Copy", "key": "copy", "domains": "copy.no"},
    }
    for path, data in tried.items():
        answer = owner.post(f"/sites/{key}/{path}", data)
        assert (answer.status_code, "his is a sample site to learn on" in answer.text) == (409, True), path
    assert sites.newest(sample.id) is None
    assert owner.client.get(f"/w/{key}.js").status_code == 404


def test_a_sample_site_is_started_over_and_removed_and_that_is_on_record(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("editor", site)
    key = made(who)
    who.save(f"/sites/{key}/banner/texts", {"texts.en.title": "The garden"})
    answer = who.post(f"/sites/{key}/sample/again")
    again = KEY.search(answer.headers["Location"])
    assert again is not None
    assert again[1] != key
    assert ticked(who, again[1]) == [False] * 5
    assert who.get(f"/sites/{key}/").status_code == 404
    assert who.post(f"/sites/{again[1]}/sample/remove").status_code == 303
    assert 'action="/studio/sample"' in who.get("/sites").text
    found = [one.action for one in audit_log.audit_events(only=None, before=None, limit=20)]
    assert [one for one in found if one.startswith("sample_")] == [
        "sample_removed", "sample_made", "sample_removed", "sample_made",
    ]  # fmt: skip
    assert who.post(f"/sites/{site.key}/sample/remove").status_code == 404
    assert sites.find(site.key).deletion is None


def test_sample_sites_of_the_product_are_made_by_nobody_whose_edit_could_be_undone(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    who = as_role("editor", site)
    key = made(who)
    assert re.findall(r'name="step" value="(\d+)"', who.get(f"/sites/{key}/banner/texts").text) == []
    assert sites.draft(sites.find(key).id).updated_by == samples.BY
