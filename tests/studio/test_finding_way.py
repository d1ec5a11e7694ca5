"""From a finding to its field, and on to the next finding, without going back to the list."""

import html
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.db import transaction
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Finding, Site
from server.studio.draft import finding_way
from server.studio.draft.editor_links import EditorLink
from tests.sites.documents import publishable
from tests.studio.conftest import NOW, Visitor

FIELDS = (
    "texts.nb.title",
    "texts.nb.body",
    "controller.name",
    "controller.address",
    "behaviour.validity_days",
)
COLOUR = "appearance.colours.light.text"
WAY = re.compile(r'<div class="next-finding[^"]*" id="next-finding"[^>]*>(.*?)</div>', re.S)


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who edits."""
    return as_role("editor", site)


def finding(field: str, severity: str = "error") -> Finding:
    return Finding(cast("Any", severity), field, "is missing", "address_missing")


def mark_of(link: EditorLink) -> str:
    return link.values[finding_way.PARAMETER]


def walk(found: list[Finding], document: Document, *, mending: Sequence[bool]) -> list[str]:
    """The fields that somebody comes to who presses Next, and on the way puts right what `mending` says."""
    mark, seen = f"0-{found[0].field}", []
    for mends in mending:
        field = mark.partition("-")[2]
        seen.append(field)
        if mends:
            found = [each for each in found if each.field != field]
        way = finding_way.way(mark, found, document)
        assert way
        assert way.left == len(found)
        assert bool(way.said) is any(each.field == field for each in found)
        if way.next is None:
            assert {each.field for each in found} <= {field}
            break
        mark = mark_of(way.next)
        assert mark.partition("-")[2] in {each.field for each in found} - {field}
    return seen


@given(
    st.lists(st.sampled_from(FIELDS), min_size=1, unique=True),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_who_goes_on_comes_to_all_that_is_left_in_its_order_and_then_to_what_was_passed_over(
    fields: list[str], mending: list[bool]
) -> None:
    document = publishable()
    assert walk([*map(finding, fields)], document, mending=[True] * 6) == fields
    assert walk([*map(finding, fields)], document, mending=[False] * len(fields)) == fields
    # Whatever is put right and what not: each is come to within one round.
    assert set(walk([*map(finding, fields)], document, mending=mending)) == set(fields)


def test_what_stops_publishing_is_counted_alone_while_there_is_any() -> None:
    document, found = (
        publishable(),
        [finding(FIELDS[0]), finding(FIELDS[1], "warning"), finding(FIELDS[2], "warning")],
    )
    way = finding_way.way(f"0-{FIELDS[0]}", found, document)
    assert way
    assert (way.left, way.stops) == (1, True)
    way = finding_way.way(f"0-{FIELDS[0]}", found[1:], document)
    assert way
    assert (way.left, way.stops, way.said) == (2, False, "")
    assert mark_of(cast("EditorLink", way.next)) == f"0-{FIELDS[1]}"


@pytest.mark.parametrize("mark", ["", "1", "-", "x-texts.nb.title", "1-", "9" * 30 + "-x"])
def test_an_address_that_somebody_has_made_up_leads_nowhere(mark: str) -> None:
    assert finding_way.way(mark, [finding(FIELDS[0])], publishable()) is None


def shown(page: str) -> str:
    found = WAY.search(page)
    assert found
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", found[1]).split()))


def spoil(site: Site) -> str:
    """Give the draft a colour that is hard to read; what leads to it."""
    document: Any = publishable()
    document["appearance"]["colours"]["light"]["text"] = "#999999"
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
    (number,) = (at for at, each in enumerate(sites.check(site.id)) if each.field == COLOUR)
    return f"/sites/{site.key}/banner/appearance?finding={number}-{COLOUR}"


def test_the_editor_says_what_is_wrong_at_the_field_then_that_it_is_put_right_and_what_is_next(
    site: Site, editor: Visitor
) -> None:
    address = spoil(site)
    before = shown(editor.get(address).text)
    assert "left" in before
    assert "Next:" in before
    assert "Put right." not in before
    sent = {COLOUR: "#111111", f"before.{COLOUR}": "#999999", "next": f"/studio{address}", "revision": "1"}
    answer = editor.post(f"/sites/{site.key}/banner/autosave", sent)
    after = shown(cast("Any", answer.json)["finding"])
    assert after.startswith("Put right.")
    assert "Next:" in after


def test_saving_by_the_button_leads_on_too(site: Site, editor: Visitor) -> None:
    address = spoil(site)
    page, mark = address.split("?finding=")
    assert f'<input type="hidden" name="finding" value="{mark}">' in editor.get(address).text
    answer = editor.save(page, {COLOUR: "#111111", "finding": mark})
    assert answer.location == f"/studio{address}"
    assert shown(editor.get(address).text).startswith("Put right.")


def test_who_came_from_no_finding_sees_nothing_of_it(site: Site, editor: Visitor) -> None:
    spoil(site)
    page = editor.get(f"/sites/{site.key}/banner/appearance").text
    assert shown(page) == ""
    assert 'name="finding"' not in page
    sent = {COLOUR: "#111111", f"before.{COLOUR}": "#999999", "next": "/studio/", "revision": "1"}
    answer = editor.post(f"/sites/{site.key}/banner/autosave", sent)
    assert cast("Any", answer.json)["finding"] == ""
