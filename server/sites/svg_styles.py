"""Cleaning of the styles of an SVG image: declarations that a drawing needs, and no address outside. Pure."""

import re

_PROPERTY_NAMES = """
clip-path clip-rule color display fill fill-opacity fill-rule font-family font-size font-style font-weight
isolation letter-spacing mask mix-blend-mode opacity overflow paint-order stop-color stop-opacity stroke
stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
stroke-width text-anchor vector-effect visibility word-spacing
"""
_PROPERTIES = frozenset(_PROPERTY_NAMES.split())

_MASK = frozenset(("mask",))
_CLIPPING = frozenset(("clip-path", "mask"))
_CLASSES = re.compile(r"\.[\w-]+(?:\s*,\s*\.[\w-]+)*", re.ASCII)
_SELECTOR = re.compile(r"[\w\s.#,*>+~:()-]+", re.ASCII)
_VALUE = re.compile(
    r"(?:[\w\s.,%#+!'\"-]"
    r"|url\(\s*['\"]?#[\w.-]+['\"]?\s*\)"
    r"|\b(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]+\))+"
)
_INNER = re.compile(r"\s*#[\w.:-]+\s*", re.ASCII)
_PREFIXED = ("-", "enable-background")
"""Beginnings of properties that drawing programs write, and browsers do not know."""


def inner_address(address: str) -> bool:
    """Whether an address is that of a part of the file itself."""
    return bool(_INNER.fullmatch(address))


def clean_sheet(text: str, left_out: set[str]) -> str:
    """The rules of a style sheet, without those that begin with `@`; adds to `left_out` what is not kept.

    Only classes may cut out, and by `clip-path` alone: `svg` takes them off what cuts out others, so that
    there are no chains.
    """
    kept = []
    # Without escapes, braces are where they seem to be.
    for part in _without_comments(text).replace("\\", "").split("}"):
        before, _brace, declarations = part.rpartition("{")
        selector = before.rpartition(";")[2].strip()
        if not _SELECTOR.fullmatch(selector):
            if before.strip():
                left_out.add("style")
            continue
        without = _MASK if _CLASSES.fullmatch(selector) else _CLIPPING
        if inner := clean_declarations(declarations, left_out, without=without):
            kept.append(f"{selector}{{{inner}}}")
    return "".join(kept)


def _without_comments(text: str) -> str:
    first, *others = text.replace("<!--", "").replace("-->", "").split("/*")
    return first + "".join(each.partition("*/")[2] for each in others)


def clean_declarations(text: str, left_out: set[str], *, without: frozenset[str] = frozenset()) -> str:
    """The declarations of a `style` attribute or a rule; adds to `left_out` what is not kept.

    :param without: properties that it may not have either
    """
    kept = []
    for declaration in _without_comments(text).split(";"):
        name, _colon, value = (part.strip() for part in declaration.partition(":"))
        if not name:
            continue
        if name.lower() in _PROPERTIES - without and _VALUE.fullmatch(value):
            kept.append(f"{name.lower()}:{value}")
        elif not name.startswith(_PREFIXED):
            left_out.add(name.lower() if re.fullmatch(r"[\w-]{1,40}", name) else "style")
    return ";".join(kept)
