import base64
import copy
import gzip
import hashlib
import json
import re
import threading
from datetime import timedelta

import brotli
import flask
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from server.core import clock
from server.core.db import db, transaction
from server.core.errors import NotFound, Unavailable
from server.embed import build, cache, lazy_chunks, releases, service
from server.embed.models import Release
from server.embed.values import FLOATING, PREVIEW_KEY, Script
from server.sites import service as sites
from tests.conftest import PUBLIC_URL
from tests.embed.conftest import NOW, Publish, document

SHARED = {
    "Vary": "Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}
CODINGS = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}


def configuration(script: bytes) -> dict[str, object]:
    """The configuration in a script's one call; behind it comes the inline module with the small button."""
    tail = script.removeprefix(service.bundle().widget.rstrip())
    assert tail.startswith(b"(")
    end = b"," + service.bundle().inline_modules[FLOATING].rstrip() + b");\n"
    assert tail.endswith(end)
    value: dict[str, object] = json.loads(tail[1 : -len(end)])
    return value


def test_the_script_is_the_bundle_called_with_the_published_banner(
    client: FlaskClient, publish: Publish
) -> None:
    publish("Får vi?")

    answer = client.get("/w/shop.js")

    assert answer.status_code == 200
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == (
        "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
    )
    assert {name: answer.headers[name] for name in SHARED} == SHARED
    assert "Set-Cookie" not in answer.headers
    assert configuration(answer.data)["site"] == "shop"
    assert configuration(answer.data)["origin"] == PUBLIC_URL
    assert configuration(answer.data)["words"]["texts"][0] == "Får vi?"  # type: ignore[index]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.2, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("identity, br;q=0.5", "identity"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0", "identity"),
        ("*;q=0", "identity"),
        ("BR", "br"),
        ("br;q=nonsense, gzip;q=0.1", "gzip"),
        (",;q=,=;", "identity"),
        ("deflate, zstd", "identity"),
    ],
)
def test_the_visitors_best_coding_is_sent(
    client: FlaskClient, publish: Publish, accepted: str | None, coding: str
) -> None:
    publish()
    plain = client.get("/w/shop.js").data

    answer = client.get("/w/shop.js", headers={} if accepted is None else {"Accept-Encoding": accepted})

    assert answer.headers.get("Content-Encoding", "identity") == coding
    assert CODINGS[coding](answer.data) == plain
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_each_coding_has_its_own_strong_tag_and_is_not_sent_twice(
    client: FlaskClient, publish: Publish
) -> None:
    publish()
    tags = {}
    for coding in CODINGS:
        first = client.get("/w/shop.js", headers={"Accept-Encoding": coding})
        tags[coding] = first.headers["ETag"]
        again = client.get(
            "/w/shop.js", headers={"Accept-Encoding": coding, "If-None-Match": f'"other", {tags[coding]}'}
        )
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tags[coding]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert again.headers["Vary"] == "Accept-Encoding"
        assert "Content-Type" not in again.headers

    assert len(set(tags.values())) == 3
    assert all(re.fullmatch(r'"[0-9a-f]{10}(-br|-gzip)?"', tag) for tag in tags.values())
    stale = client.get("/w/shop.js", headers={"Accept-Encoding": "br", "If-None-Match": tags["gzip"]})
    assert stale.status_code == 200


def test_a_proxys_weak_form_of_the_tag_is_recognised(client: FlaskClient, publish: Publish) -> None:
    publish()
    tag = client.get("/w/shop.js").headers["ETag"]

    assert client.get("/w/shop.js", headers={"If-None-Match": f"W/{tag}"}).status_code == 304
    assert client.get("/w/shop.js", headers={"If-None-Match": "*"}).status_code == 304


def test_asking_for_the_headers_alone_works(client: FlaskClient, publish: Publish) -> None:
    publish()
    whole = client.get("/w/shop.js")

    head = client.head("/w/shop.js")

    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("known", [False, True])
