"""Whatever staff type is text: no page of the studio, no public page and no banner takes it for markup."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, expect
from werkzeug.test import TestResponse

from server.accounts.service import users
from server.core import clock
from server.core.db import transaction
from server.core.errors import Invalid
from server.embed import service as embed
from server.sites import pausing
from server.sites import service as sites
from server.sites.values import Site
from server.studio.draft import form_binding
from tests.studio.conftest import PASSWORD, Visitor, log_in_without_hashing
from tests.studio.test_browser import KARI, Studio, studio  # noqa: F401
from tests.studio.walking import Field, Form, Page, form_at, walk

pytestmark = [pytest.mark.browser, pytest.mark.servers]

MARKUP = (
    "\"'><img src=x onerror=alert(1)>",
    "</script><svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><b onmouseover=alert(1)>x</b>",
    "javascript:alert(1)//",
    "${alert(1)}{{1337*7}}",
)
"""What becomes markup, a script or a sum where a page does not escape it."""
TAKEN_FOR_MARKUP = re.compile(
    r"<img src=x|<svg onload|<script>alert|<b onmouse|href=[\"']?\s*javascript:|\b9359\b", re.IGNORECASE
)
LOOKED_AT = (
    "/studio/sites", "/studio/sites/butikken/", "/studio/sites/butikken/banner/texts",
    "/studio/sites/butikken/banner/services",
    "/studio/sites/butikken/banner/known-services?q=%3Cimg%20src=x%3E",
    "/studio/sites/butikken/banner/notice/sections/security", "/studio/sites/butikken/publish",
    "/studio/sites/butikken/compare", "/studio/sites/butikken/analytics?by=language",
    "/studio/sites/butikken/preview", "/studio/sites/butikken/banner/notice/preview", "/studio/trail",
    "/s/butikken/notice", "/s/butikken/cookies", "/s/butikken/my-choice",
)  # fmt: skip
"""Pages on which scripts handle what staff typed, and the public ones."""


@pytest.fixture
def owner(studio: Studio) -> Iterator[Visitor]:  # noqa: F811
    """An owner of the studio."""
    with studio.app.app_context():
        identity = users.authenticate("kari@example.no", PASSWORD, now=clock.now())
        yield log_in_without_hashing(studio.app, identity)


def type_markup(owner: Visitor, path: str, action: str) -> int:
    """Fill a form with markup; what it refuses keeps its value. Returns how many fields took it."""
    kept: set[str] = set()
    for _ in range(4):
        form = form_at(owner, path, action)
        if form is None:
            return 0
        answer = send(owner, path, form, kept)
        if answer.status_code not in (409, 422):
            return len([each for each in form.typed if each.name not in kept])
        refused = {error.removesuffix("-error") for error in Page(answer.text).errors}
        kept |= refused or {each.name for each in form.typed}
    return 0


def send(owner: Visitor, path: str, form: Form, kept: set[str]) -> TestResponse:
    def fill(each: Field) -> str:
        place = next(index for index, one in enumerate(form.typed) if one is each)
        return each.value if each.name in kept or each.kind == "color" else MARKUP[place % len(MARKUP)]

    action = form.action.removeprefix("/studio") or path
    return owner.client.post(f"/studio{action}", data=form.data(fill))


def publish_markup(site: Site) -> int:
    """Publish a banner in which every text begins with markup, if rules allow it. Returns how many do."""
    document = sites.draft(site.id).document
    names = form_binding.fields_of(document, *((part,) for part in document if part != "schema"))
    texts = {
        name: f"{MARKUP[place % len(MARKUP)]} {value}"
        for place, (name, path) in enumerate(names.items())
        if isinstance(value := form_binding.value_at(document, path), str) and value
    }
    while True:
        try:
            draft = sites.draft(site.id)
            with transaction():
                changed = form_binding.bind(document, texts, names)
                sites.save_draft(site.id, changed, by="tests", now=clock.now())
                sites.publish(site.id, note=MARKUP[0], by="tests", now=clock.now())
        except Invalid as fault:
            refused, others = form_binding.errors_by_field(fault.errors, names)
            assert not others, draft.revision
            assert refused.keys() & texts.keys(), refused
            texts = {name: text for name, text in texts.items() if name not in refused}
        else:
            return len(texts)


def type_everywhere(owner: Visitor) -> int:
    """Type markup into every form; returns how many fields took it."""
    taken = 0
    for path, page in list(walk(owner, "/sites/butikken/")):
        for form in page.forms:
            # Passwords are shown nowhere, and a new one ends the session; rolling back undoes the markup.
            # Nobody may try to log in so often.
            if form.action == "/studio/login":
                continue
            if form.method == "post" and form.typed and not {"account", "rollback"} & set(path.split("/")):
                taken += type_markup(owner, path, form.action)
    return taken


def test_what_staff_type_is_text_wherever_it_is_read(
    owner: Visitor,
    browser: Browser,
    studio: Studio,  # noqa: F811
) -> None:
    taken = publish_markup(sites.find("butikken")) + type_everywhere(owner)
    assert taken > 150
    # A note was typed into the form that pauses the site, too: then no visitor has a banner to read.
    with transaction():
        pausing.resume(sites.find("butikken").id)
    embed.forget()

    for path, _page in walk(owner, "/sites/butikken/"):
        assert not (found := TAKEN_FOR_MARKUP.search(owner.get(path).text)), (path, found)
    for path in LOOKED_AT:
        text = owner.client.get(path).text
        assert not (found := TAKEN_FOR_MARKUP.search(text)), (path, found)
    assert "alert(1)" in owner.client.get("/s/butikken/cookies").text

    # And no script makes markup of it: nothing but that would open a dialog, since no policy forbids it here.
    opened: list[str] = []
    context = studio.enter(browser, KARI, bypass_csp=True)
    tab = context.new_page()

    def note(dialog: Dialog) -> None:
        opened.append(tab.url)
        dialog.dismiss()

    tab.on("dialog", note)
    host = studio.address.removesuffix("/studio")
    for path in LOOKED_AT:
        tab.goto(host + path)
        for frame in tab.frames:
            frame.wait_for_load_state()
    tab.route(
        "**/a-page",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<!doctype html><title>A</title><script src="{host}/w/butikken.js"></script>',
        ),
    )
    tab.goto(f"{host}/a-page")
    tab.locator("[data-samtykke-action=settings]").first.click()
    expect(tab.locator("dialog#samtykke-settings")).to_be_visible()
    tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    context.close()
    assert opened == []
