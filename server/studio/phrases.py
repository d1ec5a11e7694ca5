"""Sentences that are stored in English, with what was filled into their places. Pure."""

import re
from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"%\((\w+)\)s")


class Phrases:
    """Known sentences with places `%(name)s`, found again in what is stored."""

    def __init__(self, known: Iterable[str], places: Mapping[str, str]) -> None:
        """Compile the sentences.

        :param places: place → the regular expression of what may stand in it; anything in others
        """
        self._patterns = [
            (
                each,
                re.compile(
                    "".join(
                        f"(?P<{part}>{places.get(part, '.+')})" if index % 2 else re.escape(part)
                        for index, part in enumerate(_PLACE.split(each))
                    ),
                    re.DOTALL,
                ),
            )
            for each in sorted(known, key=len, reverse=True)
        ]

    def find(self, stored: str) -> tuple[str, dict[str, str]] | None:
        """The sentence that was stored, the longest that fits, and its places; None if there is none."""
        for known, pattern in self._patterns:
            if found := pattern.fullmatch(stored):
                return known, found.groupdict()
        return None
