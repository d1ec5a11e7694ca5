"""Constructors of findings. `message` is the end of a sentence whose subject is the field."""

from collections.abc import Iterator, Mapping

from server.sites.document_types import Document
from server.sites.lint.visible_text import visible
from server.sites.values import Finding, languages


def error(field: str, message: str, rule: str, **places: str | float) -> Finding:
    """A finding that prevents publishing; `rule` is a stable snake_case word, `places` what it found."""
    return Finding("error", field, message, rule, places)


def warning(field: str, message: str, rule: str, **places: str | float) -> Finding:
    """A finding that does not prevent publishing."""
    return Finding("warning", field, message, rule, places)


def missing(
    document: Document, field: str, words: Mapping[str, str], rule: str = "text_missing", *, article: str = ""
) -> Iterator[Finding]:
    """An error for each of the document's languages in which `words` is empty.

    :param article: the article of the GDPR that asks for the words
    """
    source = f" (GDPR article {article})" if article else ""
    for language in languages(document):
        if not visible(words.get(language, "")):
            yield error(f"{field}.{language}", f"is missing{source}", rule, article=article)
