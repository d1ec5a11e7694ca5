"""A file of the catalog becomes a value, or each field that is wrong is named."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from server.catalog import files, service
from server.catalog.values import Service
from server.core.errors import Invalid

VALIDATOR = Draft202012Validator(service.schema())

Change = Callable[[dict[str, Any]], object]


def example() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((files.FOLDER / "google_analytics.json").read_text(encoding="utf-8"))
    return made


def faults(value: object) -> dict[str, object]:
    try:
        files.checked(value)
    except Invalid as fault:
        return dict(fault.errors)
    return {}


WRONG: dict[str, tuple[Change, str, str]] = {
    "a key that nobody knows": (lambda v: v.update(colour="red"), "colour", "is not a known key"),
    "a key with a slip": (
        lambda v: v.update(categroy="statistics"),
        "categroy",
        "is not a known key; did you mean category?",
    ),
    "a name that is missing": (lambda v: v.pop("name"), "name", "is missing"),
    "a language that is missing": (lambda v: v["purpose"].pop("nn"), "purpose.nn", "is missing"),
    "an English text as bokmål": (
        lambda v: v["purpose"].update(nb=v["purpose"]["en"]),
        "purpose.nb",
        "is the English text",
    ),
    "an empty text": (lambda v: v.update(name=""), "name", "is empty"),
    "a text of spaces": (
        lambda v: v.update(name=" "),
        "name",
        "is not a text on one line without spaces around it",
    ),
    "an empty text that may be absent": (
        lambda v: v.update(privacy_link=""),
        "privacy_link",
        "is empty; leave it out if it could not be confirmed, or if there is none",
    ),
    "a part in which nothing is filled in": (
        lambda v: v.update(provider={"name": "", "country": ""}),
        "provider",
        "is empty; leave it out",
    ),
    "a list without entries": (
        lambda v: v.update(hosts=[]),
        "hosts",
        "is empty; leave it out if it could not be confirmed, or if there is none",
    ),
    "the same host twice": (lambda v: v.update(hosts=["a.example", "a.example"]), "hosts.1", "appears twice"),
    "an address as a host": (
        lambda v: v.update(hosts=["https://a.example"]),
        "hosts.0",
        "is not a host name, perhaps with *. in front and the beginning of a path",
    ),
    "a category that the service has anyway": (
        lambda v: v["storage"][0].update(category="statistics"),
        "storage.0.category",
        "is that of the service; leave it out",
    ),
    "a lifetime in words": (
        lambda v: v["storage"][0].update(lifetime="2 years"),
        "storage.0.lifetime",
        "is not session or an ISO 8601 duration such as P180D",
    ),
    "a name that matches half of all cookies": (
        lambda v: v["storage"][0].update(name="_g*"),
        "storage.0.name",
        "gives fewer than 4 characters, and would match what others store",
    ),
    "a name with letters that stand for others": (
        lambda v: v["storage"][1].update(name="_ga_XXXX"),
        "storage.1.name",
        "has letters that stand for others, where a star belongs",
    ),
    "a marking that waits for another category": (
        lambda v: v.update(marking=v["marking"].replace('"statistics"', '"advertising"')),
        "marking",
        "has a <script> whose data-consent is not statistics",
    ),
    "a marking that does not wait": (
        lambda v: v.update(marking=v["marking"].replace(' type="text/plain"', "")),
        "marking",
        "has a <script> that does not wait",
    ),
    "a frame that does not wait": (
        lambda v: v.update(marking=v["marking"] + '<iframe src="https://www.googletagmanager.com/gtag/js">'),
        "marking",
        "has a <iframe> that does not wait",
    ),
    "a marking without an address": (
        lambda v: v.update(marking='<script type="text/plain" data-consent="statistics"></script>'),
        "marking",
        "has no element with an address that waits for consent",
    ),
    "a marking that loads from a host of nobody": (
        lambda v: v.update(hosts=["*.google-analytics.com"]),
        "marking",
        "loads from www.googletagmanager.com/gtag/js, which is not among hosts",
    ),
    "a frame that stores on the website's own host": (
        lambda v: v.update(
            marking='<iframe data-consent="statistics" data-consent-src="https://www.googletagmanager.com/gtag/js">'
        ),
        "storage",
        "names no host, while the frames and images of marking store on their own",
    ),
    "a marking by an insecure address": (
        lambda v: v.update(marking=v["marking"].replace("https:", "http:")),
        "marking",
        "has http://www.googletagmanager.com/gtag/js?id=G-XXXXXXX, which is not an address",
    ),
    "what is optional without consent": (
        lambda v: v.update(legal_basis="contract"),
        "legal_basis",
        "is not consent, while the category is optional",
    ),
    "what is necessary by consent": (
        lambda v: v.update(category="necessary"),
        "legal_basis",
        "is consent, which nobody is asked for in the category necessary",
    ),
    "a fact without a source": (
        lambda v: v.update(sources=[{"address": "https://a.example/", "facts": ["purpose"]}]),
        "sources",
        "has none for provider",
    ),
    "a day that is none": (
        lambda v: v.update(reviewed="2026-02-30"),
        "reviewed",
        "is not a day such as 2026-11-29",
    ),
    "nothing stored, and something": (
        lambda v: v.update(stores_nothing=True),
        "stores_nothing",
        "is true, while storage names something",
    ),
    "a basis of no transfer": (
        lambda v: v.pop("transfer_country"),
        "transfer_country",
        "is missing, while transfer_basis says what a transfer rests on",
    ),
    "a link that is no secure address": (
        lambda v: v.update(privacy_link="http://a.example"),
        "privacy_link",
        "is not an address that begins with https://",
    ),
    "a data term of nobody's vocabulary": (
        lambda v: v.update(data=["Shoes"]),
        "data.0",
        "is not one of Authenticating",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    change, field, sentence = WRONG[name]
    value = example()
    change(value)

    assert str(faults(value)[field]).startswith(sentence)


@pytest.mark.parametrize("value", [None, [], "x", 1, {}])
def test_what_is_no_service_is_refused(value: object) -> None:
    assert faults(value)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the texts of a description are."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, inner in entries for leaf in leaves(inner, (*path, key))]
    return [path] if isinstance(value, str) else []


ALMOST = st.sampled_from(
    [
        lambda text: text + "x",
        lambda text: text + "é",
        lambda text: text + "\u2028x",
        lambda text: text[:-1],
        lambda text: text[1:],
        lambda text: text.upper(),
        lambda text: (text * 600)[:600],
        lambda text: (text * 100)[:100],
        lambda text: text + "\n",
    ]
)
"""Ways to change a text a little: often it is still right."""


@given(st.sampled_from(service.services()), st.data())
def test_what_we_let_through_the_schema_lets_through(each: Service, data: st.DataObject) -> None:
    value = service.as_json(each)
    *above, last = data.draw(st.sampled_from(leaves(value)))
    part: Any = value
    for step in above:
        part = part[step]
    part[last] = data.draw(ALMOST)(part[last])
    # Fails if it is seldom so.
    assume(not faults(value))

    assert VALIDATOR.is_valid(value)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("session"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["nb", "nn", "en", "x"]), inner)
    ),
    max_leaves=5,
)


@given(st.data())
def test_whatever_stands_in_a_field_it_is_let_through_or_the_fault_is_named(data: st.DataObject) -> None:
    value = copy.deepcopy(example())
    key = data.draw(st.sampled_from([*value, "recipients", "provider", "stores_nothing"]))
    value[key] = data.draw(ANY_JSON)

    assert all(faults(value).values())


@pytest.mark.parametrize("each", service.services(), ids=lambda each: each.key)
def test_a_value_written_and_read_again_is_the_same(each: Any) -> None:
    assert files.checked(service.as_json(each)) == each
