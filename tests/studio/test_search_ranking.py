"""What a question finds, and in which order."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.studio.search_ranking import folded, ranked


@dataclass(frozen=True)
class Named:
    title: str
    words: str = ""


WORDS = st.text("abcæøå éÉ.-1", max_size=12)
ENTRIES = st.lists(st.builds(Named, WORDS, WORDS), max_size=12)


@given(ENTRIES, WORDS)
def test_what_is_found_is_among_the_entries_and_has_each_word(entries: list[Named], question: str) -> None:
    found = ranked(entries, question)
    assert all(found.count(each) <= entries.count(each) for each in found)
    for each in found:
        for word in folded(question).replace(".", " ").replace("-", " ").split():
            assert word in folded(f"{each.title} {each.words}")


@given(ENTRIES, WORDS.filter(lambda text: any(sign.isalnum() for sign in text)))
def test_an_entry_that_is_called_so_comes_first(entries: list[Named], question: str) -> None:
    first = ranked([*entries, Named(question)], question)[0]
    assert ranked([first], question) == [first]
    assert ranked([Named("zzz", question), Named(question)], question)[0] == Named(question)


@given(ENTRIES, ENTRIES, WORDS)
def test_others_do_not_change_the_order_of_what_is_found(
    entries: list[Named], others: list[Named], question: str
) -> None:
    rest = [each for each in others if each not in entries]
    kept = [each for each in ranked([*entries, *rest], question) if each in entries]
    assert kept == ranked(entries, question)


@given(ENTRIES)
def test_without_a_question_everything_is_there_as_it_was(entries: list[Named]) -> None:
    assert ranked(entries, " ") == entries


@given(ENTRIES, WORDS)
def test_capitals_and_marks_do_not_matter(entries: list[Named], question: str) -> None:
    assert ranked(entries, question) == ranked(entries, question.upper())


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("logo", ["Logo", "Logo and font", "The logo", "Appearance"]),
        ("blabaer", ["Blåbær"]),
        ("BLÅ", ["Blåbær"]),
        ("font log", ["Logo and font"]),
        ("example", ["www.example.no"]),
        ("www.example", ["www.example.no"]),
        ("ogo", []),
    ],
)
def test_titles_come_before_beginnings_before_words_within(question: str, found: list[str]) -> None:
    titles = ("Appearance", "The logo", "Logo and font", "Logo", "Blåbær", "www.example.no")
    entries = [Named(title, "logo image" if title == "Appearance" else "") for title in titles]
    assert [each.title for each in ranked(entries, question)] == found
