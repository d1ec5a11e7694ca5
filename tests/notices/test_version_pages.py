"""The public history of a notice: what changed, when, and in which words."""

import copy
import gzip
import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.test import TestResponse

from server.core.canonical import canonical, content_hash
from server.core.db import db, transaction
from server.core.turns import Turns
from server.notices import kept_pages, pdf
from server.notices.service import history
from server.sites import experiments
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.models import BannerVersion
from server.sites.values import ExperimentResult, Planned, Site
from tests.chromium import AXE
from tests.notices.test_atom import ATOM, LANG, valid
from tests.serving import serving
from tests.sites.documents import in_every_language, publishable, service, with_services
from tests.sites.test_service import NOW

VERSIONS = "/s/shop/notice/versions"
ANNOUNCED = in_every_language("Vi teller nå besøk <b>selv</b>.\nIngenting blir delt.")


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        return sites.create("shop", "Butikken", ["shop.no"], by="kari@shop.no", now=NOW)


def publish(
    site: Site, document: Document, day: int = 0, announcement: Mapping[str, str] | None = None
) -> None:
    """Publish a document some days after the first one."""
    with transaction():
        moment = NOW + timedelta(days=day)
        sites.save_draft(site.id, document, by="kari@shop.no", now=moment)
        sites.publish(
            site.id, note="En intern merknad", announcement=announcement, by="kari@shop.no", now=moment
        )


def changed(document: Document, **controller: str) -> Document:
    """The document with another controller."""
    other: Any = copy.deepcopy(document)
    other["controller"].update(controller)
    return other  # type: ignore[no-any-return]


def restyled(document: Document, radius: int = 3) -> Document:
    """The document with another look."""
    other: Any = copy.deepcopy(document)
    other["appearance"]["radius"] = radius
    return other  # type: ignore[no-any-return]


@pytest.fixture
def four(shop: Site) -> Site:
    """A site with four versions: the second is announced, and the third has another look alone."""
    return with_four_versions(shop)


def with_four_versions(shop: Site) -> Site:
    publish(shop, publishable())
    publish(shop, with_services(service()), 5, ANNOUNCED)
    publish(shop, restyled(with_services(service())), 6)
    publish(shop, changed(restyled(with_services(service())), address="Storgata 10, 0155 Oslo"), 12)
    return shop


def words_of(answer: TestResponse) -> str:
    """The text of a page on one line."""
    body = re.sub(r"<style.*?</style>|<[^>]+>", " ", answer.text, flags=re.S)
    return " ".join(html.unescape(body).split())


def listed(answer: TestResponse) -> list[int]:
    """The numbers of the versions on a page of the history."""
    return [int(number) for number in re.findall(r'<h2 id="v(\d+)"', answer.text)]


# --- history ---------------------------------------------------------------------------------------------


def test_history_names_the_versions_that_changed_the_notice_newest_first(
    four: Site, client: FlaskClient
) -> None:
    answer = client.get(f"{VERSIONS}?lang=nb")
    assert answer.status_code == 200
    assert listed(answer) == [4, 2, 1]
    text = words_of(answer)
    assert "Versjon 4 Gjelder nå Gjelder fra 4. desember 2026." in text
    assert "Gjaldt fra 27. november 2026 til 4. desember 2026. Versjon 3 sier det samme." in text
    assert "Vi teller nå besøk <b>selv</b>. Ingenting blir delt." in text
    assert "Dette er den første versjonen." in text


def test_a_version_that_was_replaced_the_same_day_says_so(shop: Site, client: FlaskClient) -> None:
    publish(shop, publishable())
    publish(shop, with_services(service()))
    text = words_of(client.get(f"{VERSIONS}?lang=nb"))
    assert "Gjaldt 22. november 2026, og ble erstattet samme dag." in text
    assert "Gjelder fra 22. november 2026." in text
    old = words_of(client.get(f"{VERSIONS}/1?lang=nn"))
    assert "Dette er versjon 1, som galdt 22. november 2026 og blei bytt ut same dagen." in old


def test_history_is_in_the_languages_of_the_banner(four: Site, client: FlaskClient) -> None:
    for language, title in (
        ("nn", "Versjonar av personvernerklæringa"),
        ("en", "Versions of the privacy notice"),
    ):
        answer = client.get(f"{VERSIONS}?lang={language}")
        assert title in words_of(answer)
        assert f'<html lang="{language}"' in answer.text


