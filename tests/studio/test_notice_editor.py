"""Editing the notice over HTTP: sections, other processing, processors and other recipients."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from server.core.db import transaction
from server.sites import service as sites
from server.sites.document_types import STANDARD_SECTIONS
from server.sites.values import Site
from server.studio.draft import form_binding
from tests.studio.conftest import NOW, Visitor, make_publishable

WORD = (
    "<p class=MsoNormal style='margin:0'><b>Hei</b></p><table><tr><td>x</td></tr></table>"
    "<script>alert(1)</script><p>Ferdig</p>"
)


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes notices."""
    return as_role("editor", site)


def notice(site: Site) -> Any:
    return sites.draft(site.id).document["notice"]


def section(site: Site, key: str) -> Any:
    return next(each for each in notice(site)["sections"] if each["key"] == key)


def address(site: Site, rest: str = "") -> str:
    return f"/sites/{site.key}/banner/notice{rest}"


# --- sections --------------------------------------------------------------------------------------------


def test_all_sections_are_listed_with_whose_words_they_have(site: Site, editor: Visitor) -> None:
    page = editor.get(address(site)).text
    places = [page.index(f'/notice/sections/{key}"') for key in STANDARD_SECTIONS]
    assert places == sorted(places)
    assert page.count("Standard words") == len(STANDARD_SECTIONS)
    editor.save(address(site, "/sections/who"), {"notice.sections.who.body.nb": "Vi selger kaker."})
    editor.save(address(site, "/sections/law"), {"notice.sections.law.body.nn": "", "language": "nn"})
    page = editor.get(address(site)).text
    assert page.count("Own words") == 1
    assert "Missing in norsk nynorsk" in page


def test_own_words_in_one_language_only_are_marked_and_lead_to_the_others(
    site: Site, editor: Visitor
) -> None:
    path = address(site, "/sections/who")
    editor.save(path, {"notice.sections.who.body.nb": "Vi selger kaker."})
    listed = editor.get(address(site)).text
    assert "Own words in norsk bokmål" in listed
    assert "Standard words in English, norsk nynorsk" in listed
    page = editor.get(path).text
    assert page.count('<span class="tag tag-wait">Standard words</span>') == 2
    found = editor.get(f"/sites/{site.key}/publish").text
    assert "has your own words in one language, but the standard words in" in found
    editor.save(path, {f"notice.sections.who.body.{code}": "Kaker." for code in ("nn", "en")})
    assert "has your own words in one language" not in editor.get(f"/sites/{site.key}/publish").text
    assert "Own words</span>" in editor.get(address(site)).text


def test_section_is_written_and_its_standard_words_come_back(site: Site, editor: Visitor) -> None:
    path = address(site, "/sections/who")
    before = section(site, "who")
    assert "Use the standard words" not in editor.get(path).text
    fields = {
        "notice.sections.who.heading.nn": "Kven vi er",
        "notice.sections.who.body.nn": "Vi sel kaker.\r\n",
    }
    assert editor.save(path, fields).location == f"/studio{path}"
    assert section(site, "who")["body"]["nn"] == "Vi sel kaker."
    page = editor.get(path).text
    assert page.count("Own words") == 1
    assert re.findall(r'value="standard:(\w+)"', page) == ["nn"]
    editor.save(path, {"do": "standard:nn", **fields})
    assert section(site, "who") == before


def test_formatted_text_is_kept_and_what_a_notice_cannot_have_is_named(site: Site, editor: Visitor) -> None:
    path = address(site, "/sections/security")
    body = '<p>Se <a href="https://example.no/">reglene</a></p><ul><li>Ett</li></ul>'
    editor.save(path, {"notice.sections.security.body.nb": body})
    assert "Left out" not in editor.get(path).text
    kept = section(site, "security")["body"]["nb"]
    assert '<a href="https://example.no/" rel="noopener noreferrer">reglene</a>' in kept
    assert "<ul><li>Ett</li></ul>" in kept
    editor.save(path, {"notice.sections.security.body.nb": WORD})
    page = editor.get(path).text
    assert "Left out, because a notice cannot have it: class, style, &lt;b&gt;, &lt;table&gt;" in page
    assert section(site, "security")["body"]["nb"] == "<p>Hei</p>x<p>Ferdig</p>"
    assert "<script>alert" not in page


def test_plain_text_stays_plain(site: Site, editor: Visitor) -> None:
    path = address(site, "/sections/law")
    editor.save(path, {"notice.sections.law.body.nb": "Norsk rett & 1 < 2.\r\n\r\nOslo tingrett"})
    assert section(site, "law")["body"]["nb"] == "Norsk rett & 1 < 2.\n\nOslo tingrett"
    assert "Norsk rett &amp; 1 &lt; 2." in editor.get(path).text


