"""The page of installation: whether the script is on the website, in words and with what mends it."""

import re
import string
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from limits import RateLimitItemPerHour

from server.catalog import service as catalog
from server.core import clock
from server.core.db import transaction
from server.core.guarded_fetch import Failed
from server.core.http import settings
from server.scanner import service as scanner
from server.scanner.values import CODES, Fault
from server.sites import known_services
from server.sites import service as sites
from server.sites.values import Site
from server.studio.installation import install, installation_words, snippets
from tests.scanner.answers import Web, html
from tests.studio.conftest import NOW, Visitor, make_publishable

PAGE = "http://www.butikken.no/"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """What answers instead of the internet."""
    made = Web({})
    monkeypatch.setattr(scanner, "getter", lambda *, allow_private: made)
    return made


def published(site: Site) -> None:
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)


def look(person: Visitor, site: Site, url: str = PAGE) -> str:
    answer = person.post(f"/sites/{site.key}/install", {"url": url}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def test_a_page_with_the_script_is_live_and_leads_to_the_debug_panel(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    editor = as_role("editor", site)
    published(site)
    web.pages[PAGE] = html(f'<head><script src="{settings().public_url}/w/{site.key}.js"></script>')
    text = look(editor, site)
    assert "Visitors are asked" in text
    assert f'href="{PAGE}?samtykke=debug"' in text
    assert "checked" in editor.get(f"/sites/{site.key}/").text


def test_what_is_wrong_is_said_with_its_line_and_what_mends_it(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    editor = as_role("editor", site)
    published(site)
    web.pages[PAGE] = html(
        '<head>\n<script src="https://connect.facebook.net/en_US/fbevents.js"></script>\n'
        f'<script src="{settings().public_url}/w/{site.key}.js"></script>'
    )
    text = look(editor, site)
    for words in (
        "Meta Pixel",
        "loads before the script",
        "Move the script tag above it.",
        "Line 2 of the page",
    ):
        assert words in text
    overview = editor.get(f"/sites/{site.key}/").text
    assert "Visitors are not asked as they should be." in overview
    assert f"/studio/sites/{site.key}/install#live" in overview


def changed(site: Site, **behaviour: object) -> None:
    """Publish a banner that behaves otherwise."""
    stored = sites.draft(site.id).document
    document: Any = {**stored, "behaviour": {**stored["behaviour"], **behaviour}}
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
        sites.publish(site.id, note="", by="tests", now=NOW)


def test_google_analytics_before_a_late_tag_is_named_with_what_mends_it(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    editor = as_role("editor", site)
    published(site)
    changed(site, consent_mode="basic")
    web.pages[PAGE] = html(
        "<head>\n<script>function gtag(){dataLayer.push(arguments)} gtag('js', new Date());\n"
        "gtag('config', 'G-ABC123');</script>\n</head><body>\n"
        f'<script src="{settings().public_url}/w/{site.key}.js"></script>'
    )
    text = look(editor, site)
    assert "Visitors are not asked as they should be" in text
    stands = "The script tag stands after \u2068Google Analytics\u2069"
    for words in (
        f"{stands}, so Google’s tags start before consent is set.",
        "first in the head of the page.",
        "Line 2 of the page",
    ):
        assert words in text
    assert "is not in the head" not in text, "one fault is said once"


def test_instructions_say_of_async_what_is_true_of_this_banner(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    editor = as_role("editor", site)
    published(site)

    def said() -> list[str]:
        pages = (f"/sites/{site.key}/install", f"/sites/{site.key}/setup/install")
        return re.findall(r"<code>async</code>[^<]*(?:<code>defer</code>)?[^<]*", "".join(map(plain, pages)))

    def plain(path: str) -> str:
        return editor.get(path).text

    assert said() == ["<code>async</code> works too."] * 2
    changed(site, automatic_blocking=True)
    assert ["automatic blocking is on" in one for one in said()] == [True, True]
    changed(site, consent_mode="basic")
    assert ["Consent Mode is on" in one for one in said()] == [True, True]


YOUTUBE = '<iframe src="https://www.youtube.com/embed/x"></iframe>'


def with_youtube(site: Site, *, hosts: tuple[str, ...] = ("www.youtube.com",)) -> None:
    """Publish a banner that has YouTube."""
    stored = sites.draft(site.id).document
    known = catalog.find("youtube")
    document, _ = known_services.with_known(stored, [known], {})
    document["services"][-1]["hosts"] = list(hosts)
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
        sites.publish(site.id, note="", by="tests", now=NOW)


def ways(page: str) -> list[str]:
    """Where the faults of a page lead."""
    return [
        unescape(href)
        for row in re.findall(r'<span class="link-row">(.*?)</span>', page)
        for href in re.findall(r'href="([^"]*)"', row)
    ]


def test_a_service_that_does_not_wait_leads_to_where_that_is_mended(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    editor, base = as_role("editor", site), f"/studio/sites/{site.key}"
    published(site)
    web.pages[PAGE] = html(
        f'<head><script src="{settings().public_url}/w/{site.key}.js"></script></head>{YOUTUBE}'
    )
    text = look(editor, site)
    assert "Visitors are asked, but not everything waits for their answer" in text
    assert ways(text) == [f"{base}/banner/known-services/chosen?service=youtube"]
    assert editor.get(ways(text)[0].removeprefix("/studio")).status_code == 200
    with_youtube(site)
    text = look(editor, site)
    marking = f"{base}/install/html#marking"
    assert ways(text) == [marking, f"{base}/banner/behaviour#behaviour.automatic_blocking"]
    assert 'id="marking"' in text
    # Who may not edit is shown how to mark it all the same.
    assert ways(as_role("auditor", site).get(f"/sites/{site.key}/install").text) == [marking]
    stored = sites.draft(site.id).document
    document: Any = {**stored, "behaviour": {**stored["behaviour"], "automatic_blocking": True}}
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
    assert ways(look(editor, site)) == [marking, f"{base}/publish"], "it is on in the draft already"
    changed(site, automatic_blocking=True)
    assert "Visitors are asked<" in look(editor, site)


def test_automatic_blocking_that_lacks_a_host_leads_to_the_hosts_of_the_service(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    editor = as_role("editor", site)
    published(site)
    with_youtube(site, hosts=("other.example",))
    changed(site, automatic_blocking=True)
    web.pages[PAGE] = html(
        f'<head><script src="{settings().public_url}/w/{site.key}.js"></script></head>{YOUTUBE}'
    )
    [way] = ways(look(editor, site))
    page, _, anchor = way.removeprefix("/studio").partition("#")
    assert f'id="{anchor}"' in editor.get(page).text
    assert anchor.endswith(".hosts")


@pytest.mark.parametrize("platform", snippets.PLATFORMS)
def test_every_platform_says_how_something_is_made_to_wait(
    as_role: Callable[..., Visitor], site: Site, platform: str
) -> None:
    assert (
        as_role("auditor", site).get(f"/sites/{site.key}/install/{platform}").text.count('id="marking"') == 1
    )


def test_a_check_of_an_earlier_version_is_said_to_be_one(
    as_role: Callable[..., Visitor], site: Site, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = as_role("editor", site)
    published(site)
    web.pages[PAGE] = html("<p>no tag")
    assert "Visitors are not asked as they should be" in look(editor, site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=clock.now() + timedelta(minutes=1))
    for path in ("install", "setup/install"):
        page = editor.get(f"/sites/{site.key}/{path}").text
        assert "Version 2 is not checked yet" in page
        assert "checked again by itself within a few minutes" in page
        assert "Visitors are not asked as they should be" not in page
        assert "What that check found" in page


def test_a_page_that_does_not_answer_is_explained(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    web.pages[PAGE] = Failed("certificate_invalid", "www.butikken.no has no valid certificate for this name")
    assert "Its host has no valid certificate for this name." in look(as_role("developer", site), site)


@pytest.mark.parametrize("url", ["https://other.example/", "javascript:alert(1)", ""])
def test_other_addresses_are_refused_at_the_field_and_kept(
    as_role: Callable[..., Visitor], site: Site, web: Web, url: str
) -> None:
    answer = as_role("editor", site).post(f"/sites/{site.key}/install", {"url": url})
    assert (answer.status_code, web.asked) == (422, [])
    assert 'id="url-error"' in answer.text
    assert f'value="{url}"' in answer.text or not url


def test_markup_of_the_website_is_text(as_role: Callable[..., Visitor], site: Site, web: Web) -> None:
    editor = as_role("editor", site)
    published(site)
    web.pages[PAGE] = html(
        f'<script src="{settings().public_url}/w/<img src=x onerror=alert(1)>.js"></script>'
    )
    assert "<img src=x" not in look(editor, site)


def test_pages_of_a_site_are_looked_at_so_often_and_no_oftener(
    as_role: Callable[..., Visitor], site: Site, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "CHECKS", RateLimitItemPerHour(2, 1, "tests_installation_check"))
    editor = as_role("editor", site)
    answers = [editor.post(f"/sites/{site.key}/install", {"url": PAGE}).status_code for _ in range(3)]
    assert answers == [303, 303, 429]


def test_auditors_see_what_was_found_and_cannot_look_again(
    as_role: Callable[..., Visitor], site: Site, web: Web
) -> None:
    auditor = as_role("auditor", site)
    assert "Check now" not in auditor.get(f"/sites/{site.key}/install").text
    assert auditor.post(f"/sites/{site.key}/install", {"url": PAGE}).status_code == 403


PLACES = (
    *("service", "host", "key", "status", "type", "first", "other", "attribute"),
    *("directive", "origin", "element", "reason", "sentence"),
)


def test_every_fault_has_words_for_its_facts() -> None:
    assert set(installation_words.WORDS) == set(CODES)
    for code in CODES:
        said = installation_words.said(Fault(code, dict.fromkeys(PLACES, "x"), 3))
        assert "%(" not in said.what + said.mend
        assert said.what.rstrip()[-1] in string.punctuation
