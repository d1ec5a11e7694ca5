"""What a site can begin with by its page: names, languages, colours, logos and services, of whatever page."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.email_addresses import email_address
from server.core.organisation_numbers import norwegian
from server.core.plain_text import unseen
from server.scanner import page, proposal
from server.scanner.page_colours import brand_colours
from server.scanner.reading import Getters, address, read
from server.scanner.structured_data import organisation
from server.scanner.values import Fault, Loaded, Proposal
from tests.scanner.answers import Web, html, redirect

URL = "https://www.fjellkaffe.no/"

KAFFE = """<!doctype html>
<html lang="nb-NO">
<head>
<title>Nybrent kaffe på døra – Fjellkaffe</title>
<meta name="theme-color" content="#7a3e1d">
<link rel="stylesheet" href="/stil.css">
<link rel="apple-touch-icon" href="/ikon.png">
<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC123"></script>
<script>n.src='https:\\/\\/connect.facebook.net\\/en_US\\/fbevents.js';</script>
</head>
<body>
<header><a class="site-logo" href="/"><img src="/media/merke.svg" alt="Fjellkaffe"></a></header>
<iframe src="https://www.youtube.com/embed/abc"></iframe>
<footer>Fjellkaffe AS, org.nr. 311 874 020. <a href="mailto:kari@example.com">Kari</a>
<a href="mailto:post@fjellkaffe.no?subject=Hei">Skriv til oss</a></footer>
</body>
</html>"""


def proposed(text: str, url: str = URL, **options: object) -> Proposal:
    services = options.pop("services_at", lambda _address: ())
    return proposal.propose(page.read(text, url), url, services_at=services, **options)  # type: ignore[arg-type]


def found(pages: Web, url: str = URL) -> Proposal | Fault:
    return read(url, Getters(pages, pages))


def test_a_page_tells_what_its_site_begins_with() -> None:
    web = Web({URL: html(KAFFE), f"{URL}stil.css": html("a { color: #0b57d0 } :root { --brand: #0b57d0 }")})
    made = found(web)
    assert isinstance(made, Proposal)
    assert (made.name, made.language, made.domains) == (
        "Fjellkaffe",
        "nb-NO",
        ("fjellkaffe.no", "www.fjellkaffe.no"),
    )
    assert (made.organisation_number, made.email) == ("311874020", "post@fjellkaffe.no")
    assert made.colours == ("#7a3e1d", "#0b57d0")
    assert made.logos == ("https://www.fjellkaffe.no/media/merke.svg", "https://www.fjellkaffe.no/ikon.png")
    assert made.services == (
        Loaded("google_analytics", "www.googletagmanager.com", certain=True),
        Loaded("meta_pixel", "connect.facebook.net", certain=True),
        Loaded("youtube", "www.youtube.com", certain=True),
    )


def test_the_address_that_a_page_leads_to_is_followed_with_and_without_www_alone() -> None:
    web = Web({"https://fjellkaffe.no/": redirect(URL), URL: html(KAFFE)})
    made = found(web, "https://fjellkaffe.no/")
    assert isinstance(made, Proposal)
    assert made.url == URL
    away = Web({URL: redirect("http://169.254.169.254/latest/")})
    refused = found(away)
    assert isinstance(refused, Fault)
    assert (refused.code, away.asked) == ("redirected_away", [URL])


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("https://www.fjellkaffe.no/", URL),
        ("www.fjellkaffe.no", "https://www.fjellkaffe.no"),
        (" fjellkaffe.no/om ", "https://fjellkaffe.no/om"),
    ],
)
def test_an_address_is_understood_as_people_paste_it(typed: str, whole: str) -> None:
    assert address(typed, allow_private=False) == whole


def test_the_name_is_what_the_page_calls_itself() -> None:
    named = '<meta property="og:site_name" content="Kaffe fra fjellet"><title>Hjem</title>'
    data = '<script type="application/ld+json">{"@type":"Organization","name":"Fjell"}</script>'
    assert proposed(named + data).name == "Kaffe fra fjellet"
    assert proposed(data).name == "Fjell"
    assert proposed("<title>Hjem | Fjellkaffe</title>").name == "Fjellkaffe"
    assert proposed("<title>Velkommen: alt om kaffe</title>").name == "Fjellkaffe"
    assert proposed("").name == "Fjellkaffe"
    assert proposed("", "http://127.0.0.1/").name == ""


@pytest.mark.parametrize(
    ("host", "domains"),
    [
        ("www.kaffe.no", ("kaffe.no", "www.kaffe.no")),
        ("kaffe.no", ("kaffe.no", "www.kaffe.no")),
        ("kaffe.co.uk", ("kaffe.co.uk", "www.kaffe.co.uk")),
        ("butikk.kaffe.no", ("butikk.kaffe.no",)),
        ("localhost", ("localhost",)),
        ("127.0.0.1", ("127.0.0.1",)),
        ("", ()),
    ],
)
def test_domains_are_with_and_without_www_where_both_are_usual(host: str, domains: tuple[str, ...]) -> None:
    assert proposal.domains_of(host) == domains


def test_who_is_behind_a_page_is_read_from_its_structured_data() -> None:
    said = {
        "@graph": [
            {"@type": "WebSite", "name": "Nettside"},
            {
                "@type": ["Organization", "Brand"],
                "name": "Fjellkaffe",
                "legalName": "Fjellkaffe AS",
                "email": "mailto:hei@fjellkaffe.no",
                "logo": {"@type": "ImageObject", "url": "/logo.png"},
                "vatID": "NO311874020MVA",
                "address": {
                    "streetAddress": "Storgata 1",
                    "postalCode": "0155",
                    "addressLocality": "Oslo",
                    "addressCountry": {"name": "NO"},
                },
            },
        ]
    }
    made = proposed(f'<script type="application/ld+json">{json.dumps(said)}</script>')
    assert (made.legal_name, made.email, made.organisation_number) == (
        "Fjellkaffe AS",
        "hei@fjellkaffe.no",
        "311874020",
    )
    assert (made.address, made.logos) == ("Storgata 1\n0155 Oslo", ("https://www.fjellkaffe.no/logo.png",))


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        "[" * 100_000,
        '{"@type": {"@type": []}}',
        '{"@type":"Organization","name":{}}',
        "null",
        '"x"',
        "1e999",
    ],
)
def test_broken_structured_data_says_nothing(block: str) -> None:
    assert organisation([block]).name == ""


def test_an_organisation_number_counts_with_a_sound_check_digit() -> None:
    assert norwegian("NO 923 609 016 MVA") == "923609016"
    for wrong in ("923 609 017", "92360901", "000000000", "９２３６０９０１６", "", "923 609 0160"):
        assert norwegian(wrong) == ""
    assert proposed(
        "<p>Org. nr: 923 609 017</p><p>Organisasjonsnummer NO311874020MVA</p>"
    ).organisation_number == ("311874020")


def test_greys_and_palettes_that_programs_ship_are_no_brand() -> None:
    shipped = (
        ":root{--wp--preset--color--vivid-red: #cf2e2e;--bs-blue:#0d6efd} body{color:#333;background:#fff}"
    )
    assert brand_colours(["#ffffff"], [shipped]) == ()
    own = ".a{color:rgb(122, 62, 29)} .b{background:#7a3e1d} .c{border-color:hsl(210, 80%, 40%)}"
    assert brand_colours([], [own])[0] == "#7a3e1d"
    assert brand_colours([], [own, ":root{--primary-color:#0b57d0;--primary-hover:#00aa00}"])[0] == "#0b57d0"


def test_a_place_of_several_services_leaves_it_to_staff() -> None:
    both = proposed(
        "<script src='https://cdn.example.com/x.js'></script>", services_at=lambda _place: ("one", "two")
    )
    assert [(each.key, each.certain) for each in both.services] == [("one", False), ("two", False)]


_PIECES = st.sampled_from(
    [
        "<title>",
        "</title>",
        '<meta property="og:site_name" content="',
        '">',
        "<a href='mailto:",
        "'>",
        "</a>",
        "<style>",
        "</style>",
        ":root{--brand:",
        "#ff0000",
        "rgb(300,0,0)",
        "hsl(999, 99%, 99%)",
        ";}",
        '<script type="application/ld+json">',
        '{"@type":"Organization","name":"',
        '"}',
        "</script>",
        "<script>",
        "https://www.googletagmanager.com/gtag/js",
        "//[::1]/",
        "https://[",
        "<img class=logo src=",
        "javascript:",
        "data:image/png;base64,",
        "<base href=",
        "<template>",
        "<noscript>",
        "org.nr. 923609016",
        "\u202e",
        "\x00",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=40), max_size=60).map("".join))
def test_a_hostile_page_proposes_nothing_that_cannot_be_shown_or_requested(text: str) -> None:
    made = proposed(text, styles=[text], services_at=lambda _place: ("one",))
    for name in (made.name, made.legal_name):
        assert len(name) <= proposal.LONGEST_NAME
        assert not unseen(name)
    assert not unseen(made.address.replace("\n", " "))
    assert made.email == "" or email_address(made.email)
    assert all(each.startswith(("https://", "http://")) for each in made.logos)
    assert len(made.logos) <= proposal.MOST_LOGOS
    assert all(len(each) == 7 and int(each[1:], 16) >= 0 for each in made.colours)
    assert made.domains == ("fjellkaffe.no", "www.fjellkaffe.no")


@pytest.mark.parametrize(
    "piece", ["<div class=logo>", "<style>a{", "org.nr. 1", "https://a.no/", "#", "rgb(1,", "{", "- "]
)
def test_a_long_page_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    proposed(piece * (400_000 // len(piece)), styles=[piece * 200_000])