def test_section_with_an_error_keeps_what_was_typed(site: Site, editor: Visitor) -> None:
    path = address(site, "/sections/who")
    answer = editor.save(
        path, {"notice.sections.who.heading.nb": "x" * 201, "notice.sections.who.body.nb": "Vi selger kaker."}
    )
    assert answer.status_code == 422
    assert 'id="notice.sections.who.heading.nb-error"' in answer.text
    assert "Vi selger kaker." in answer.text
    long = editor.save(path, {"notice.sections.who.body.nb": "<p>" + "y" * 20_001})
    assert 'id="notice.sections.who.body.nb-error"' in long.text


def test_sections_move_by_buttons_and_keep_their_words(site: Site, editor: Visitor) -> None:
    def keys() -> list[str]:
        return [each["key"] for each in notice(site)["sections"]]

    first, second, *rest = keys()
    words = section(site, second)
    editor.save(address(site), {"do": f"up:{second}"})
    assert keys() == [second, first, *rest]
    assert section(site, second) == words
    editor.save(address(site), {"do": f"up:{second}"})
    editor.save(address(site), {"do": "down:nothing"})
    assert keys() == [second, first, *rest]
    editor.save(address(site), {"do": f"down:{second}"})
    assert keys() == [first, second, *rest]


def test_section_is_hidden_and_shown_in_list_and_on_its_page(site: Site, editor: Visitor) -> None:
    editor.save(address(site), {"do": "hide:sharing"})
    assert section(site, "sharing")["hidden"]
    assert "Hidden" in editor.get(address(site)).text
    path = address(site, "/sections/sharing")
    editor.save(path, {"do": "show", "notice.sections.sharing.body.nb": "Vi deler ikke."})
    assert not section(site, "sharing")["hidden"]
    assert section(site, "sharing")["body"]["nb"] == "Vi deler ikke."


def test_own_section_is_added_before_the_contacts_and_removed(site: Site, editor: Visitor) -> None:
    answer = editor.save(address(site, "/sections"), {"heading": " Kameraer i butikken "}, at=address(site))
    path = address(site, "/sections/kameraer_i_butikken")
    assert answer.location == f"/studio{path}"
    keys = [each["key"] for each in notice(site)["sections"]]
    assert keys.index("kameraer_i_butikken") == keys.index("contact") - 1
    assert section(site, "kameraer_i_butikken")["heading"] == {"nb": "Kameraer i butikken"}
    page = editor.get(path).text
    assert "Use the standard words" not in page
    assert editor.save(path, {"do": "remove"}).location == f"/studio{address(site)}"
    assert editor.get(path).status_code == 404
    editor.save(address(site, "/sections/who"), {"do": "remove"})
    assert section(site, "who")


def test_section_needs_a_heading(site: Site, editor: Visitor) -> None:
    missing = editor.save(address(site, "/sections"), {"heading": " "}, at=address(site))
    assert (missing.status_code, 'id="heading-error"' in missing.text) == (422, True)
    long = editor.save(address(site, "/sections"), {"heading": "x" * 201}, at=address(site))
    assert 'id="heading-error"' in long.text
    assert f'value="{"x" * 201}"' in long.text


def test_conflict_on_a_section_shows_both(site: Site, editor: Visitor) -> None:
    path = address(site, "/sections/who")
    old = sites.draft(site.id).revision
    document: Any = sites.draft(site.id).document
    document["notice"]["sections"][0]["body"]["nb"] = "Fra en kollega"
    with transaction():
        sites.save_draft(site.id, document, by="ola@example.no", now=NOW)
    answer = editor.post(path, {"revision": str(old), "notice.sections.who.body.nb": "Fra meg"})
    assert answer.status_code == 409
    assert "Fra meg" in answer.text
    assert "Fra en kollega" in answer.text
    # What touches nothing of the colleague's is done, and keeps it.
    assert editor.post(path, {"revision": str(old), "do": "hide"}).status_code == 303
    assert editor.post(address(site), {"revision": str(old), "do": "down:who"}).status_code == 303
    second = sites.draft(site.id).document["notice"]["sections"][1]
    assert (second["key"], second["body"]["nb"]) == ("who", "Fra en kollega")


