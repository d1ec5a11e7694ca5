import re
import sys
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core.db import transaction
from server.demo import parties, service, words
from server.embed import service as embed
from tests.conftest import PUBLIC_URL
from tests.embed.conftest import NOW

PAGES = [
    "/demo/",
    "/demo/pledd",
    "/demo/votter",
    "/demo/lue",
    "/demo/sokker",
    "/demo/inspirasjon",
    "/demo/kundeservice",
    "/demo/personvern",
]


@pytest.mark.parametrize("path", [*PAGES, "/demo/seen.json", "/demo/third-party/praten/start.js"])
def test_where_the_demo_is_off_it_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_way_in_leads_to_the_shop_or_to_the_studio(shop: FlaskClient, app: Flask) -> None:
    assert shop.get("/").location == "/demo/"


def test_without_the_shop_the_way_in_leads_to_the_studio(client: FlaskClient) -> None:
    assert client.get("/").location == "/studio/"


def test_a_new_visitor_of_any_of_the_shops_languages_gets_it_in_one_small_request(
    shop: FlaskClient, built_widget: None
) -> None:
    with transaction():
        service.seed(PUBLIC_URL, now=NOW)
    with shop.get("/w/demo.js", headers={"Accept-Encoding": "br"}) as script:
        assert len(script.data) <= 7_300
        assert len(script.data) + len(str(script.headers)) <= 8_000
        code = brotli.decompress(script.data)
    assert all(f'"language":"{language}"'.encode() in code for language in words.LANGUAGES)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_page_embeds_the_banner_as_a_customer_would(shop: FlaskClient, path: str, language: str) -> None:
    html = shop.get(f"{path}?lang={language}").get_data(as_text=True)

    assert f'<html lang="{language}">\n<head>\n  <script src="{PUBLIC_URL}/w/demo.js"></script>' in html
    third = "http://localhost:8000/demo/third-party"
    assert (
        '<script type="text/plain" data-consent="statistics" data-consent-service="tellekanten" '
        f'src="{third}/tellekanten/tell.js"></script>' in html
    )
    assert f'data-consent-src="{third}/plakatveggen/plakat.gif' in html
    assert '<a href="#" data-consent-open>' in html
    assert "style=" not in html
    # Everything of the stand-ins' is marked, or the reader's own click.
    loaded = re.findall(r'<(?:script|img|iframe|link)[^>]*\s(?:src|href)="http://localhost[^>]*>', html)
    assert all("data-consent=" in tag for tag in loaded)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_privacy_page_leads_to_the_sites_own_pages_which_answer(
    shop: FlaskClient, built_widget: None, language: str
) -> None:
    with transaction():
        service.seed(PUBLIC_URL, now=NOW)
    html = shop.get(f"/demo/personvern?lang={language}").get_data(as_text=True)

    pages = re.findall(rf'<a href="{PUBLIC_URL}(/s/demo/[^"?]+)\?lang={language}"', html)
    assert set(pages) == {f"/s/demo/{each}" for each in ("notice", "notice/versions", "request", "my-choice")}
    for each in set(pages):
        assert shop.get(f"{each}?lang={language}").status_code == 200, each
    # Without JavaScript the place of the declaration holds what is stored.
    fallback = html[html.index("data-samtykke-declaration>") : html.index('id="more"')]
    assert "ullvaer_kurv" in fallback


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_links_keep_the_language(shop: FlaskClient, language: str) -> None:
    html = shop.get(f"/demo/?lang={language}").get_data(as_text=True)
    main = html[: html.index('class="languages"')] + html[html.index("<main") :]

    links = re.findall(r'href="(/demo/[^"]*)"', main)

    assert len(links) > 8
    assert all(("lang=" + language in link) is (language != "nb") for link in links)


def test_an_unknown_language_is_the_shops_own(shop: FlaskClient) -> None:
    for wish in ("se", "", "<script>", "nb-NO"):
        answer = shop.get("/demo/", query_string={"lang": wish})
        assert answer.status_code == 200
        assert '<html lang="nb">' in answer.get_data(as_text=True)


def test_the_policy_lets_in_the_stand_ins_and_nothing_unsafe(shop: FlaskClient) -> None:
    policy = shop.get("/demo/").headers["Content-Security-Policy"]

    directives = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
    assert "http://localhost:8000" in directives["script-src"]
    assert "http://localhost:8000" in directives["frame-src"]
    assert "http://localhost:8000" in directives["img-src"]
    assert "unsafe" not in policy


