"""Pages call what is measured as the vocabulary of the figures does, in the language of the reader."""

from server.analytics.vocabulary import TERMS
from server.studio.analytics import measure_words


def test_measures_have_the_names_and_definitions_of_the_vocabulary() -> None:
    assert {name: (measure_words.label(name), measure_words.definition(name)) for name in TERMS} == {
        name: (term.label, term.definition) for name, term in TERMS.items()
    }
    assert measure_words.LABELS.keys() == measure_words.DEFINITIONS.keys() == TERMS.keys()