def test_draft_is_shown_as_visitors_will_see_it(site: Site, editor: Visitor) -> None:
    preview = address(site, "/preview")
    fields = {"notice.sections.security.body.nn": "<p>Vi <strong>passar</strong> på.</p>", "language": "nn"}
    editor.save(address(site, "/sections/security"), fields)
    editor.save(address(site), {"do": "hide:sharing"})
    page = editor.get(f"{preview}?language=nn").text
    assert '<html lang="nn"' in page
    assert "<p>Vi <strong>passar</strong> på.</p>" in page
    assert "This is the draft." in page
    assert 'content="noindex"' in page
    assert 'id="security"' in page
    assert 'id="sharing"' not in page
    assert f'href="/studio{preview}?language=en"' in page
    assert "--samtykke-accent:" in page
    # Nothing of the site is public yet, so nothing leads there.
    assert "/s/butikken/" not in page
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    assert "/s/butikken/cookies?lang=nb" in editor.get(preview).text
    assert 'lang="nb"' in editor.get(f"{preview}?language=xx").text


# --- other processing, processors and other recipients ---------------------------------------------------


def test_processing_is_added_described_and_removed(site: Site, editor: Visitor) -> None:
    pages = address(site, "/activities")
    added = editor.save(pages, {"name": "Bestillinger"})
    path = f"{pages}/bestillinger"
    assert added.location == f"/studio{path}"
    prefix = "notice.activities.bestillinger."
    fields = {
        f"{prefix}purpose.nb": "Levere varer.",
        f"{prefix}data.nb": "Navn og adresse",
        f"{prefix}subjects.nb": "Kunder",
        f"{prefix}legal_basis": "contract",
        f"{prefix}interests.nb": "",
        f"{prefix}sources.nb": "Folkeregisteret",
        f"{prefix}recipients": "Posten\r\n\r\nRegnskap AS ",
        f"{prefix}country": "NO",
        f"{prefix}retention.nb": "Fem år",
    }
    assert editor.save(path, fields).status_code == 303
    [activity] = notice(site)["activities"]
    assert activity["name"] == {"nb": "Bestillinger"}
    assert activity["legal_basis"] == "contract"
    assert activity["recipients"] == ["Posten", "Regnskap AS"]
    assert activity["sources"]["nb"] == "Folkeregisteret"
    assert (activity["country"], activity["retention"]["nb"]) == ("NO", "Fem år")
    assert "Contract" in editor.get(pages).text
    again = editor.save(pages, {"name": "Bestillinger"})
    assert again.location == f"/studio{path}_2"
    assert editor.save(path, {"do": "remove"}).location == f"/studio{pages}"
    assert [each["key"] for each in notice(site)["activities"]] == ["bestillinger_2"]
    assert editor.get(path).status_code == 404


def test_processor_is_added_described_and_removed(site: Site, editor: Visitor) -> None:
    pages = address(site, "/processors")
    path = f"{pages}/posten_bring_as"
    assert editor.save(pages, {"name": "Posten Bring AS"}).location == f"/studio{path}"
    prefix = "notice.processors.posten_bring_as."
    fields = {
        f"{prefix}organisation_number": "984 661 185",
        f"{prefix}role": "recipient",
        f"{prefix}purpose.nn": "Leverer pakkar",
        f"{prefix}country": "US",
        f"{prefix}transfer_basis": "data_privacy_framework",
        f"{prefix}agreement": "https://example.no/avtale",
        f"{prefix}sub_processors": "A\r\nB",
    }
    assert editor.save(path, fields).location == f"/studio{path}"
    [processor] = notice(site)["processors"]
    assert processor["name"] == "Posten Bring AS"
    assert (processor["role"], processor["country"]) == ("recipient", "US")
    assert processor["transfer_basis"] == "data_privacy_framework"
    assert processor["sub_processors"] == ["A", "B"]
    assert "Other recipient" in editor.get(pages).text
    editor.save(path, {"do": "remove"})
    assert notice(site)["processors"] == []


def test_texts_that_a_language_lacks_are_counted_with_the_way_to_the_first(
    site: Site, editor: Visitor
) -> None:
    pages = address(site, "/activities")
    editor.save(pages, {"name": "Bestillinger"})
    path, prefix = f"{pages}/bestillinger", "notice.activities.bestillinger."
    page = editor.get(path).text
    assert (
        f'<a href="#{prefix}purpose.nb"><span lang="nb">norsk bokmål</span>: 3 texts are missing</a>' in page
    )
    assert f'<a href="#{prefix}name.nn"><span lang="nn">norsk nynorsk</span>: 4 texts are missing</a>' in page
    needed = {
        f"{prefix}{text}.{code}": "Ord"
        for text in ("name", "purpose", "data", "retention")
        for code in ("nb", "nn", "en")
    }
    # What no language has to say is missing as soon as one says it.
    assert editor.save(path, {**needed, f"{prefix}subjects.nb": "Kunder"}).location == f"/studio{path}"
    page = editor.get(path).text
    assert page.count("1 text is missing") == 2
    assert f'<a href="#{prefix}subjects.en">' in page
    editor.save(path, {f"{prefix}subjects.{code}": "Kunder" for code in ("nn", "en")})
    assert "missing" not in editor.get(path).text