def test_under_the_stand_ins_name_the_shop_sends_visitors_to_its_own(shop: FlaskClient) -> None:
    answer = shop.get("/demo/pledd?lang=nn", headers={"Host": "localhost:8000"})

    assert answer.status_code == 302
    assert answer.location == "http://127.0.0.1:8000/demo/pledd?lang=nn"


@pytest.mark.parametrize(
    ("public", "elsewhere"),
    [
        ("http://127.0.0.1:8000", "http://localhost:8000"),
        ("http://localhost:5000", "http://127.0.0.1:5000"),
        ("http://localhost", "http://127.0.0.1"),
        ("https://consent.example.no", "https://consent.example.no"),
        ("http://192.168.1.5:8000", "http://192.168.1.5:8000"),
    ],
)
def test_the_stand_ins_live_under_the_other_loopback_name(public: str, elsewhere: str) -> None:
    assert parties.origin(public) == elsewhere


def test_each_stand_in_counts_its_requests_and_nothing_else(shop: FlaskClient, tmp_path: Path) -> None:
    for _ in range(3):
        shop.get("/demo/third-party/praten/start.js")
    shop.get("/demo/third-party/tellekanten/tell.js")
    shop.get("/demo/third-party/tellekanten/treff.gif?besok=somebody&side=/demo/")
    shop.get("/demo/third-party/plakatveggen/plakat.gif?side=/demo/")
    shop.get("/demo/third-party/lerretet/spiller")

    assert shop.get("/demo/seen.json").json == {
        "praten": {"script": 3},
        "lerretet": {"player": 1},
        "tellekanten": {"script": 1, "hit": 1},
        "plakatveggen": {"pixel": 1},
    }
    assert {file.read_bytes().strip(b".") for file in (tmp_path / "demo").iterdir()} == {b""}


def test_the_pixel_gives_a_browser_a_number_that_other_sites_would_get_too(shop: FlaskClient) -> None:
    answer = shop.get("/demo/third-party/plakatveggen/plakat.gif")

    cookie = answer.headers["Set-Cookie"]
    assert answer.content_type == "image/gif"
    assert answer.data.startswith(b"GIF89a")
    assert re.match(r"plakat_id=[\w-]{22}; ", cookie)
    assert "Max-Age=7776000" in cookie
    assert "SameSite=None" in cookie
    assert "Secure" in cookie
    again = shop.get("/demo/third-party/plakatveggen/plakat.gif", headers={"Cookie": cookie.split(";")[0]})
    assert again.headers["Set-Cookie"].split(";")[0] == cookie.split(";")[0]
    odd = shop.get("/demo/third-party/plakatveggen/plakat.gif", headers={"Cookie": "plakat_id=x"})
    assert odd.status_code == 200


def test_the_player_may_be_framed_by_the_shop_alone(shop: FlaskClient) -> None:
    policy = shop.get("/demo/third-party/lerretet/spiller").headers["Content-Security-Policy"]

    assert f"frame-ancestors 'self' {PUBLIC_URL}" in policy


@pytest.mark.parametrize("party", parties.PARTIES, ids=lambda party: party.key)
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_stand_in_says_what_it_is(shop: FlaskClient, party: parties.Party, language: str) -> None:
    html = shop.get(f"/demo/third-party/{party.key}/?lang={language}").get_data(as_text=True)

    assert party.name in html
    assert f'<html lang="{language}">' in html


def test_no_stand_in_loads_anything_that_is_not_there(shop: FlaskClient) -> None:
    assert shop.get("/demo/third-party/unknown/").status_code == 404
    assert shop.get("/demo/third-party/praten/tell.js").status_code == 404
    for path in ("demo/shop.css", "demo/panel.css", "demo/panel.js", "demo/shop.js", "demo/icon.svg"):
        with shop.get(f"/static/{path}") as answer:
            assert answer.status_code == 200


def test_the_demos_script_fits_into_its_budget(
    shop: FlaskClient, built_widget: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction():
        service.seed(PUBLIC_URL, now=NOW)

    made = embed.script("demo", public_url=PUBLIC_URL, now=NOW)
    part = next(part for part in made.chunks if part.name == "settings-nb.js")

    with capsys.disabled():
        sys.stdout.write(
            f"\ndemo script: {len(made.asset.identity)} bytes, gzip {len(made.asset.gzip)}, "
            f"brotli {len(made.asset.brotli)} of 7300; settings in bokmål: brotli {len(part.brotli)}\n"
        )
    assert len(made.asset.brotli) <= 7300
