"""What became of a delivery, in the language of the reader."""

import pytest
from flask import Flask

from server.studio.messages.delivery_words import in_words


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("The receiver answered 500.", "Mottakeren svarte 500."),
        ("The receiver answered 500. Out of order", "Mottakeren svarte 500. Out of order"),
        ("Switched off by kari@example.no.", "Slått av av kari@example.no."),
        ("Written by another release.", "Written by another release."),
        ("", ""),
    ],
)
def test_an_outcome_is_translated_and_what_others_say_in_it_stays(
    app: Flask, stored: str, shown: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": "nb"}):
        assert in_words(stored) == shown


def test_outside_of_a_page_it_is_english(app: Flask) -> None:
    with app.app_context():
        assert in_words("Taken by the mail server.") == "Taken by the mail server."