def test_the_first_answer_and_those_from_memory_are_alike_and_need_no_flask(
    app: Flask,
    client: FlaskClient,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    coding: str,
    known: bool,
) -> None:
    publish()
    monkeypatch.setattr(clock, "now", lambda: NOW)  # memory is trusted for a second
    headers = {"Accept-Encoding": coding}
    if known:
        headers["If-None-Match"] = client.get("/w/shop.js", headers=headers).headers["ETag"]
        service.forget()
    dispatched = []

    def note(*_arguments: object, **_named: object) -> None:
        dispatched.append(1)

    with flask.request_started.connected_to(note, app):
        answers = [client.open("/w/shop.js", method=method, headers=headers) for _ in range(3)]

    assert dispatched == []
    assert {answer.status_code for answer in answers} == {304 if known else 200}
    assert len({tuple(answer.headers) for answer in answers}) == 1
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize("path", ["/w/shop.js", f"/w/shop/{'0' * 32}.js", f"/w/shop/{'0' * 16}/extra.js"])
def test_scripts_can_be_read_and_nothing_else(client: FlaskClient, publish: Publish, path: str) -> None:
    publish()
    wrong = client.post(path)
    assert (wrong.status_code, wrong.get_json()["reason"]) == (405, "method_not_allowed")
    asked = client.options(path)
    assert (asked.status_code, asked.data) == (200, b"")
    assert wrong.headers["Allow"] == asked.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/w//shop.js", "//w/shop.js", "///w///shop.js"])
def test_a_slash_too_many_does_no_harm(client: FlaskClient, publish: Publish, path: str) -> None:
    publish()
    found = client.get("/", base_url=PUBLIC_URL, environ_overrides={"PATH_INFO": path})
    assert found.data == client.get("/w/shop.js").data


def test_hosts_are_compared_without_case(client: FlaskClient, publish: Publish) -> None:
    publish()
    for path in ("/w/shop.js", "/healthz"):
        assert client.get(path, headers={"Host": "LocalHost:8000"}).status_code == 200


