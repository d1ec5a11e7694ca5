"""What holds for every form of the studio: errors stand by their fields, and a list above leads there."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.sites.values import Site
from tests.studio.conftest import PASSWORD, Visitor, log_in_without_hashing
from tests.studio.test_browser import furnish
from tests.studio.walking import Field, Form, Page, form_at, walk

TOO_LONG = "\x07" + "x" * 12_000
MOST = 60
"""Most fields of one form that are filled: too long texts in all of them are more than a request may have."""
RAW_PATH = re.compile(r"\b[a-z_]+\.\d+\b|\b[a-z]+(?:\.[a-z_]+){2,}\b|[a-z]_[a-z]")
"""A place as the document has it, which nobody should read."""


@pytest.fixture
def owner(app: Flask) -> Visitor:
    """An owner of a studio that is in use."""
    furnish(app, "")
    return log_in_without_hashing(app, users.authenticate("kari@example.no", PASSWORD, now=clock.now()))


def empty(_field: Field) -> str:
    return ""


def too_long(_field: Field) -> str:
    return TOO_LONG


@pytest.mark.parametrize("fill", [empty, too_long])
def test_refused_form_says_what_is_wrong_by_the_field_and_above(
    owner: Visitor, fill: Callable[[Field], str]
) -> None:
    refused, found = [], {}
    for path, page in list(walk(owner, "/sites/butikken/")):
        # What a page asks for in place has a session to lose and counts guesses: it is tried elsewhere.
        posted = [form for form in page.forms if form.method == "post" and form.typed]
        logins = ("/studio/login", "/studio/login/factor", "/studio/confirm")
        actions = [form.action for form in posted if form.action not in logins]
        for action in actions:
            # As it stands now: forms before it may have changed what it is about, or ended it.
            form = form_at(owner, path, action)
            if form is None:
                continue
            answer = send(owner, path, form, fill)
            assert answer.status_code in (200, 201, 303, 409, 422), (path, action, answer.status_code)
            if answer.status_code in (409, 422):
                refused.append(action or path)
                if wrong := faults(owner, answer):
                    found[f"{path} {action}"] = wrong
    assert found == {}
    assert len(refused) > 15


def send(owner: Visitor, path: str, form: Form, fill: Callable[[Field], str]) -> TestResponse:
    action = form.action.removeprefix("/studio") or path
    places = count()
    data = form.data(lambda field: fill(field) if next(places) < MOST else field.value)
    return owner.client.post(f"/studio{action}", data=data)


def faults(owner: Visitor, answer: TestResponse) -> list[str]:
    """What a refused form does not tell as it should."""
    page, found = Page(answer.text), []
    if not page.title.startswith("Not saved: "):
        found.append(f"title {page.title}")
    if missing := page.errors - page.described:
        found.append(f"errors of no field {missing}")
    found += [f"invalid without an error: {by}" for by in page.invalid if "-error" not in by]
    above_it = re.search(r'id="problems".*?</ul>', answer.text, re.DOTALL)
    if not above_it:
        return [*found, "nothing above the form"]
    above = Page(above_it[0].partition(">")[2])
    found += [f"leads nowhere: {link}" for link in above.links if not leads(owner, link, page)]
    # The domains of the site look like paths of the document.
    if raw := RAW_PATH.search(" ".join(above.words).replace(TOO_LONG, "").replace("www.butikken.no", "")):
        found.append(f"a place as the document has it: {raw[0]}")
    return found


def leads(owner: Visitor, link: str, page: Page) -> bool:
    """Whether a link leads to a field of the page, or to another page of the studio."""
    if link.startswith("#"):
        return link[1:] in page.ids
    return owner.get(link.removeprefix("/studio"), follow_redirects=True).status_code == 200


SAID = re.compile(r'<p class="notice notice-success">.*?<span>(.*?)</span>', re.DOTALL)
SENTENCES = re.compile(r"[.?](?:\s|$)")


def test_what_loses_something_says_before_and_after_what_is_lost(owner: Visitor) -> None:
    """Before: a question, and what goes with it. After: what became of it."""
    with transaction():
        # The first of the list, who is not the last owner.
        users.create_user("anne@example.no", "owner", password=PASSWORD, site_ids=None, now=clock.now())
    pressed = []
    for path, page in list(walk(owner, "/sites/butikken/")):
        for action in [form.action for form in page.forms if form.dangers]:
            form = form_at(owner, path, action)
            if form is None or not form.dangers:
                continue
            question = form.questions[0] or form.text
            assert "?" in question or path.endswith("/erase"), (path, action)
            assert len(SENTENCES.findall(question)) > 1, (path, question)
            answer = owner.client.post(
                f"/studio{action.removeprefix('/studio') or path}",
                data=form.pressed(form.dangers[0]),
                follow_redirects=True,
            )
            assert answer.status_code == 200, (path, action)
            assert SAID.search(answer.text), (path, action)
            pressed.append(action or path)
    assert len(pressed) > 8


LISTS = (
    "banner/services", "banner/notice/activities", "banner/notice/processors", "draft/history", "versions",
    "analytics", "consents", "requests", "register?of=draft&state=missing", "messages", "messages/log",
    "tokens", "trail",
)  # fmt: skip
"""Pages that list something, of which a new site has nothing."""


def test_a_list_with_nothing_in_it_says_what_it_is_for_and_what_to_do_next(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    owner = as_role("owner")
    for path in LISTS:
        answer = owner.get(f"/sites/{site.key}/{path}")
        found = re.search(r'<div class="empty.*?</div>', answer.text, re.DOTALL)
        assert found, path
        empty_state, page = Page(found[0]), Page(answer.text)
        assert re.search(r"<h\d>[^<]+</h\d>\s*<p>[^<]+\.\s*</p>", found[0]), path
        assert [link for link in empty_state.links if leads(owner, link, page)], path
