"""The script announces what has changed to visitors who decided before, while there can be any."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from server.core.db import transaction
from server.embed import lazy_chunks, service
from server.embed.build import build_script
from server.embed.values import ANNOUNCING, CHUNK_DIGEST, Announcement, Asset, Script
from server.sites import service as sites
from server.sites.values import Site, Version
from tests.embed.conftest import NOW, Publish
from tests.embed.documents import document

URL = "https://consent.example.no"
RULES = {
    "bar": "#samtykke{width:100%}",
    "top": "#samtykke{inset-block:0 auto}",
    "dialog": "#samtykke{inset:0}",
}
TEXTS = {"nb": "Nytt kart.", "nn": "Nytt kart no.", "en": "A new map."}
ANNOUNCED = Announcement(4, TEXTS, "nb")


@pytest.fixture
def shop(app: Flask, publish: Publish) -> Site:
    publish()
    return sites.find("shop")


def announce(shop: Site, *, days: int = 0) -> Version:
    with transaction():
        return sites.publish(
            shop.id, note="", by="a test", now=NOW + timedelta(days=days), announcement=TEXTS
        )


def publish_quietly(shop: Site, *, days: int) -> Version:
    with transaction():
        return sites.publish(shop.id, note="", by="a test", now=NOW + timedelta(days=days))


def chunk(made: Script, name: str) -> Asset:
    return next(each for each in made.chunks if each.name == name)


def argument(of: bytes) -> Any:
    """What a chunk is called with."""
    return json.loads(of.rstrip(b"\n;)").rpartition(b")(")[2])


def announces(made: Script) -> bool:
    module = service.bundle().inline_modules[ANNOUNCING].rstrip()
    in_script = module in made.asset.identity
    assert (b'"announcement":' in made.asset.identity) == in_script
    assert (lazy_chunks.ANNOUNCEMENT in {each.name for each in made.chunks}) == in_script
    return in_script


def test_script_has_an_announcement_only_from_the_announced_version_on(shop: Site) -> None:
    plain = sites.version(shop.id, 1)
    announced, later = announce(shop, days=1), publish_quietly(shop, days=2)

    before, then, after = (build_script(shop, each, URL) for each in (plain, announced, later))
    assert [announces(each) for each in (before, then, after)] == [False, True, True]
    # A version's bytes are the same whatever is published after it.
    assert build_script(shop, plain, URL).asset.digest == before.asset.digest
    for made in (then, after):
        shown = chunk(made, lazy_chunks.ANNOUNCEMENT)
        path = f"/w/shop/{shown.digest[:CHUNK_DIGEST]}/announcement.js"
        assert f'"announcement":[2,"{path}"]'.encode() in made.asset.identity
        declared = argument(shown.identity)
        assert declared["version"] == 2
        assert {language: each["text"] for language, each in declared["words"].items()} == TEXTS
        assert declared["words"]["nb"]["heading"] == "Personvernerklæring"
        assert declared["words"]["nb"]["link"] == "Se hva som er endret"
        reasons = argument(chunk(made, lazy_chunks.EXTRA).identity)["reasons"]
        assert reasons["en"]["announcement"] == [2, "A new map.", "en"]


def test_first_version_announces_nothing_because_nobody_has_decided_before(
    app: Flask, publish: Publish
) -> None:
    publish()
    with transaction():
        made = sites.create("other", "Other", ["other.example.no"], by="a test", now=NOW)
        draft = sites.draft(sites.find("shop").id).document
        sites.save_draft(made.id, draft, by="a test", now=NOW)
    assert not announces(build_script(made, announce(made), URL))


@pytest.mark.parametrize(("days", "expected"), [(365, True), (366, False)])
def test_announcement_ends_when_no_decision_from_before_it_is_remembered(
    shop: Site, days: int, expected: bool
) -> None:
    announce(shop)
    assert announces(build_script(shop, publish_quietly(shop, days=days), URL)) is expected


def test_language_without_the_announcement_has_it_in_another_and_says_so() -> None:
    changed = document()
    changed["texts"]["se"] = changed["texts"]["nb"]

    made = lazy_chunks.announcement(changed, ANNOUNCED, {})
    assert made["words"]["se"]["text"] == "Nytt kart."
    assert made["words"]["se"]["lang"] == "nb"
    assert "lang" not in made["words"]["nn"]
    assert lazy_chunks.reason(changed, "se", ANNOUNCED)["announcement"] == (4, "Nytt kart.", "nb")
    assert "announcement" not in lazy_chunks.reason(changed, "se")


@pytest.mark.parametrize(
    ("layout", "position", "rules"),
    [
        ("bar", "top", "#samtykke-announcement{width:100%}#samtykke-announcement{inset-block:0 auto}"),
        ("box", "bottom", ""),
        ("dialog", "bottom", ""),
    ],
)
def test_announcement_is_at_the_banners_place_but_never_in_the_middle(
    layout: Any, position: Any, rules: str
) -> None:
    changed = document(floating_button=True)
    changed["appearance"] |= {"layout": layout, "position": position}

    made = lazy_chunks.announcement(changed, ANNOUNCED, RULES)
    assert made["rules"] == rules
    assert made["floating"] is (position != "top")
