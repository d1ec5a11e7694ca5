"""The live preview's pages: who is visiting, what is blocked, and what was typed and is not saved."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from server.core.db import transaction
from server.sites import service as sites
from server.sites.values import Site
from server.studio.draft.preview_scenes import VISITS
from tests.sites.documents import service
from tests.studio.conftest import NOW, Visitor, make_publishable


@pytest.fixture
def editor(as_role: Callable[..., Visitor]) -> Visitor:
    return as_role("editor")


def store(site: Site, **parts: Any) -> None:
    with transaction():
        sites.save_draft(site.id, {**sites.draft(site.id).document, **parts}, by="tests", now=NOW)


@pytest.mark.parametrize("visit", VISITS)
def test_every_visitor_gets_a_page_in_a_cage(site: Site, editor: Visitor, visit: str) -> None:
    answer = editor.get(f"/sites/{site.key}/preview?visit={visit}")

    assert answer.status_code == 200
    assert f'data-visit="{visit}"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    assert not re.search("unsafe|connect-src|allow-same-origin", policy)


def test_a_visitor_that_there_is_not_is_one_who_comes_first(site: Site, editor: Visitor) -> None:
    assert 'data-visit="first"' in editor.get(f'/sites/{site.key}/preview?visit="><script>').text


def test_only_the_language_that_is_shown_is_sent(site: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{site.key}/preview?language=nn").text

    assert "settings-nn.js" in page
    assert "settings-nb.js" not in page
    assert "debug.js" not in page.split('"imports"')[1].split("</script>")[0]


def test_the_sample_page_blocks_content_of_the_service_that_is_edited(site: Site, editor: Visitor) -> None:
    store(site, services=[service(), service("ga4", name="GA4")])

    blocked = r'data-consent-service="(\w+)"'
    for query, key in (("", "counter"), ("?service=ga4", "ga4"), ("?service=nobody", "counter")):
        assert re.findall(blocked, editor.get(f"/sites/{site.key}/preview{query}").text) == [key]


def test_who_is_asked_again_is_asked_about_what_is_new_in_the_draft(site: Site, editor: Visitor) -> None:
    make_publishable(site)
    store(site, services=[service()])
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    path = f"/sites/{site.key}/preview?visit=again"
    assert "data-example" in editor.get(path).text

    store(site, services=[service(), service("ga4", name="GA4")])
    page = editor.get(path).text
    assert "data-example" not in page
    assert re.search(r'"key":"ga4","since":2', page)
    assert not re.search(r'"key":"counter","since":2', page)


def test_without_settings_that_load_the_banner_says_so(site: Site, editor: Visitor) -> None:
    imports = editor.get(f"/sites/{site.key}/preview?visit=offline").text.split('"imports"')[1]
    assert "settings-" not in imports.split("</script>")[0]


@pytest.mark.parametrize(("kind", "shown"), [("notice", "Hvem vi er, på våre ord"), ("cookies", "Telleren")])
def test_notice_and_declaration_are_of_what_was_typed(
    site: Site, editor: Visitor, kind: str, shown: str
) -> None:
    store(site, services=[service()])
    typed = {
        "notice.sections.who.heading.nb": "Hvem vi er, på våre ord",
        "services.counter.name": "Telleren",
        "services.counter.retention": "not a duration",
    }
    answer = editor.post(f"/sites/{site.key}/preview?page={kind}&language=nb", typed)

    assert answer.status_code == 200
    assert shown in answer.text
    assert "preview_frame.js" in answer.text
    assert "This is the draft" not in answer.text
    assert "sandbox allow-scripts" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_page_of_its_own_keeps_what_was_typed_and_nothing_else(site: Site, editor: Visitor) -> None:
    revision = str(sites.draft(site.id).revision)
    typed = {
        "texts.nb.title": 'Ikke "lagret" <ennå>',
        "texts.nb.nonsense": "x",
        "revision": revision,
        "do": "save",
    }
    page = editor.post(f"/sites/{site.key}/preview/full?state=settings&language=nn", typed)

    assert page.status_code == 200
    assert 'name="texts.nb.title" value="Ikke &#34;lagret&#34; &lt;ennå&gt;"' in page.text
    assert f'name="revision" value="{revision}"' in page.text
    assert "nonsense" not in page.text
    assert 'name="do"' not in page.text
    assert '<option value="settings" selected>' in page.text
    assert "Ikke" not in str(sites.draft(site.id).document)


def test_the_page_of_its_own_shows_the_stored_draft_where_nothing_was_typed(
    site: Site, editor: Visitor
) -> None:
    page = editor.get(f'/sites/{site.key}/preview/full?state="><script>&scheme=dark')

    assert page.status_code == 200
    assert "data-preview-fields" not in page.text
    assert '<option value="banner" selected>' in page.text
    assert '<option value="dark" selected>' in page.text


def test_each_language_is_offered_by_its_own_name(site: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{site.key}/banner/behaviour").text
    panel = page[page.index('id="preview-language"') :]

    names = dict(re.findall(r'<option value="(\w+)" lang="\w+"(?: selected)?>([^<]+)', panel))
    assert names == {"nb": "norsk bokmål", "nn": "norsk nynorsk", "en": "English"}


def test_a_language_that_is_written_from_the_right_turns_the_page_around(site: Site, editor: Visitor) -> None:
    texts, languages = f"/sites/{site.key}/banner/texts", f"/sites/{site.key}/banner/languages"
    editor.save(languages, {"code": "ar", "do": "add"}, at=texts)

    assert '<html lang="ar" dir="rtl">' in editor.get(f"/sites/{site.key}/preview?language=ar").text
    assert '<html lang="nb" dir="ltr">' in editor.get(f"/sites/{site.key}/preview?language=nb").text