def test_notes_and_names_of_staff_are_not_public(four: Site, client: FlaskClient) -> None:
    for path in (VERSIONS, f"{VERSIONS}/2", f"{VERSIONS}/4/changes?from=1", "/s/shop/notice.atom"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "merknad" not in answer.text
        assert "kari@" not in answer.text


def test_variants_of_experiments_are_not_listed(shop: Site, client: FlaskClient) -> None:
    publish(shop, publishable())
    variant = publishable()
    variant["texts"]["nb"]["title"] = "Er det greit?"
    with transaction():
        sites.save_draft(shop.id, variant, by="x", now=NOW)
        experiments.start(shop.id, Planned(28, 1.0, None), by="x", now=NOW)
    assert listed(client.get(VERSIONS)) == [1]
    for number in (1, 2):
        page = words_of(client.get(f"{VERSIONS}/{number}?lang=nb"))
        assert f"Versjon {number}, gjelder fra 22. november 2026" in page, "both are in force while it runs"
    with transaction():
        experiments.end(shop.id, 1, ExperimentResult("undecided", 28, -0.1, 0.1), by="x", now=NOW)
    publish(shop, changed(publishable(), name="Kjøpmannen AS"), 40)
    assert listed(client.get(VERSIONS)) == [4, 1]
    assert "fjernet: Butikken nytt: Kjøpmannen AS" in words_of(client.get(f"{VERSIONS}/4/changes?lang=nb"))


def test_long_history_is_read_page_by_page_and_each_page_says_until_when(
    shop: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "COMPARED", 3)
    document = publishable()
    for number in range(1, 12):
        # Every third version has another look alone.
        document = (
            restyled(document, number) if number % 3 == 0 else changed(document, address=f"Vei {number}")
        )
        publish(shop, document, number)
    found: list[int] = []
    sentences: list[str] = []
    path: str | None = f"{VERSIONS}?lang=nb"
    while path:
        answer = client.get(path)
        found += listed(answer)
        sentences += re.findall(r"Gj[ae]ld\w* fra [^.]+\. \w+ \d+( til [^.]+\. \w+ \d+)?\.", words_of(answer))
        older = re.search(r'href="([^"]*before=[^"]*)" rel="next"', answer.text)
        path = html.unescape(older[1]) if older else None
    assert found == [11, 10, 8, 7, 5, 4, 2, 1]
    assert [bool(until) for until in sentences] == [False, *[True] * 7]


def test_page_of_the_history_is_refused_without_a_number_and_empty_before_the_first_version(
    four: Site, client: FlaskClient
) -> None:
    for before in ("x", "", "0", "-1", "1.5", "9" * 30):
        assert client.get(VERSIONS, query_string={"before": before}).status_code == 422, before
    assert listed(client.get(f"{VERSIONS}?before=1")) == []
    assert listed(client.get(f"{VERSIONS}?before=999999999")) == [2, 1]


def test_history_has_an_etag_that_changes_with_the_next_version(four: Site, client: FlaskClient) -> None:
    first = client.get(f"{VERSIONS}?lang=nb")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{VERSIONS}?lang=nb", headers=tag).status_code == 304
    publish(four, changed(publishable(), name="Kjøpmannen AS"), 20)
    assert client.get(f"{VERSIONS}?lang=nb", headers=tag).status_code == 200


def test_site_that_is_unknown_or_has_published_nothing_has_no_history(
    shop: Site, client: FlaskClient
) -> None:
    for path in ("/notice/versions", "/notice/versions/1", "/notice/versions/1/changes", "/notice.atom"):
        assert client.get(f"/s/shop{path}").status_code == 404
        assert client.get(f"/s/nowhere{path}").status_code == 404


# --- differences -----------------------------------------------------------------------------------------


def test_differences_mark_the_words_that_changed(four: Site, client: FlaskClient) -> None:
    answer = client.get(f"{VERSIONS}/4/changes?lang=nb")
    assert answer.status_code == 200
    assert "Versjon 4 (fra 4. desember 2026) sammenlignet med versjon 3 (fra 28. november 2026)." in words_of(
        answer
    )
    assert re.search(
        r"Storgata <del>.*fjernet: </span>1</del><ins>.*nytt: </span>10</ins>, 0155", answer.text
    )


def test_differences_between_any_two_versions_are_shown(four: Site, client: FlaskClient) -> None:
    forward = client.get(f"{VERSIONS}/2/changes?from=1&lang=en").text
    backward = client.get(f"{VERSIONS}/1/changes?from=2&lang=en").text
    assert "_count" in forward
    # Each cell of a row of a table is on a line of its own.
    assert re.search(r"Counter\nPurpose: ", html.unescape(forward)) or "Counter: _count\nPurpose:" in forward
    assert forward.count("<ins>") == backward.count("<del>") > 0
    same = client.get(f"{VERSIONS}/3/changes?from=2&lang=en")
    assert "The privacy notice says the same in both versions." in words_of(same)
    assert "there is no earlier one" in words_of(client.get(f"{VERSIONS}/1/changes?lang=en"))


def test_comparing_with_no_version_is_refused_and_what_was_typed_stays(
    four: Site, client: FlaskClient
) -> None:
    wrong = {"99": 404, "0": 404, "x": 422, "-1": 422, "1.5": 422, "<b>": 422, "9" * 40: 422}
    for typed, status in wrong.items():
        answer = client.get(f"{VERSIONS}/2/changes", query_string={"from": typed, "lang": "nb"})
        assert answer.status_code == status, typed
        assert 'id="from-fault"' in answer.text
        assert f'value="{html.escape(typed)}"' in answer.text


def test_what_staff_wrote_is_text_in_all_of_it(shop: Site, client: FlaskClient) -> None:
    attack = """<script>alert(1)</script>'"><img src=x onerror=alert(1)>{0.__class__}{name}"""
    publish(shop, publishable())
    hostile: Any = with_services(
        service(name=attack[:60], provider=attack, purpose=in_every_language(attack))
    )
    hostile["notice"]["sections"][0]["heading"] = in_every_language(attack)
    publish(shop, changed(hostile, name=attack), 1, in_every_language(attack))
    publish(shop, publishable(), 2)
    for path in (VERSIONS, f"{VERSIONS}/2/changes", f"{VERSIONS}/3/changes", f"{VERSIONS}/2/changes?from=3"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "&lt;script&gt;alert(1)" in answer.text
        assert not re.search(r"<script|<img", answer.text), path
    root = valid(client.get("/s/shop/notice.atom").data)
    contents = [entry.findtext(f"{ATOM}content") or "" for entry in root.findall(f"{ATOM}entry")]
    assert any("&lt;script&gt;" in content for content in contents)
    assert not any("<script" in content for content in contents)


def test_page_in_another_language_is_about_the_same(four: Site, client: FlaskClient) -> None:
    for path in (f"{VERSIONS}/4/changes?from=1", f"{VERSIONS}?before=2"):
        page = html.unescape(client.get(f"{path}&lang=nb").text)
        assert f'hreflang="nn" href="http://127.0.0.1:8000{path}&lang=nn"' in page
        assert f'rel="canonical" href="http://127.0.0.1:8000{path}&lang=nb"' in page


# --- permanent addresses ---------------------------------------------------------------------------------


def outdated(site: Site, number: int, moment: datetime) -> None:
    """Store a version as an early release did, whose document had fewer keys."""
    document: Any = copy.deepcopy(publishable())
    for service_ in document["services"]:
        for key in ("data", "transfer_basis", "retention"):
            service_.pop(key, None)
    document["controller"].pop("country", None)
    document["notice"] = {"sections": [{"key": "about", "heading": {"nb": "Om oss"}, "body": {"nb": "Hei."}}]}
    row = {
        "site_id": site.id,
        "number": number,
        "document": canonical(document).decode(),
        "content_hash": content_hash(document),
        "change": "text",
        "scope_changes": "[]",
        "numbering": json.dumps({"slots": {}, "since": {}, "service_slots": {}, "service_since": {}}),
        "note": "",
        "published_at": moment,
        "published_by": "kari@shop.no",
    }
    with transaction():
        db.session.execute(sa.insert(BannerVersion).values(row))


def links(answer: TestResponse) -> Iterator[str]:
    """The addresses on this server that a page links to."""
    for found in re.findall(r'<(?:a|link)\b[^>]*\bhref="([^"#]+)', answer.text):
        parts = urlsplit(html.unescape(found))
        if parts.scheme in ("", "http") and parts.netloc in ("", "127.0.0.1:8000"):
            yield f"{parts.path}?{parts.query}"


def test_every_version_ever_published_has_its_page_also_older_than_todays_document(
    shop: Site, client: FlaskClient
) -> None:
    outdated(shop, 1, NOW)
    publish(shop, publishable(), 3)
    for number in (1, 2):
        assert client.get(f"{VERSIONS}/{number}?lang=nb").status_code == 200
    assert "Om oss" in client.get(f"{VERSIONS}/1?lang=nb").text
    assert listed(client.get(VERSIONS)) == [2, 1]
    assert client.get(f"{VERSIONS}/2/changes?lang=en").status_code == 200


def test_no_link_of_the_history_leads_nowhere(four: Site, client: FlaskClient) -> None:
    pages = (f"{VERSIONS}?lang=nb", f"{VERSIONS}/4/changes?lang=nb&from=1", f"{VERSIONS}/2?lang=en")
    found = {link for path in pages for link in links(client.get(path))}
    assert {f"{VERSIONS}/2/changes?lang=nb", "/s/shop/notice.atom?lang=nb"} < found
    # The file of the notice takes seconds to make, and is tried where it is made.
    for link in sorted(link for link in found if ".pdf" not in link):
        with client.get(link) as answer:
            assert answer.status_code == 200, link


# --- feed ------------------------------------------------------------------------------------------------


def test_feed_has_announced_and_small_changes(four: Site, client: FlaskClient) -> None:
    answer = client.get("/s/shop/notice.atom?lang=nb")
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    root = valid(answer.data)
    assert root.get(LANG) == "nb"
    assert root.findtext(f"{ATOM}title") == "Butikken AS: endringer i personvernerklæringen"
    entries = root.findall(f"{ATOM}entry")
    terms = [[each.get("term") for each in entry.findall(f"{ATOM}category")] for entry in entries]
    assert terms == [["small"], ["announced"], []]
    assert "besøk &lt;b&gt;selv" in (entries[1].findtext(f"{ATOM}content") or "")
    assert (
        entries[0].findtext(f"{ATOM}published") == root.findtext(f"{ATOM}updated") == "2026-12-04T12:00:00Z"
    )
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/s/shop/notice.atom?lang=nb", headers=tag).status_code == 304


def test_ids_of_the_feed_stay_the_same_and_differ_by_language(four: Site, client: FlaskClient) -> None:
    def ids(language: str) -> list[str | None]:
        root = valid(client.get(f"/s/shop/notice.atom?lang={language}").data)
        return [
            root.findtext(f"{ATOM}id"),
            *(each.findtext(f"{ATOM}id") for each in root.findall(f"{ATOM}entry")),
        ]

    before = ids("nb")
    publish(four, changed(publishable(), name="Kjøpmannen AS"), 20)
    assert ids("nb")[2:] == before[1:]
    assert not set(ids("nb")) & set(ids("en"))


def test_feed_keeps_the_newest_announcement_after_many_small_changes(
    four: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "COMPARED", 1)
    root = valid(client.get("/s/shop/notice.atom?lang=nb").data)
    titles = [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]
    assert titles == ["Personvernerklæringen, versjon 4", "Personvernerklæringen, versjon 2"]


# --- in a browser ----------------------------------------------------------------------------------------


@pytest.mark.browser
def test_history_and_differences_have_no_barriers_and_work_without_scripts(
    browser: Browser, tmp_path: Path
) -> None:
    with serving(tmp_path) as served:
        with served.app.app_context():
            with transaction():
                made = sites.create("shop", "Butikken", ["shop.no"], by="kari@shop.no", now=NOW)
            with_four_versions(made)
        context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 800})
        context.add_init_script(path=AXE)
        page = context.new_page()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for path in (
                f"{VERSIONS}?lang=nb",
                f"{VERSIONS}/4/changes?from=1&lang=nn",
                f"{VERSIONS}/4/changes?from=x",
            ):
                page.goto(served.address + path)
                page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
                found = page.evaluate("async () => (await axe.run(document)).violations.map(each => each.id)")
                assert found == [], (path, scheme)
                assert not page.evaluate(
                    "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                )
        context.close()
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{served.address}{VERSIONS}?lang=nb")
        page.get_by_role("link", name="Se hva som er endret i versjon 4").click()
        expect(page.get_by_role("insertion").first).to_be_visible()
        field = page.get_by_label("Nummeret på versjonen")
        field.fill("99")
        field.press("Enter")
        expect(field).to_have_accessible_description(
            "Det finnes ingen versjon 99. Skriv et nummer fra 1 til 4."
        )
        expect(field).to_have_value("99")
        field.fill("1")
        page.get_by_role("button", name="Vis forskjellene").click()
        expect(page.get_by_role("main")).to_contain_text("sammenlignet med versjon 1")
        context.close()


# --- expensive pages -------------------------------------------------------------------------------------

EXPENSIVE = (VERSIONS, f"{VERSIONS}/2/changes", "/s/shop/notice.atom")


@pytest.mark.parametrize("path", EXPENSIVE)
def test_an_expensive_page_is_made_once_until_the_site_or_its_versions_change(
    four: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    made: list[str] = []
    composed = history._Reading.passages

    def counting(reading: Any, version: Any) -> Any:
        made.append(reading.language)
        return composed(reading, version)

    monkeypatch.setattr(history._Reading, "passages", counting)
    history._fingerprints.cache_clear()
    first = client.get(f"{path}?lang=nb")
    assert first.status_code == 200
    once = len(made)
    assert once
    packed = client.get(f"{path}?lang=nb", headers={"Accept-Encoding": "br;q=1, gzip"})
    assert (packed.headers["Content-Encoding"], gzip.decompress(packed.data)) == ("gzip", first.data)
    assert packed.headers["ETag"] != first.headers["ETag"], "each coding is another representation"
    assert {"Accept-Encoding", "Accept-Language"} <= {*packed.vary}
    for answer in (first, packed):
        asked = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip;q=0"}
        if answer is packed:
            asked["Accept-Encoding"] = "gzip"
        assert client.get(f"{path}?lang=nb", headers=asked).status_code == 304
    assert len(made) == once
    client.get(f"{path}?lang=nn")
    assert "nn" in made[once:]
    publish(four, changed(publishable(), name="Kjøpmannen AS"), 20)
    later = client.get(f"{path}?lang=nb")
    assert later.status_code == 200
    assert path.endswith("changes") or later.data != first.data


def test_an_expensive_page_that_must_not_wait_any_longer_says_when_to_try_again(
    four: Site, app: Flask, client: FlaskClient
) -> None:
    pages = kept_pages._pages()
    pages.turns.longest_wait = 0.0
    with pages.turns.turn("pages"):
        for path in EXPENSIVE:
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert client.get("/s/shop/notice").status_code == 200
    assert [client.get(path).status_code for path in EXPENSIVE] == [200] * 3


def test_a_difference_too_long_for_a_page_says_how_much_is_left_out(shop: Site, client: FlaskClient) -> None:
    for number in (1, 2):
        document: Any = publishable()
        for index in range(12):
            body = "\n".join(f"{number}{line}" for line in range(1000))
            document["notice"]["sections"].append(
                {
                    "key": f"own{index}",
                    "heading": in_every_language("Mer"),
                    "body": in_every_language(body),
                    "hidden": False,
                }
            )
        publish(shop, document, number)
    answer = client.get(f"{VERSIONS}/2/changes?lang=nb")
    assert answer.status_code == 200
    assert "Utelatte linjer: 1000 i versjon 1, 1000 i versjon 2." in words_of(answer)
    assert len(answer.data) < 2_000_000


def test_who_waits_for_an_expensive_page_holds_no_connection(
    four: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    @contextmanager
    def turn(_turns: Turns, _what: str) -> Iterator[None]:
        held.append(db.session().in_transaction())
        yield

    def rendered(_html: str, _css: str) -> bytes:
        held.append(db.session().in_transaction())
        return b"%PDF-"

    monkeypatch.setattr(Turns, "turn", turn)
    monkeypatch.setattr(pdf, "rendered", rendered)
    for path in (*EXPENSIVE, "/s/shop/notice.pdf"):
        assert client.get(path).status_code == 200
    assert held == [False] * 4
