"""Replies to requests, ready to be completed."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices import replies
from server.notices.languages import WORDS
from server.notices.replies import STEPS, About, Step
from server.notices.request_rules import KINDS
from tests.norwegian import faults
from tests.readability import lix, sentences

ABOUT = About(
    kind="access",
    name="Kari Merkesen",
    controller="Butikken AS",
    authority="Datatilsynet",
    received=date(2026, 11, 20),
    due=date(2026, 12, 21),
    late=False,
)
ALL = [(step, kind, language) for step in STEPS for kind in KINDS for language in WORDS]
ARTICLES = {
    "access": "15",
    "rectification": "16",
    "erasure": "17",
    "restriction": "18",
    "portability": "20",
    "objection": "21",
}


def reply(step: Step, kind: str, language: str) -> str:
    return replies.reply(step, replace(ABOUT, kind=kind), language)


@pytest.mark.parametrize(("step", "kind", "language"), ALL)
def test_each_reply_says_the_time_limit_where_to_complain_and_what_is_to_be_filled_in(
    step: Step, kind: str, language: str
) -> None:
    text = reply(step, kind, language)
    assert "21. desember 2026" in text or "21 December 2026" in text
    assert "12(3)" in text or "12 nr. 3" in text
    assert "Datatilsynet" in text
    assert "77" in text
    assert "79" in text
    assert "Kari Merkesen" in text
    assert text.endswith("Butikken AS")
    assert replies.gaps(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", WORDS)
def test_an_answer_names_the_article_of_what_was_asked_for(kind: str, language: str) -> None:
    article = "article" if language == "en" else "artikkel"
    assert f"({article} {ARTICLES[kind]})" in reply("answer", kind, language)


@pytest.mark.parametrize("language", WORDS)
def test_a_refusal_names_what_is_refused_and_the_duty_to_give_a_reason(language: str) -> None:
    texts = {reply("refuse", kind, language) for kind in KINDS}
    assert len(texts) == len(KINDS)
    assert all("12(4)" in text or "12 nr. 4" in text for text in texts)


@pytest.mark.parametrize(("step", "kind", "language"), ALL)
def test_replies_are_easy_to_read(step: Step, kind: str, language: str) -> None:
    text = reply(step, kind, language)
    assert lix(text) <= 45
    assert max(len(each.split()) for each in sentences(text)) <= 22
    if language != "en":
        assert list(faults(language, text)) == []


def test_who_is_late_says_so() -> None:
    late = replies.reply("answer", replace(ABOUT, late=True), "nb")
    assert "Fristen for å svare var 21. desember 2026" in late
    assert "beklager" in late
    assert "beklager" not in reply("answer", "access", "nb")


def test_a_requester_without_a_name_and_a_site_without_an_authority_have_whole_sentences() -> None:
    text = replies.reply("answer", replace(ABOUT, name="", authority=""), "nn")
    assert text.startswith("Hei.\n\n")
    assert "klage til tilsynsstyresmakta (artikkel 77)" in text


@pytest.mark.parametrize(("language", "start"), [("sv", "Hei "), ("nn-NO", "Hei "), ("de", "Hello ")])
def test_other_languages_get_the_nearest_one(language: str, start: str) -> None:
    assert reply("answer", "erasure", language).startswith(start)


@pytest.mark.parametrize("language", WORDS)
def test_all_languages_have_the_same_replies_and_as_many_gaps(language: str) -> None:
    for step in STEPS:
        for kind in KINDS:
            assert len(replies.gaps(reply(step, kind, language))) == len(
                replies.gaps(reply(step, kind, "en"))
            )


def test_a_reply_is_complete_when_each_gap_is_written_over() -> None:
    text = reply("answer", "access", "nb")
    for left in range(len(replies.gaps(text)), 0, -1):
        assert len(replies.gaps(text)) == left
        text = text.replace(replies.gaps(text)[0], "navn og adresse")
    assert replies.gaps(text) == ()


@given(st.text("[]abc \n…", max_size=60))
def test_brackets_that_somebody_writes_are_no_gaps(text: str) -> None:
    assert replies.gaps(text) == ()
