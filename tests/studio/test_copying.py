"""A copy of a site, made in the studio."""

from collections.abc import Callable
from datetime import timedelta

from server.consents.service import decisions
from server.core.db import transaction
from server.sites import logos, page_addresses
from server.sites import service as sites
from server.sites.values import Site
from tests.conftest import PUBLIC_URL
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, Visitor

TYPED = {"name": "Filialen", "key": "", "domains": "https://www.filialen.no/"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'


def test_copy_has_draft_settings_and_logo_and_nothing_else(
    site: Site, as_role: Callable[..., Visitor]
) -> None:
    document = publishable()
    with transaction():
        logo = logos.made(SVG)
        logos.store(site.id, logo, by="kari", now=NOW)
        document["appearance"]["logo"] = PUBLIC_URL + page_addresses.logo_path("butikken", logo.name)
        document["appearance"]["logo_text"] = "Butikken"
        sites.save_draft(site.id, document, by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)
        sites.set_retention(site.id, 30)
    owner = as_role("owner")
    assert 'href="/studio/sites/butikken/copy"' in owner.get("/sites/butikken/").text
    said = owner.post("/sites/butikken/copy", TYPED, follow_redirects=True).text
    assert "Filialen is made as a copy of Butikken, with the key filialen." in said
    made = sites.find("filialen")
    assert (made.domains, made.retention) == (("www.filialen.no",), timedelta(days=30))
    assert (sites.newest(made.id), decisions.any_received(made.id)) == (None, False)
    copied, original = sites.draft(made.id).document, sites.draft(site.id).document
    own = PUBLIC_URL + page_addresses.logo_path("filialen", logo.name)
    assert copied == {**original, "appearance": {**original["appearance"], "logo": own}}
    assert logos.find("filialen", logo.name).content == logo.content


def test_copy_that_cannot_be_made_keeps_what_was_typed(site: Site, as_role: Callable[..., Visitor]) -> None:
    owner = as_role("owner")
    taken = owner.post("/sites/butikken/copy", {**TYPED, "key": "butikken"})
    assert (taken.status_code, 'id="key-error"' in taken.text) == (409, True)
    assert 'value="Filialen"' in taken.text
    wrong = owner.post("/sites/butikken/copy", {**TYPED, "domains": "http://"})
    assert (wrong.status_code, 'id="domains-error"' in wrong.text) == (422, True)
    assert [one.key for one in sites.each_site()] == ["butikken"]
