"""The words of messages by language, from the files beside this module. Pure."""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import TypedDict

LANGUAGES: Mapping[str, str] = {"nb": "Norsk bokmål", "nn": "Norsk nynorsk", "en": "English"}
"""Languages of messages, with their own names."""

Line = str | dict[str, dict[str, str]]
"""A paragraph; or one for each value of a field of the message, as `{field: {value: paragraph}}`."""


class KindTexts(TypedDict):
    """The words of one kind of message."""

    name: str
    subject: str
    lines: list[Line]


class DigestTexts(TypedDict):
    """The words around the messages of a digest."""

    subject: str
    intro: str


class Texts(TypedDict):
    """The words of one language."""

    kinds: dict[str, KindTexts]
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
    """What a message is about, on one line."""
    return texts(language)["kinds"][kind]["subject"].format_map(data)


def paragraphs(kind: str, data: Mapping[str, object], language: str) -> list[str]:
    """The paragraphs of a message; those for another value of a field are left out.

    :raises KeyError: `data` lacks a field that the words name.
    """
    found = []
    for line in texts(language)["kinds"][kind]["lines"]:
        if isinstance(line, str):
            found.append(line.format_map(data))
        else:
            ((field, by_value),) = line.items()
            if (text := by_value.get(str(data[field]))) is not None:
                found.append(text.format_map(data))
    return found
