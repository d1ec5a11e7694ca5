"""What a website declares, as a scan reads it."""

import json

import pytest

from server.notices.declaration import declared
from server.notices.representations import declaration_json
from server.notices.values import Text
from server.scanner.declared import Declared, DeclaredStorage, of_document, of_published
from server.sites.document_types import Document
from tests.scanner.crawls import stored
from tests.sites.documents import category, cookie, in_every_language, publishable, service


def document() -> Document:
    made = publishable()
    made["categories"].append(category("hidden", hidden=True))
    made["services"] += [
        service(
            "counter",
            hosts=["counter.example", "*.count.example/pixel"],
            cookies=[cookie("_count_*"), cookie("last", kind="local_storage", host="", lifetime="")],
            catalog={"key": "matomo", "version": "0" * 16},
        ),
        service(
            "login", "necessary", hosts=[], cookies=[], necessary_reason=in_every_language("Logs in"), name=""
        ),
        service("never", "hidden"),
    ]
    return made


def published(of: Document) -> bytes:
    found = declared(of, ("www.example.no",), "nb")
    made = declaration_json(found, site="x", version=1, in_force=Text("", "nb"), page="p", notice="n")
    return json.dumps(made).encode()


def test_a_banner_document_says_its_services_their_hosts_and_what_they_store() -> None:
    made = of_document(document())
    counter = next(each for each in made.services if each.key == "counter")
    assert (counter.category, counter.catalog_key) == ("statistics", "matomo")
    assert counter.hosts == ("counter.example", "*.count.example/pixel")
    assert counter.stored == (
        DeclaredStorage("_count_*", "cookie", ".counter.example", "P30D"),
        DeclaredStorage("last", "local_storage", "", ""),
    )
    login = next(each for each in made.services if each.key == "login")
    assert (login.name, login.category, login.reason) == ("login", "necessary", "Logs in")


def test_services_of_a_hidden_category_are_not_declared() -> None:
    made = of_document(document())
    assert "hidden" not in made.categories
    assert "never" not in {each.key for each in made.services}


def test_the_published_declaration_says_the_same_as_the_document() -> None:
    def without_reasons(of: Declared) -> list[tuple[object, ...]]:
        return [
            (each.key, each.name, each.category, each.catalog_key, each.hosts, each.stored, bool(each.reason))
            for each in sorted(of.services, key=lambda one: one.key)
        ]

    made, read = of_document(document()), of_published(published(document()))
    assert read.categories == made.categories
    assert without_reasons(read) == without_reasons(made)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"categories": [{"key": 1}]}', b"\xff"])
def test_what_is_no_declaration_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        of_published(text)


@pytest.mark.parametrize(
    ("name", "host", "third_party", "hosts", "covered"),
    [
        ("_a*", "", False, (), True),
        ("_ab", "", False, (), False),
        ("_abc", "", True, (), False),
        ("_abc", "", True, ("*.ads.test/x",), True),
        ("_abc", "ads.test", True, (), True),
        ("_abc", ".other.test", True, (), False),
        ("*", "", False, (), False),
        ("a[b]c?", "", False, (), False),
    ],
)
def test_a_declared_name_covers_what_it_says_and_no_more(
    name: str, host: str, third_party: bool, hosts: tuple[str, ...], covered: bool
) -> None:
    seen = stored("_abc", host=".px.ads.test" if third_party else "www.example.no")
    assert DeclaredStorage(name, "cookie", host, "").covers(seen, hosts=hosts) is covered


def test_for_what_a_declaration_has_no_word_a_name_of_any_kind_counts() -> None:
    of_cache = DeclaredStorage("made-v1", "indexed_db", "", "")
    assert of_cache.covers(stored("made-v1", kind="cache_storage"))
    assert not of_cache.covers(stored("made-v1", kind="local_storage"))