def test_a_site_that_gets_another_domain_gets_another_script(
    client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where this server is on the site's own host, the page sends its cookie with the decision."""
    site = sites.find_by_id(publish().site_id)
    assert "http" not in configuration(client.get("/w/shop.js").data)
    with transaction():
        sites.set_domains(site.id, ["shop.example.no", "127.0.0.1"])
    later = clock.now() + timedelta(seconds=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert configuration(client.get("/w/shop.js").data)["http"] is True


def test_a_script_outlives_the_database_also_while_the_next_is_built(
    app: Flask, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("One")
    first = service.script("shop", public_url=PUBLIC_URL, now=NOW)
    publish("Two")

    def gone(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(build, "build_script", gone)
    assert service.script("shop", public_url=PUBLIC_URL, now=NOW + timedelta(seconds=2)) is first


def test_a_full_cache_drops_nothing_when_a_cached_site_publishes(
    app: Flask, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_SITES", 2)
    for key in ("shop", "other"):
        publish(key=key)
        service.script(key, public_url=PUBLIC_URL, now=NOW)
    publish("Two", key="other")
    service.script("other", public_url=PUBLIC_URL, now=NOW + timedelta(seconds=2))
    assert set(cache.script_cache().entries) == {"shop", "other"}


def test_a_script_is_not_served_under_a_foreign_host_whether_cached_or_not(
    client: FlaskClient, publish: Publish
) -> None:
    publish()
    for _ in range(2):
        assert client.get("/w/shop.js", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/w/shop.js").status_code == 200


def test_everybody_gets_the_same_bytes(client: FlaskClient, publish: Publish) -> None:
    publish()
    answers = {
        client.get("/w/shop.js", headers=headers).data
        for headers in (
            {},
            {"Cookie": "samtykke=1.1.0..abc.x; session=1", "Accept-Language": "en"},
            {"User-Agent": "Googlebot", "Origin": "https://elsewhere.example", "Sec-GPC": "1"},
        )
    }

    assert len(answers) == 1


def test_the_pinned_address_serves_the_same_bytes_for_ever(
    app: Flask, client: FlaskClient, publish: Publish
) -> None:
    publish("One")
    first = client.get("/w/shop.js").data
    url, integrity = service.integrity(sites.find("shop"), public_url=PUBLIC_URL, now=NOW)
    publish("Two")
    service.forget()
    assert client.get("/w/shop.js").data != first

    answer = client.get(url.removeprefix(PUBLIC_URL), headers={"Accept-Encoding": "br"})

    assert brotli.decompress(answer.data) == first
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    digest = base64.b64encode(hashlib.sha384(first).digest()).decode()
    assert integrity == f"sha384-{digest}"
    assert url == f"{PUBLIC_URL}/w/shop/{hashlib.sha256(first).hexdigest()[:32]}.js"


def test_each_part_is_where_the_script_says(
    app: Flask, client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lazy_chunks, "inline_languages", lambda words, main: ())
    publish()
    found = configuration(client.get("/w/shop.js").data)
    # As after an upgrade: another process, which never made these bytes.
    service.forget()

    settings = {language: client.get(path) for language, path in found["settings"].items()}  # type: ignore[attr-defined]
    banners = {language: client.get(path) for language, path in found["languages"].items()}  # type: ignore[attr-defined]
    extra = client.get(str(found["extra"]))
    asked, debug, declared, draft = (client.get(path) for path in re.findall(r'"(/w/[^"]+)"', extra.text))

    assert (asked.data, debug.data) == (service.bundle().asked, service.bundle().debug)
    assert {each["key"] for each in declared.json["services"]} == {"samtykke", "counter"}  # type: ignore[index]
    assert (extra.status_code, extra.content_type) == (200, "text/javascript; charset=utf-8")
    assert set(settings) == {"nb", "nn", "en"}
    assert set(banners) == {"nn", "en"}
    for answer in settings.values():
        assert answer.content_type == "text/javascript; charset=utf-8"
        assert answer.data.startswith(b"export default (")
    for answer in banners.values():
        assert answer.content_type == "application/json"
        assert set(answer.json) == {"language", "texts"}  # type: ignore[arg-type]
    for answer in (*settings.values(), *banners.values(), extra, debug, declared, draft):
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert {name: answer.headers[name] for name in SHARED} == SHARED


def test_the_words_of_few_languages_come_with_the_script(client: FlaskClient, publish: Publish) -> None:
    publish()

    found = configuration(client.get("/w/shop.js").data)

    assert found["words"]["language"] == "nb"  # type: ignore[index]
    words: dict[str, dict[str, object]] = found["languages"]  # type: ignore[assignment]
    assert {code: text["language"] for code, text in words.items()} == {"en": "en", "nn": "nn"}
    assert words["en"]["texts"][lazy_chunks.FIRST_TEXTS.index("accept_all")] == "Accept all"  # type: ignore[index]


def test_a_new_version_is_served_within_a_second(app: Flask, publish: Publish) -> None:
    publish("One")
    first = service.script("shop", public_url=PUBLIC_URL, now=NOW)
    publish("Two")

    soon = service.script("shop", public_url=PUBLIC_URL, now=NOW + timedelta(milliseconds=900))
    later = service.script("shop", public_url=PUBLIC_URL, now=NOW + timedelta(milliseconds=1001))

    assert (first.version, soon.version, later.version) == (1, 1, 2)


def test_a_clock_that_was_set_back_does_not_freeze_the_script(app: Flask, publish: Publish) -> None:
    publish("One")
    service.script("shop", public_url=PUBLIC_URL, now=NOW)
    publish("Two")

    assert service.script("shop", public_url=PUBLIC_URL, now=NOW - timedelta(hours=1)).version == 2


def test_a_script_in_memory_costs_one_look_a_second(app: Flask, publish: Publish) -> None:
    publish()
    service.script("shop", public_url=PUBLIC_URL, now=NOW)
    statements = []

    def note(*arguments: object) -> None:
        statements.append(arguments[2])

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        for step in range(50):
            service.script("shop", public_url=PUBLIC_URL, now=NOW + timedelta(milliseconds=20 * step))
        assert statements == []
        for step in range(50):
            service.script("shop", public_url=PUBLIC_URL, now=NOW + timedelta(milliseconds=1000 + step))
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 2
    assert all(str(statement).lstrip().upper().startswith("SELECT") for statement in statements)


def _out_of_reach(_key: str) -> None:
    raise OperationalError("SELECT", {}, Exception("gone"))


def test_what_is_in_memory_outlives_the_database(
    client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    expected = service.script("shop", public_url=PUBLIC_URL, now=NOW - timedelta(hours=1)).asset.identity
    monkeypatch.setattr(sites, "find", _out_of_reach)

    answer = client.get("/w/shop.js")

    assert (answer.status_code, answer.data) == (200, expected)


def test_a_database_that_is_out_of_reach_is_left_alone_for_a_while(
    app: Flask, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    service.script("shop", public_url=PUBLIC_URL, now=NOW)
    tries = []

    def refuse(key: str) -> None:
        tries.append(key)
        _out_of_reach(key)

    monkeypatch.setattr(sites, "find", refuse)
    for seconds in (2, 3, 4, 5, 6, 8):
        service.script("shop", public_url=PUBLIC_URL, now=NOW + timedelta(seconds=seconds))

    assert len(tries) == 2


def test_without_memory_and_database_the_page_gets_a_comment_and_a_time_to_come_back(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "find", _out_of_reach)

    answer = client.get("/w/shop.js")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert_comment(answer.data)


def test_a_fault_of_ours_is_a_comment_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_key: str) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(sites, "find", break_down)

    answer = client.get("/w/shop.js")

    assert answer.status_code == 503
    assert_comment(answer.data)


def assert_comment(script: bytes) -> None:
    assert re.fullmatch(rb"/\* [^*]* \*/\n", script)


@pytest.mark.parametrize(
    "path",
    [
        "/w/unknown.js",
        "/w/X.js",
        "/w/a*%2F alert(1) .js",
        "/w/unknown/" + "0" * 32 + ".js",
        "/w/unknown/zzz.js",
        "/w/unknown/" + "0" * 32 + "/settings-nb.js",
        "/w/unknown/" + "0" * 32 + "/..secret",
        "/w/" + "x" * 3000 + ".js",
        "/w/%00.js",
        "/w/%FF.js",
    ],
)
def test_what_nobody_published_is_a_comment_that_does_nothing(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert_comment(answer.data)


def test_a_site_without_a_published_version_is_answered_alike(client: FlaskClient, app: Flask) -> None:
    with transaction():
        sites.create("shop", "Shop", ["shop.example.no"], by="a test", now=NOW)

    answer = client.get("/w/shop.js")

    assert answer.status_code == 404
    assert_comment(answer.data)


def test_a_digest_of_one_site_is_not_served_under_another(client: FlaskClient, publish: Publish) -> None:
    publish(key="shop")
    publish(key="other")
    shop = service.script("shop", public_url=PUBLIC_URL, now=NOW)

    assert client.get(f"/w/other/{shop.asset.shown_digest}.js").status_code == 404


def test_a_part_is_served_under_its_own_name_only(client: FlaskClient, publish: Publish) -> None:
    publish()
    client.get("/w/shop.js")
    digest = service.script("shop", public_url=PUBLIC_URL, now=NOW).asset.shown_digest

    assert client.get(f"/w/shop/{digest}/settings-nb.js").status_code == 404


def test_a_part_is_found_under_the_longer_digest_of_earlier_releases(
    app: Flask, client: FlaskClient, publish: Publish
) -> None:
    publish()
    client.get("/w/shop.js")
    part = service.script("shop", public_url=PUBLIC_URL, now=NOW).chunks[0]

    for remembered in (True, False):
        if not remembered:
            service.forget()
        for length in (16, 32):
            answer = client.get(f"/w/shop/{part.digest[:length]}/{part.name}")
            assert (answer.status_code, answer.headers["Cache-Control"]) == (
                200,
                "public, max-age=31536000, immutable",
            ), length
            assert answer.data == part.identity
        for wrong in (part.digest[:15], part.digest[:20], part.digest, "0" * 16):
            assert client.get(f"/w/shop/{wrong}/{part.name}").status_code == 404


def test_what_was_served_is_stored_once(app: Flask, client: FlaskClient, publish: Publish) -> None:
    publish()
    for _ in range(3):
        client.get("/w/shop.js")
        service.forget()

    rows = db.session.execute(sa.select(Release.name, Release.version)).all()

    assert sorted(row.name for row in rows) == [
        "asked.js",
        "debug.js",
        "debug.json",
        "draft.js",
        "extra.js",
        "script",
        "settings-en.js",
        "settings-nb.js",
        "settings-nn.js",
    ]
    assert {row.version for row in rows} == {1}


def test_workers_that_store_the_same_script_at_once_do_not_disturb_each_other(
    app: Flask, publish: Publish
) -> None:
    publish()
    made: Script = service.script("shop", public_url=PUBLIC_URL, now=NOW)
    together = threading.Barrier(4)
    faults: list[BaseException] = []

    def store() -> None:
        try:
            with app.app_context():
                together.wait(timeout=10)
                with transaction():
                    service.store(made, now=NOW)
        except BaseException as fault:  # noqa: BLE001 - handed to the test
            faults.append(fault)

    workers = [threading.Thread(target=store) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert faults == []
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Release)) == 9


def test_a_category_that_came_later_says_when(app: Flask, client: FlaskClient, publish: Publish) -> None:
    site_id = publish().site_id
    content = copy.deepcopy(sites.draft(site_id).document)
    for category in content["categories"]:
        category["hidden"] = category["key"] == "statistics"
    with transaction():
        sites.save_draft(site_id, content, by="a test", now=NOW)
        sites.publish(site_id, note="", by="a test", now=NOW)

    assert publish().number == 3

    service.forget()
    categories = configuration(client.get("/w/shop.js").data)["categories"]
    assert {each["key"]: each.get("added") for each in categories} == {  # type: ignore[attr-defined]
        "functional": None,
        "statistics": 3,
        "advertising": None,
    }


def test_a_script_that_cannot_be_stored_is_served_all_the_same(
    app: Flask, client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()

    def full(*_arguments: object, **_named: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr(releases, "store", full)
        answer = client.get("/w/shop.js")
        parts = configuration(answer.data)["settings"]
        assert client.get(parts["nb"]).status_code == 200  # type: ignore[index]

    assert answer.status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Release)) == 0
    entry = cache.script_cache().entries["shop"]
    assert entry.store_at is not None
    entry.store_at -= cache.RETRY_INTERVAL
    entry.revalidate_at -= cache.RETRY_INTERVAL
    client.get("/w/shop.js")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Release)) == 9


def test_a_widget_that_was_not_built_is_reported_in_one_sentence(
    client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()

    def missing() -> None:
        raise Unavailable("the widget has not been built: run `make build-assets`", retry_after=60)

    monkeypatch.setattr(build, "bundle", missing)

    answer = client.get("/w/shop.js")

    assert answer.status_code == 503
    assert b"the widget has not been built: run `make build-assets`" in answer.data
    assert_comment(answer.data)


def test_a_preview_is_the_real_script_whose_decisions_lead_nowhere(app: Flask) -> None:
    draft = sites.validate(document("Utkast"))

    files = service.preview(draft, "nn", public_url=PUBLIC_URL, chunks_at="/studio/x")

    made = configuration(files["script"])

    assert made["words"]["language"] == "nn"  # type: ignore[index]
    assert made["site"] == PREVIEW_KEY
    assert made["settings"]["nn"] == "/studio/x/settings-nn.js"  # type: ignore[index]
    assert made["languages"]["en"]["language"] == "en"  # type: ignore[index]
    assert set(files) == {
        "script",
        "asked.js",
        "debug.js",
        "debug.json",
        "extra.js",
        "settings-nb.js",
        "settings-nn.js",
        "settings-en.js",
    }
    with pytest.raises(NotFound):
        sites.find(PREVIEW_KEY)
