"""Pages say how an experiment has ended as the audit log does, in the language of the reader."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.experiments.outcome import Look, Outcome, outcome, sentences
from server.studio.analytics import experiment_view
from tests.analytics.experiments.test_outcome import B_IS_BETTER, UNCLEAR, sequences


@given(sequences(), st.integers(1, 100), st.booleans(), st.none() | st.floats(0.001, 0.5))
def test_a_page_in_english_has_the_sentences_of_the_audit_log(
    looks: list[Look], limit: int, stopped: bool, detectable: float | None
) -> None:
    result = outcome(looks, limit=limit, stopped=stopped)
    assert experiment_view.sentences(result, detectable=detectable) == sentences(
        result, detectable=detectable
    )


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "nb",
            [
                "Andelen som godtar variant B, er 3 til 7 prosentpoeng høyere. Det er klart etter 12 dager.",
                "Avsluttet etter 28 dager, som var grensen, og det er ikke klart hvilken variant flest"
                " godtar. Andelen som godtar variant B, er mellom 5 prosentpoeng lavere og 9 prosentpoeng"
                " høyere enn for variant A. En forskjell på 0,8 prosentpoeng ville ha blitt funnet i minst 80"
                " av 100 eksperimenter som dette.",
            ],
        ),
        (
            "nn",
            [
                "Delen som godtek variant B, er 3 til 7 prosentpoeng høgare. Det er klart etter 12 dagar.",
                "Avslutta etter 28 dagar, som var grensa, og det er ikkje klart kva variant flest godtek."
                " Delen som godtek variant B, er mellom 5 prosentpoeng lågare og 9 prosentpoeng høgare enn"
                " for variant A. Ein skilnad på 0,8 prosentpoeng ville vi ha funne i minst 80 av 100"
                " eksperiment som dette.",
            ],
        ),
    ],
)
def test_an_outcome_is_put_in_the_words_of_the_reader(app: Flask, language: str, texts: list[str]) -> None:
    results = [Outcome("b_is_better", 12, B_IS_BETTER, 28), Outcome("undecided", 28, UNCLEAR, 28)]
    with app.test_request_context(headers={"Accept-Language": language}):
        assert [experiment_view.sentences(one, detectable=0.0077) for one in results] == texts
