"""Whether a site is live is stored with since when, and staff hear of it once when it is not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server.catalog import service as catalog
from server.core import guarded_fetch
from server.core import jobs as jobs_of_all
from server.core.db import db, end_reading, transaction
from server.core.errors import Invalid
from server.core.guarded_fetch import Answer
from server.scanner import jobs, service
from server.scanner.values import Fault, Installation
from server.sites import known_services
from server.sites import service as sites
from server.sites.document_types import Document, Service
from server.sites.values import Site
from tests.scanner.answers import Web, html
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, make_site

SERVER = "https://samtykke.example.no"
PAGE = "https://www.kaffe.no/"
TAG = f'<head><script src="{SERVER}/w/kaffe.js"></script>'

GOOD = Installation(PAGE, NOW, ())
BAD = Installation(PAGE, NOW, (Fault("no_tag", {}),))


@pytest.fixture
def site(app: Flask) -> Site:
    """A published site."""
    made = make_site("kaffe", "Kaffe")
    with transaction():
        sites.save_draft(made.id, publishable(), by="tests", now=NOW)
        sites.publish(made.id, note="", by="tests", now=NOW)
    return made


def check(site: Site, web: Web) -> list[str]:
    made = service.check(site, PAGE, get=web, public_url=SERVER, now=NOW)
    return [fault.code for fault in made.faults]


def store(site: Site, made: Installation, *, after: int = 0) -> None:
    moment = NOW + timedelta(minutes=after)
    with transaction():
        service.store(site, replace(made, at=moment), now=moment)


def messages() -> list[str]:
    end_reading()
    rows = db.session.execute(sa.text("SELECT kind FROM notification WHERE kind LIKE 'installation.%'"))
    return sorted(row.kind for row in rows)


def test_a_page_with_the_script_is_live(site: Site) -> None:
    assert check(site, Web({PAGE: html(TAG)})) == []


def test_a_site_that_is_not_published_is_not_live(app: Flask) -> None:
    site = make_site("kaffe", "Kaffe")
    assert check(site, Web({PAGE: html(TAG)})) == ["not_published"]


PIXEL = '<script src="https://connect.facebook.net/en_US/fbevents.js"></script>'


def faults(site: Site, text: str) -> list[tuple[str, str]]:
    made = service.check(site, PAGE, get=Web({PAGE: html(text)}), public_url=SERVER, now=NOW)
    return [(fault.code, fault.facts["service"]) for fault in made.faults]


def publish(site: Site, change: Callable[[Document], Document], *, after: int = 0) -> None:
    moment = NOW + timedelta(minutes=after)
    with transaction():
        sites.save_draft(site.id, change(sites.draft(site.id).document), by="tests", now=moment)
        sites.publish(site.id, note="", by="tests", now=moment)


def with_services(*keys: str) -> Callable[[Document], Document]:
    """A change that adds services of the catalog."""
    chosen = [catalog.find(key) for key in keys]
    return lambda document: known_services.with_known(document, chosen, {})[0]


def test_services_are_those_of_the_banner_and_else_of_the_catalog(site: Site) -> None:
    assert faults(site, TAG + PIXEL) == [("undeclared_service", "Meta Pixel")]
    assert faults(site, f"<head>{PIXEL}{TAG}") == [
        ("late", "Meta Pixel"),
        ("undeclared_service", "Meta Pixel"),
    ]
    publish(site, with_services("meta_pixel"))
    assert faults(site, TAG + PIXEL) == [("unmarked_service", "Meta Pixel")]


def test_a_service_that_only_the_banner_knows_is_found_by_its_hosts(site: Site) -> None:
    def changed(document: Document) -> Document:
        own: Service = {
            **known_services.filled(catalog.find("meta_pixel"), document),
            "key": "own",
            "name": "Salgsmåler",
            "hosts": ["maler.example/m"],
            "catalog": {"key": "", "version": ""},
        }
        return {**document, "services": [*document["services"], own]}

    publish(site, changed)
    script = '<script src="https://maler.example/%s/x.js"></script>'
    assert faults(site, TAG + script % "m") == [("unmarked_service", "Salgsmåler")]
    assert faults(site, TAG + script % "other") == []


def test_of_tags_from_one_place_the_one_is_meant_whose_id_it_is(site: Site) -> None:
    tag = TAG + '<script src="https://www.googletagmanager.com/gtag/js?id=%s"></script>'
    publish(site, with_services("google_analytics", "google_ads"))
    assert faults(site, tag % "G-ABC123") == [("unmarked_service", "Google Analytics")]
    assert faults(site, tag % "AW-123") == [("unmarked_service", "Google Ads")]


def test_a_policy_of_the_page_or_its_server_counts(site: Site) -> None:
    meta = "<meta http-equiv='Content-Security-Policy' content=\"script-src 'self'\">"
    assert check(site, Web({PAGE: html(meta + TAG)})) == ["blocked_by_policy"]
    web = Web({PAGE: html(TAG, content_security_policy="default-src 'self'")})
    assert check(site, web) == ["blocked_by_policy"]


def test_a_page_that_only_a_cache_has_without_the_script_is_named(site: Site) -> None:
    fresh = html(TAG)

    class Cache(Web):
        def __call__(self, url: str) -> Answer:
            return fresh if service.FRESH in url else super().__call__(url)

    assert check(site, Cache({PAGE: html("<p>old")})) == ["cached"]
    assert check(site, Web({PAGE: html("<p>old")})) == ["no_tag"]


def test_of_a_page_that_is_too_large_nothing_is_claimed(site: Site) -> None:
    assert check(site, Web({PAGE: html("<p>", complete=False)})) == ["too_large"]


@pytest.mark.parametrize(
    "typed", ["ftp://kaffe.no/", "https://te.no/", "http://user@kaffe.no/", "https://kaffe.no:22/", "", "x"]
)
def test_only_pages_of_the_website_are_looked_at(site: Site, typed: str) -> None:
    with pytest.raises(Invalid) as fault:
        service.page_of(site, typed, allow_private=False)
    assert "url" in fault.value.errors


def test_a_page_may_be_named_as_people_type_it(site: Site) -> None:
    assert service.page_of(site, " www.kaffe.no/om ", allow_private=False) == "https://www.kaffe.no/om"
    assert service.first_page(site) == PAGE


def test_live_since_is_the_first_of_the_good_checks_in_a_row(site: Site) -> None:
    assert service.status(site.id) is None
    store(site, GOOD)
    store(site, GOOD, after=60)
    status = service.status(site.id)
    assert status
    assert (status.live_since, status.newest.at) == (NOW, NOW + timedelta(minutes=60))
    store(site, BAD, after=70)
    status = service.status(site.id)
    assert status
    assert (status.live_since, status.newest.faults) == (None, BAD.faults)
    store(site, GOOD, after=80)
    status = service.status(site.id)
    assert status
    assert status.live_since == NOW + timedelta(minutes=80)


def test_staff_are_sent_one_message_after_two_bad_checks_and_one_when_it_is_good_again(site: Site) -> None:
    store(site, BAD)
    store(site, BAD, after=15)
    assert messages() == [], "it was never live: somebody is just installing it"
    store(site, GOOD, after=20)
    store(site, BAD, after=30)
    assert messages() == []
    store(site, BAD, after=45)
    store(site, BAD, after=60)
    assert messages() == ["installation.failed"]
    store(site, GOOD, after=75)
    store(site, GOOD, after=90)
    assert messages() == ["installation.failed", "installation.restored"]
    data = db.session.execute(sa.text("SELECT data FROM notification WHERE kind = 'installation.failed'"))
    assert json.loads(data.scalar_one())["fault"] == "no_tag"


def test_good_pages_are_looked_at_daily_and_new_faults_again_soon(site: Site) -> None:
    def due(minutes: float) -> bool:
        moment = NOW + timedelta(minutes=minutes)
        found = service.due(good_before=moment - jobs.DAILY, bad_before=moment - jobs.SECOND_LOOK)
        return found == ((site.id, PAGE),)

    day = 24 * 60
    assert not due(1e6), "a site that nobody had checked is left alone"
    store(site, BAD)
    assert (due(16), due(day + 1)) == (False, True)
    store(site, GOOD)
    assert (due(16), due(day - 1), due(day + 1)) == (False, False, True)
    store(site, BAD)
    assert (due(14), due(16)) == (False, True)
    store(site, BAD)
    assert (due(16), due(day + 1)) == (False, True)


def test_a_page_is_looked_at_again_as_soon_as_another_version_is_published(site: Site) -> None:
    def due() -> bool:
        moment = NOW + timedelta(minutes=31)
        return bool(service.due(good_before=moment - jobs.DAILY, bad_before=moment - jobs.SECOND_LOOK))

    for made in (GOOD, BAD):
        store(site, made, after=30)
        assert not due()
    publish(site, lambda document: document, after=31)
    assert due()
    store(site, GOOD, after=31)
    assert not due()


def test_of_a_version_that_was_published_since_a_check_says_nothing(site: Site) -> None:
    unmarked = Installation(PAGE, NOW, (Fault("unmarked_service", {"service": "YouTube"}),))
    for made, standing in ((GOOD, "asked"), (BAD, "unasked"), (unmarked, "unblocked")):
        store(site, made, after=5)
        status = service.status(site.id)
        assert status
        assert service.statuses([site.id]) == {site.id: status}
        assert [status.standing(None), status.standing(NOW)] == [standing, standing]
        assert status.standing(NOW + timedelta(minutes=6)) == "outdated"


# --- the job -----------------------------------------------------------------------------------------------


@pytest.fixture
def web(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """What the job asks, which nobody may hold a transaction open for."""
    found = Web({PAGE: html(TAG), "https://www.te.no/": html(TAG.replace("kaffe", "te"))})

    def get(url: str, **_options: object) -> Answer:
        assert not db.session().in_transaction(), "the connection is kept from others meanwhile"
        return found(url)

    monkeypatch.setattr(guarded_fetch, "get", get)
    yield found
    jobs_of_all.stopping.clear()


def look_again(app: Flask, *, days: int = 2) -> int:
    known = replace(app.extensions["samtykke"], public_url=SERVER)
    done = jobs.look_again(known, NOW + timedelta(days=days))
    end_reading()
    return done


def another_site() -> Site:
    made = make_site("te", "Te")
    with transaction():
        sites.save_draft(made.id, publishable(), by="tests", now=NOW)
        sites.publish(made.id, note="", by="tests", now=NOW)
    store(made, Installation("https://www.te.no/", NOW, ()), after=1)
    return made


def checked_at(site: Site) -> datetime:
    status = service.status(site.id)
    assert status
    return status.newest.at


def test_no_transaction_is_open_while_a_page_is_waited_for(app: Flask, site: Site, web: Web) -> None:
    store(site, GOOD)
    sites.newest(site.id)
    assert look_again(app) == 1
    assert web.asked == [PAGE]
    assert checked_at(site) == NOW + timedelta(days=2)


def test_a_new_version_is_checked_by_itself(app: Flask, site: Site, web: Web) -> None:
    store(site, BAD, after=1)
    publish(site, lambda document: document, after=2)
    known = replace(app.extensions["samtykke"], public_url=SERVER)
    assert jobs.look_again(known, NOW + timedelta(minutes=3)) == 1
    status, newest = service.status(site.id), sites.newest(site.id)
    assert status
    assert newest
    assert status.standing(newest.published_at) == "asked"


def test_a_page_may_not_be_waited_for_inside_of_a_transaction(app: Flask, web: Web) -> None:
    get = service.getter(allow_private=False)
    with pytest.raises(RuntimeError), transaction():
        get(PAGE)
    assert web.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        html(f'<base href="https://x:99999/">{TAG}', content_security_policy="script-src 'self'"),
        html(TAG, content_security_policy=f"script-src *:{'9' * 5_000}"),
    ],
)
def test_a_hostile_page_is_checked_like_others(app: Flask, site: Site, web: Web, answer: Answer) -> None:
    store(site, GOOD)
    other = another_site()
    web.pages[PAGE] = answer
    assert look_again(app) == 2
    status, of_other = service.status(site.id), service.status(other.id)
    assert status
    assert of_other
    assert [fault.code for fault in status.newest.faults] == ["blocked_by_policy"]
    assert of_other.newest.live


def test_a_site_that_cannot_be_checked_keeps_no_other_waiting(
    app: Flask, site: Site, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(site, GOOD)
    other, real = another_site(), service.check

    def broken(checked: Site, *arguments: Any, **named: Any) -> Installation:
        if checked.id == site.id:
            raise ZeroDivisionError
        return real(checked, *arguments, **named)

    monkeypatch.setattr(service, "check", broken)
    assert look_again(app) == 1
    assert checked_at(other) == NOW + timedelta(days=2)
    assert look_again(app) == 0, "nor is it tried again every five minutes"


def test_a_worker_that_is_stopped_leaves_the_rest(
    app: Flask, site: Site, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(site, GOOD)
    another_site()
    real = service.store

    def stopped(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        jobs_of_all.stopping.set()

    monkeypatch.setattr(service, "store", stopped)
    assert look_again(app) == 1
    jobs_of_all.stopping.clear()
    monkeypatch.setattr(service, "store", real)
    assert look_again(app) == 1


def test_a_host_that_is_not_the_websites_any_more_is_left_alone(app: Flask, site: Site, web: Web) -> None:
    store(site, GOOD)
    with transaction():
        sites.set_domains(site.id, ["nytt.no"])
    web.pages["https://nytt.no/"] = html(TAG)
    assert look_again(app) == 1
    assert web.asked == ["https://nytt.no/"]
    status = service.status(site.id)
    assert status
    assert (status.newest.url, status.newest.live) == ("https://nytt.no/", True)