@pytest.mark.parametrize("pages", ["/activities", "/processors"])
def test_part_needs_a_name_and_keeps_what_was_typed(site: Site, editor: Visitor, pages: str) -> None:
    path = address(site, pages)
    for wrong in (" ", "x" * 201):
        answer = editor.save(path, {"name": wrong})
        assert (answer.status_code, 'id="name-error"' in answer.text) == (422, True)
        assert f'value="{wrong.strip()}"' in answer.text
    editor.save(path, {"name": "Nyhetsbrev"})
    one = f"{path}/nyhetsbrev"
    prefix = f"notice{pages.replace('/', '.')}.nyhetsbrev."
    answer = editor.save(one, {f"{prefix}country": "norge", f"{prefix}purpose.nb": "Sende brev"})
    assert answer.status_code == 422
    assert f'id="{prefix}country-error"' in answer.text
    assert '<option value="norge" selected>norge</option>' in answer.text
    assert "Sende brev" in answer.text
    old = str(sites.draft(site.id).revision)
    editor.save(one, {f"{prefix}purpose.nb": "Fra en kollega"})
    kept = editor.post(one, {"revision": old, "do": "remove"})
    assert (kept.status_code, "Fra en kollega" in kept.text) == (409, True)
    assert "is still there. Do the same again to remove it." in kept.text
    assert editor.save(one, {"do": "remove"}).status_code == 303
    editor.save(path, {"name": "Nyhetsbrev"})
    assert editor.get(f"{path}/nothing").status_code == 404
    assert editor.save(f"{path}/nothing", {}, at=path).status_code == 404


def test_every_field_of_a_part_is_on_its_page(site: Site, editor: Visitor) -> None:
    editor.save(address(site, "/activities"), {"name": "Bestillinger"})
    editor.save(address(site, "/processors"), {"name": "Host AS"})
    editor.save(f"/sites/{site.key}/banner/services", {"name": "Kart", "category": "necessary"})
    places = {
        ("notice", "sections", 0): address(site, "/sections/who"),
        ("notice", "activities", 0): address(site, "/activities/bestillinger"),
        ("notice", "processors", 0): address(site, "/processors/host_as"),
        ("services", 1): f"/sites/{site.key}/banner/services/kart",
    }
    for root, path in places.items():
        names = form_binding.fields_of(sites.draft(site.id).document, root)
        pages = editor.get(path).text
        # What a service stores is added by fields of its own; the own one has no agreement with others.
        wanted = [name for name in names if not name.endswith((".cookies", "samtykke.processor_agreement"))]
        assert [name for name in wanted if f'name="{name}"' not in pages] == []


def test_countries_are_chosen_by_name_and_by_what_a_transfer_needs(site: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{site.key}/banner/services/samtykke").text
    inside, outside = page.index('label="In the EEA"'), page.index('label="Outside')
    assert inside < page.index('<option value="NO">Norway</option>') < outside
    assert outside < page.index('<option value="US">United States</option>')
    assert not re.search(r'<option value="(?:EU|ZZ|UN)"', page)


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "<", "x" * 5000, "../..", "1e9", "::", "æ\n\n"])
def test_odd_input_is_refused_without_a_fault(site: Site, editor: Visitor, odd: str) -> None:
    sent = odd.encode("utf-8", "replace").decode()
    editor.save(address(site, "/activities"), {"name": "Bestillinger"})
    prefix = "notice.activities.bestillinger."
    who, orders = "/sections/who", "/activities/bestillinger"
    posts: list[tuple[str, str, dict[str, str]]] = [
        ("", "", {"do": f"up:{sent}"}),
        ("", "", {"do": sent}),
        ("/sections", "", {"heading": sent}),
        ("/activities", "/activities", {"name": sent}),
        ("/processors", "/processors", {"name": sent}),
        (who, who, {"do": sent, "notice.sections.who.body.nb": f"<{sent}"}),
        (who, who, {"do": f"standard:{sent}"}),
        (orders, orders, {f"{prefix}legal_basis": sent}),
        (orders, orders, {f"{prefix}country": sent}),
        ("/processors/who", "/processors", {f"{prefix}country": sent}),
    ]
    for path, at, data in posts:
        answer = editor.save(address(site, path), data, at=address(site, at))
        assert answer.status_code in (303, 404, 409, 422), (path, data)
    for query in ("", "/preview", "/sections/who"):
        for name in ("language", "show"):
            assert editor.get(address(site, query), query_string={name: sent}).status_code == 200
