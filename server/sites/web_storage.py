"""How long what a service keeps in the browser stays, where no duration says it. Pure.

Local storage and IndexedDB stay until the visitor or the site clears them (WHATWG HTML Standard, 12.2;
W3C Indexed Database API 3.0, 2): a duration is known only where the site itself clears them by a date.
"""

from collections.abc import Iterable, Mapping
from math import inf

from server.sites import durations
from server.sites.document_types import Cookie

UNTIL_CLEARED: Mapping[str, str] = {
    "ar": "حتى الحذف",
    "cs": "Do smazání",
    "da": "Indtil det slettes",
    "de": "Bis zur Löschung",
    "en": "Until it is cleared",
    "es": "Hasta su eliminación",
    "et": "Kuni kustutamiseni",
    "fi": "Poistamiseen asti",
    "fr": "Jusqu’à sa suppression",
    "he": "עד למחיקה",
    "is": "Þar til því er eytt",
    "it": "Fino alla cancellazione",
    "lt": "Iki ištrynimo",
    "lv": "Līdz dzēšanai",
    "nb": "Til det blir slettet",
    "nl": "Tot het wordt gewist",
    "nn": "Til det blir sletta",
    "pl": "Do usunięcia",
    "pt": "Até ser apagado",
    "se": "Sihkkuma rádjai",
    "sv": "Tills det raderas",
    "uk": "До видалення",
}
"""Language of the shipped texts → how long such storage stays."""


def lacks_lifetime(stored: Cookie) -> bool:
    """Whether a duration has to be named for something (C-673/17 Planet49, 79), and is not.

    A pixel is a request: what it stores, if anything, is a cookie with an entry of its own.
    """
    return not stored["lifetime"] and stored["kind"] not in ("local_storage", "indexed_db", "pixel")


def stays_until_cleared(stored: Cookie) -> bool:
    """Whether something has no date on which it ends, and nobody named one."""
    return stored["kind"] in ("local_storage", "indexed_db") and not stored["lifetime"]


def until_cleared(language: str) -> tuple[str, str]:
    """How long such storage stays, and the language of the words: English where no text is shipped."""
    known = language if language in UNTIL_CLEARED else "en"
    return UNTIL_CLEARED[known], known


def longest_kept(stored: Iterable[Cookie]) -> Cookie | None:
    """What of this stays on the device longest; None if nothing says how long it stays.

    That is the criterion by which readers know how long they can be recognised, where nobody has written a
    time (GDPR article 13(2)(a)).
    """
    known = [each for each in stored if each["lifetime"] or stays_until_cleared(each)]
    return max(known, key=_stay, default=None)


def _stay(stored: Cookie) -> float:
    """Seconds; what ends with the browser or the tab ends before all that has a duration."""
    if not stored["lifetime"]:
        return inf
    return 0 if stored["lifetime"] == "session" else durations.seconds(stored["lifetime"])
