"""Which languages come with the script."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.embed import inlining, lazy_chunks
from server.embed.configuration_types import Translation
from server.embed.inlining import inline_languages
from server.sites.defaults import default_document
from server.sites.texts import SHIPPED, shipped
from tests.embed.documents import document


def _first_layers(*languages: str) -> dict[str, Translation]:
    """The first layer in the product's own words, the main language first."""
    banner = default_document("nb")
    banner["texts"] = {code: shipped(code)["texts"] for code in languages}
    return {code: lazy_chunks.banner_chunk(banner, code) for code in languages}


@pytest.mark.parametrize(
    ("languages", "inline"),
    [
        (("nb",), ()),
        (("nb", "en"), ("en",)),
        (("nb", "en", "nn"), ("en", "nn")),
        (("nb", "ar"), ()),
        (("nb", "ar", "en", "nn"), ("en", "nn")),
        (("de", "fr", "it"), ("fr",)),
        (("sv", "fi"), ("fi",)),
    ],
)
def test_languages_are_sent_at_once_while_they_compress_well_enough(
    languages: tuple[str, ...], inline: tuple[str, ...]
) -> None:
    assert inline_languages(_first_layers(*languages), languages[0]) == inline


@pytest.mark.parametrize("main", ["nb", "de", "ar"])
def test_a_site_with_every_language_lengthens_its_script_by_no_more_than_the_limit(main: str) -> None:
    words = _first_layers(main, *(code for code in SHIPPED if code != main))

    inline = inline_languages(words, main)

    assert 0 < len(inline) < 4
    assert _added(words, main, inline) <= inlining.LIMIT


@settings(max_examples=15)
@given(
    st.dictionaries(st.sampled_from(SHIPPED), st.text(max_size=300), min_size=1, max_size=6),
    st.integers(0, 600),
)
def test_the_limit_holds_for_any_words(texts: dict[str, str], limit: int) -> None:
    words: dict[str, Translation] = {
        language: {"language": language, "texts": [text]} for language, text in texts.items()
    }
    main = next(iter(words))

    inline = inline_languages(words, main, limit)

    assert main not in inline
    assert _added(words, main, inline) <= limit


def test_a_text_that_somebody_made_long_is_fetched_by_those_who_read_it() -> None:
    changed = document()
    changed["texts"]["en"]["body"] = " ".join(f"{number * 7919}" for number in range(300))
    words = {code: lazy_chunks.banner_chunk(changed, code) for code in ("nb", "en", "nn")}

    assert inline_languages(words, "nb") == ("nn",)


def _added(words: dict[str, Translation], main: str, inline: tuple[str, ...]) -> int:
    sizes = [
        inlining.compressed_size([words[code] for code in codes]) for codes in ((main,), (main, *inline))
    ]
    return sizes[1] - sizes[0]
