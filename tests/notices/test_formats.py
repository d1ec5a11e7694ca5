"""Countries, dates and durations in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices.formats import country, day, duration
from server.sites.texts import SHIPPED

LANGUAGE = st.sampled_from(sorted(SHIPPED))


@pytest.mark.parametrize(
    ("language", "value", "words"),
    [
        ("nb", "P30D", "30 dager"),
        ("nn", "P1D", "1 dag"),
        ("nn", "P365D", "365 dagar"),
        ("nb", "P1Y6M", "1 år og 6 måneder"),
        ("en", "P2W", "2 weeks"),
        ("en", "PT30M", "30 minutes"),
        ("de", "P13M", "13 Monate"),
        ("nb", "P0D", "0 dager"),
    ],
)
def test_a_duration_is_read_as_people_say_it(language: str, value: str, words: str) -> None:
    assert duration(value, language).text == words


@given(language=LANGUAGE, numbers=st.tuples(*[st.integers(0, 9999)] * 3))
def test_every_duration_is_in_words_in_every_language_with_texts(
    language: str, numbers: tuple[int, int, int]
) -> None:
    years, months, days = numbers
    said = duration(f"P{years}Y{months}M{days}D", language)
    assert said.language == language
    # Arabic and Hebrew have words of their own for one year and for two.
    in_letters = (0, 1, 2) if language in {"ar", "he"} else (0,)
    digits = [str(number) for number in numbers if number not in in_letters]
    if any(numbers):
        assert "".join(char for char in said.text if char.isdigit()) == "".join(digits)
        assert said.text.strip()
    else:
        assert said == duration("P0D", language)


@pytest.mark.parametrize("value", ["", "P", "session", "1 year", "PT", "P1S", "-P1D"])
def test_what_is_no_duration_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 duration"):
        duration(value, "nb")


def test_a_country_has_its_name_in_the_language_and_an_unknown_one_its_code() -> None:
    assert country("DE", "nn").text == "Tyskland"
    assert country("XY", "nb").text == "XY"


def test_a_language_without_data_is_answered_in_the_words_nearest_to_it_and_says_so() -> None:
    assert country("DE", "xx").language == "en"
    assert day(date(2026, 11, 28), "en-XX").text == "28 November 2026"
    assert day(date(2026, 11, 28), "xx") == day(date(2026, 11, 28), "en")


def test_a_date_has_its_month_in_letters() -> None:
    assert day(date(2026, 11, 28), "nb").text == "28. november 2026"
