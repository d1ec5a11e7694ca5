"""What a banner loads only when it is needed."""

import re
from pathlib import Path

import pytest

from server.embed import assemble, compression, lazy_chunks
from server.embed.values import Bundle
from server.notices.formats import duration
from server.sites.document_types import Cookie, Service, StorageKind
from tests.embed.documents import document


@pytest.mark.parametrize(
    ("language", "direction"), [("nb", None), ("ar", "rtl"), ("he", "rtl"), ("ar-EG", "rtl")]
)
def test_a_language_says_when_it_runs_from_right_to_left(language: str, direction: str | None) -> None:
    changed = document()
    changed["texts"][language] = changed["texts"]["nb"]

    assert lazy_chunks.banner_chunk(changed, language).get("dir") == direction


def test_the_settings_part_has_everything_in_one_language_with_necessary_first() -> None:
    part = lazy_chunks.settings_chunk(document(), "nn")

    assert [each["key"] for each in part["categories"]] == [
        "necessary",
        "functional",
        "statistics",
        "advertising",
    ]
    chat = part["categories"][1]["services"][0]
    assert chat["purpose"] == "what chat is for (nn)"
    assert chat["cookies"][0]["lifetime"] == "30 dagar"
    assert "title" not in part["texts"]
    assert "settings_title" in part["texts"]


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [
        ("P365D", "365 dager"),
        ("P1DT12H", "1 dag og 12 timer"),
        ("session", "session (nb)"),
        ("", ""),
    ],
)
def test_the_settings_say_how_long_a_cookie_stays_as_the_cookie_page_does(lifetime: str, words: str) -> None:
    made = document()
    chat = next(each for each in made["services"] if each["category"] == "functional")
    chat["cookies"][0]["lifetime"] = lifetime
    part = lazy_chunks.settings_chunk(made, "nb")
    assert part["categories"][1]["services"][0]["cookies"][0]["lifetime"] == words
    if lifetime.startswith("P"):
        assert words == duration(lifetime, "nb").text


@pytest.mark.parametrize(
    ("language", "words"), [("nn", "Til det blir sletta"), ("en", "Until it is cleared")]
)
def test_local_storage_without_a_date_stays_until_it_is_cleared(language: str, words: str) -> None:
    made = document()
    stored = made["services"][0]["cookies"][0]
    stored["kind"], stored["lifetime"] = "local_storage", ""

    part = lazy_chunks.settings_chunk(made, language)

    declared = [
        each for category in part["categories"] for one in category["services"] for each in one["cookies"]
    ]
    assert words in [each["lifetime"] for each in declared]


def test_the_banner_part_carries_the_first_layer() -> None:
    part = lazy_chunks.banner_chunk(document(), "en")

    assert part["language"] == "en"
    words = [f"{key} (en)" for key in lazy_chunks.FIRST_TEXTS]
    assert part["texts"] == [*words, "Butikken AS: privacy_link (en)"]


def test_a_text_of_the_first_layer_that_a_language_lacks_leaves_its_place_empty() -> None:
    changed = document()
    del changed["texts"]["en"]["body"]

    part = lazy_chunks.banner_chunk(changed, "en")

    assert part["texts"][:3] == ["title (en)", "", "accept_all (en)"]


def test_the_script_finds_each_text_of_the_first_layer_in_the_place_where_the_server_puts_it() -> None:
    source = (Path(__file__).parents[2] / "widget" / "src" / "first_layer.ts").read_text(encoding="utf-8")

    places = re.findall(r"^export const ([A-Z_]+) = (\d+);$", source, re.MULTILINE)

    assert [name.lower() for name, _ in places] == [*lazy_chunks.FIRST_TEXTS, "notice"]
    assert [int(place) for _, place in places] == list(range(len(places)))


def test_the_first_layer_says_whose_notice_it_leads_to() -> None:
    changed = document()
    changed["controller"]["name"] = "Butikken AS"
    assert lazy_chunks.banner_chunk(changed, "nb")["texts"][-1] == "Butikken AS: privacy_link (nb)"
    changed["controller"]["name"] = " "
    assert lazy_chunks.banner_chunk(changed, "nb")["texts"][-1] == ""


@pytest.mark.parametrize(
    ("phone", "address"),
    [
        ("+47 22 33 44 55", "tel:+4722334455"),
        ("(22) 33-44.55", "tel:22334455"),
        ("22 33 44 55 eller 99 88 77 66", ""),
        ("ring oss", ""),
    ],
)
def test_the_settings_say_who_is_responsible_with_addresses_that_open(phone: str, address: str) -> None:
    changed = document()
    changed["controller"] |= {
        "name": "Butikken AS",
        "organisation_number": "",
        "contacts": {"email": "a@example.no", "phone": phone, "url": "https://example.no/"},
        "data_protection_officer": {"name": "Ola", "email": ""},
    }
    assert lazy_chunks.settings_chunk(changed, "nb")["controller"] == [
        ("controller", "Butikken AS", ""),
        ("contact", "a@example.no", "mailto:a@example.no"),
        ("contact", phone, address),
        ("contact", "https://example.no/", "https://example.no/"),
        ("officer", "Ola", ""),
    ]


