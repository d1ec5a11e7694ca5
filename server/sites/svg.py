"""Cleaning of SVG images that people upload, by a list of what a drawing needs. Pure.

What is not on the list is left out: scripts, handlers of events, foreign content, links, animations, images,
and every address but one inside the file. The image is shown by `<img>` alone, where browsers run and fetch
nothing (SVG 2, secure static mode); this is for those who open it by its address.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from server.sites.svg_styles import clean_declarations, clean_sheet, inner_address

SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"

MOST_ELEMENTS = 3000
"""Elements of one image."""

DEEPEST = 40
"""Elements inside each other."""

MOST_USES = 200
"""Elements that draw another one again."""

_SHAPE_NAMES = "path rect circle ellipse line polyline polygon text tspan use"
_OTHER_NAMES = "svg g defs symbol title desc style linearGradient radialGradient stop clipPath mask"
_ATTRIBUTE_NAMES = """
class clip-path clip-rule clipPathUnits color cx cy d display dx dy fill fill-opacity fill-rule font-family
font-size font-style font-weight fr fx fy gradientTransform gradientUnits height id letter-spacing mask
maskContentUnits maskUnits offset opacity overflow pathLength points preserveAspectRatio r rotate rx ry
spreadMethod stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap
stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor textLength transform vector-effect
viewBox visibility width word-spacing x x1 x2 y y1 y2
"""
_SHAPES = frozenset(_SHAPE_NAMES.split())
_ELEMENTS = _SHAPES | frozenset(_OTHER_NAMES.split())
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_GROUPS = frozenset(("a", "switch"))
"""Elements that become plain groups, so that what is drawn in them stays."""
_CLIPPING = frozenset(("clip-path", "mask"))
_TEXTS = frozenset(("title", "desc", "text", "tspan"))
"""Elements whose text counts; anywhere else it is white space."""

_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)(?:px)?\s*", re.ASCII)
_DIGITS = r"(?:\d+(?:\.\d*)?|\.\d+)"
_BOX = re.compile(
    rf"\s*(?:-?{_DIGITS}(?:e-?\d{{1,2}})?(?:\s*,\s*|\s+)){{2}}{_DIGITS}(?:\s*,\s*|\s+){_DIGITS}\s*", re.ASCII
)


class BadImageError(ValueError):
    """A file that no logo can be made of; the message is the end of a sentence."""


@dataclass
class _Cleaning:
    """What is known while an image is cleaned."""

    elements: int = 0
    uses: int = 0
    left_out: set[str] = field(default_factory=set)
    """Names of elements and attributes that were left out."""


@dataclass(frozen=True)
class CleanImage:
    """An SVG image that runs nothing and fetches nothing."""

    text: bytes
    """UTF-8."""
    left_out: tuple[str, ...]
    """Names of elements and attributes that a drawing does not need."""


def clean(data: bytes) -> CleanImage:
    """The drawing in an SVG file.

    :raises BadImageError: it is not well-formed, declares entities, is no SVG, says no size, shows nothing,
        or is too large to be drawn at once.
    """
    try:
        root = fromstring(data)
    except DefusedXmlException as fault:
        raise BadImageError("has entities; save it as plain SVG") from fault
    except (ParseError, ValueError, LookupError, RecursionError) as fault:
        raise BadImageError("is not a well-formed SVG file") from fault
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        raise BadImageError("is not an SVG file")
    known = _Cleaning()
    made = _cleaned(root, known)
    if made is None or not any(_name(each) in _SHAPES for each in made.iter()):
        raise BadImageError("has nothing that a logo may show")
    _size(made)
    _break_chains(made, known)
    # Written, not registered: the registry is the process's, and other formats of XML use it.
    made.attrib = {"xmlns": SVG, **made.attrib}
    return CleanImage(tostring(made, encoding="utf-8"), tuple(sorted(known.left_out)))


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _listed(element: Element, known: _Cleaning) -> str:
    """The name under which an element is kept; empty: it is not."""
    name = _name(element)
    if not name or element.tag not in (name, f"{{{SVG}}}{name}"):
        return ""  # a comment, or of another language
    if name not in _ELEMENTS:
        known.left_out.add(name)
    return "g" if name in _GROUPS else name if name in _ELEMENTS else ""


def _cleaned(
    element: Element, known: _Cleaning, *, depth: int = 0, clipping: bool = False, in_path: bool = False
) -> Element | None:
    """The element with what is on the list, or None.

    :param clipping: whether it is in what cuts out others
    :param in_path: whether that is a `clipPath`
    """
    name = _listed(element, known)
    if not name:
        return None
    known.elements += 1
    known.uses += name == "use"
    if known.elements > MOST_ELEMENTS or known.uses > MOST_USES or depth > DEEPEST:
        raise BadImageError("has too many parts; simplify the drawing")
    clipping = clipping or name in ("clipPath", "mask")
    attributes = _attributes(element, known, clipping=clipping)
    if in_path or name == "clipPath":
        # Only shapes count here; a class could have a rule that cuts them out again.
        in_path = True
        attributes.pop("class", None)
    made = Element(name, attributes)
    if name == "use" and "href" not in made.attrib:
        return None
    if name == "style":
        made.text = clean_sheet("".join(element.itertext()), known.left_out)
        return made if made.text else None
    if name in _TEXTS:
        made.text = element.text
    for child in element:
        inner = _cleaned(child, known, depth=depth + 1, clipping=clipping, in_path=in_path)
        if inner is not None:
            inner.tail = child.tail if name in _TEXTS else None
            made.append(inner)
    return made


def _attributes(element: Element, known: _Cleaning, *, clipping: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in element.attrib.items():
        if name in ("href", _XLINK) and _name(element) in ("use", "linearGradient", "radialGradient"):
            if inner_address(value):
                found["href"] = value.strip()
            else:
                known.left_out.add("href")
        elif name == "style":
            if kept := clean_declarations(
                value, known.left_out, without=_CLIPPING if clipping else frozenset()
            ):
                found["style"] = kept
        elif name in _CLIPPING and clipping:
            # What cuts out is not cut out itself: such chains cost a browser powers of their length.
            known.left_out.add(name)
        elif name in _ATTRIBUTES and _harmless(value):
            found[name] = value
        elif "}" not in name:
            known.left_out.add(name)
    return found


def _harmless(value: str) -> bool:
    """Whether each address in a value is inside the file, and it has nothing that hides one."""
    addresses = re.findall(r"url\s*\(([^)]*)\)?", value, re.IGNORECASE)
    hidden = re.search(r"[\\<>]|/\*|javascript:|data:", value, re.IGNORECASE)
    return not hidden and all(inner_address(each.strip().strip("\"'")) for each in addresses)


def _size(root: Element) -> None:
    """Make sure that the image says how wide and how high it is, in a way that scales."""
    width, height = (_NUMBER.fullmatch(root.get(name, "")) for name in ("width", "height"))
    if not _BOX.fullmatch(root.get("viewBox", "")):
        if not (width and height and float(width[1]) and float(height[1])):
            raise BadImageError("has neither a size nor a viewBox")
        root.set("viewBox", f"0 0 {width[1]} {height[1]}")
    if not (width and height):
        numbers = [float(number) for number in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
        if not (numbers[2] and numbers[3]):
            raise BadImageError("has neither a size nor a viewBox")
        root.set("width", f"{numbers[2]:g}")
        root.set("height", f"{numbers[3]:g}")


def _break_chains(root: Element, known: _Cleaning) -> None:
    """Leave out what draws again something that draws again, or cuts out by something that is cut out.

    Each costs a browser powers of the length of the chain: ten lines would be drawn for minutes.
    """
    named = [each for each in root.iter() if each.get("id")]
    chained = {each.get("id") for each in named if any(_name(inner) == "use" for inner in each.iter())}
    by_class = any("clip-path" in (each.text or "") for each in root.iter() if _name(each) == "style")
    cut = {
        each.get("id") for each in named if any(_is_cut(inner, by_class=by_class) for inner in each.iter())
    }
    _leave_out_uses(root, chained, known)
    for each in list(root.iter()):
        if _name(each) in ("clipPath", "mask"):
            _leave_out_uses(each, cut, known)


def _is_cut(element: Element, *, by_class: bool) -> bool:
    """Whether something cuts it out.

    :param by_class: whether a rule of the file does so for a class
    """
    said = "".join((element.get("style", ""), *(name for name in _CLIPPING if element.get(name))))
    return bool(by_class and element.get("class")) or any(name in said for name in _CLIPPING)


def _leave_out_uses(root: Element, targets: Collection[str | None], known: _Cleaning) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if _name(child) == "use" and child.get("href", "").removeprefix("#") in targets:
                parent.remove(child)
                known.left_out.add("use")
