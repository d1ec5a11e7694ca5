"""Lint of the notice: its sections are complete in every language, and of the controller's own country."""

from collections.abc import Iterator, Mapping

from server.sites.document_types import STANDARD_SECTIONS, Document, Section
from server.sites.english_names import country_name, language_name
from server.sites.lint.finding import error, warning
from server.sites.lint.visible_text import visible
from server.sites.standard_sections import shipped_section, standard_beside_own, untouched
from server.sites.values import Finding, languages


def findings(document: Document) -> Iterator[Finding]:
    """Findings of the sections that are shown."""
    yield from _untranslated(document)
    yield from _own_in_some(document)
    yield from _law(document)


def _untranslated(document: Document) -> Iterator[Finding]:
    untranslated: dict[str, list[str]] = {}
    for index, section in enumerate(document["notice"]["sections"]):
        if section["hidden"]:
            continue
        for part, words in (("heading", section["heading"]), ("body", section["body"])):
            for language in languages(document):
                if visible(words.get(language, "")):
                    continue
                field = f"notice.sections.{index}.{part}.{language}"
                if _ours_to_translate(section, words, language):
                    untranslated.setdefault(language, []).append(field)
                else:
                    yield error(field, "is missing", "text_missing")
    for fields in untranslated.values():
        others = len({field.split(".")[2] for field in fields}) - 1
        more = f", and so are {others} other sections" if others else ""
        yield warning(
            fields[0],
            f"is missing{more}: visitors read them in another language",
            "text_untranslated",
            others=others,
        )


def _own_in_some(document: Document) -> Iterator[Finding]:
    """A warning for a section with own words in one language and the standard words in another."""
    for index, section in enumerate(document["notice"]["sections"]):
        standard = standard_beside_own(section, languages(document))
        if standard and not section["hidden"]:
            named = ", ".join(map(language_name, standard))
            yield warning(
                f"notice.sections.{index}.body.{standard[0]}",
                f"has the standard words in {named}, but your own in another language: visitors read "
                "different notices",
                "section_own_in_some_languages",
                languages=" ".join(standard),
            )


def _law(document: Document) -> Iterator[Finding]:
    """A warning where the shipped words name Norwegian law, and the controller is elsewhere."""
    country, language = document["controller"]["country"], document["default_language"]
    for index, section in enumerate(document["notice"]["sections"]):
        if country not in ("", "NO") and section["key"] == "legal_basis" and untouched(section):
            yield warning(
                f"notice.sections.{index}.body.{language}",
                f"names the Norwegian law on storage; name that of {country_name(country)}",
                "law_of_another_country",
                country=country,
            )


def _ours_to_translate(section: Section, words: Mapping[str, str], language: str) -> bool:
    """Whether the product has no words in a language for a standard section that has some in another.

    Then a site need not write what the product itself has not written.
    """
    if section["key"] not in STANDARD_SECTIONS or shipped_section(section["key"], language) is not None:
        return False
    return any(visible(text) for text in words.values())
