"""The script's bytes: the built bundle, untouched, followed by its arguments.

They are one escaped JSON value and, where a site needs more than others do, built inline modules.

No JavaScript is templated: what a banner's author writes stays inside one JSON value.
"""

import json
from collections.abc import Mapping

from server.embed.inline_modules import enabled
from server.embed.values import Bundle
from server.sites.document_types import Document


def call(function: bytes, argument: object, *inline_modules: bytes) -> bytes:
    """The built function expression, called with one JSON value and other built function expressions."""
    return _call(function, as_argument(argument), *inline_modules) + b";\n"


def script(document: Document, bundle: Bundle, *configurations: object, announced: bool = False) -> bytes:
    """The script of a site: the bundle, its configuration, and of the inline modules those that it needs.

    Of several configurations, which are the variants of an experiment, one is chosen when a page runs the
    script. All need the modules of `document`, since variants behave alike. `announced` is whether their
    visitors are notified of something.
    """
    first, *others = configurations
    chosen = _call(bundle.choosing, as_argument(configurations)) if others else as_argument(first)
    modules = (bundle.inline_modules[name] for name in enabled(document, announced=announced))
    return _call(bundle.widget, chosen, *modules) + b";\n"


def _call(function: bytes, *arguments: bytes) -> bytes:
    return function.rstrip() + b"(" + b",".join(argument.rstrip() for argument in arguments) + b")"


def as_argument(value: object) -> bytes:
    """JSON that is also a safe JavaScript expression: ASCII, and no `<`, `>` or `&`.

    :raises ValueError: a number is NaN or infinite, or a key is `__proto__`, which JavaScript and JSON read
        differently.
    """
    _refuse_prototypes(value)
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").encode("ascii")


def as_json_file(value: object) -> bytes:
    """A chunk that is read as JSON, not executed."""
    return as_argument(value) + b"\n"


def _refuse_prototypes(value: object) -> None:
    if isinstance(value, Mapping):
        if "__proto__" in value:
            raise ValueError("the key '__proto__' means something else in JavaScript")
        for inner in value.values():
            _refuse_prototypes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_prototypes(inner)
