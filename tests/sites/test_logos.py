"""Logos are cleaned, stored once, and deleted when no banner has shown them for a week."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, PngImagePlugin

from server.core.db import transaction
from server.core.errors import Invalid, NotFound
from server.sites import jobs, logos, page_addresses, raster
from server.sites import service as sites
from server.sites.values import Site
from tests.sites.documents import publishable
from tests.sites.test_svg import svg

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def shop(app: Flask) -> Site:
    with transaction():
        made = sites.create("butikk", "Butikken", ["butikk.example.no"], by="kari", now=NOW)
        sites.save_draft(made.id, publishable(), by="kari", now=NOW)
    return made


def picture(width: int, height: int, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, kind, **options)
    return file.getvalue()


def store(site: Site, data: bytes, *, now: datetime = NOW) -> logos.Logo:
    with transaction():
        logo = logos.made(data)
        logos.store(site.id, logo, by="kari", now=now)
        return logo


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_png(shop: Site, kind: str) -> None:
    logo = store(shop, picture(1600, 200, kind))
    assert (logo.kind, opened(logo.content).format, opened(logo.content).size) == ("png", "PNG", (800, 100))
    assert logos.find("butikk", logo.name).content == logo.content


def test_nothing_but_the_colours_of_a_picture_is_kept(shop: Site) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010E] = "Karis telefon"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    turned = opened(store(shop, picture(40, 20, "JPEG", exif=exif)).content)
    assert (turned.size, dict(turned.getexif())) == ((20, 40), {})
    noted = picture(40, 20, pnginfo=notes) + b"<script>alert(1)</script>"
    assert b"script" not in store(shop, noted).content


def test_a_drawing_is_cleaned_and_says_what_was_left_out(shop: Site) -> None:
    logo = store(shop, b"\xef\xbb\xbf \n" + svg("<script>alert(1)</script>"))
    assert (logo.kind, logo.left_out) == ("svg", ("script",))
    assert b"script" not in logos.find("butikk", logo.name).content


def _claims(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that claims to have so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    ends = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + ends


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "is not chosen, or is empty"),
        (b"x" * (logos.LARGEST + 1), "is larger than 100 KB; make it smaller"),
        (b"GIF89a" + b"\0" * 50, "is not a PNG, JPEG, WebP or SVG file that can be read"),
        (picture(400, 100)[:200], "is not a PNG, JPEG, WebP or SVG file that can be read"),
        (b"%PDF-1.7", "is not a PNG, JPEG, WebP or SVG file that can be read"),
        (_claims(30_000, 30_000), "has too many pixels; make it smaller"),
        (_claims(10_000, 10_000), "has too many pixels; make it smaller"),
        (b"<html></html>", "is not an SVG file"),
    ],
    ids=["none", "large", "gif", "broken off", "pdf", "bomb", "smaller bomb", "html"],
)
def test_other_files_are_refused_by_the_field_with_a_reason(shop: Site, data: bytes, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        store(shop, data)
    assert refused.value.errors == {"logo": fault}


def test_noise_is_packed_until_it_is_small_enough(shop: Site) -> None:
    noise = Image.effect_noise((800, 200), 90).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "WEBP", quality=60)
    assert len(file.getvalue()) <= logos.LARGEST
    assert len(store(shop, file.getvalue()).content) <= logos.LARGEST


def test_the_same_logo_is_stored_once_and_there_is_a_most(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logos, "MOST", 2)
    first = store(shop, picture(10, 10))
    assert store(shop, picture(10, 10)).name == first.name
    store(shop, picture(20, 10))
    assert store(shop, picture(20, 10)).name
    with pytest.raises(Invalid) as refused:
        store(shop, picture(30, 10))
    assert "there are 2 already" in str(refused.value.errors)


def _shown(name: str) -> Any:
    made: Any = publishable()
    made["appearance"]["logo"] = "https://consent.example.no" + page_addresses.logo_path("butikk", name)
    return made


def test_a_logo_stays_while_the_draft_its_history_or_a_version_shows_it(shop: Site) -> None:
    names = [store(shop, picture(10 + n, 10)).name for n in range(4)]
    kept_draft, kept_history, kept_version, unused = names
    with transaction():
        sites.save_draft(shop.id, _shown(kept_version), by="kari", now=NOW)
        sites.publish(shop.id, note="", by="kari", now=NOW)
        sites.save_draft(shop.id, _shown(kept_history), by="kari", now=NOW)
        sites.save_draft(shop.id, _shown(kept_draft), by="kari", now=NOW)
    # A form may still be open that is saved later.
    assert jobs.purge_logos(NOW + timedelta(days=6)) == 0
    assert jobs.purge_logos(NOW + timedelta(days=8)) == 1
    for name in (kept_draft, kept_history, kept_version):
        assert logos.find("butikk", name)
    with pytest.raises(NotFound):
        logos.find("butikk", unused)


def test_a_logo_that_is_uploaded_again_gets_another_week(shop: Site) -> None:
    store(shop, picture(10, 10))
    logo = store(shop, picture(10, 10), now=NOW + timedelta(days=5))
    assert jobs.purge_logos(NOW + timedelta(days=8)) == 0
    assert logos.find("butikk", logo.name)


@pytest.mark.parametrize("make", [lambda: picture(40, 10), lambda: svg("")], ids=["png", "svg"])
def test_a_logo_is_served_as_what_it_is_and_may_do_nothing(
    shop: Site, client: FlaskClient, make: Callable[[], bytes]
) -> None:
    logo = store(shop, make())
    answer = client.get(page_addresses.logo_path("butikk", logo.name))
    headers = answer.headers
    assert (answer.status_code, answer.data) == (200, logo.content)
    kind = {"png": "image/png", "svg": "image/svg+xml"}[logo.kind]
    assert headers["Content-Type"].partition(";")[0] == kind
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in headers
    again = client.get(
        page_addresses.logo_path("butikk", logo.name), headers={"If-None-Match": headers["ETag"]}
    )
    assert again.status_code == 304


def test_other_addresses_have_no_logo(shop: Site, client: FlaskClient) -> None:
    logo = store(shop, picture(40, 10))
    with transaction():
        sites.create("annen", "Annen", ["annen.example.no"], by="kari", now=NOW)
    digest = logo.name.partition(".")[0]
    for path in (
        f"/s/annen/logo/{logo.name}",
        f"/s/ingen/logo/{logo.name}",
        f"/s/butikk/logo/{digest}.svg",
        f"/s/butikk/logo/{digest[:10]}.png",
        f"/s/butikk/logo/{digest.upper()}.png",
    ):
        assert client.get(path).status_code == 404, path


def test_the_lint_takes_an_uploaded_logo_for_the_sites_own(shop: Site) -> None:
    logo = store(shop, picture(40, 10))
    rules = {each.rule for each in sites.findings(_shown(logo.name), shop)}
    assert "logo_elsewhere" not in rules
    other = _shown(logo.name)
    other["appearance"]["logo"] = re.sub(r"/s/.*", "/logo.png", other["appearance"]["logo"])
    assert "logo_elsewhere" in {each.rule for each in sites.findings(other, shop)}


def with_orientation(entry: bytes) -> bytes:
    """A JPEG file, 40 wide and 20 high, with one entry of metadata."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + entry + bytes(4)
    data = picture(40, 20, "JPEG")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


@pytest.mark.parametrize("tag", [0x010E, 0x011A, 0x0131, 0x9000])
@pytest.mark.parametrize("kind", [1, 2, 5, 7, 11, 99])
def test_odd_metadata_breaks_nothing_and_a_turned_picture_is_upright(tag: int, kind: int) -> None:
    logo = logos.made(with_orientation(struct.pack("<HHI4s", tag, kind, 1, b"abcd")))

    assert opened(logo.content).size == (20, 40)


def test_a_row_of_millions_of_pixels_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(Invalid, match="cannot be used") as raised:
        logos.made(picture(raster.LONGEST_SIDE + 1, 1))

    assert "too many pixels" in str(raised.value.errors["logo"])
