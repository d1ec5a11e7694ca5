"""Which languages are sent with the script, and which are lazy chunks."""

from collections.abc import Mapping

import brotli

from server.embed.assemble import as_json_file
from server.embed.configuration_types import Translation

LIMIT = 310
"""Bytes, compressed, by which the other languages of a site may lengthen the script that every visitor gets.

A file of its own costs a visitor who needs it about 450 bytes with headers, and a round trip. Nynorsk and
English beside bokmål come to 244 here, most single languages to 180-310.
"""


def inline_languages(words: Mapping[str, Translation], main: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The languages, beside the main one, whose first layer is sent with the script.

    `words` is the first layer by language. Each is taken in turn that keeps within `limit` what the taken
    ones add to the main one, compressed together (brotli 11): a language that does not fit leaves the room
    to the next.
    """
    taken: tuple[str, ...] = ()
    alone = compressed_size([words[main]])
    for language in words:
        if language == main:
            continue
        together = compressed_size([words[each] for each in (main, *taken, language)])
        if together - alone <= limit:
            taken = (*taken, language)
    return taken


def compressed_size(value: object) -> int:
    """Bytes of a value as a browser gets it."""
    return len(brotli.compress(as_json_file(value), mode=brotli.MODE_TEXT, quality=11))