def test_a_controller_without_a_name_is_not_shown() -> None:
    changed = document()
    changed["controller"]["name"] = ""
    assert lazy_chunks.settings_chunk(changed, "nb")["controller"] == []


def test_only_the_extra_part_has_the_texts_for_those_who_are_asked_again() -> None:
    part = b"export default (_=>{})"
    bundle = Bundle(
        b"(_=>{})",
        {},
        settings=part,
        extra=part,
        debug=b"export default 1",
        asked=b"export default 2",
        draft=b"export default 3",
        announcement=part,
        offline=b"",
        choosing=b"",
        rules={},
    )
    files = lazy_chunks.build_chunks(document(), bundle, "nb", lambda name, _: f"/{name}")

    assert lazy_chunks.reason(document(), "en") == {
        "text": "changed (en)",
        "categories": {
            "functional": "functional (en)",
            "statistics": "statistics (en)",
            "advertising": "advertising (en)",
        },
        "services": {"chat": "Chat", "counter": "Counter"},
    }
    assert assemble.as_argument(lazy_chunks.reason(document(), "en")) in files["extra.js"]
    assert {name for name, data in files.items() if b"changed (en)" in data} == {"extra.js"}
    assert "changed (en)" not in lazy_chunks.banner_chunk(document(), "en")["texts"]


def test_the_debug_panel_gets_the_owners_of_hosts_and_cookies() -> None:
    changed = document()
    changed["categories"][0]["hidden"] = True
    changed["services"].append({**changed["services"][0], "key": "advert", "category": "advertising"})
    changed["services"][1]["category"] = "necessary"

    assert lazy_chunks.declared(changed) == {
        "services": [
            {
                "key": key,
                "name": key.title(),
                "category": category,
                "hosts": [f"{key}.example.no"],
                "cookies": [("cookie", f"_{key}")],
            }
            for key, category in (("chat", "functional"), ("counter", "necessary"))
        ],
        "consent_mode": "off",
        "automatic_blocking": False,
        "floating": False,
    }


def test_only_the_extra_part_knows_where_the_debug_panel_is() -> None:
    part = b"export default (_=>{})"
    bundle = Bundle(
        b"(_=>{})",
        {},
        settings=part,
        extra=part,
        debug=b"export default 1",
        asked=b"export default 2",
        draft=b"export default 3",
        announcement=part,
        offline=b"",
        choosing=b"",
        rules={},
    )

    files = lazy_chunks.build_chunks(
        document(), bundle, "nb", lambda name, data: f"/{compression.digest(data)}/{name}"
    )

    paths = [f"/{compression.digest(files[name])}/{name}" for name in ("debug.js", "debug.json")]
    knowing = {name for name, data in files.items() if any(path.encode() in data for path in paths)}
    assert knowing == {"extra.js"}
    assert files["debug.js"] == bundle.debug


def test_the_extra_part_knows_whose_each_host_is() -> None:
    changed = document()
    changed["services"][1]["hosts"] = []

    # Those of services without hosts are nobody's.
    assert lazy_chunks.hosts(changed) == [("chat", ["chat.example.no"])]


def test_the_extra_part_knows_what_can_be_removed_and_leaves_what_is_needed() -> None:
    changed = document()
    counter = next(each for each in changed["services"] if each["key"] == "counter")
    kinds: tuple[StorageKind, ...] = ("local_storage", "session_storage", "indexed_db", "pixel")
    counter["cookies"] += [{**counter["cookies"][0], "kind": kind} for kind in kinds]
    basket: Service = {
        **counter,
        "key": "basket",
        "category": "necessary",
        "cookies": counter["cookies"][1:2],
    }
    changed["services"].append(basket)

    assert lazy_chunks.traces(changed) == {
        "chat": [("cookie", "_chat", ".example.no")],
        "counter": [("cookie", "_counter", ".example.no"), ("session_storage", "_counter", ".example.no")],
    }


def test_the_extra_part_knows_what_is_needed_although_another_name_covers_it() -> None:
    changed = document()
    counter = next(each for each in changed["services"] if each["key"] == "counter")
    cookie = counter["cookies"][0]
    needed: list[Cookie] = [{**cookie, "name": name} for name in ("_count.x", "_count_x", "other")]
    needed += [{**cookie, "name": "_c.x", "kind": "local_storage"}, {**cookie, "name": "ts", "host": ""}]
    counter["cookies"] = [{**cookie, "name": "_c*.x"}, {**cookie, "name": "ts", "host": ".a.example"}]
    changed["services"].append({**counter, "key": "basket", "category": "necessary", "cookies": needed[:2]})
    changed["services"].append({**counter, "key": "login", "category": "necessary", "cookies": needed[2:]})

    assert lazy_chunks.traces(changed) == {
        "chat": [("cookie", "_chat", ".example.no")],
        "counter": [("cookie", "_c*.x", ".example.no"), ("cookie", "ts", ".a.example")],
        "necessary": [("cookie", "_count.x", ".example.no"), ("cookie", "ts", "")],
    }
