"""A marking example is read: what waits, for what, and what its provider writes."""

import copy

import pytest

from server.catalog import marking, reading, service
from server.catalog.values import Service

FRAME = '<iframe data-consent="advertising" data-consent-src="https://a.example/e?x=1&amp;y=2" title="Film">'
SCRIPT = (
    '<script type="text/plain" data-consent="statistics" src="https://a.example/a.js" data-site="1"></script>'
)


def test_what_waits_is_the_address_that_the_element_gets_with_consent() -> None:
    style = '<link rel="stylesheet" data-consent="functional" data-consent-src="https://a.example/a.css">'
    picture = '<img data-consent="advertising" data-consent-srcset="https://a.example/a.png 2x" alt="">'
    found = marking.elements(f"<div class=post></div>{FRAME}</iframe>{SCRIPT}{style}{picture}")

    assert [each.waiting for each in found] == [
        {"src": "https://a.example/e?x=1&y=2"},
        {"src": "https://a.example/a.js"},
        {"href": "https://a.example/a.css"},
        {"srcset": "https://a.example/a.png 2x"},
    ]
    assert [set(each.categories) for each in found] == [
        {"advertising"},
        {"statistics"},
        {"functional"},
        {"advertising"},
    ]
    assert not any(each.loads_at_once for each in found)


@pytest.mark.parametrize(
    ("marked", "own"),
    [
        (FRAME, '<iframe title="Film" src="https://a.example/e?x=1&amp;y=2"></iframe>'),
        (SCRIPT, '<script src="https://a.example/a.js" data-site="1"></script>'),
        (
            SCRIPT.replace("data-consent=", 'data-consent-type="module" data-consent='),
            '<script src="https://a.example/a.js" data-site="1" type="module"></script>',
        ),
    ],
)
def test_without_its_marking_it_is_as_its_provider_writes_it(marked: str, own: str) -> None:
    [element] = marking.elements(marked)
    [again] = marking.elements(element.unmarked())

    assert element.unmarked() == own
    assert again.loads_at_once


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/b/c.js?d#e", "a.example/b/c.js"),
        ("https://a.example", "a.example"),
        ("http://a.example/b", ""),
        ("//a.example/b", ""),
        ("https://YOUR_HOST/b", ""),
        ("https://[/b", ""),
    ],
)
def test_a_place_is_a_host_and_a_path(address: str, expected: str) -> None:
    assert marking.place(address) == expected


def changed(**fields: object) -> Service:
    value = copy.deepcopy(service.as_json(service.find("matomo"))) | fields
    return reading.read(value)


def test_what_a_website_runs_by_itself_loads_from_an_example_of_its_own() -> None:
    own = service.find("matomo")
    assert own.hosts == ()
    assert list(marking.faults(own)) == []

    elsewhere = changed(marking=own.marking.replace("matomo.example.no", "matomo.cloud"))
    assert list(marking.faults(elsewhere)) == ["loads from matomo.cloud/matomo.js, which is not among hosts"]


@pytest.mark.parametrize(
    "key", ["google_analytics", "google_ads", "meta_pixel", "linkedin_insight", "hotjar"]
)
def test_the_inline_part_of_a_snippet_waits_beside_its_loader(key: str) -> None:
    described = service.find(key)
    found = marking.elements(described.marking)

    assert sorted(bool(each.waiting) for each in found) == [False, True]
    assert {each.categories for each in found} == {frozenset({described.category})}
    assert not any(each.loads_at_once for each in found)


def test_no_example_has_an_address_that_leads_nowhere_or_a_video_without_a_size() -> None:
    assert "…" not in service.find("facebook_plugins").marking.split("title")[0]
    for key in ("youtube", "youtube_nocookie", "vimeo"):
        (frame,) = marking.elements(service.find(key).marking)
        assert {"width", "height"} <= set(frame.attributes)


def test_nothing_necessary_is_held_back() -> None:
    assert list(marking.faults(changed(category="necessary"))) == [
        "is there, while nothing that is necessary is held back"
    ]
