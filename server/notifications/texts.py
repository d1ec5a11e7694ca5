"""The words of messages by language, from the files beside this module. Pure."""

import functools
import importlib.resources
import json
import string
from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from server.core.text_direction import isolated
from server.notifications.values import ACCOUNT_KINDS

LANGUAGES: Mapping[str, str] = {"nb": "Norsk bokmål", "nn": "Norsk nynorsk", "en": "English"}
"""Languages of messages, with their own names."""

FALLBACK = "en"
"""The language of those who have not chosen one."""

Line = str | dict[str, dict[str, str]]
"""A paragraph; or one for each value of a field of the message, as `{field: {value: paragraph}}`."""


class KindTexts(TypedDict):
    """The words of one kind of message."""

    name: str
    subject: Line
    lines: list[Line]


class VisitorKindTexts(KindTexts):
    """The words of one kind of e-mail to visitors; `name` is for staff."""

    button: str
    """Of the link."""


class VisitorTexts(TypedDict):
    """The words of e-mails to visitors, and around them."""

    kinds: dict[str, VisitorKindTexts]
    sent_by: str
    sent_by_server: str
    """Under e-mail about accounts, which belong to no site."""
    unsubscribe: str


class DigestTexts(TypedDict):
    """The words around the messages of a digest."""

    subject: str
    intro: str


class Texts(TypedDict):
    """The words of one language."""

    kinds: dict[str, KindTexts]
    visitors: VisitorTexts
    months: list[str]
    weekdays: list[str]
    """From Monday on."""
    day: str
    """Form of a date, of `day`, `month` and `year`."""
    open: str
    choose: str
    digest: DigestTexts


@functools.cache
def texts(language: str) -> Texts:
    """The words of one language.

    :raises ValueError: there are none in `language`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"there are no messages in {language!r}; there are {', '.join(LANGUAGES)}")
    file = importlib.resources.files("server.notifications") / "texts" / f"{language}.json"
    content: Texts = json.loads(file.read_text(encoding="utf-8"))
    return content


def subject(kind: str, data: Mapping[str, object], language: str) -> str:
    """What a message is about, on one line.

    :raises KeyError: as `paragraphs`; or no words are for this value of a field.
    """
    return _subject(texts(language)["kinds"][kind], data, language)


def paragraphs(kind: str, data: Mapping[str, object], language: str) -> list[str]:
    """The paragraphs of a message; those for another value of a field are left out.

    :raises KeyError: `data` lacks a field that the words name.
    """
    return _paragraphs(texts(language)["kinds"][kind], data, language)


def visitor_subject(kind: str, data: Mapping[str, object], language: str) -> str:
    """What an e-mail to a visitor is about, on one line.

    :raises KeyError: as `subject`.
    """
    return _subject(texts(language)["visitors"]["kinds"][kind], data, language)


def visitor_paragraphs(kind: str, data: Mapping[str, object], language: str) -> list[str]:
    """The paragraphs of an e-mail to a visitor.

    :raises KeyError: as `paragraphs`.
    """
    return _paragraphs(texts(language)["visitors"]["kinds"][kind], data, language)


def sent_by(kind: str, data: Mapping[str, object], language: str) -> str:
    """Who sends an e-mail to a visitor, in a sentence.

    `data` has `sender`, and `site_name` or, of those about accounts, `host`.
    """
    words = texts(language)["visitors"]
    line = words["sent_by_server"] if kind in ACCOUNT_KINDS else words["sent_by"]
    return _Words(language).vformat(line, (), data)


def _subject(words: KindTexts, data: Mapping[str, object], language: str) -> str:
    found = _of_value(words["subject"], data)
    if found is None:
        raise KeyError(f"{words['name']} has no subject in {language!r} for this message")
    return _Words(language).vformat(found, (), data)


def _paragraphs(kind: KindTexts, data: Mapping[str, object], language: str) -> list[str]:
    lines = (_of_value(line, data) for line in kind["lines"])
    words = _Words(language)
    return [words.vformat(line, (), data) for line in lines if line is not None]


def _of_value(line: Line, data: Mapping[str, object]) -> str | None:
    """The words of a line for the value that its field has; None if there are none."""
    if isinstance(line, str):
        return line
    ((field, by_value),) = line.items()
    return by_value.get(str(data[field]))


class _Words(string.Formatter):
    """Fields in words: `{from:day}` is a date, `{from:weekday}` the name of its weekday.

    No other field can turn the words after it around.
    """

    def __init__(self, language: str) -> None:
        self._texts = texts(language)

    def format_field(self, value: object, format_spec: str) -> str:
        """A field of a message, a date as `2026-11-24`."""
        if format_spec == "day":
            day = date.fromisoformat(str(value))
            month = self._texts["months"][day.month - 1]
            return self._texts["day"].format(day=day.day, month=month, year=day.year)
        if format_spec == "weekday":
            return self._texts["weekdays"][date.fromisoformat(str(value)).weekday()]
        return isolated(str(super().format_field(value, format_spec)))
